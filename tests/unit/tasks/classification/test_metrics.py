"""Figures of a classifier, judged by scikit-learn and by hand."""

import json
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics as peer

from gradus.core.errors import DataError
from gradus.tasks.classification.metrics import ClassificationReport
from gradus.tasks.classification.scores import expected_calibration_error, reliability

LABELS = ("a", "b", "c", "d", "e")


#: Seed, examples, classes, classes that occur as gold labels, spread of the logits, float type.
#: Few examples, so that some classes never occur.
CASES = st.tuples(
    st.integers(0, 10_000),
    st.integers(1, 40),
    st.integers(2, len(LABELS)),
    st.integers(1, len(LABELS)),
    st.sampled_from([0.0, 1.0, 3.0]),
    st.sampled_from([np.float32, np.float64]),
)


def report_of(case):
    seed, examples, classes, occurring, spread, dtype = case
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(examples, classes)) * spread
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    gold = rng.integers(min(occurring, classes), size=examples)
    return ClassificationReport(LABELS[:classes], gold, probabilities.astype(dtype))


@given(case=CASES)
def test_figures_are_those_of_scikit_learn(case):
    report = report_of(case)
    gold, predicted = report.gold, report.probabilities.argmax(axis=1)
    numbers = list(range(len(report.labels)))
    assert report.accuracy == pytest.approx(peer.accuracy_score(gold, predicted))
    assert report.macro_f1 == pytest.approx(
        peer.f1_score(gold, predicted, average="macro", zero_division=0)
    )
    assert_array_equal(report.confusion, peer.confusion_matrix(gold, predicted, labels=numbers))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rows of float32 do not add up to 1 to its liking
        loss = peer.log_loss(gold, report.probabilities.astype(np.float64), labels=numbers)
    assert report.loss == pytest.approx(loss, rel=1e-5)
    expected = peer.precision_recall_fscore_support(
        gold, predicted, labels=numbers, zero_division=0
    )
    assert [row.label for row in report.classes] == list(report.labels)
    assert_allclose([row[1:] for row in report.classes], np.transpose(expected))


@given(case=CASES)
def test_the_calibration_error_is_that_of_its_definition(case):
    report = report_of(case)
    confidence = report.probabilities.max(axis=1).astype(np.float64)
    right = report.probabilities.argmax(axis=1) == report.gold
    total = 0.0
    for number in range(15):
        low, high = np.linspace(0, 1, 16)[[number, number + 1]]
        inside = (low < confidence) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert report.calibration_error == pytest.approx(total)
    assert sum(row.examples for row in report.reliability) == report.examples
    assert all(row.low < row.confidence <= row.high + 1e-9 for row in report.reliability)


@pytest.mark.parametrize(
    ("probabilities", "gold", "error"),
    [
        ([[1.0, 0.0], [0.0, 1.0]], [0, 1], 0.0),  # sure and right
        ([[1.0, 0.0], [0.0, 1.0]], [1, 0], 1.0),  # sure and wrong
        ([[0.75, 0.25]] * 4, [0, 0, 0, 1], 0.0),  # three quarters sure, three quarters right
        ([[0.75, 0.25]] * 4, [0, 0, 0, 0], 0.25),  # too unsure
        ([[0.9, 0.1]] * 2 + [[0.4, 0.6]] * 2, [0, 1, 1, 1], 0.4),  # .5·|.5-.9| + .5·|1-.6|
    ],
)
def test_the_calibration_error_of_cases_worked_by_hand(probabilities, gold, error):
    table = reliability(np.array(gold), np.array(probabilities))
    assert expected_calibration_error(table) == pytest.approx(error)


def test_bins_own_their_upper_edge():
    table = reliability(np.array([0, 0]), np.array([[0.8, 0.2], [0.8001, 0.1999]]), bins=5)
    assert [(row.low, row.high, row.examples) for row in table] == [
        (pytest.approx(0.6), pytest.approx(0.8), 1),
        (pytest.approx(0.8), 1, 1),
    ]


@given(case=CASES, n=st.integers(0, 50))
def test_the_most_wrong_are_those_of_a_full_sort(case, n):
    report = report_of(case)
    chosen = report.probabilities[np.arange(report.examples), report.gold]
    order = sorted(range(report.examples), key=lambda index: (-report.losses[index], index))
    worst = report.most_wrong(n)
    assert [miss.index for miss in worst] == order[:n]
    for miss in worst:
        assert miss.gold == report.labels[report.gold[miss.index]]
        assert miss.loss == pytest.approx(-np.log(chosen[miss.index]), rel=1e-5)
        assert miss.probability == pytest.approx(report.probabilities[miss.index].max())
        assert miss.to_dict()["predicted"] == miss.predicted


def test_a_probability_of_zero_has_a_finite_loss():
    report = ClassificationReport(("a", "b"), np.array([1]), np.array([[1.0, 0.0]]))
    assert report.loss == pytest.approx(87.34, abs=0.01)


@given(case=CASES)
def test_a_report_is_ready_for_json(case):
    report = report_of(case)
    values = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert values["examples"] == report.examples
    assert values["confusion"] == {
        "labels": list(report.labels),
        "counts": report.confusion.tolist(),
    }
    assert values["classes"][0]["support"] == report.classes[0].support
    assert values["reliability"][0]["accuracy"] == report.reliability[0].accuracy


def test_a_notebook_shows_the_largest_classes_safely():
    labels = ("<b>", *(f"class {number}" for number in range(1, 25)))
    gold = np.repeat(np.arange(25), np.arange(25, 0, -1))
    report = ClassificationReport(labels, gold, np.eye(25)[gold])
    shown = report._repr_html_()
    assert "&lt;b&gt;" in shown and "<b>" not in shown
    assert "class 19<" in shown and "class 20<" not in shown and "5 more classes" in shown
    assert repr(report).startswith("ClassificationReport(325 examples, 25 classes, accuracy 1.0")


@pytest.mark.parametrize(
    ("gold", "probabilities", "text"),
    [
        ([0], np.ones((2, 2)) / 2, r"shape \(2, 2\) came with 1 examples of 2 classes"),
        ([0], np.ones((1, 3)) / 3, r"shape \(1, 3\)"),
        ([0], np.ones(2) / 2, r"shape \(2,\)"),
        ([], np.ones((0, 2)), "no example"),
        ([2], np.ones((1, 2)) / 2, "gold labels go from 2 to 2, but there are 2 classes"),
        ([-1], np.ones((1, 2)) / 2, "gold labels go from -1 to -1"),
        ([0, 0], np.array([[0.5, 0.5], [3.0, 4.0]]), "row 1 holds no probabilities.* sum 7; apply"),
        ([0], np.array([[-0.5, 1.5]]), "row 0 holds no probabilities: least value -0.5"),
        ([0], np.array([[np.nan, 1.0]]), "row 0 holds no probabilities"),
    ],
)
def test_what_cannot_be_measured_is_explained(gold, probabilities, text):
    with pytest.raises(DataError, match=text):
        ClassificationReport(("a", "b"), np.array(gold, dtype=int), probabilities)
