import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.cli.meter import Meter, clock_time, short


@given(
    total=st.floats(1, 1e12),
    share=st.floats(0.001, 1),
    seconds=st.floats(0.1, 1e6),
    began=st.floats(0, 1e6),
)
def test_at_a_steady_rate_the_time_left_is_exact(total, share, seconds, began):
    meter = Meter("training", "words", total, began)
    meter.move(total * share, {})
    left = meter.left(began + seconds * share)
    assert left == pytest.approx(seconds * (1 - share), rel=1e-2, abs=seconds * 1e-3)


def test_nothing_is_promised_without_a_total_or_a_rate():
    assert Meter("reading", "bytes", None, 0.0, done=5).left(1.0) is None
    assert Meter("reading", "bytes", 10, 0.0).left(1.0) is None
    assert Meter("reading", "bytes", 10, 5.0, done=1).rate(5.0) == 0.0


def test_a_stage_that_ran_over_its_total_has_no_time_left():
    assert Meter("reading", "bytes", 10, 0.0, done=12).left(1.0) == 0.0


def test_facts_keep_their_last_value():
    meter = Meter("training", "words", 100, 0.0)
    meter.move(10, {"loss": 3.0, "grad_norm": 0.5})
    meter.move(20, {"loss": 2.0})
    assert meter.line(2.0) == "training: 20%  10 words/s  loss 2  grad norm 0.5  0:08 left"
    assert meter.summary(2.0) == "training: 20 words in 0:02 (10 words/s), loss 2, grad norm 0.5"


@given(st.floats(0, 1e12))
def test_a_short_number_is_the_number_within_half_a_percent(number):
    text = short(number)
    factor = {"k": 1e3, "M": 1e6, "G": 1e9}.get(text[-1], 1.0)
    assert float(text.rstrip("kMG")) * factor == pytest.approx(number, rel=5.1e-3, abs=1e-300)
    digits = text.rstrip("kMG").partition("e")[0].replace(".", "").lstrip("0")
    assert len(digits) <= 3


@given(st.integers(0, 10**6))
def test_a_clock_time_reads_back(seconds):
    total = 0
    for part in clock_time(seconds).split(":"):
        total = total * 60 + int(part)
    assert total == seconds
