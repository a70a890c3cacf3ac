"""Precision and recall of the arcs of a class: of a relation, of a length."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

#: Lengths of arcs, in words from head to dependent, that are counted together: the least of each.
LENGTHS = {"root": 0, "1": 1, "2": 2, "3-6": 3, "7+": 7}


class ArcScores(NamedTuple):
    """Precision, recall and F1 of a class of arcs; 0 where there is nothing to divide by."""

    name: str
    precision: float  # of those predicted, the share that is right
    recall: float  # of those in the gold trees, the share that was found
    f1: float
    gold: int
    predicted: int


def scores_by_class(
    names: Sequence[str],
    gold: Int[np.ndarray, " words"],
    predicted: Int[np.ndarray, " words"],
    right: Bool[np.ndarray, " words"],
) -> list[ArcScores]:
    """The scores of each class; ``gold`` and ``predicted`` give the class of each word's arc.

    >>> gold, predicted, right = np.array([0, 1]), np.array([0, 0]), np.array([True, False])
    >>> [row.f1 for row in scores_by_class(["obj", "obl"], gold, predicted, right)]
    [0.666..., 0.0]
    """
    found, good, golds, guesses = (
        np.bincount(classes, minlength=len(names)).tolist()
        for classes in (gold[right], predicted[right], gold, predicted)
    )
    rows = []
    for index, name in enumerate(names):
        recall = found[index] / golds[index] if golds[index] else 0.0
        precision = good[index] / guesses[index] if guesses[index] else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        rows.append(ArcScores(name, precision, recall, f1, golds[index], guesses[index]))
    return rows


def length_classes(
    heads: Int[np.ndarray, " words"], positions: Int[np.ndarray, " words"]
) -> Int[np.ndarray, " words"]:
    """The class of each arc in ``LENGTHS``, from its head and the number of its word.

    >>> length_classes(np.array([0, 1, 9]), np.array([1, 2, 3])).tolist()  # root, 1, 3-6
    [0, 1, 3]
    """
    lengths = np.where(heads > 0, np.abs(heads - positions), 0)
    return np.searchsorted(list(LENGTHS.values()), lengths, side="right") - 1
