"""Pictures of a report are whole files, the same for the same report."""

import numpy as np
import pytest

from gradus.core.errors import ExistsError, SettingsError
from gradus.tasks.classification.metrics import ClassificationReport
from gradus.tasks.classification.plots import (
    MOST_CLASSES,
    largest_classes,
    plot_calibration,
    plot_confusion,
)

PNG = b"\x89PNG\r\n\x1a\n"
PLOTS = pytest.mark.parametrize("plot", [plot_confusion, plot_calibration])


def report(classes, examples=200):
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.full(classes, 0.3), size=examples)
    labels = tuple(["$cost$", "日本語", "a label that is too long for its place"] * classes)
    return ClassificationReport(
        labels[:classes], rng.integers(classes, size=examples), probabilities
    )


@PLOTS
@pytest.mark.parametrize("classes", [2, 9, MOST_CLASSES + 5])
def test_a_picture_is_written_as_png_and_svg(plot, classes, tmp_path):
    plot(report(classes), tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(PNG)
    plot(report(classes), tmp_path / "p.SVG")
    assert "</svg>" in (tmp_path / "p.SVG").read_text(encoding="utf-8")


@PLOTS
def test_the_same_report_draws_the_same_bytes(plot, tmp_path):
    for name in ("a.svg", "b.svg"):
        plot(report(3), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_pictures_have_the_numbers_of_the_report(tmp_path):
    shown = report(2)
    plot_confusion(shown, tmp_path / "c.svg")
    plot_calibration(shown, tmp_path / "k.svg")
    confusion, calibration = ((tmp_path / name).read_text() for name in ("c.svg", "k.svg"))
    assert all(f">{count}<" in confusion for count in shown.confusion.ravel())
    assert f"{shown.accuracy:.2%} of 200 right" in confusion and "$cost$" in confusion
    assert f"calibration error {shown.calibration_error:.2%}" in calibration


@PLOTS
def test_one_example_can_be_drawn(plot, tmp_path):
    plot(report(2, examples=1), tmp_path / "p.png")


@PLOTS
def test_what_cannot_be_drawn_is_explained_and_leaves_nothing(plot, tmp_path):
    with pytest.raises(SettingsError, match=r"'.pdf' of .* names no picture: use .png or .svg"):
        plot(report(2), tmp_path / "p.pdf")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "p.png").write_bytes(b"mine")
    with pytest.raises(ExistsError, match="--force"):
        plot(report(2), tmp_path / "p.png", force=False)
    assert (tmp_path / "p.png").read_bytes() == b"mine"


def test_of_many_classes_the_largest_are_drawn_and_no_example_is_lost():
    rng = np.random.default_rng(1)
    counts = rng.integers(50, size=(40, 40))
    labels, merged = largest_classes([str(number) for number in range(40)], counts)
    assert len(labels) == len(merged) == MOST_CLASSES
    assert labels[-1] == f"{40 - MOST_CLASSES + 1} others"
    kept = [int(label) for label in labels[:-1]]
    assert min(counts.sum(1)[kept]) >= max(np.delete(counts.sum(1), kept))
    assert (merged[:-1, :-1] == counts[np.ix_(kept, kept)]).all()
    assert merged.sum() == counts.sum()
    assert (merged.sum(1)[:-1] == counts.sum(1)[kept]).all()
