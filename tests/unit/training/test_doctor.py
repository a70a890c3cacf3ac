import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import FormatError
from gradus.core.progress import Silent
from gradus.core.runlog import RunLog
from gradus.training.callbacks import Look
from gradus.training.doctor import FAULTS, Diagnosis, diagnose, measure
from gradus.training.doctor.grades import above, below, far_above, far_below
from gradus.training.doctor.series import late_fall, smooth
from gradus.training.doctor.watch import Watch
from gradus.training.history import History

STEPS = 100
CHANCE = math.log(4)
TIMES = np.linspace(0, 1, STEPS)
#: A loss that converges, as training and as dev see it.
FALL = 0.2 + (CHANCE - 0.2) * np.exp(-6 * TIMES)
FLAT = np.full(STEPS, CHANCE)


def layers(norms=(1.0, 1.0, 1.0), update=2e-3):
    return {
        f"layer{place}": {"grad_norm": norm, "update_ratio": update}
        for place, norm in enumerate(norms)
    }


def run(loss=FALL, dev=None, *, fit=None, finished=True, started=None, sanity=None, **step):
    """The events of a run of 100 steps that looks ten times; ``step`` goes into every step."""
    fit = loss if fit is None else fit
    dev = fit * 1.1 if dev is None else dev
    begun = {
        "event": "started", "steps": STEPS, "dev_examples": 1000,
        "baseline": {"loss": CHANCE, "accuracy": 0.25}, **(started or {}),
    }  # fmt: skip
    events = [begun]
    if sanity is not None:
        events.append({"event": "sanity", "passed": sanity, "first_loss": 1.4, "last_loss": 1.3})
    common = {"rate": 1e-3, "grad_norm": 1.7, "layers": layers(), **step}
    for number in range(1, len(loss) + 1):
        events.append({"event": "step", "step": number, "loss": loss[number - 1], **common})
        if number % 10 == 0:
            figures = {
                name: {"loss": curve[number - 1], "accuracy": math.exp(-curve[number - 1])}
                for name, curve in (("fit", fit), ("dev", dev))
            }
            events.append({"event": "look", "step": number, "epoch": 1.0, "best": False, **figures})
    if finished:
        events.append({"event": "finished", "step": len(loss)})
    return events


def recurrent(first, last, **more):
    return {"recurrent": {"cell": {"first": first, "last": last, "distance": 40.0, **more}}}


#: Runs that show one fault each, as formulas.
SICK = {
    "loss rises": ("rate_too_high", run(CHANCE * (1 + 4 * TIMES))),
    "loss jumps, then stays high": (
        "rate_too_high", run(np.where(TIMES < 0.1, 9.0, CHANCE), layers=layers(update=3.0)),
    ),
    "loss oscillates": (
        "rate_too_high", run(CHANCE * (2 + np.sin(20 * TIMES)), layers=layers(update=1.0)),
    ),
    "loss falls in a straight line": (
        "rate_too_low", run(CHANCE * (1 - 0.1 * TIMES), layers=layers(update=2e-5)),
    ),
    "dev turns, training goes on": (
        "overfitting", run(0.02 + FALL * (1 - TIMES), 1.0 + (TIMES - 0.3) ** 2),
    ),
    "training and dev stay near chance": ("underfitting", run(CHANCE - 0.05 * (1 - 0.5**TIMES))),
    "first gradient huge": (
        "exploding_gradients", run(FLAT * 3, grad_norm=1e5, layers=layers((9e4, 3e4, 3e4))),
    ),
    "gradient grows back through time": ("exploding_gradients", run(FLAT, **recurrent(1e4, 1e-2))),
    "lowest layers get nothing": (
        "vanishing_gradients", run(FLAT, layers=layers((1e-8, 1e-6, 1e-4, 1e-2, 1.0))),
    ),
    "first word gets nothing": ("vanishing_gradients", run(FLAT, **recurrent(1e-12, 1e-2))),
    "rectifiers dead from the start": (
        "dead_relus", run(FLAT, units={"f": {"dead": 0.95}}, layers=layers((0.0, 0.0, 1.0), 0.0)),
    ),
    "tanh flat from the start": ("saturated_units", run(FLAT, units={"f": {"saturated": 0.9}})),
    "states of a recurrent net flat": (
        "saturated_units", run(FLAT, **recurrent(1e-6, 1e-2, saturated=0.9)),
    ),
    "sanity check fails": ("bug", run(FLAT, sanity=False)),
    "learnt by heart, dev never above chance": ("bug", run(FALL, CHANCE * (1.01 + TIMES))),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "events"), SICK.values(), ids=SICK)
def test_a_run_made_ill_by_formula_is_named(fault, events):
    assert diagnose(History.of(events)).verdict == fault


