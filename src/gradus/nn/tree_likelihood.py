"""The likelihood of a dependency tree among all trees: a loss for scores of arcs."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

from gradus.core.errors import DataError
from gradus.nn.kernels.arborescences import log_partitions


def tree_log_partition(
    scores: Float[Tensor, "batch dep head"], lengths: Int[Tensor, " batch"]
) -> Float[Tensor, " batch"]:
    """``log Σ exp(score(tree))`` over all trees with one root word; gradient: arc probabilities.

    ``scores[b, i, j]`` is that of word i+1 with head j, 0 for the root; ``-inf`` forbids an arc.
    Padding and the arc of a word to itself do not count. Less the score of the right tree it is
    that tree's negative log-likelihood in nats [koo2007] [smith2007]. In float64 on the CPU.

    >>> scores = torch.zeros(1, 2, 3, requires_grad=True)
    >>> total = tree_log_partition(scores, torch.tensor([2]))
    >>> round(total.exp().item(), 4)  # two words have 2 trees
    2.0
    >>> total.sum().backward()
    >>> scores.grad.tolist()
    [[[0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]]

    Raises:
        DataError: a sentence has no tree, no words, or a score that is +∞ or no number.
    """
    batch, words, heads = scores.shape
    if heads != words + 1:
        raise DataError(
            f"scores have shape [{batch}, {words}, {heads}], but {words} words have {words + 1} "
            "possible heads: the root in column 0, then each word"
        )
    wrong = torch.nonzero((lengths < 1) | (lengths > words)).flatten().tolist()
    if wrong:
        raise DataError(
            f"sentence {wrong[0]} of the batch has length {int(lengths[wrong[0]])}, "
            f"but the scores are for 1 to {words} words"
        )
    return _LogPartition.apply(scores, lengths)  # type: ignore[no-untyped-call]


class _LogPartition(torch.autograd.Function):
    """The compiled sums; the probabilities are computed beside them, while all is at hand."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor, lengths: Tensor) -> Tensor:
        values = scores.detach().to("cpu", torch.float64).contiguous().numpy()
        sizes = lengths.to("cpu", torch.int64).numpy()
        totals = np.empty(len(sizes))
        wanted = ctx.needs_input_grad[0]
        marginals = np.empty(values.shape if wanted else (len(sizes), 0, 0))
        log_partitions(values, sizes, totals, marginals, wanted)
        _refuse_unusable(totals)
        if wanted:
            ctx.save_for_backward(torch.from_numpy(marginals).to(scores))
        return torch.from_numpy(totals).to(scores)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> Any:
        (marginals,) = ctx.saved_tensors
        return upstream[:, None, None] * marginals, None


def _refuse_unusable(totals: Float[np.ndarray, " batch"]) -> None:
    bad = np.flatnonzero(~np.isfinite(totals))
    if len(bad) and totals[bad[0]] == -np.inf:
        raise DataError(
            f"sentence {bad[0]} of the batch has no tree: too many of its arcs are -inf; "
            "leave every word a head, and one word the root"
        )
    if len(bad):
        raise DataError(
            f"sentence {bad[0]} of the batch has a score that is +inf or no number; "
            "lower the learning rate, or look for such numbers in the input"
        )
