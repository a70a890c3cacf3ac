"""How good a classifier is: a report of its figures, and of the examples it gets most wrong."""

import html
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from gradus.core.errors import DataError
from gradus.tasks.classification.scores import (
    ReliabilityBin,
    confusion_matrix,
    expected_calibration_error,
    losses,
    macro_f1,
    precision_recall_f1,
    reliability,
)

#: How far the probabilities of an example may be from a sum of 1; half precision needs some.
TOLERANCE = 0.01

#: Classes that a notebook shows.
SHOWN = 20


class ClassScores(NamedTuple):
    """Precision, recall and F1 of one class; 0 where there is nothing to divide by."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int  # examples of the class


@dataclass(frozen=True)
class Miss:
    """One example with what the classifier made of it."""

    index: int
    gold: str
    predicted: str
    probability: float  # of the predicted label: how sure the classifier was
    loss: float  # -log of the gold label's probability, in nats

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


@dataclass(frozen=True, eq=False, repr=False)
class ClassificationReport:
    """All figures of a classifier on some examples, from its probabilities and their gold labels.

    A figure is computed when it is first asked for.

    >>> report = ClassificationReport(
    ...     ("neg", "pos"), np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    ... )
    >>> report
    ClassificationReport(3 examples, 2 classes, accuracy 0.6667, macro F1 0.6667)
    >>> report.most_wrong(1)
    [Miss(index=2, gold='pos', predicted='neg', probability=0.6, loss=0.916...)]

    Raises:
        DataError: the shapes do not fit, there is no example, or the rows are no probabilities.
    """

    labels: tuple[str, ...]
    gold: Int[np.ndarray, " examples"]
    probabilities: Float[np.ndarray, "..."]  # [examples classes], checked here

    def __post_init__(self) -> None:
        expected = (len(self.gold), len(self.labels))
        if self.probabilities.shape != expected:
            raise DataError(
                f"probabilities of shape {self.probabilities.shape} came with {expected[0]} "
                f"examples of {expected[1]} classes; give a row an example and a column a class"
            )
        if not expected[0]:
            raise DataError("no example to measure on; give at least one")
        if self.gold.min() < 0 or self.gold.max() >= len(self.labels):
            raise DataError(
                f"gold labels go from {self.gold.min()} to {self.gold.max()}, but there are "
                f"{len(self.labels)} classes; number them from 0"
            )
        sums = self.probabilities.sum(axis=1, dtype=np.float64)
        # negated, so that NaN is wrong too
        wrong = ~(np.abs(sums - 1) <= TOLERANCE) | (self.probabilities < 0).any(axis=1)
        if wrong.any():
            row = int(wrong.argmax())
            raise DataError(
                f"row {row} holds no probabilities: least value "
                f"{self.probabilities[row].min():.4g}, sum {sums[row]:.4g}; apply a softmax first"
            )

    @property
    def examples(self) -> int:
        """How many examples were measured."""
        return len(self.gold)

    @cached_property
    def predicted(self) -> Int[np.ndarray, " examples"]:
        """The likeliest class of each example, the first of equals."""
        return self.probabilities.argmax(axis=1)

    @property
    def accuracy(self) -> float:
        """Share of examples whose label is right."""
        return float((self.predicted == self.gold).mean())

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the classes that occur, as gold or as predicted label."""
        return macro_f1(self.confusion)

    @cached_property
    def losses(self) -> Float[np.ndarray, " examples"]:
        """Negative log-likelihood of each example in nats."""
        return losses(self.gold, self.probabilities)

    @property
    def loss(self) -> float:
        """Mean negative log-likelihood in nats."""
        return float(self.losses.mean())

    @cached_property
    def confusion(self) -> Int[np.ndarray, "gold predicted"]:
        """How often each gold class (row) got each predicted class (column)."""
        return confusion_matrix(self.gold, self.predicted, len(self.labels))

    @cached_property
    def classes(self) -> list[ClassScores]:
        """Precision, recall, F1 and support of every class."""
        scores = precision_recall_f1(self.confusion).tolist()
        supports = self.confusion.sum(axis=1).tolist()
        return [
            ClassScores(label, precision, recall, f1, support)
            for label, (precision, recall, f1), support in zip(
                self.labels, scores, supports, strict=True
            )
        ]

    @cached_property
    def reliability(self) -> list[ReliabilityBin]:
        """Confidence beside accuracy, by bins of the winning probability."""
        return reliability(self.gold, self.probabilities)

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: how far confidence is from accuracy, on average."""
        return expected_calibration_error(self.reliability)

    def most_wrong(self, n: int = 10) -> list[Miss]:
        """The ``n`` examples with the highest loss, highest first: hard, or labelled wrongly."""
        worst = np.argsort(-self.losses, kind="stable")[:n]
        return [
            Miss(
                int(index),
                self.labels[self.gold[index]],
                self.labels[self.predicted[index]],
                float(self.probabilities[index].max()),
                float(self.losses[index]),
            )
            for index in worst
        ]

    def to_dict(self) -> dict[str, Any]:
        """All figures over examples and classes as plain values, ready for JSON."""
        return {
            "examples": self.examples,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "loss": self.loss,
            "calibration_error": self.calibration_error,
            "classes": [row._asdict() for row in self.classes],
            "confusion": {"labels": list(self.labels), "counts": self.confusion.tolist()},
            "reliability": [row._asdict() for row in self.reliability],
        }

    def __repr__(self) -> str:
        return (
            f"ClassificationReport({self.examples:,} examples, {len(self.labels)} classes, "
            f"accuracy {self.accuracy:.4f}, macro F1 {self.macro_f1:.4f})"
        )

    def _repr_html_(self) -> str:
        """The figures and the scores of the largest classes, for notebooks."""
        largest = sorted(self.classes, key=lambda row: -row.support)[:SHOWN]
        rows = "".join(
            f"<tr><th>{html.escape(row.label)}</th><td>{row.precision:.1%}</td>"
            f"<td>{row.recall:.1%}</td><td>{row.f1:.1%}</td><td>{row.support:,}</td></tr>"
            for row in largest
        )
        more = len(self.classes) - len(largest)
        return (
            f"<p>{self.examples:,} examples: accuracy {self.accuracy:.2%}, "
            f"macro F1 {self.macro_f1:.2%}, loss {self.loss:.4f}, "
            f"calibration error {self.calibration_error:.2%}</p><table>"
            "<tr><th>label</th><th>precision</th><th>recall</th><th>F1</th><th>examples</th></tr>"
            f"{rows}</table>" + (f"<p>{more:,} more classes</p>" if more else "")
        )