@pytest.mark.parametrize(
    "events",
    [
        run(),
        run(sanity=True),
        run(FALL, FALL + 0.05),
        run(FALL, dev=FALL, started={"baseline": {}}),
        run(FALL, units={"relu": {"dead": 0.2}, "tanh": {"saturated": 0.1}}),
        run(FALL, **recurrent(1e-3, 1e-2)),
        run(FALL, FALL, rate=1e-5),  # a low rate is no fault where it works
        [],
        run()[:1],
    ],
)
def test_a_run_that_learns_is_healthy(events):
    diagnosis = diagnose(History.of(events))
    assert diagnosis.healthy
    assert diagnosis.primary is None
    assert str(diagnosis).startswith("healthy")


def test_every_fault_of_the_table_has_a_run_that_shows_it():
    assert {fault for fault, _ in SICK.values()} == {fault.name for fault in FAULTS}
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_causes_stand_above_their_effects_in_the_table():
    names = [fault.name for fault in FAULTS]
    for place, fault in enumerate(FAULTS):
        assert set(fault.causes) <= set(names[:place])


def test_a_run_that_diverged_before_it_looked_is_diagnosed_from_its_first_step():
    first = run(FLAT, finished=False)[:2]
    end = {"event": "finished", "step": 3, "diverged": "the loss became nan at step 4"}
    assert diagnose(History.of([*first, end])).verdict == "rate_too_high"
    first[1] |= {"grad_norm": 1e6, "layers": layers((9e5, 3e5))}
    diagnosis = diagnose(History.of([*first, end]))
    assert diagnosis.verdict == "exploding_gradients"
    assert "the loss became nan at step 4" in str(diagnosis)


def test_a_young_run_is_not_called_underfitted():
    events = run(FLAT, finished=False)
    young = diagnose(History.of(events[:20]))
    assert young.healthy
    assert "so far" in str(young)
    assert diagnose(History.of(events)).verdict == "underfitting"


def test_evidence_holds_the_numbers():
    fault, events = SICK["dev turns, training goes on"]
    finding = diagnose(History.of(events)).primary
    assert finding.fault == fault
    s = measure(History.of(events))
    assert f"{s.fit:.3g}" in finding.evidence[0]
    assert f"{s.dev:.3g}" in finding.evidence[0]
    assert "add dropout" in finding.advice


def test_warm_up_and_decay_do_not_look_like_a_low_rate():
    events = run(FLAT)
    for event in events:
        if event["event"] == "step":
            factor = 0.01 + math.sin(math.pi * event["step"] / STEPS)
            event |= {"rate": 1e-3 * factor, "layers": layers(update=2e-3 * factor)}
    assert measure(History.of(events)).update == pytest.approx(2e-3 / 0.01 * 1.01, rel=1)
    assert diagnose(History.of(events)).verdict != "rate_too_low"


@pytest.mark.parametrize(("fault", "events"), SICK.values(), ids=SICK)
def test_a_diagnosis_survives_json(fault, events):
    diagnosis = diagnose(History.of(events))
    assert Diagnosis.from_dict(json.loads(json.dumps(diagnosis.to_dict()))) == diagnosis


def test_the_notebook_shows_evidence_and_escapes_it():
    end = {"event": "finished", "diverged": "<layer>"}
    shown = diagnose(History.of([*run(FLAT * 3, grad_norm=1e5)[:-1], end]))._repr_html_()
    assert "&lt;layer&gt;" in shown
    assert "clip gradients" in shown


NUMBERS = st.none() | st.floats(width=32) | st.integers(-5, 5)
FIGURES = st.dictionaries(st.sampled_from(["loss", "accuracy"]), NUMBERS)
STEP = st.fixed_dictionaries(
    {"event": st.just("step"), "step": st.integers(0, 50)},
    optional={
        "loss": NUMBERS,
        "rate": NUMBERS,
        "grad_norm": NUMBERS,
        "layers": st.dictionaries(
            st.sampled_from("abcd"),
            st.fixed_dictionaries({"grad_norm": NUMBERS, "update_ratio": NUMBERS}),
        ),
        "units": st.dictionaries(
            st.sampled_from("ab"),
            st.dictionaries(st.sampled_from(["dead", "saturated"]), NUMBERS),
        ),
        "recurrent": st.dictionaries(
            st.sampled_from("ab"),
            st.dictionaries(st.sampled_from(["first", "last", "distance", "saturated"]), NUMBERS),
        ),
    },
)
LOOK = st.fixed_dictionaries(
    {"event": st.just("look"), "step": st.integers(0, 50)},
    optional={"fit": FIGURES, "dev": FIGURES},
)
OTHER = st.sampled_from(
    [
        {"event": "started", "steps": 50, "baseline": {"loss": 1.0, "accuracy": 0.5}},
        {"event": "started", "steps": None, "baseline": None},
        {"event": "sanity", "passed": False, "first_loss": None, "last_loss": 2.0},
        {"event": "finished", "diverged": "the loss became nan"},
        {"event": "resumed", "step": 3},
    ]
)


