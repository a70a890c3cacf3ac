"""Pictures of gradient flow: norms over time and distance, by layer and by model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gradus.core.errors import DataError
from gradus.core.picture import COLOURS, GREY, INK, picture, plain
from gradus.training.flow import Flow


class Line(NamedTuple):
    """A named series; lines of one colour belong together."""

    name: str
    across: ArrayLike
    up: ArrayLike
    colour: str
    dashed: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One plot of a picture."""

    title: str
    across: str  # what the axes say
    up: str
    lines: Sequence[Line]
    log: bool = True  # the axis that goes up; a linear one begins at 0
    legend: tuple[float, float] | None = None  # its upper right corner; by default where is room


def draw_panels(panels: Sequence[Panel], path: Path | str) -> None:
    """Draw panels side by side to a ``.png`` or ``.svg`` file.

    Those that measure the same share a scale.

    Raises:
        DataError: there is nothing to draw.
    """
    if not any(panel.lines for panel in panels):
        raise DataError("there is nothing to draw; give at least one series of numbers")
    scales: dict[str, Any] = {}
    with picture(path, (1.2 + 4.6 * len(panels), 4.2)) as figure:
        for place, panel in enumerate(panels, start=1):
            axes = figure.add_subplot(1, len(panels), place, sharey=scales.get(panel.up))
            scales.setdefault(panel.up, axes)
            _draw(axes, panel)


def draw_flows(
    groups: Mapping[str, Sequence[Flow]], path: Path | str, *, relative: bool = False
) -> None:
    """Draw ``‖dJ(t)/dh(k)‖`` against ``t - k``: a panel for each group, a colour for each name.

    An LSTM has two lines: that of its cells, and dashed that of its hidden states. ``relative``
    draws each as a multiple of its value at distance 0. Zeros are left out of the log scale.
    """
    draw_panels([flow_panel(title, flows, relative) for title, flows in groups.items()], path)


def flow_panel(title: str, flows: Sequence[Flow], relative: bool = False) -> Panel:
    """The panel of :func:`draw_flows` for one group."""
    names = list(dict.fromkeys(flow.name for flow in flows))
    lines = []
    for flow in flows:
        colour = COLOURS[names.index(flow.name) % len(COLOURS)]
        cells = flow.cell_norms
        for norms, letter, dashed in ((flow.norms, "h", cells is not None), (cells, "c", False)):
            if norms is not None:
                name = f"{flow.name}, {letter}(k)" if cells is not None else flow.name
                scaled = norms / norms[0] if relative and norms[0] > 0 else norms
                lines.append(Line(name, np.arange(len(norms)), scaled, colour, dashed))
    up = "‖dJ(t)/dh(k)‖" + (" over ‖dJ(t)/dh(t)‖" if relative else "")
    return Panel(title=title, across="distance t - k in steps", up=up, lines=lines)


def draw_layer_norms(
    records: Sequence[tuple[int, Mapping[str, float]]],
    path: Path | str,
    *,
    title: str = "gradient norm of each layer",
) -> None:
    """Draw the gradient norm of each layer over training, from ``(step, {layer: norm})``.

    Shades go from the first layer, light, to the last, dark.
    """
    draw_panels([layer_panel(records, title)], path)


def layer_panel(records: Sequence[tuple[int, Mapping[str, float]]], title: str) -> Panel:
    """The panel of :func:`draw_layer_norms`; a layer that a record lacks has a gap there."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    layers = list(dict.fromkeys(name for _, norms in records for name in norms))
    steps = [step for step, _ in records]
    shades = colormaps["viridis_r"](np.linspace(0.1, 1.0, len(layers)))
    lines = [
        Line(name, steps, [norms.get(name, np.nan) for _, norms in records], to_hex(shade))
        for name, shade in zip(layers, shades, strict=True)
    ]
    return Panel(title=title, across="step", up="norm of the gradient", lines=lines)


def _draw(axes: Any, panel: Panel) -> None:
    for line in panel.lines:
        up = np.asarray(line.up, dtype=float)
        up = np.where(up > 0, up, np.nan) if panel.log else up
        few = len(up) <= 12
        axes.plot(
            line.across, up, color=line.colour, label=line.name, lw=1.8,
            ls="--" if line.dashed else "-", marker="o" if few else "", ms=4,
        )  # fmt: skip
    axes.set_title(panel.title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel(panel.across, color=GREY)
    axes.set_ylabel(panel.up, color=GREY)
    if panel.log:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    plain(axes)
    place = {"loc": "upper right", "bbox_to_anchor": panel.legend} if panel.legend else {}
    axes.legend(frameon=False, fontsize=9, **place)
