"""Scores of labels as sums over the features of a text: a linear classifier of word sequences."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.nn.kernels.feature_scores import scaled_sums, weight_gradient

#: The gain of every feature before training: between ignoring naive Bayes and believing it.
FIRST_GAIN = 0.3

#: How far a gain goes with its parameter: a word is met so seldom that its gain must move forty
#: times as far in a step as the weights of layers, and one learning rate is to suit both.
REACH = 40.0


class FeatureScores(nn.Module):
    """``s = 1/√n Σ w[f] ∘ r[f]`` over the n features f of a text; a score for each label.

    The priors r say what a feature speaks for, such as :func:`log_count_ratios`; they stay. The
    gains ``w = FIRST_GAIN + REACH θ``, which are learnt, say how much it is believed. So a step
    moves a feature the farther the more it says, and rare accidents stay small [wang2012]. On a CPU
    compiled loops read and move only the rows of the batch.

    >>> scores = FeatureScores(5, 2)
    >>> scores(torch.tensor([4, 1, 4]), torch.tensor([0, 2])).shape
    torch.Size([2, 2])
    """

    priors: Tensor

    def __init__(self, features: int, labels: int, *, sparse: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(features, labels))
        self.register_buffer("priors", torch.zeros(features, labels))
        self.sparse = sparse
        self._scratch = _Scratch(np.zeros(0, np.int32))
        hooked: Any = self.weight  # torch does not say what its hooks take
        hooked.register_post_accumulate_grad_hook(self._scratch.mark_)

    def forward(
        self, features: Int[Tensor, " features"], starts: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch labels"]:
        """The scores of each text; its features stand from its start to the next one's."""
        bounds = torch.cat([starts, starts.new_tensor([len(features)])])
        if self.weight.device.type != "cpu":
            return _gathered(features, bounds, self.weight, self.priors)
        if len(self._scratch.places) != len(self.weight):
            self._scratch.places = np.full(len(self.weight), -1, np.int32)
        return _ScaledSums.apply(  # type: ignore[no-untyped-call]
            self.weight, self.priors, features, bounds, self._scratch, self.sparse
        )

    @torch.no_grad()
    def prime_(self, ratios: Float[np.ndarray, "features labels"]) -> None:
        """Take these priors."""
        self.priors.copy_(torch.from_numpy(ratios))


@dataclass
class _Scratch:
    """What the kernels write into, and how many rows the last gradient has."""

    places: Int[np.ndarray, " rows"]
    met: int = 0

    def mark_(self, weight: nn.Parameter) -> None:
        """Say that a gradient has every row once, which spares the optimizer sorting it.

        Not so if gradients of several batches have been added up: it then has more rows.
        """
        grad = weight.grad
        if grad is not None and grad.is_sparse and grad._nnz() == self.met:
            grad._coalesced_(True)


class _ScaledSums(torch.autograd.Function):
    """The sums, and the gradient of the weights by rows."""

    @staticmethod
    def forward(
        ctx: Any,
        weight: Tensor,
        priors: Tensor,
        features: Tensor,
        bounds: Tensor,
        scratch: "_Scratch",
        sparse: bool,
    ) -> Tensor:
        ctx.save_for_backward(priors, features, bounds)
        ctx.scratch, ctx.sparse, ctx.shape = scratch, sparse, weight.shape
        arrays = (part.detach().numpy() for part in (features, bounds, weight, priors))
        return torch.from_numpy(scaled_sums(*arrays, FIRST_GAIN, REACH))

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Any:
        priors, features, bounds = (part.numpy() for part in ctx.saved_tensors)
        signal = upstream.contiguous().numpy()
        met = weight_gradient(features, bounds, priors, signal, ctx.scratch.places, REACH)
        rows, grads = map(torch.from_numpy, met)
        ctx.scratch.met = len(rows)
        gradient = torch.sparse_coo_tensor(rows[None], grads, ctx.shape, check_invariants=False)
        return (gradient if ctx.sparse else gradient.to_dense(), *[None] * 5)


def _gathered(features: Tensor, bounds: Tensor, weight: Tensor, priors: Tensor) -> Tensor:
    """The same sums by torch's own operations, for other devices."""
    lengths = bounds.diff()
    values = (FIRST_GAIN + REACH * weight[features]) * priors[features]
    texts = torch.repeat_interleave(torch.arange(len(lengths), device=features.device), lengths)
    sums = values.new_zeros(len(lengths), weight.shape[1]).index_add_(0, texts, values)
    return sums / lengths.clamp(min=1).sqrt()[:, None]


def log_count_ratios(
    features: Int[np.ndarray, " features"],
    bounds: Int[np.ndarray, " bounds"],
    labels: Int[np.ndarray, " texts"],
    *,
    size: int,
    classes: int,
    smoothing: float = 1.0,
) -> Float[np.ndarray, "size classes"]:
    """``log p(f | label)`` less its mean over the labels: what naive Bayes makes of f [wang2012].

    A feature counts once a text; ``smoothing`` is added to every count.

    >>> ratios = log_count_ratios(
    ...     np.array([0, 1, 0]), np.array([0, 2, 3]), np.array([0, 1]), size=2, classes=2
    ... )
    >>> ratios.astype(float).round(3).tolist()  # feature 1 speaks for label 0
    [[-0.144, 0.144], [0.203, -0.203]]
    """
    owners = np.repeat(labels, np.diff(bounds))
    counts = np.bincount(features * np.int64(classes) + owners, minlength=size * classes)
    smoothed = counts.reshape(size, classes) + smoothing
    logs = np.log(smoothed / smoothed.sum(axis=0))
    return (logs - logs.mean(axis=1, keepdims=True)).astype(np.float32)
