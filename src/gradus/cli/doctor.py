"""``gradus doctor``: what is wrong with a training run, with the evidence and what to do."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import emphasis, print_json, remark
from gradus.cli.lazy import examples
from gradus.cli.stage import sparkline

if TYPE_CHECKING:
    from gradus.training.doctor import Diagnosis, Finding
    from gradus.training.history import History


@examples(
    "gradus doctor model",
    "gradus doctor model --plot curves.png",
    "gradus doctor model --json",
)
def doctor(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="A model folder, or the goal of a run still going on."),
    ],
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the curves (.png or .svg).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Read the log of RUN and name what is wrong with it: evidence with numbers, and advice."""
    from gradus.training.doctor import diagnose
    from gradus.training.history import History

    history = History.read(run)
    diagnosis = diagnose(history)
    if plot:
        _draw(history, plot, force=force)
    if json:
        print_json({"run": str(run), "state": _state(history), **diagnosis.to_dict()})
    else:
        _print(run, history, diagnosis)


def _print(run: Path, history: "History", diagnosis: "Diagnosis") -> None:
    print(f"{run}: {_state(history)}")
    for name, losses in (
        ("training loss", history.series("loss")),
        ("dev loss", history.look_series("dev", "loss")),
    ):
        there = [loss for loss in losses.tolist() if loss == loss]
        if there:
            print(f"{name:13}  {there[0]:.3g} {sparkline(there)} {there[-1]:.3g}")
    print()
    if diagnosis.healthy:
        print(diagnosis)
    for place, finding in enumerate(diagnosis.findings):
        if place:
            print()
        _print_finding(finding)


def _print_finding(finding: "Finding") -> None:
    print(emphasis(f"{finding.title} ({finding.confidence:.0%} sure): {finding.meaning}"))
    for title, lines in (("evidence", finding.evidence), ("what to do", finding.advice)):
        print(f"  {title}")
        for line in lines:
            print(f"    - {line}")


def _state(history: "History") -> str:
    done = max((event["step"] for event in (*history.steps, *history.looks)), default=0)
    planned = history.started.get("steps")
    steps = f"{done:,} of {planned:,} steps" if planned else f"{done:,} steps"
    if history.finished.get("diverged"):
        return f"{steps}, diverged"
    return f"{steps}, {'finished' if history.finished else 'not finished'}"


def _draw(history: "History", path: Path, *, force: bool) -> None:
    from gradus.training.curves import draw_curves

    training = (history.started.get("settings") or {}).get("training") or {}
    draw_curves(history, path, metric=training.get("metric", "loss"), force=force)
    remark(f"drew the curves to {path}")