@given(st.lists(st.one_of(STEP, STEP, LOOK, OTHER), max_size=30))
def test_any_log_gets_a_diagnosis(events):
    diagnosis = diagnose(History.of(events))
    assert all(0.5 <= finding.confidence <= 1 for finding in diagnosis.findings)
    assert all(finding.evidence and finding.advice for finding in diagnosis.findings)
    assert sorted(f.confidence for f in diagnosis.findings)[::-1] == [
        finding.confidence for finding in diagnosis.findings
    ]
    assert str(diagnosis)
    assert json.loads(json.dumps(diagnosis.to_dict()))["steps"] == diagnosis.steps


@given(st.floats(1e-3, 1e3), st.sampled_from(sorted(SICK)))
def test_the_unit_of_the_loss_does_not_matter(unit, name):
    fault, events = SICK[name]
    if name == "sanity check fails":
        return

    def scaled(event):
        event = json.loads(json.dumps(event))
        for figures in (
            event,
            event.get("fit", {}),
            event.get("dev", {}),
            event.get("baseline", {}),
        ):
            if "loss" in figures:
                figures["loss"] *= unit
        if "grad_norm" in event:
            event["grad_norm"] *= unit
        return event

    assert diagnose(History.of([scaled(event) for event in events])).verdict == fault


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_grades_lie_between_0_and_1_and_mirror_each_other(value, low, width):
    grade = above(value, low, low + width)
    assert 0 <= grade <= 1
    assert below(value, low, low + width) == pytest.approx(1 - grade)
    if value > 0:
        assert far_above(value, 1.0, 10.0) == pytest.approx(above(math.log10(value), 0, 1))
    assert far_below(value, 1.0, 10.0) == pytest.approx(1 - far_above(value, 1.0, 10.0))


@given(st.floats(0.1, 9), st.floats(0.01, 9))
def test_half_of_a_straight_fall_is_in_the_second_half(start, fall):
    assert late_fall(np.linspace(start, start - fall, 200)) == pytest.approx(0.5, abs=0.01)


def test_one_batch_alone_is_not_heard():
    curve = np.ones(9)
    curve[4] = 1e9
    assert smooth(curve).max() == 1


class Notes(Silent):
    def __init__(self):
        self.lines = []

    def note(self, text):
        self.lines.append(text)


def watched(events, folder):
    """What the callback notes while the events come in."""
    log, progress = RunLog(folder), Notes()
    watch = Watch(log, progress)
    for event in events:
        facts = {key: value for key, value in event.items() if key != "event"}
        log.write(event["event"], **facts)
        if event["event"] == "look":
            watch.after_look(Look(event["step"], 0.0, 0.0))
    return progress.lines


def test_the_callback_tells_a_sure_finding_once(tmp_path):
    _, events = SICK["rectifiers dead from the start"]
    (line,) = watched(events[:-1], tmp_path)
    assert line.startswith("step 20: dead ReLUs")
    assert "95%" in line
    assert "\n" not in line


def test_the_callback_is_silent_in_a_healthy_run(tmp_path):
    assert watched(run(), tmp_path) == []


def test_the_command_prints_verdict_evidence_and_advice(run_cli, tmp_path):
    _, events = SICK["dev turns, training goes on"]
    log = RunLog(tmp_path)
    for event in events:
        log.write(**event)
    shown = run_cli("doctor", tmp_path, "--plot", tmp_path / "curves.png")
    assert shown.code == 0
    assert "overfitting (" in shown.stdout
    assert "add dropout" in shown.stdout
    assert "100 of 100 steps, finished" in shown.stdout
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    answer = json.loads(run_cli("doctor", tmp_path, "--json").stdout)
    assert answer["verdict"] == "overfitting"
    assert Diagnosis.from_dict(answer) == diagnose(History.of(events))


def test_the_command_names_what_it_cannot_read(run_cli, tmp_path):
    shown = run_cli("doctor", tmp_path)
    assert shown.code == 1
    assert "log.jsonl" in shown.stderr
    assert run_cli("doctor", tmp_path / "nowhere").code == 1


@pytest.mark.slow
def test_faults_of_real_runs_are_named(monkeypatch, data_folder):
    monkeypatch.syspath_prepend("bench")
    import doctor as bench

    outcomes = bench.experiment(bench.jobs(range(1)), processes=2)
    shown, _ = bench.with_harm(outcomes)
    sick = [one for one in shown if one.case.fault != "healthy"]
    well = [one for one in shown if one.case.fault == "healthy"]
    assert sum(one.verdict == one.case.fault for one in sick) >= 0.8 * len(sick)
    assert sum(one.verdict != "healthy" for one in well) <= 0.2 * len(well)


@pytest.mark.parametrize(
    ("event", "text"),
    [({"event": "started", "words": 3}, "no training run of a neural model"), (None, "no log")],
)
def test_a_folder_without_a_neural_run_is_refused(tmp_path, event, text):
    if event:
        RunLog(tmp_path).write(**event)
    with pytest.raises(FormatError, match=text):
        History.read(tmp_path)
    with pytest.raises(FormatError, match="is no folder"):
        (tmp_path / "file").write_text("")
        History.read(tmp_path / "file")


def test_events_without_a_step_are_passed_over():
    assert History.of([{"event": "step"}, {"event": "look", "step": "x"}]).steps == []
