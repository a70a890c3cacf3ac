"""Figures of a classifier as functions of arrays: confusions, F1, loss, calibration."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

#: Bins of the winning probability in the calibration error [guo2017].
BINS = 15

#: A lower probability counts as this one, so that a loss is finite: at most 87.3 nats.
LEAST = float(np.finfo(np.float32).tiny)


class ReliabilityBin(NamedTuple):
    """The examples whose winning probability is above ``low`` and at most ``high``."""

    low: float
    high: float
    examples: int
    confidence: float  # mean winning probability
    accuracy: float


def confusion_matrix(
    gold: Int[np.ndarray, " examples"], predicted: Int[np.ndarray, " examples"], classes: int
) -> Int[np.ndarray, "gold predicted"]:
    """How often each gold class (row) got each predicted class (column).

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    return np.bincount(gold * classes + predicted, minlength=classes * classes).reshape(
        classes, classes
    )


def precision_recall_f1(
    confusion: Int[np.ndarray, "gold predicted"],
) -> Float[np.ndarray, "classes 3"]:
    """``tp / (tp + fp)``, ``tp / (tp + fn)`` and ``2 tp / (2 tp + fp + fn)`` of each class.

    0 where there is nothing to divide by.

    >>> precision_recall_f1(np.array([[1, 1], [0, 1]])).round(2).tolist()
    [[1.0, 0.5, 0.67], [0.5, 1.0, 0.67]]
    """
    hits, predicted, gold = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    parts = [(hits, predicted), (hits, gold), (2 * hits, predicted + gold)]
    return np.stack([above / np.maximum(below, 1) for above, below in parts], axis=1)


def macro_f1(confusion: Int[np.ndarray, "gold predicted"]) -> float:
    """Mean F1 of the classes that occur, as gold or as predicted label.

    >>> macro_f1(np.array([[2, 0, 0], [0, 1, 0], [0, 0, 0]]))
    1.0
    """
    occurs = (confusion.sum(axis=0) + confusion.sum(axis=1)) > 0
    return float(precision_recall_f1(confusion)[occurs, 2].mean())


def losses(
    gold: Int[np.ndarray, " examples"], probabilities: Float[np.ndarray, "examples classes"]
) -> Float[np.ndarray, " examples"]:
    """Negative log-likelihood ``-log p(gold)`` of each example in nats; 0 is perfect.

    >>> losses(np.array([1]), np.array([[0.5, 0.5]])).round(4).tolist()
    [0.6931]
    """
    chosen = probabilities[np.arange(len(gold)), gold].astype(np.float64)
    return -np.log(np.clip(chosen, LEAST, 1))


def reliability(
    gold: Int[np.ndarray, " examples"],
    probabilities: Float[np.ndarray, "examples classes"],
    bins: int = BINS,
) -> list[ReliabilityBin]:
    """Confidence beside accuracy in ``bins`` equally wide bins; empty bins are left out [guo2017].

    >>> reliability(np.array([0, 1]), np.array([[1.0, 0.0], [0.75, 0.25]]), bins=2)
    [ReliabilityBin(low=0.5, high=1.0, examples=2, confidence=0.875, accuracy=0.5)]
    """
    edges = np.linspace(0, 1, bins + 1)
    winning = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == gold
    numbers = np.searchsorted(edges[1:-1], winning)
    counts = np.bincount(numbers, minlength=bins)
    confidence, hits = (
        np.bincount(numbers, weights=values, minlength=bins) / np.maximum(counts, 1)
        for values in (winning, right)
    )
    rows = zip(edges[:-1], edges[1:], counts, confidence, hits, strict=True)
    return [
        ReliabilityBin(float(low), float(high), int(count), float(mean), float(accuracy))
        for low, high, count, mean, accuracy in rows
        if count
    ]


def expected_calibration_error(table: list[ReliabilityBin]) -> float:
    """``Σ_b n_b / n · |accuracy_b - confidence_b|``; 0 if probabilities come true [guo2017].

    >>> expected_calibration_error([ReliabilityBin(0.5, 1, 4, 0.9, 0.75)])
    0.15...
    """
    total = sum(row.examples for row in table)
    return sum(row.examples * abs(row.accuracy - row.confidence) for row in table) / total
