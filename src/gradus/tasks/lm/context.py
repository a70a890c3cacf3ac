"""How much a language model gains from a longer context: what it predicts when the rest is cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from gradus.core.errors import DataError
from gradus.core.progress import SILENT, Progress
from gradus.tasks.lm.model import LanguageModel
from gradus.tasks.lm.spelling import EncodedText

#: Probabilities that are in memory at once, and positions at most.
NUMBERS, POSITIONS = 1 << 23, 512

#: A context is enough when the perplexity is at most this much above that of all there is.
ENOUGH = 0.01


class ContextRow(NamedTuple):
    """What a model predicts from so many tokens."""

    context: int | None  # tokens that are read; None for all since the document's beginning
    perplexity: float
    gain: float | None  # nats a token that the row before costs more
    error: float | None  # standard error of the gain


@dataclass(frozen=True, eq=False)
class ContextCurve:
    """Surprisals of the same tokens after contexts that grow; the last is all there is.

    >>> curve = ContextCurve((1, 2), np.log([[8.0, 8.0], [4.0, 4.0], [4.0, 4.0]]))
    >>> [round(row.perplexity, 6) for row in curve.rows], curve.effective_context
    ([8.0, 4.0, 4.0], 2)
    """

    contexts: tuple[int, ...]
    nats: Float[np.ndarray, "cuts positions"]  # one cut a context, and one for all

    @cached_property
    def rows(self) -> list[ContextRow]:
        """Perplexity and gain of each context, the shortest first."""
        perplexities = np.exp(np.minimum(self.nats.mean(1), 700.0)).tolist()
        steps = self.nats[:-1] - self.nats[1:]
        gains = [None, *steps.mean(1).tolist()]
        spread = steps.std(1, ddof=1) if steps.shape[1] > 1 else np.full(len(steps), np.nan)
        errors = [None, *(spread / np.sqrt(steps.shape[1])).tolist()]
        cuts = (*self.contexts, None)
        return list(map(ContextRow, cuts, perplexities, gains, errors))

    @property
    def effective_context(self) -> int | None:
        """The shortest context within 1% of the perplexity of all there is; None if none is.

        The definition of [khandelwal2018].
        """
        *cut, whole = self.rows
        limit = (1 + ENOUGH) * whole.perplexity
        return next((row.context for row in cut if row.perplexity <= limit), None)

    def to_dict(self) -> dict[str, Any]:
        """The rows as plain values; ``None`` where a number is not finite, as JSON needs."""
        rows = [
            {name: None if value != value else value for name, value in row._asdict().items()}
            for row in self.rows
        ]
        return {"rows": rows, "effective_context": self.effective_context}


def context_curve(
    model: LanguageModel[Any],
    text: EncodedText,
    places: Int[np.ndarray, " positions"],
    contexts: Sequence[int],
    progress: Progress = SILENT,
) -> ContextCurve:
    """Surprisals of the tokens at ``places``, exact, after each of ``contexts`` and after all.

    All is what stands before a token in its document, from its beginning. Each token must have as
    many before it as the longest context.
    """
    whole = _whole(model, text, places, progress)
    done, cut = 0, []
    progress.start("cutting contexts", total=len(places) * sum(contexts), unit="tokens")
    for context in contexts:
        found = []
        for part in parts(places, len(model.spelling)):
            found.append(cut_surprisals(model, text, part, context))
            done += len(part) * context
            progress.update(done)
        cut.append(np.concatenate(found))
    progress.finish()
    return ContextCurve(tuple(contexts), np.stack([*cut, whole]))


def cut_surprisals(
    model: LanguageModel[Any],
    text: EncodedText,
    places: Int[np.ndarray, " positions"],
    context: int,
) -> Float[np.ndarray, " positions"]:
    """``-log p(x_j | x_{j-k} ... x_{j-1})`` in nats of the tokens j at ``places``, k = ``context``.

    The model takes the k tokens for a document of their own, and x_j for how it goes on: a
    recurrent network begins with its first state and the token of a line end, as at any document's
    beginning; an n-gram model with the mark of one. Nothing before them is known.
    """
    state = model.begin(len(places))
    for read in text.ids[places[:, None] - np.arange(context, 0, -1)].T:
        state = model.advance(state, read)
    log_p = model.log_probabilities(state)
    return -log_p[np.arange(len(places)), text.ids[places]].astype(np.float64)


def tokens_before(text: EncodedText) -> Int[np.ndarray, " tokens"]:
    """How many tokens each token has before it in its document.

    >>> tokens_before(EncodedText(np.zeros(5, np.int32), np.array([0, 3, 5]), 5)).tolist()
    [0, 1, 2, 0, 1]
    """
    return np.arange(len(text)) - np.repeat(text.bounds[:-1], np.diff(text.bounds))


def sample_places(
    text: EncodedText, count: int, *, depth: int, rng: np.random.Generator
) -> Int[np.ndarray, " positions"]:
    """Places of up to ``count`` tokens, in order, that have ``depth`` before them in a document.

    Raises:
        DataError: no token has so many before it.
    """
    before = tokens_before(text)
    there = np.flatnonzero(before >= depth)
    if not len(there):
        raise DataError(
            f"the longest document of the text has {before.max() + 1:,} tokens, and a token with "
            f"{depth:,} before it is looked for: use a longer text, or look less far back with "
            "smaller contexts and distances"
        )
    return np.sort(rng.choice(there, min(count, len(there)), replace=False))


def parts(places: Int[np.ndarray, " positions"], numbers: int) -> list[Int[np.ndarray, " part"]]:
    """Stretches of ``places`` that fit into memory where each of them takes so many numbers."""
    rows = max(1, min(POSITIONS, NUMBERS // numbers))
    return [places[start : start + rows] for start in range(0, len(places), rows)]


def _whole(
    model: LanguageModel[Any],
    text: EncodedText,
    places: Int[np.ndarray, " positions"],
    progress: Progress,
) -> Float[np.ndarray, " positions"]:
    """Surprisals of some tokens after all before them; what is behind the last is not read."""
    chosen, which = np.unique(
        np.searchsorted(text.bounds, places, side="right") - 1, return_inverse=True
    )
    begins = text.bounds[chosen]
    ends = np.maximum.reduceat(places, np.searchsorted(which, np.arange(len(chosen)))) + 1
    ids = np.concatenate([text.ids[b:e] for b, e in zip(begins, ends, strict=True)])
    bounds = np.concatenate([[0], np.cumsum(ends - begins)])
    found = model.surprisals(EncodedText(ids, bounds, len(ids)), progress)
    return found[bounds[which] + places - begins[which]].astype(np.float64)
