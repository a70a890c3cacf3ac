"""How tokens are chosen: filters judged by sorting in plain Python, draws by their frequencies."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import SettingsError
from gradus.core.seeding import stream
from gradus.tasks.lm import choosing
from gradus.tasks.lm.choosing import (
    BLOCK,
    FILTERS,
    Chooser,
    draw,
    likeliest,
    nucleus,
    penalized,
    tempered,
    without,
)
from gradus.tasks.lm.generation_settings import GenerationConfig

# few different weights, so that there are ties; 0 is a word that another filter took out
WEIGHTS = st.lists(st.integers(0, 5), min_size=1, max_size=12).filter(any)


def logs(*rows, dtype=np.float32):
    """Log-probabilities of weights, a row each."""
    with np.errstate(divide="ignore"):
        weights = np.array(rows, dtype=np.float64)
        return np.log(weights / weights.sum(axis=1, keepdims=True)).astype(dtype)


def kept(log_p):
    return [np.flatnonzero(row > -np.inf).tolist() for row in log_p]


def ranking(weights):
    """The words of weight above 0, likeliest first, ties by number."""
    return sorted((w for w in range(len(weights)) if weights[w]), key=lambda w: (-weights[w], w))


def fewest(weights, p):
    """The shortest head of the ranking that has the share ``p``."""
    order, total = ranking(weights), 0
    for size, word in enumerate(order, start=1):
        total += weights[word]
        if total / sum(weights) >= p - 1e-6:
            return order[:size]
    return order


@given(weights=WEIGHTS, k=st.integers(1, 14), dtype=st.sampled_from([np.float32, np.float64]))
def test_top_k_keeps_the_head_of_the_ranking(weights, k, dtype):
    log_p = logs(weights, weights[::-1], dtype=dtype)
    found = likeliest(log_p, k)
    assert kept(found) == [sorted(ranking(row)[:k]) for row in (weights, weights[::-1])]
    assert found.dtype == dtype
    assert (found[found > -np.inf] == log_p[found > -np.inf]).all()


@given(weights=WEIGHTS, p=st.floats(0, 1, exclude_min=True), shift=st.floats(-3, 3))
def test_a_nucleus_is_the_shortest_head_that_covers_p(weights, p, shift):
    found = nucleus(logs(weights, weights[::-1]) + np.float32(shift), p)
    assert kept(found) == [sorted(fewest(row, p)) for row in (weights, weights[::-1])]


@pytest.mark.parametrize("p", [0.01, 0.5, 0.9, 0.999, 1.0])
def test_a_nucleus_of_many_words_is_found_in_steps(p, monkeypatch):
    weights = np.random.default_rng(1).integers(0, 50, 300).tolist()
    found = kept(nucleus(logs(weights), p))
    assert found == [sorted(fewest(weights, p))]
    monkeypatch.setattr(choosing, "NUCLEUS", 1)
    monkeypatch.setattr(choosing, "GROWTH", 2)
    assert kept(nucleus(logs(weights), p)) == found


@given(weights=WEIGHTS, temperature=st.floats(0.05, 20))
def test_temperature_is_a_power_of_the_probabilities(weights, temperature):
    found = np.exp(tempered(logs(weights, dtype=np.float64), temperature))[0]
    wanted = (np.array(weights) / max(weights)) ** (1 / temperature)
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


@pytest.mark.parametrize("temperature", [1e-3, 1e-30, 5e-324])
def test_a_tiny_temperature_leaves_the_likeliest(temperature):
    found = np.exp(tempered(logs([1, 3, 2, 0]), temperature))
    assert found.tolist() == [[0, 1, 0, 0]]


@given(weights=WEIGHTS, penalty=st.floats(1, 10), data=st.data())
def test_a_penalty_is_a_power_of_the_probability_of_words_that_were_there(weights, penalty, data):
    seen = data.draw(st.lists(st.booleans(), min_size=len(weights), max_size=len(weights)))
    found = np.exp(penalized(logs(weights, dtype=np.float64), np.array([seen]), penalty))[0]
    for p, was_there, new in zip(np.array(weights) / sum(weights), seen, found, strict=True):
        assert new == pytest.approx(p**penalty if was_there else p)


def test_filters_leave_what_they_are_given():
    log_p, seen = logs([1, 2, 3]), np.array([[True, False, True]])
    before = log_p.copy()
    without(log_p, 1)
    for step, value in zip(FILTERS, (2.0, 0.5, 2, 0.4), strict=True):
        step.apply(log_p, value, seen)
    assert log_p.tolist() == before.tolist()


def test_filters_come_one_after_another():
    config = GenerationConfig(repetition_penalty=2.0, temperature=0.5, top_k=3, top_p=0.8)
    log_p, seen = logs([8, 4, 4, 2, 2]), np.array([[True, False, False, False, False]])
    found = np.exp(Chooser(config, unknown=4).filtered(log_p, seen))[0]
    # 0.4² = 0.16, then squares; the three best are 0.2², 0.2² and 0.16²; two of them have 76 %
    np.testing.assert_allclose(found / found[1], [0.64, 1, 1, 0, 0], rtol=1e-5)
    config = GenerationConfig(repetition_penalty=2.0, temperature=0.5, top_k=3, top_p=0.75)
    found = np.exp(Chooser(config, unknown=4).filtered(log_p, seen))[0]
    np.testing.assert_allclose(found / found[1], [0, 1, 1, 0, 0], rtol=1e-5)


def test_idle_settings_change_nothing():
    log_p = logs([1, 2, 3])
    config = GenerationConfig(unknown=True)
    assert Chooser(config, 0).filtered(log_p, np.ones((1, 3), dtype=bool)) is log_p
    one = Chooser(GenerationConfig(unknown=True, top_k=1), 0)
    assert kept(one.filtered(log_p, np.ones((1, 3), dtype=bool))) == [[2]]


def chi_square(found, wanted):
    """How far counts are from their expectations, in standard deviations of the statistic."""
    statistic = float(((found - wanted) ** 2 / wanted).sum())
    return (statistic - len(wanted) + 1) / math.sqrt(2 * (len(wanted) - 1))


def test_draws_follow_the_probabilities():
    """Over more than two blocks of words, some of probability 0."""
    rng = np.random.default_rng(1)
    weights = np.where(rng.random(2 * BLOCK + 7) < 0.1, 0, rng.integers(1, 30, 2 * BLOCK + 7))
    log_p, draws = logs(weights)[0], 40_000
    found = np.bincount([draw(log_p, rng) for _ in range(draws)], minlength=len(weights))
    assert (found[weights == 0] == 0).all()
    real = weights > 0
    expected = draws * weights[real] / weights.sum()
    assert abs(chi_square(found[real], expected)) < 4
    # the judge is not blind: one word in a hundred too many would be seen
    other = np.where(np.arange(len(expected)) == 3, expected + draws * 0.01, expected)
    assert chi_square(found[real], other * draws / other.sum()) > 4


def test_filtered_draws_follow_the_filtered_probabilities():
    config = GenerationConfig(temperature=0.7, top_k=4, seed=3)
    weights, rng, draws = [9, 1, 5, 5, 30, 5, 2], stream(3, "draws"), 5_000
    chooser, seen = Chooser(config, unknown=4), np.zeros((1, 7), dtype=bool)
    found = np.bincount([chooser.choose(logs(weights), seen, [rng])[0] for _ in range(draws)])
    powers = np.array([9, 5, 5, 5]) ** (1 / 0.7)
    assert found[[1, 4]].tolist() == [0, 0]
    assert len(found) == 6
    assert abs(chi_square(found[[0, 2, 3, 5]], draws * powers / powers.sum())) < 4


def test_last_bits_do_not_change_what_is_drawn():
    rng = np.random.default_rng(2)
    log_p = rng.normal(size=5000).astype(np.float32)
    near = log_p + rng.normal(scale=1e-6, size=5000).astype(np.float32)
    pairs = [(draw(log_p, stream(s, "a")), draw(near, stream(s, "a"))) for s in range(400)]
    assert len({first for first, _ in pairs}) > 300
    assert all(first == second for first, second in pairs)


def test_streams_do_not_know_each_other():
    chooser, weights = Chooser(GenerationConfig(), unknown=0), [1, 2, 3, 4, 5]
    seen = np.zeros((3, 5), dtype=bool)
    rngs = [stream(1, "sample", number) for number in range(3)]
    together = chooser.choose(logs(weights, weights[::-1], weights), seen, rngs)
    alone = chooser.choose(logs(weights[::-1]), seen[:1], [stream(1, "sample", 1)])
    assert together[1] == alone[0]


@given(weights=WEIGHTS, data=st.data())
def test_greedy_takes_the_first_of_the_likeliest(weights, data):
    unknown = data.draw(st.integers(0, len(weights) - 1))
    weights = [*weights, 1]
    greedy = Chooser(GenerationConfig(greedy=True), unknown)
    rest = [0 if word == unknown else weight for word, weight in enumerate(weights)]
    found = greedy.choose(logs(weights), np.zeros((1, len(weights)), dtype=bool), [])
    assert found.tolist() == [rest.index(max(rest))]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"temperature": 0}, "temperature=0.0.*above 0.*--greedy"),
        ({"temperature": -1.5}, "temperature=-1.5.*above 0.*--greedy"),
        ({"temperature": math.nan}, "temperature=nan"),
        ({"temperature": math.inf}, "temperature=inf"),
        ({"top_k": 0}, "top_k=0.*at least 1"),
        ({"top_p": 0.0}, "top_p=0.0.*above 0"),
        ({"top_p": 1.1}, "top_p=1.1.*at most 1"),
        ({"repetition_penalty": 0.9}, "repetition_penalty=0.9.*at least 1"),
        ({"max_tokens": 0}, "max_tokens=0.*at least 1"),
        ({"lines": 0}, "lines=0.*at least 1"),
        ({"stop": ("x", "")}, "stop.*empty string"),
        ({"greedy": True, "top_k": 3}, "greedy.*nothing is drawn.*top_k=3"),
        ({"greedy": True, "temperature": 0.5, "top_p": 0.9}, "temperature=0.5 and top_p=0.9"),
    ],
)
def test_settings_that_make_no_sense_are_refused(values, said):
    with pytest.raises(SettingsError, match=said):
        GenerationConfig(**values)
