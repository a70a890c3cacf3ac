"""Schedules: equal to torch's where it has the same, and with the shape that they promise."""

import itertools
import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from gradus.core.errors import SettingsError
from gradus.training.schedules import SCHEDULES, snapshot_steps, warmed_up

TOTAL = 24


def torch_factors(make, steps=TOTAL):
    """The rates that torch's scheduler gives to an optimizer with rate 1, step by step."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    factors = []
    for _ in range(steps):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return factors


def factors(line, total=TOTAL):
    schedule = SCHEDULES.make(line, total=total)
    return [schedule.factor(step) for step in range(1, total + 1)]


@pytest.mark.parametrize(
    ("line", "judge"),
    [
        ("constant", lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
        ("step(every=5, factor=0.3)", lambda o: lr_scheduler.StepLR(o, 5, 0.3)),
        ("step(every=0.25, factor=0.3)", lambda o: lr_scheduler.StepLR(o, TOTAL // 4, 0.3)),
        (
            "linear(last=0.1)",
            lambda o: lr_scheduler.LinearLR(o, 1.0, end_factor=0.1, total_iters=TOTAL),
        ),
        ("linear", lambda o: lr_scheduler.LinearLR(o, 1.0, end_factor=0.0, total_iters=TOTAL)),
        ("cosine", lambda o: lr_scheduler.CosineAnnealingLR(o, TOTAL)),
        ("cosine(0.2)", lambda o: lr_scheduler.CosineAnnealingLR(o, TOTAL, eta_min=0.2)),
        ("cycles(3)", lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, TOTAL // 3)),
    ],
)
def test_rates_are_those_of_torch(line, judge):
    assert factors(line) == pytest.approx(torch_factors(judge), abs=1e-12)


@given(
    losses=st.lists(st.floats(0.01, 10), max_size=40),
    patience=st.integers(0, 4),
    threshold=st.sampled_from([0.0, 1e-4, 0.1]),
)
def test_plateau_falls_when_torch_does(losses, patience, threshold):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    judge = lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.7, patience=patience, threshold=threshold
    )
    line = f"plateau(factor=0.7, patience={patience}, threshold={threshold})"
    schedule = SCHEDULES.make(line, total=100)
    for loss in losses:
        judge.step(loss)
        schedule.observe(loss)
        # torch stops where a fall would be below its eps
        assert schedule.factor(1) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-7)


@given(losses=st.lists(st.floats(0.01, 10), max_size=20), cut=st.integers(0, 20))
def test_a_restored_plateau_goes_on_as_if_nothing_had_been(losses, cut):
    line = "plateau(factor=0.5, patience=1)"
    whole, first = SCHEDULES.make(line, total=9), SCHEDULES.make(line, total=9)
    for loss in losses:
        whole.observe(loss)
    for loss in losses[:cut]:
        first.observe(loss)
    second = warmed_up(SCHEDULES.make(line, total=9), 3)
    second.restore(json.loads(json.dumps(first.state(), allow_nan=False)))
    for loss in losses[cut:]:
        second.observe(loss)
    assert second.state() == whole.state()
    assert second.factor(9) == whole.factor(9)


def test_not_a_number_is_no_fall():
    schedule = SCHEDULES.make("plateau(patience=0)", total=9)
    for loss in (math.nan, 1.0, math.nan):
        schedule.observe(loss)
    assert schedule.state() == {"height": 0.25, "best": 1.0, "waited": 0}


def test_a_loss_below_zero_falls_downwards():
    schedule = SCHEDULES.make("plateau(patience=0, threshold=0.1)", total=9)
    for loss in (-1.0, -1.05, -1.2):
        schedule.observe(loss)
    assert schedule.state() == {"height": 0.5, "best": -1.2, "waited": 0}


PURE = ["constant", "step", "linear", "linear(0.3)", "cosine", "cosine(0.3)", "cycles(1)",
        "inverse_sqrt", "plateau"]  # fmt: skip


@given(
    line=st.sampled_from(PURE),
    total=st.integers(1, 300),
    warmup=st.integers(0, 50),
    step=st.integers(1, 400),
)
def test_a_factor_is_in_the_unit_interval_even_past_the_end(line, total, warmup, step):
    schedule = warmed_up(SCHEDULES.make(line, total=total), warmup)
    assert 0 <= schedule.factor(step) <= 1


@given(line=st.sampled_from(PURE), total=st.integers(1, 300))
def test_without_a_warmup_of_its_own_a_schedule_begins_at_1_and_never_rises(line, total):
    schedule = SCHEDULES.make(line, total=total)
    values = [schedule.factor(step) for step in range(1, total + 2)]
    if line == "inverse_sqrt":
        values = values[values.index(max(values)) :]
    assert values[0] == 1
    assert all(later <= earlier for earlier, later in itertools.pairwise(values))


@given(last=st.floats(0, 1), total=st.integers(1, 300), name=st.sampled_from(["linear", "cosine"]))
def test_the_run_ends_at_last_and_its_last_step_still_moves(last, total, name):
    schedule = SCHEDULES.make(f"{name}({last})", total=total)
    assert schedule.factor(total + 1) == pytest.approx(last, abs=1e-12)
    assert schedule.factor(total) > 0


@given(line=st.sampled_from(PURE), steps=st.integers(1, 40))
def test_a_warmup_is_a_straight_line_that_reaches_1(line, steps):
    plain = SCHEDULES.make(line, total=100)
    warm = warmed_up(plain, steps)
    for step in range(1, 101):
        assert warm.factor(step) == pytest.approx(plain.factor(step) * min(1, step / steps))
    assert warm.factor(steps) == plain.factor(steps)


def test_a_warmup_of_no_steps_is_the_schedule_itself():
    schedule = SCHEDULES.make("cosine", total=10)
    assert warmed_up(schedule, 0) is schedule


@given(total=st.integers(1, 500), count=st.integers(1, 20))
def test_cycles_are_of_equal_length_but_for_rounding(total, count):
    if count > total:
        with pytest.raises(SettingsError, match=f"{count} cycles do not fit into {total} steps"):
            snapshot_steps(total, count)
        return
    ends = snapshot_steps(total, count)
    lengths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    assert ends[-1] == total and len(ends) == count
    assert max(lengths) - min(lengths) <= 1
    schedule = SCHEDULES.make(f"cycles({count})", total=total)
    lows = [step for step in range(1, total) if schedule.factor(step + 1) > schedule.factor(step)]
    # a cycle of one step stays at 1, so its end is no low
    assert set(lows) <= set(ends[:-1])
    assert min(lengths) < 2 or lows == ends[:-1]


@pytest.mark.parametrize(
    "line",
    ["step(0)", "step(2.5)", "step(factor=2)", "linear(-1)", "cosine(1.5)", "inverse_sqrt(0)",
     "plateau(factor=1.1)", "plateau(patience=-1)", "cycles(0)", "cycles(11)"],
)  # fmt: skip
def test_values_out_of_range_are_refused(line):
    with pytest.raises(SettingsError, match="choose"):
        SCHEDULES.make(line, total=10)
