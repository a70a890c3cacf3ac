"""Pictures of a report: which classes are taken for which, and whether probabilities come true."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from gradus.core.picture import BLUE, GREEN, GREY, INK, ORANGE, PALE, picture
from gradus.tasks.classification.metrics import ClassificationReport
from gradus.tasks.classification.scores import BINS

#: Classes that a picture of confusions has; the smallest of more are drawn as one.
MOST_CLASSES = 25

#: Letters of a label that fit beside a picture.
LONGEST_LABEL = 24

#: Up to so many classes, cells are wide enough for their shares of the row below their counts.
WIDE_CELLS = 8


def plot_confusion(report: ClassificationReport, path: Path | str, *, force: bool = True) -> None:
    """Draw the confusion matrix to a ``.png`` or ``.svg`` file: a row a gold label.

    The shade is the share of the row: the recall on the diagonal, errors off it. Of many classes
    the largest are drawn, and one row and column for all others.

    Raises:
        SettingsError: the ending names no picture.
        ExistsError: ``path`` exists and ``force`` is false.
    """
    labels, counts = largest_classes(list(report.labels), report.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = min(1.4, max(0.42, 8 / len(labels)))
    with picture(path, (2.6 + size * len(labels), 2.0 + size * len(labels)), force=force) as figure:
        axes = figure.add_subplot()
        axes.imshow(_colours(shares, merged=len(labels) < len(report.labels)))
        _name_classes(axes, labels)
        axes.set_title(
            f"{report.accuracy:.2%} of {report.examples:,} right", loc="left", color=INK, pad=12
        )
        _write_counts(axes, counts, shares)


def plot_calibration(report: ClassificationReport, path: Path | str, *, force: bool = True) -> None:
    """Draw accuracy against confidence, and how many examples have which, to ``.png`` or ``.svg``.

    Raises:
        SettingsError: the ending names no picture.
        ExistsError: ``path`` exists and ``force`` is false.
    """
    with picture(path, (6.4, 7.2), force=force) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        _draw_reliability(upper, report)
        _draw_confidences(lower, report)
        for axes in (upper, lower):
            axes.spines[["top", "right"]].set_visible(False)
            axes.set_xlim(0, 1)


def largest_classes(
    labels: list[str], counts: Int[np.ndarray, "gold predicted"]
) -> tuple[list[str], Int[np.ndarray, "drawn drawn"]]:
    """The classes with the most examples, in their order, and one for all others.

    >>> largest_classes(["a", "b"], np.eye(2, dtype=int))[0]
    ['a', 'b']
    """
    if len(labels) <= MOST_CLASSES:
        return labels, counts
    support = counts.sum(axis=1)
    kept = np.sort(np.argsort(-support, kind="stable")[: MOST_CLASSES - 1])
    place = np.full(len(labels), len(kept))
    place[kept] = np.arange(len(kept))
    merged = np.zeros((len(kept) + 1, len(kept) + 1), dtype=counts.dtype)
    np.add.at(merged, (place[:, None], place[None, :]), counts)
    return [*(labels[index] for index in kept), f"{len(labels) - len(kept)} others"], merged


def _colours(shares: Any, *, merged: bool) -> Any:
    """White to blue on the diagonal, white to orange off it; grey where others meet others."""
    from matplotlib.colors import to_rgb

    right = np.eye(len(shares), dtype=bool)[..., None]
    full = np.where(right, to_rgb(BLUE), to_rgb(ORANGE))
    if merged:
        full[-1, -1] = to_rgb(GREY)
    # a square root, so that rare confusions are not white
    depth = np.sqrt(shares)[..., None]
    return 1 - depth * (1 - full)


def _name_classes(axes: Any, labels: list[str]) -> None:
    places = range(len(labels))
    names = [one if len(one) <= LONGEST_LABEL else one[: LONGEST_LABEL - 1] + "…" for one in labels]
    upright = len(labels) > WIDE_CELLS or max(map(len, names)) > 10
    turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if upright else {}
    # labels are no formulas, whatever dollar signs they hold
    axes.set_xticks(places, names, parse_math=False, **turned)
    axes.set_yticks(places, names, parse_math=False)
    axes.set_xlabel("predicted label", color=GREY)
    axes.set_ylabel("gold label", color=GREY)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks([place - 0.5 for place in places][1:], minor=True)
    axes.set_yticks([place - 0.5 for place in places][1:], minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="minor", length=0)


def _write_counts(axes: Any, counts: Any, shares: Any) -> None:
    wide = len(counts) <= WIDE_CELLS
    size = min(10, max(7, 120 / len(counts)))
    for (row, column), count in np.ndenumerate(counts):
        if not count and not wide:
            continue  # noughts would hide the errors of a large matrix
        share = shares[row, column]
        text = f"{count:,}\n{share:.1%}" if wide else f"{count:,}"
        axes.text(
            column, row, text, ha="center", va="center",
            fontsize=size, color="white" if share > 0.45 else INK,
        )  # fmt: skip


def _draw_reliability(axes: Any, report: ClassificationReport) -> None:
    rows = report.reliability
    left = [row.low for row in rows]
    accuracy = np.array([row.accuracy for row in rows])
    confidence = np.array([row.confidence for row in rows])
    common = np.minimum(accuracy, confidence)
    for height, bottom, colour, name in (
        (common, 0, BLUE, "accuracy"),
        (confidence - common, common, ORANGE, "too sure: confidence beyond accuracy"),
        (accuracy - common, common, GREEN, "too unsure: accuracy beyond confidence"),
    ):
        style = {} if colour == BLUE else {"alpha": 0.4, "hatch": "///"}
        axes.bar(
            left, height, 1 / BINS, bottom=bottom, align="edge", color=colour, edgecolor="white",
            label=name, **style,
        )  # fmt: skip
    axes.plot([0, 1], [0, 1], "--", color=GREY, lw=1, label="probabilities come true")
    axes.set_ylim(0, 1)
    axes.set_ylabel("accuracy", color=GREY)
    axes.set_title(
        f"calibration error {report.calibration_error:.2%} on {report.examples:,} examples",
        loc="left", color=INK,
    )  # fmt: skip
    axes.legend(frameon=False, loc="upper left")


def _draw_confidences(axes: Any, report: ClassificationReport) -> None:
    winning = report.probabilities.max(axis=1)
    shares = [row.examples / report.examples for row in report.reliability]
    axes.bar(
        [row.low for row in report.reliability], shares, 1 / BINS, align="edge",
        color=PALE, edgecolor="white",
    )  # fmt: skip
    for value, colour, name in (
        (report.accuracy, BLUE, "accuracy"),
        (float(winning.mean()), ORANGE, "mean confidence"),
    ):
        axes.axvline(value, color=colour, lw=1.5, label=f"{name} {value:.1%}")
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.set_ylabel("examples", color=GREY)
    axes.set_xlabel("confidence: probability of the predicted label", color=GREY)
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
