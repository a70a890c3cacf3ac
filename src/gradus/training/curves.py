"""The learning curves of a run as one picture: losses, the chosen figure, gradients, the rate."""

from pathlib import Path
from typing import Any

import numpy as np

from gradus.core.picture import BLUE, GREY, ORANGE, PALE, picture, plain
from gradus.training.history import History

CURVES = "curves.png"

#: The losses of single steps, and looks at dev and at training examples.
TRAIN, DEV, FIT = PALE, ORANGE, BLUE


def draw_curves(history: History, path: Path, *, metric: str, force: bool = True) -> None:
    """Draw the curves of ``history`` to a ``.png`` or ``.svg`` file.

    Raises:
        SettingsError: the ending names no picture.
        ExistsError: ``path`` exists and ``force`` is false.
    """
    with picture(path, (11, 7), force=force) as figure:
        panels = figure.subplots(2, 2)
        for panel in panels.flat:
            plain(panel)
            panel.set_xlabel("epoch")
        _draw_losses(panels[0, 0], history)
        _draw_metric(panels[0, 1], history, metric)
        _draw_gradients(panels[1, 0], history)
        _draw_rate(panels[1, 1], history)


def _draw_losses(panel: Any, history: History) -> None:
    panel.set_title("loss", loc="left")
    panel.plot(history.series("epoch"), history.series("loss"), color=TRAIN, label="training")
    _draw_looks(panel, history, "loss")


def _draw_metric(panel: Any, history: History, metric: str) -> None:
    # the loss has a panel of its own: show what else was measured
    others = [
        name for name in (history.looks[-1]["dev"] if history.looks else {}) if name != "loss"
    ]
    name = metric if metric != "loss" or not others else others[0]
    panel.set_title(name.replace("_", " "), loc="left")
    _draw_looks(panel, history, name)


def _draw_looks(panel: Any, history: History, name: str) -> None:
    epochs = np.array([look["epoch"] for look in history.looks])
    for kind, colour, label in (("fit", FIT, "training examples"), ("dev", DEV, "dev")):
        values = history.look_series(kind, name)
        if np.isfinite(values).any():
            panel.plot(epochs, values, color=colour, marker="o", ms=4, label=label)
    best = [place for place, look in enumerate(history.looks) if look["best"]]
    values = history.look_series("dev", name)
    if best and np.isfinite(values[best[-1]]):
        panel.plot(epochs[best[-1]], values[best[-1]], "o", ms=10, mfc="none", color=DEV)
    if panel.get_legend_handles_labels()[0]:
        panel.legend(frameon=False)
    else:
        panel.text(0.5, 0.5, "not measured", ha="center", color=GREY, transform=panel.transAxes)


def _draw_gradients(panel: Any, history: History) -> None:
    panel.set_title("gradient norm", loc="left")
    epochs = history.series("epoch")
    layers = history.layer_series("grad_norm")
    for place, (name, norms) in enumerate(layers.items()):
        shade = str(0.8 - 0.6 * place / max(1, len(layers) - 1))
        panel.plot(epochs, _positive(norms), lw=1, color=shade, label=name)
    panel.plot(epochs, _positive(history.series("grad_norm")), color=FIT, label="all")
    if history.steps:
        panel.set_yscale("log")
        panel.legend(frameon=False, fontsize=7, ncols=2)


def _draw_rate(panel: Any, history: History) -> None:
    panel.set_title("learning rate", loc="left")
    panel.plot(history.series("epoch"), history.series("rate"), color=GREY)
    panel.set_ylim(bottom=0)


def _positive(values: Any) -> Any:
    return np.where(values > 0, values, np.nan)
