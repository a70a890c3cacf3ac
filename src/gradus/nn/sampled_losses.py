"""Losses for large vocabularies: tell the right word from sampled noise, sum over no softmax."""

import math

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from gradus.core.catalogue import Catalogue

#: Losses of the right word's score against those of noise words; all take the same arguments.
SAMPLED_LOSSES = Catalogue[nn.Module]("sampled loss")


@SAMPLED_LOSSES.add("noise_contrastive")
class NoiseContrastive(nn.Module):
    """``-log σ(Δ(w)) - Σ log σ(-Δ(w_k))`` with ``Δ(w) = s(w) - log(k q(w))`` [mnih2012].

    k is the number of noise words and q their distribution. Scores learn to be log-probabilities,
    normalized by themselves.

    >>> import torch
    >>> zero, half = torch.zeros(1), torch.tensor([[0.5]]).log()
    >>> loss = NoiseContrastive()(zero, torch.zeros(1, 1), half[0], half)
    >>> round(loss.item(), 4)  # -log(2/3) - log(1/3)
    1.5041
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(
        self,
        scores: Float[Tensor, " batch"],
        noise_scores: Float[Tensor, "batch samples"],
        log_q: Float[Tensor, " batch"],
        noise_log_q: Float[Tensor, "batch samples"],
    ) -> Float[Tensor, ""]:
        """The mean loss of the batch; ``log_q`` are log-probabilities of the words as noise."""
        log_k = math.log(noise_scores.shape[1])
        return _tell_apart(scores - log_q - log_k, noise_scores - noise_log_q - log_k)


@SAMPLED_LOSSES.add("negative_sampling")
class NegativeSampling(nn.Module):
    """``-log σ(s(w)) - Σ log σ(-s(w_k))``: noise-contrastive as if k q were 1 [mikolov2013b].

    >>> import torch
    >>> NegativeSampling()(torch.tensor([1e4]), torch.tensor([[-1e4, 1e4]])).item()
    10000.0
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(
        self,
        scores: Float[Tensor, " batch"],
        noise_scores: Float[Tensor, "batch samples"],
        log_q: Float[Tensor, " batch"] | None = None,
        noise_log_q: Float[Tensor, "batch samples"] | None = None,
    ) -> Float[Tensor, ""]:
        """The mean loss of the batch; how likely the words are as noise makes no difference."""
        return _tell_apart(scores, noise_scores)


def _tell_apart(
    right: Float[Tensor, " batch"], noise: Float[Tensor, "batch samples"]
) -> Float[Tensor, ""]:
    return -(F.logsigmoid(right) + F.logsigmoid(-noise).sum(1)).mean()
