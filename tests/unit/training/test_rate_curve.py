"""Reading curves of losses over rates: a suggestion where there is a fall, else a reason."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.training.rate_curve import read_curve

RATES = np.geomspace(1e-6, 10, 100)


def curve(falls_at, breaks_at, rates=RATES):
    """A loss that falls from 1 to 0 around one rate and explodes at another."""
    return 1 / (1 + (rates / falls_at) ** 2) + np.maximum(0, rates / breaks_at - 1)


@given(falls=st.floats(-4.5, -1), wide=st.floats(0.5, 1.5))
def test_a_suggestion_lies_between_the_fall_and_the_break(falls, wide):
    falls_at, breaks_at = 10**falls, 10 ** (falls + wide)
    found = read_curve(RATES, curve(falls_at, breaks_at))
    assert falls_at / 10 < found.suggestion < breaks_at
    assert found.why.startswith("the loss fell from ")


@given(falls=st.floats(-4, -1), seed=st.integers(0, 1000))
def test_noise_moves_a_suggestion_by_less_than_a_decade(falls, seed):
    clean = curve(10**falls, 10 ** (falls + 1))
    noise = 0.03 * np.random.default_rng(seed).normal(size=len(RATES))
    quiet, noisy = read_curve(RATES, clean), read_curve(RATES, clean + noise)
    assert abs(np.log10(noisy.suggestion / quiet.suggestion)) < 1


@given(
    scale=st.sampled_from([1e-3, 1.0, 1e3]),
    faster=st.sampled_from([0.1, 10.0]),
    falls=st.floats(-4, -2),
)
def test_units_of_loss_and_rate_do_not_matter(scale, faster, falls):
    losses = curve(10**falls, 10 ** (falls + 1))
    found = read_curve(RATES, losses)
    other = read_curve(RATES * faster, losses * scale)
    assert other.suggestion == pytest.approx(found.suggestion * faster, rel=1e-6)


@pytest.mark.parametrize("draw", ["normal", "student"])
@pytest.mark.parametrize("breaks", [False, True])
def test_noise_alone_is_hardly_ever_taken_for_a_descent(draw, breaks):
    rng = np.random.default_rng(11)
    false = 0
    for _ in range(200):
        size = len(RATES)
        noise = rng.normal(size=size) if draw == "normal" else rng.standard_t(3, size)
        losses = 1 + 0.1 * noise + (np.maximum(0, 4 * (RATES - 0.5)) if breaks else 0)
        false += read_curve(RATES, losses).suggestion is not None
    assert false <= 6


def test_one_bad_batch_neither_hides_nor_makes_a_descent():
    noise = 0.02 * np.random.default_rng(3).normal(size=len(RATES))
    falling, flat = curve(1e-3, 1e-2) + noise, 1 + noise
    calm = read_curve(RATES, falling).suggestion
    falling[40] += 5
    flat[70] -= 0.9
    assert read_curve(RATES, falling).suggestion == pytest.approx(calm, rel=0.5)
    assert read_curve(RATES, flat).suggestion is None


@pytest.mark.parametrize(
    ("losses", "text"),
    [
        (np.ones(100), "stayed near 1 at every rate"),
        (1 + np.maximum(0, RATES - 1), "stayed near 1 and then rose at rate 1"),
        (1 - 0.003 * RATES / 10, "stayed near 1 at every rate"),
        (1 + np.random.default_rng(1).normal(size=100), "as far as its noise of"),
        (np.array([1.0, 5.0, 9.0]), "the loss broke within 3 steps"),
    ],
)
def test_without_a_descent_there_is_no_number_but_a_reason(losses, text):
    found = read_curve(RATES[: len(losses)], losses)
    assert found.suggestion is None
    assert found.why.startswith("no descent found: ") and text in found.why


def test_a_suggestion_never_lies_on_the_flat_beginning():
    found = read_curve(RATES, curve(1e-3, 1e-2), lag=80)
    place = np.searchsorted(RATES, found.suggestion * 0.999)
    assert found.smoothed[place] < found.smoothed[0] - 0.01


def test_momentum_moves_the_suggestion_back_by_its_lag():
    losses = curve(1e-3, 1e-1)
    plain, late = (read_curve(RATES, losses, lag=lag).suggestion for lag in (0, 9))
    assert plain / late == pytest.approx((RATES[1] / RATES[0]) ** 9)


def test_a_loss_that_never_breaks_says_so():
    found = read_curve(RATES, curve(1e-3, 1e9))
    assert "did not break up to 10: a higher rate may do as well" in found.why


def test_a_loss_below_zero_is_read_alike():
    losses = curve(1e-3, 1e-2)
    below, above = read_curve(RATES, losses - 3), read_curve(RATES, losses)
    assert below.suggestion == pytest.approx(above.suggestion)
