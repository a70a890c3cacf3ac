"""How the next token is chosen: filters over what a model says, then the likeliest or a draw.

Filters take and give log-probabilities up to a constant; what they exclude has ``-inf``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int

from gradus.tasks.lm.generation_settings import GenerationConfig

#: Words that a draw looks at together: first a block is drawn, then a word in it.
BLOCK = 128

#: Likeliest words that a nucleus is looked for in; where they do not cover it, so many times more.
NUCLEUS, GROWTH = 64, 16

#: A share of a nucleus that rounding may take away.
ROUNDING = 1e-6

#: The smallest temperature that numbers can be divided by.
TINY = float(np.finfo(np.float32).tiny)

#: A filter with the value of its setting, and which words each text has had.
Apply: TypeAlias = Callable[[np.ndarray, Any, np.ndarray], np.ndarray]


def without(
    log_p: Float[np.ndarray, "streams words"], word: int
) -> Float[np.ndarray, "streams words"]:
    """``p(word) = 0``; the others keep their proportions.

    >>> np.exp(without(np.log([[0.5, 0.25, 0.25]]), 0))
    array([[0.  , 0.25, 0.25]])
    """
    kept = log_p.copy()
    kept[:, word] = -np.inf
    return kept


def penalized(
    log_p: Float[np.ndarray, "streams words"],
    seen: Bool[np.ndarray, "streams words"],
    penalty: float,
) -> Float[np.ndarray, "streams words"]:
    """``penalty · log p`` of words that a text has had, so that p becomes ``p^penalty``.

    After [keskar2019], where scores are divided by the penalty: log-probabilities are negative,
    so they are multiplied. They are those of the model itself, before any other filter.

    >>> np.exp(penalized(np.log([[0.5, 0.5]]), np.array([[True, False]]), 2.0))
    array([[0.25, 0.5 ]])
    """
    return np.where(seen, log_p * penalty, log_p)


def tempered(
    log_p: Float[np.ndarray, "streams words"], temperature: float
) -> Float[np.ndarray, "streams words"]:
    """``log p / T``, with 0 for the likeliest word: towards it below 1, towards all alike above.

    >>> np.exp(tempered(np.log([[0.2, 0.8]]), 0.5))
    array([[0.0625, 1.    ]])
    """
    with np.errstate(over="ignore"):  # -inf is what a tiny temperature makes of all other words
        return (log_p - log_p.max(axis=1, keepdims=True)) / max(temperature, TINY)


def likeliest(
    log_p: Float[np.ndarray, "streams words"], k: int
) -> Float[np.ndarray, "streams words"]:
    """Only the ``k`` likeliest words of each text [fan2018]; ties go to the lower number.

    >>> np.exp(likeliest(np.log([[0.3, 0.4, 0.3]]), 2))
    array([[0.3, 0.4, 0. ]])
    """
    return _only(log_p, [_best(row, k) for row in log_p])


def nucleus(
    log_p: Float[np.ndarray, "streams words"], p: float
) -> Float[np.ndarray, "streams words"]:
    """Only the fewest likeliest words of a text that have ``p`` or more together [holtzman2020].

    Probabilities are taken so that they sum to 1; ties go to the lower number.

    >>> np.exp(nucleus(np.log([[0.2, 0.5, 0.3]]), 0.6))
    array([[0. , 0.5, 0.3]])
    """
    return _only(log_p, [_nucleus(row, p) for row in log_p])


class Filter(NamedTuple):
    """What a setting does to the distribution, unless it has the value ``idle``."""

    setting: str
    idle: Any
    apply: Apply


#: What changes the distribution, in this order.
FILTERS = (
    Filter("repetition_penalty", 1.0, lambda log_p, value, seen: penalized(log_p, seen, value)),
    Filter("temperature", 1.0, lambda log_p, value, _: tempered(log_p, value)),
    Filter("top_k", None, lambda log_p, value, _: likeliest(log_p, value)),
    Filter("top_p", 1.0, lambda log_p, value, _: nucleus(log_p, value)),
)


@dataclass(frozen=True)
class Chooser:
    """Chooses the next token of texts as the settings say.

    >>> chooser = Chooser(GenerationConfig(greedy=True), unknown=0)
    >>> chooser.choose(np.log([[0.6, 0.1, 0.3]]), np.zeros((1, 3), bool), [])
    array([2])
    """

    config: GenerationConfig
    unknown: int  # the number of <unk>

    def choose(
        self,
        log_p: Float[np.ndarray, "streams words"],
        seen: Bool[np.ndarray, "streams words"],
        rngs: Sequence[np.random.Generator],
    ) -> Int[np.ndarray, " streams"]:
        """The next token of each text; each draws from its own generator."""
        log_p = self.filtered(log_p, seen)
        if self.config.greedy:
            return log_p.argmax(axis=1)
        return np.array([draw(row, rng) for row, rng in zip(log_p, rngs, strict=True)])

    def filtered(
        self,
        log_p: Float[np.ndarray, "streams words"],
        seen: Bool[np.ndarray, "streams words"],
    ) -> Float[np.ndarray, "streams words"]:
        """What tokens are drawn from, up to a constant."""
        if not self.config.unknown:
            log_p = without(log_p, self.unknown)
        for setting, idle, apply in FILTERS:
            value = getattr(self.config, setting)
            if value != idle:
                log_p = apply(log_p, value, seen)
        return log_p


def draw(log_p: Float[np.ndarray, " words"], rng: np.random.Generator) -> int:
    """A word with probability ``p / Σ p``, exactly.

    A race: of clocks that ring after a time ``exponential / p`` each, one is the first with
    probability ``p / Σ p``. Blocks of words race, then the words of the winner. One number and
    cumulative sums would do as well, but then a last bit of one p moves the bounds of all words:
    texts would depend on how many are made side by side.

    >>> rng = np.random.default_rng(1)
    >>> np.bincount([draw(np.log([0.1, 0.2, 0.7]), rng) for _ in range(1000)])
    array([104, 204, 692])
    """
    shares = np.exp(log_p - log_p.max())
    sums = np.add.reduceat(shares, np.arange(0, len(shares), BLOCK), dtype=np.float64)
    start = BLOCK * _first(sums, rng)
    return start + _first(shares[start : start + BLOCK], rng)


def _first(rates: Float[np.ndarray, " clocks"], rng: np.random.Generator) -> int:
    """The clock that rings first."""
    return int(np.argmax(rates / rng.standard_exponential(len(rates))))


def _only(
    log_p: Float[np.ndarray, "streams words"], kept: Sequence[Int[np.ndarray, " _"]]
) -> Float[np.ndarray, "streams words"]:
    """``log p`` of some words of each text, ``-inf`` for all others."""
    only = np.full_like(log_p, -np.inf)
    for target, row, words in zip(only, log_p, kept, strict=True):
        target[words] = row[words]
    return only


def _best(log_p: Float[np.ndarray, " words"], k: int) -> Int[np.ndarray, " best"]:
    """The ``k`` likeliest words."""
    least = float(np.partition(log_p, -k)[-k]) if k < len(log_p) else -np.inf
    return _head(log_p, least, k)


def _nucleus(log_p: Float[np.ndarray, " words"], p: float) -> Int[np.ndarray, " best"]:
    """The fewest likeliest words that have ``p`` together; few are sorted where few will do."""
    possible = log_p[log_p > -np.inf]
    highest, k = possible.max(), min(NUCLEUS, len(possible))
    wanted = (1 - ROUNDING) * p * np.exp(possible - highest).sum(dtype=np.float64)
    while True:
        falling = np.sort(np.partition(possible, -k)[-k:])[::-1]
        sums = np.exp(falling - highest).cumsum(dtype=np.float64)
        if sums[-1] >= wanted or k == len(possible):
            size = min(k, int(np.searchsorted(sums, wanted)) + 1)
            return _head(log_p, float(falling[size - 1]), size)
        k = min(k * GROWTH, len(possible))


def _head(log_p: Float[np.ndarray, " words"], least: float, size: int) -> Int[np.ndarray, " head"]:
    """The ``size`` likeliest words, of which the last has ``least``; ties by number."""
    above, ties = np.flatnonzero(log_p > least), np.flatnonzero(log_p == least)
    return np.concatenate([above, ties[: size - len(above)]])
