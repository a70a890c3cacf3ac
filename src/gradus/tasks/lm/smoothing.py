"""Interpolated modified Kneser–Ney smoothing [kneser1995, chen1999]: from counts to probabilities.

``p(w | h) = (a(hw) - D[a(hw)]) / Σ_x a(hx) + b(h) p(w | h')`` with the context h' without its first
word, and ``b(h) = Σ_x D[a(hx)] / Σ_x a(hx)``. Words alone are interpolated with the uniform
distribution over the vocabulary. Counts and details are those of KenLM's lmplz [heafield2013].
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from gradus.tasks.lm.ngram_tree import NgramTree

#: Discounts of counts 1, 2 and more where a text is too small to estimate them.
FALLBACK = (0.5, 1.0, 1.5)


@dataclass(frozen=True, eq=False)
class Smoothing:
    """Logarithms of probabilities and of back-off weights, in nats."""

    log_probs: Float32[np.ndarray, " nodes"]  # of the last word after the others
    backoffs: Float32[np.ndarray, " contexts"]  # added where a context does not know a word
    discounts: list[tuple[float, ...]]  # of counts 1, 2, and 3 or more, by length
    notes: list[str]

    @classmethod
    def of(cls, tree: NgramTree, vocabulary: int) -> "Smoothing":
        """The probabilities of a tree, short sequences first."""
        log_probs = np.zeros(len(tree.words), np.float32)
        backoffs = np.zeros(tree.contexts, np.float32)
        discounts, notes = [], []
        shorter = np.array([1 / vocabulary])
        for length in range(1, tree.order + 1):
            below, begin, end = tree.levels[length - 1 : length + 2]
            counts = tree.counts[begin:end]
            found = estimated_discounts(counts)
            if found is None:
                notes.append(_note(length, tree.order))
            discounts.append(found or FALLBACK)
            children = np.diff(tree.firsts[below : begin + 1])
            alone, weights = interpolation(counts, children, discounts[-1])
            backed = weights.repeat(children) * shorter[tree.suffixes[begin:end] - below]
            shorter = alone + backed
            log_probs[begin:end] = np.log(shorter)
            backoffs[below:begin] = np.log(weights)
        return cls(log_probs, backoffs, discounts, notes)


def estimated_discounts(counts: Int64[np.ndarray, " nodes"]) -> tuple[float, ...] | None:
    """``D[k] = k - (k + 1) Y n[k + 1] / n[k]`` for k = 1, 2, 3, and ``Y = n[1] / (n[1] + 2 n[2])``.

    ``n[k]`` is how many counts are k. None where one of them is missing, or a discount is not
    positive: unseen words would get nothing.

    >>> estimated_discounts(np.array([1] * 8 + [2] * 4 + [3] * 2 + [4]))
    (0.5, 1.25, 2.0)
    >>> estimated_discounts(np.array([1, 1, 3, 7])) is None
    True
    """
    of_counts = np.bincount(np.minimum(counts, 5), minlength=6).astype(np.float64)
    singles, pairs = of_counts[1:3]
    if not of_counts[1:4].all():
        return None
    k, y = np.arange(1, 4), singles / (singles + 2 * pairs)
    found = k - (k + 1) * y * of_counts[2:5] / of_counts[1:4]
    return tuple(found.tolist()) if (found > 0).all() else None


def interpolation(
    counts: Int64[np.ndarray, " nodes"],
    children: np.ndarray,
    discounts: Sequence[float],
) -> tuple[Float64[np.ndarray, " nodes"], Float64[np.ndarray, " contexts"]]:
    """What discounted counts leave of a probability, and the weight that each context passes on.

    ``children`` tells how many of the counts belong to each context; one without any passes on all.

    >>> interpolation(np.array([1, 3]), np.array([2, 0]), (0.5, 1.0, 1.5))
    (array([0.125, 0.375]), array([0.5, 1. ]))
    """
    context = np.arange(len(children)).repeat(children)
    taken = np.array([0.0, *discounts])[np.minimum(counts, 3)]
    totals = np.bincount(context, counts, minlength=len(children))
    weights = np.ones(len(children))
    np.divide(
        np.bincount(context, taken, minlength=len(children)), totals, out=weights, where=totals > 0
    )
    return (counts - taken) / np.maximum(totals, 1)[context], weights


def _note(length: int, order: int) -> str:
    kind = "counts" if length == order else "continuation counts"
    one, two, more = FALLBACK
    return (
        f"{length}-grams: too few {kind} are 1, 2 or 3 to estimate discounts from, "
        f"so {one:g}, {two:g} and {more:g} are used"
    )
