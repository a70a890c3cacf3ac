"""The picture of a memory: gradients against distance, and perplexity against context."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gradus.core.picture import BLUE, COLOURS, GREY, INK, picture, plain
from gradus.tasks.lm.context import ContextCurve

if TYPE_CHECKING:
    from gradus.training.flow import Flow


def draw_memory(
    flows: "Sequence[Flow]", curve: ContextCurve, path: Path | str, *, force: bool = True
) -> None:
    """Draw both curves side by side; a model without states has only that of contexts.

    Raises:
        SettingsError: the ending names no picture.
        ExistsError: ``path`` exists and ``force`` is false.
    """
    panels = 2 if flows else 1
    with picture(path, (1.2 + 4.6 * panels, 4.2), force=force) as figure:
        if flows:
            _draw_flows(figure.add_subplot(1, 2, 1), flows)
        _draw_contexts(figure.add_subplot(1, panels, panels), curve)


def _draw_flows(axes: Any, flows: "Sequence[Flow]") -> None:
    """A colour a layer; an LSTM has two lines of it, that of its hidden states dashed."""
    for number, flow in enumerate(flows):
        cells = flow.cell_norms
        for letter, norms, style in (
            ("h", flow.norms, "-" if cells is None else "--"),
            ("c", cells, "-"),
        ):
            if norms is not None:
                name, colour = f"{letter}, layer {number + 1}", COLOURS[number % len(COLOURS)]
                up = np.where(norms > 0, norms, np.nan)
                axes.plot(np.arange(len(up)), up, style, color=colour, label=name, lw=1.8)
    axes.set_yscale("log")
    _label(axes, "gradient of the loss in earlier states", "steps back, k", "norm of the gradient")
    axes.legend(frameon=False, fontsize=9)


def _draw_contexts(axes: Any, curve: ContextCurve) -> None:
    *cut, whole = curve.rows
    axes.plot(curve.contexts, [row.perplexity for row in cut], "o-", color=BLUE, lw=1.8, ms=4)
    axes.axhline(whole.perplexity, color=GREY, lw=1.2, ls="--", label="all of the document")
    axes.set_xscale("log", base=2)
    axes.set_xticks(curve.contexts, [f"{context:,}" for context in curve.contexts])
    axes.minorticks_off()
    _label(axes, "perplexity when the context is cut", "tokens of context, k", "perplexity")
    axes.legend(frameon=False, fontsize=9)


def _label(axes: Any, title: str, across: str, up: str) -> None:
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel(across, color=GREY)
    axes.set_ylabel(up, color=GREY)
    plain(axes)
