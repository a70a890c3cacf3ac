"""A cache of the words before: what was said once is likely to be said again [grave2017cache].

A trained model is mixed with a memory that nothing was trained for: the states in which it came to
the last words of the document, each with the word that followed.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int
from pydantic import Field
from torch import Tensor

from gradus.core.config import describe, settings
from gradus.core.errors import SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.tasks.lm.context import tokens_before
from gradus.tasks.lm.model import LanguageModel
from gradus.tasks.lm.network import LanguageNetwork
from gradus.tasks.lm.neural import NeuralLanguageModel, ReadStretch, read_stretches
from gradus.tasks.lm.spelling import EncodedText

#: Pairs of states that are compared at once.
NUMBERS = 1 << 20


@settings
class CacheConfig:
    """How a cache is used.

    >>> CacheConfig(weight=0.2).size
    2000
    """

    size: int = Field(default=2000, ge=1, description="words that are remembered")
    weight: float = Field(default=0.1, ge=0, lt=1, description="share of the cache in the mixture")
    sharpness: float = Field(
        default=0.3,
        ge=0,
        allow_inf_nan=False,
        description="how much more states count that are alike; 0 counts words",
    )


def parse_cache(line: str) -> CacheConfig:
    """The settings in a line of numbers: size, weight, sharpness; the last ones may be left out.

    >>> parse_cache("500,0.2")
    CacheConfig(size=500, weight=0.2, sharpness=0.3)

    Raises:
        SettingsError: it holds something else, or a number out of its range.
    """
    names, parts = list(describe(CacheConfig)), line.split(",")
    try:
        numbers = [int(parts[0]), *map(float, parts[1:])]
        values: dict[str, Any] = dict(zip(names[: len(numbers)], numbers, strict=True))
    except ValueError:
        raise SettingsError(
            f"cache {line!r} is no file, and no numbers: write {','.join(names)}, as in "
            "2000,0.1,0.3"
        ) from None
    return CacheConfig(**values)


def cached_surprisals(
    model: LanguageModel[Any],
    text: EncodedText,
    config: CacheConfig | None = None,
    progress: Progress = SILENT,
) -> Float64[np.ndarray, " tokens"]:
    """``-log p`` of every token in nats under ``p = (1-λ) p_model + λ p_cache``, λ the weight.

    ``p_cache(w) ∝ Σ_i exp(θ h_j · h_i) [x_i = w]`` for token j, with θ the sharpness, over the
    last ``size`` tokens i before j in the same document. h_i is the state of the top layer from
    which the model predicts token i. At a document's beginning, where there is none, p is that of
    the model.

    Raises:
        SettingsError: the model has no states.
    """
    config = config or CacheConfig()
    found = score_by_cache(model, text, config.size, [config.sharpness], progress)
    return mixed_surprisals(found.model, found.cache[0], config.weight)


def mixed_surprisals(
    model: Float64[np.ndarray, " tokens"], cache: Float64[np.ndarray, " tokens"], weight: float
) -> Float64[np.ndarray, " tokens"]:
    """``-log((1-λ) p + λ q)`` from ``log p`` and ``log q``.

    >>> mixed_surprisals(np.log([0.5]), np.log([0.1]), 0.25).round(6) == round(-np.log(0.4), 6)
    array([ True])
    """
    if weight == 0:
        return -model
    return -np.logaddexp(np.log1p(-weight) + model, np.log(weight) + cache)


class CacheScores(NamedTuple):
    """``log p`` of every token, by the model and by caches of some sharpness."""

    model: Float64[np.ndarray, " tokens"]
    cache: Float64[np.ndarray, "sharpnesses tokens"]  # as the model's where a document begins


@torch.no_grad()
def score_by_cache(
    model: LanguageModel[Any],
    text: EncodedText,
    size: int,
    sharpnesses: Sequence[float],
    progress: Progress = SILENT,
) -> CacheScores:
    """Both parts of the mixture for every token, from one pass over the text.

    Raises:
        SettingsError: the model has no states.
    """
    if not isinstance(model, NeuralLanguageModel):
        raise SettingsError(
            f"a cache compares a network's states, and a {model.facts['model']} has none; leave "
            "the cache out, or choose a neural model"
        )
    found = np.empty((1 + len(sharpnesses), len(text)), dtype=np.float64)
    progress.start("scoring with a cache", total=float(len(text)), unit="tokens")
    done = 0
    for known in _known(model.network.eval(), text, size):
        places, real = known.read.places, known.read.real
        found[0, places[real]] = known.read.log_p.cpu().numpy()
        found[1:, places[real]] = _shares(known, size, sharpnesses).cpu().numpy()[:, real]
        done += int(real.sum())
        progress.update(done)
    progress.finish()
    return CacheScores(found[0], np.where(tokens_before(text) > 0, found[1:], found[0]))


class _Known(NamedTuple):
    """A stretch of documents side by side, and what each has before it, up to a cache's size."""

    read: ReadStretch
    tokens: Int[Tensor, "documents known"]  # those before, then those of the stretch
    states: Float[Tensor, "documents known width"]


def _known(network: LanguageNetwork, text: EncodedText, size: int) -> Iterator[_Known]:
    """The whole text, stretch by stretch."""
    tokens, states = torch.empty(0), torch.empty(0)
    for read in read_stretches(network, text):
        if read.begins:
            tokens, states = read.tokens[:, :0], read.states[:, :0]
        tokens = torch.cat([tokens[:, -size:], read.tokens], 1)
        states = torch.cat([states[:, -size:], read.states], 1)
        yield _Known(read, tokens, states)


def _shares(
    known: _Known, size: int, sharpnesses: Sequence[float]
) -> Float[Tensor, "sharpnesses documents time"]:
    """``log p_cache`` of each token of a stretch; NaN where nothing is cached."""
    steps, every = known.read.places.shape[1], known.states.shape[1]
    absent = ~_cached(steps, every, size).to(known.states.device)
    rows = max(1, NUMBERS // (steps * every))
    cut = (torch.split(tensor, rows) for tensor in (known.tokens, known.states))
    found = []
    for tokens, states in zip(*cut, strict=True):
        likeness = states[:, -steps:] @ states.transpose(1, 2)
        alike = tokens[:, -steps:, None] == tokens[:, None, :]
        scores = ((s * likeness).masked_fill_(absent, -torch.inf) for s in sharpnesses)
        found.append(torch.stack([(s.softmax(2) * alike).sum(2).log() for s in scores]))
    return torch.cat(found, 1)


def _cached(steps: int, known: int, size: int) -> Bool[Tensor, "steps known"]:
    """Which of the ``known`` tokens are in the cache at each of the last ``steps`` of them.

    >>> _cached(2, 4, size=2).int().tolist()
    [[1, 1, 0, 0], [0, 1, 1, 0]]
    """
    distance = torch.arange(known - steps, known)[:, None] - torch.arange(known)
    return (distance >= 1) & (distance <= size)
