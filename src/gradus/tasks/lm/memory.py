"""How far back a language model remembers: gradients through its states, and contexts that are cut.

A gradient says how much a state of before could still move the loss; a cut says what the tokens of
before are worth. A model may carry much further than it makes use of.
"""

import html
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int
from pydantic import Field

from gradus.core.config import settings
from gradus.core.errors import SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.core.seeding import stream
from gradus.tasks.lm.context import ContextCurve, context_curve, sample_places, tokens_before
from gradus.tasks.lm.lines import Sources
from gradus.tasks.lm.model import LanguageModel
from gradus.tasks.lm.spelling import EncodedText

if TYPE_CHECKING:
    from gradus.training.flow import Flow

#: How far back is looked at most where nothing is said, in steps and in tokens.
DISTANCES, CONTEXT = 64, 256

#: Where nothing is said, this share of the tokens has all before it that is looked at.
SHARE = 0.1


@settings
class MemoryConfig:
    """What is measured of a model's memory.

    >>> MemoryConfig(contexts=(8, 2, 2)).contexts
    (2, 8)
    """

    positions: int = Field(default=500, ge=1, description="tokens of the text, drawn by chance")
    distances: int | None = Field(
        default=None, ge=1, description="steps that gradients go back (64, less in short documents)"
    )
    contexts: tuple[int, ...] | None = Field(
        default=None, description="tokens to cut contexts to (1, 2, 4, ..., 256, likewise)"
    )
    seed: int = Field(default=1, ge=0, description="of the draw")

    def __post_init__(self) -> None:
        if self.contexts is None:
            return
        if not self.contexts or min(self.contexts) < 1:
            raise SettingsError(f"contexts={self.contexts}: name one or more, each at least 1")
        object.__setattr__(self, "contexts", tuple(sorted(set(self.contexts))))


@dataclass(frozen=True, eq=False)
class MemoryReport:
    """How far back a model remembers."""

    model: str  # what kind it is
    places: Int[np.ndarray, " positions"]  # of the tokens in the text that were predicted
    flows: "tuple[Flow, ...]"  # of each recurrent layer; a model without states has none
    curve: ContextCurve

    def to_dict(self) -> dict[str, Any]:
        """All figures as plain values, ready for JSON."""
        return {
            "model": self.model,
            "positions": len(self.places),
            "gradients": [flow.to_dict() for flow in self.flows],
            "contexts": self.curve.to_dict(),
        }

    def plot(self, path: Path | str, *, force: bool = True) -> None:
        """Draw both curves side by side to a ``.png`` or ``.svg`` file.

        Raises:
            SettingsError: the ending names no picture.
            ExistsError: ``path`` exists and ``force`` is false.
        """
        from gradus.tasks.lm.memory_plot import draw_memory

        draw_memory(self.flows, self.curve, path, force=force)

    @property
    def verdict(self) -> str:
        """What the figures say, in a sentence or two."""
        enough = self.curve.effective_context
        used = (
            f"more than {self.curve.contexts[-1]:,} tokens of context are of use"
            if enough is None
            else f"{enough:,} tokens of context come within 1% of the perplexity of all"
        )
        if not self.flows:
            return f"{used}; this model ({self.model}) carries no states, so it has no gradients"
        halves = ", ".join(
            f"{_spoken(flow.half_life)} in layer {number}"
            for number, flow in enumerate(self.flows, start=1)
        )
        return f"{used}; gradients halve in so many steps: {halves}"

    def __str__(self) -> str:
        return f"{self.verdict} ({len(self.places):,} tokens of the text)"

    def _repr_html_(self) -> str:
        """The verdict and the perplexity by context, for notebooks."""
        rows = "".join(
            f"<tr><th>{'all' if row.context is None else f'{row.context:,}'}</th>"
            f"<td>{row.perplexity:.2f}</td>"
            f"<td>{'' if row.gain is None else f'{row.gain:z.3f}'}</td></tr>"
            for row in self.curve.rows
        )
        return (
            f"<p>{html.escape(str(self))}</p><table>"
            f"<tr><th>context</th><th>perplexity</th><th>gain in nats</th></tr>{rows}</table>"
        )


def measure_memory(
    model: LanguageModel[Any],
    sources: Sources,
    config: MemoryConfig | None = None,
    progress: Progress = SILENT,
) -> MemoryReport:
    """Measure at tokens of a text, drawn by chance, how far back a model remembers.

    The same tokens are taken for everything; each has before it in its document as much as is
    looked at. Gradients are those of :func:`~gradus.tasks.lm.state_flow.state_flows`, cut contexts
    those of :func:`~gradus.tasks.lm.context.cut_surprisals`.

    Raises:
        DataError: the text cannot be read, or none of its documents is as long as the largest
            context or distance.
    """
    from gradus.tasks.lm.neural import NeuralLanguageModel  # loads torch
    from gradus.tasks.lm.state_flow import state_flows

    config = config or MemoryConfig()
    text = model.spelling.encode(sources, progress)
    distances, contexts = _reach(config, text)
    recurrent = None
    if isinstance(model, NeuralLanguageModel) and model.config.model != "window":
        recurrent = model
    places = sample_places(
        text,
        config.positions,
        depth=max(contexts[-1], distances + 1 if recurrent else 0),
        rng=stream(config.seed, "positions"),
    )
    return MemoryReport(
        model=str(model.facts["model"]),
        places=places,
        flows=state_flows(recurrent, text, places, distances, progress) if recurrent else (),
        curve=context_curve(model, text, places, contexts, progress),
    )


def _spoken(steps: float) -> str:
    if math.isnan(steps):
        return "unknown"
    return "never" if math.isinf(steps) else f"{steps:.3g}"


def _reach(config: MemoryConfig, text: EncodedText) -> tuple[int, tuple[int, ...]]:
    """How far back gradients go, and the contexts: as asked for, or as far as documents go."""
    room = max(1, int(np.quantile(tokens_before(text), 1 - SHARE)))
    powers = 2 ** np.arange(int(np.log2(min(CONTEXT, room))) + 1)
    distances = config.distances or max(1, min(DISTANCES, room - 1))
    return distances, config.contexts or tuple(powers.tolist())
