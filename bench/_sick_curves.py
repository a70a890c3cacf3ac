"""One picture of how runs look that are healthy, and that are ill in each way."""

from pathlib import Path
from typing import Any

from _faulty_runs import record
from _recipes import SPOILERS, Case
from matplotlib.figure import Figure

from gradus.training.curves import DEV, FIT, TRAIN
from gradus.training.history import History

#: The run that shows each fault best.
SHOWN = {"exploding_gradients": "recurrent", "bug": "window", "saturated_units": "window"}


def draw_faults(path: Path, *, seed: int = 0) -> None:
    """Draw the losses of a healthy run and of one run of each fault."""
    cases = [Case("average", "healthy")]
    cases += [Case(SHOWN.get(fault, "average"), fault) for fault in SPOILERS]
    figure = Figure(figsize=(12, 5.2), dpi=100, layout="constrained")
    for panel, case in zip(figure.subplots(2, 5).flat, cases, strict=True):
        _draw(panel, case, History.of(record(case.recipe(seed), seed)))
    figure.axes[0].legend(frameon=False, fontsize=7)
    figure.savefig(path)


def _draw(panel: Any, case: Case, history: History) -> None:
    chance = history.started["baseline"]["loss"]
    panel.set_title(case.fault.replace("_", " ").replace("relus", "ReLUs"), loc="left", fontsize=9)
    panel.plot(history.series("epoch"), history.series("loss"), color=TRAIN, lw=1, label="training")
    epochs = [look["epoch"] for look in history.looks]
    for kind, colour, label in (("fit", FIT, "training examples"), ("dev", DEV, "dev")):
        losses = history.look_series(kind, "loss")
        panel.plot(epochs, losses, color=colour, marker="o", ms=2.5, label=label)
    panel.axhline(chance, color="#6b7280", lw=0.8, ls=":", label="a guess")
    highest = float(history.series("loss").max())
    if highest > 5 * chance:
        panel.set_yscale("log")
    else:
        panel.set_ylim(0, 1.08 * max(highest, panel.get_ylim()[1]))
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(labelsize=7)
