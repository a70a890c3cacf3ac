"""How often `gradus doctor` is right: runs with known faults, told apart by the doctor.

Each run is a small network on a small task, made ill in one known way, or healthy. The doctor's
limits were chosen on the runs of the tuning seeds; what is printed by default are the runs of the
test seeds. A faulty run that ends as well as the healthy ones shows no fault and is left out.
"""

import argparse
import statistics
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import torch
from _faulty_runs import record
from _recipes import CASES, FAMILIES, HEALTHY, SPOILERS, Case
from _report import report
from _sick_curves import draw_faults

from gradus.training.doctor import diagnose, measure
from gradus.training.doctor.watch import sure
from gradus.training.history import History

#: Seeds whose runs the limits were chosen on; the seeds after them are for the test.
TUNING = 9

#: Healthy runs for each seed and kind of network, so that false alarms are well measured.
HEALTHY_RUNS = 3

#: A faulty run shows its fault if its dev loss ends this share of the way from that of healthy runs
#: to that of a guess, or above.
HARM = 0.1


class Job(NamedTuple):
    """A case and the seed of its run."""

    case: Case
    seed: int


class Outcome(NamedTuple):
    """What the doctor says of a run, and what is true."""

    case: Case
    verdict: str
    told: list[str]  # by the callback before the run was over
    dev_loss: float | None  # at the end; None if the run diverged
    chance: float
    seconds: float


def main() -> None:
    """Run the benchmark."""
    arguments = parse()
    if arguments.picture:
        draw_faults(arguments.picture)
        return
    seeds = range(TUNING) if arguments.tuning else range(TUNING, TUNING + arguments.runs)
    began = time.perf_counter()
    outcomes = experiment(jobs(seeds), processes=arguments.processes)
    shown, silent = with_harm(outcomes)
    kinds = Counter(outcome.case.fault for outcome in silent)
    report(
        f"The doctor on runs with known faults ({'tuning' if arguments.tuning else 'test'} seeds)",
        matrix(shown),
        packages=["gradus", "torch", "numpy"],
        facts={
            **summary(shown),
            "left out": f"{len(silent)} faulty runs that ended as well as healthy ones: "
            + ", ".join(f"{number} {fault}" for fault, number in kinds.items()),
            "runs": f"{len(outcomes)}, seeds {seeds.start} to {seeds.stop - 1}, "
            f"{sum(outcome.seconds for outcome in outcomes):.0f} s of computing, "
            f"{time.perf_counter() - began:.0f} s in all, {arguments.processes} processes",
        },
        json_path=arguments.json,
    )  # fmt: skip


def parse() -> argparse.Namespace:
    """The settings of the benchmark."""
    parser = argparse.ArgumentParser(prog="bench/doctor.py", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each case; healthy ones x3")
    parser.add_argument("--tuning", action="store_true", help="the tuning seeds, not the test's")
    parser.add_argument("--processes", type=int, default=2, help="runs at a time")
    parser.add_argument("--picture", type=Path, help="draw a run of each fault to this file only")
    parser.add_argument("--json", type=Path, help="file that gets the result as JSON")
    return parser.parse_args()


def jobs(seeds: Sequence[int]) -> list[Job]:
    """All runs of these seeds."""
    healthy = [HEALTHY_RUNS * seed + number for seed in seeds for number in range(HEALTHY_RUNS)]
    return [
        *(Job(case, seed) for seed in seeds for case in CASES),
        *(Job(case, seed) for seed in healthy for case in HEALTHY),
    ]


def experiment(todo: Sequence[Job], *, processes: int) -> list[Outcome]:
    """Make and judge all runs, some at a time."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(outcome, todo))


def outcome(job: Job) -> Outcome:
    """Make a run and let the doctor judge it."""
    torch.set_num_threads(1)
    began = time.perf_counter()
    events = record(job.case.recipe(job.seed), job.seed)
    return judged(job.case, events, seconds=time.perf_counter() - began)


def judged(case: Case, events: list[dict[str, Any]], *, seconds: float = 0.0) -> Outcome:
    """What the doctor says of the events of a run."""
    history = History.of(events)
    symptoms = measure(history)
    return Outcome(
        case, diagnose(history).verdict, told_early(events),
        None if symptoms.diverged else symptoms.dev, symptoms.chance, seconds,
    )  # fmt: skip


def told_early(events: list[dict[str, Any]]) -> list[str]:
    """What the callback would have said before the last look, in this order."""
    told: dict[str, None] = {}
    looks = [place for place, event in enumerate(events) if event["event"] == "look"]
    for place in looks[:-1]:
        told |= dict.fromkeys(finding.fault for finding in sure(History.of(events[: place + 1])))
    return list(told)


def with_harm(outcomes: Sequence[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
    """Runs that are what they were made to be, and faulty ones that came off unharmed."""
    healthy = {
        family: statistics.median(
            outcome.dev_loss
            for outcome in outcomes
            if outcome.case == Case(family, "healthy") and outcome.dev_loss is not None
        )
        for family in FAMILIES
    }

    def harmed(outcome: Outcome) -> bool:
        if outcome.case.fault == "healthy" or outcome.dev_loss is None:
            return True
        good = healthy[outcome.case.family]
        return outcome.dev_loss != outcome.dev_loss or (
            outcome.dev_loss >= good + HARM * (outcome.chance - good)
        )

    return [one for one in outcomes if harmed(one)], [one for one in outcomes if not harmed(one)]


def matrix(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """One row a true fault; the columns are what the doctor said."""
    names = [*SPOILERS, "healthy"]
    counts = Counter((outcome.case.fault, outcome.verdict) for outcome in outcomes)
    return [
        {
            "made": name,
            **{said.replace("_", " "): counts[name, said] or "" for said in names},
            "right": right([outcome for outcome in outcomes if outcome.case.fault == name]),
        }
        for name in names
    ]


def summary(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Shares named right and false alarms, in all and by kind of network, and of the callback."""
    sick = [outcome for outcome in outcomes if outcome.case.fault != "healthy"]
    well = [outcome for outcome in outcomes if outcome.case.fault == "healthy"]
    early = Counter(one.case.fault == one.told[0] for one in sick if one.told)
    families = (
        f"{family} {right([one for one in sick if one.case.family == family])}, alarms "
        f"{alarms([one for one in well if one.case.family == family])}"
        for family in FAMILIES
    )
    return {
        "faults named right": right(sick),
        "false alarms": alarms(well),
        "by network": "; ".join(families),
        "callback": f"spoke during {sum(early.values())} of {len(sick)} faulty runs, first named "
        f"the right fault in {early[True]}; false alarms {sum(bool(one.told) for one in well)} of "
        f"{len(well)}",
    }


def right(outcomes: Sequence[Outcome]) -> str:
    """The share whose verdict is what they were made to be."""
    return _share(sum(one.verdict == one.case.fault for one in outcomes), len(outcomes))


def alarms(outcomes: Sequence[Outcome]) -> str:
    """The share of healthy runs that are called ill."""
    return _share(sum(one.verdict != "healthy" for one in outcomes), len(outcomes))


def _share(part: int, whole: int) -> str:
    return f"{part / max(1, whole):.1%} ({part}/{whole})"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
