"""Intervals and tests of figures, judged by enumeration and by simulated parsers."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.parsing.attachment import AttachmentReport
from gradus.tasks.parsing.comparison import Comparison
from gradus.tasks.parsing.significance import Interval, compare_parsers, figure_interval

RELATIONS = ("nsubj", "punct", "det")  # content, punctuation, function


def simulated(lengths, right, rng=None):
    """A report on sentences of ``lengths`` words; ``right`` says of each word if its head is."""
    size = int(np.sum(lengths))
    heads = np.zeros(size, dtype=np.int64)
    golds = np.arange(size) % len(RELATIONS)
    found = golds if rng is None else rng.integers(len(RELATIONS), size=size)
    return AttachmentReport(
        Comparison(
            np.asarray(lengths, dtype=np.int64),
            RELATIONS,
            np.arange(len(RELATIONS)),
            heads,
            golds,
            np.where(right, heads, 1),
            found,
        )
    )


def exact_p(first, second, figure):
    """The share of all ways to swap the trees of each sentence with as large a difference."""
    sides = [np.array(report.counts(figure)) for report in (first, second)]
    observed = abs(first.figure(figure) - second.figure(figure))
    differences = []
    for swaps in itertools.product([False, True], repeat=first.sentences):
        a = np.where(swaps, sides[1], sides[0]).sum(axis=1)
        b = np.where(swaps, sides[0], sides[1]).sum(axis=1)
        one, other = (side[0] / side[1] if side[1] else 0.0 for side in (a, b))
        differences.append(abs(one - other))
    return np.mean(np.array(differences) >= observed - 1e-12)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 9),
    figure=st.sampled_from(["uas", "las", "clas", "las_without_punctuation"]),
)
def test_randomization_follows_the_enumeration_of_all_swaps(seed, count, figure):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 12, size=count)
    size = lengths.sum()
    first = simulated(lengths, rng.random(size) < 0.8, rng)
    second = simulated(lengths, rng.random(size) < 0.5, rng)
    draws = 20_000
    p, exact = compare_parsers(first, second, figure, draws=draws).p, exact_p(first, second, figure)
    # five standard errors of a share of so many draws
    assert abs(p - exact) <= 5 * np.sqrt(exact * (1 - exact) / draws) + 1 / draws


def test_p_is_never_zero_and_one_for_equal_parsers():
    lengths = np.full(300, 20)
    good = simulated(lengths, np.ones(6000, dtype=bool))
    bad = simulated(lengths, np.zeros(6000, dtype=bool))
    assert compare_parsers(good, bad, draws=999).p == pytest.approx(1 / 1000)
    assert compare_parsers(good, good, draws=999).p == 1


def test_p_of_equal_parsers_is_uniform():
    rng = np.random.default_rng(5)
    values = []
    for trial in range(300):
        lengths = rng.integers(5, 30, size=60)
        sides = [simulated(lengths, rng.random(lengths.sum()) < 0.8) for _ in range(2)]
        values.append(compare_parsers(*sides, "uas", draws=300, seed=trial).p)
    for level in (0.05, 0.2, 0.5):
        share = np.mean(np.array(values) <= level)
        assert share == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 300))


def clustered(lengths, mean, rng):
    """Words of one sentence are right together more often than by chance."""
    ease = np.clip(rng.normal(mean, 0.1, size=len(lengths)), 0, 1)
    return rng.random(lengths.sum()) < np.repeat(ease, lengths)


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(7)
    trials, covered, paired = 300, 0, 0
    for trial in range(trials):
        lengths = rng.integers(5, 30, size=150)
        first = simulated(lengths, clustered(lengths, 0.75, rng))
        second = simulated(lengths, clustered(lengths, 0.7, rng))
        low, high = figure_interval(first, "uas", draws=500, seed=trial)
        covered += low <= 0.75 <= high
        found = compare_parsers(first, second, "uas", draws=500, seed=trial)
        paired += found.interval.low <= 0.05 <= found.interval.high
    for hits in (covered, paired):
        assert hits / trials == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / trials))


def test_interval_agrees_with_the_normal_one():
    rng = np.random.default_rng(2)
    lengths = np.full(2000, 10)
    report = simulated(lengths, rng.random(20_000) < 0.9)
    hits, _ = report.counts("uas")
    error = hits.std() / 10 / np.sqrt(2000)
    low, high = figure_interval(report, "uas")
    assert low == pytest.approx(report.uas - 1.96 * error, abs=0.1 * error)
    assert high == pytest.approx(report.uas + 1.96 * error, abs=0.1 * error)


def test_pairing_sees_a_difference_that_two_intervals_hide():
    rng = np.random.default_rng(3)
    lengths = rng.integers(5, 30, size=400)
    right = clustered(lengths, 0.8, rng)
    better = right | (rng.random(len(right)) < 0.03)
    first, second = simulated(lengths, better), simulated(lengths, right)
    assert figure_interval(first, "uas").low < figure_interval(second, "uas").high
    found = compare_parsers(first, second, "uas")
    assert found.p < 0.001
    assert 0 < found.interval.low < found.difference < found.interval.high
    assert found.difference == pytest.approx(first.uas - second.uas)


def test_the_seed_decides():
    rng = np.random.default_rng(4)
    lengths = np.full(50, 7)
    first, second = (simulated(lengths, rng.random(350) < 0.8) for _ in range(2))
    assert figure_interval(first, "uas", draws=200) == figure_interval(first, "uas", draws=200)
    assert figure_interval(first, "uas", draws=200) != figure_interval(
        first, "uas", draws=200, seed=2
    )
    found = compare_parsers(first, second, "uas", draws=200)
    assert found == compare_parsers(first, second, "uas", draws=200)
    back = compare_parsers(second, first, "uas", draws=200)
    assert back.difference == -found.difference
    assert back.interval == pytest.approx(Interval(-found.interval.high, -found.interval.low))


def test_plain_values():
    report = simulated([2, 3], np.ones(5, dtype=bool))
    values = compare_parsers(report, report, draws=10).to_dict()
    expected = {"figure": "las", "difference": 0.0, "interval": [0.0, 0.0], "p": 1.0}
    assert json.loads(json.dumps(values)) == values == expected


def test_refusals():
    report = simulated([2, 3], np.ones(5, dtype=bool))
    other = simulated([3, 2], np.ones(5, dtype=bool))
    with pytest.raises(DataError, match="measured on other trees"):
        compare_parsers(report, other)
    with pytest.raises(SettingsError, match="draws=0"):
        figure_interval(report, draws=0)
    with pytest.raises(SettingsError, match="level=95"):
        compare_parsers(report, report, level=95)
