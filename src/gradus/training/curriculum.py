"""A curriculum: easy examples first, and a pace at which the hard ones join them [bengio2009].

A pacing ``share(t)`` is the part of the examples, from the easiest on, that may be drawn when the
part ``t`` of the training is done.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int, Real

from gradus.core.catalogue import Catalogue
from gradus.core.errors import DataError, SettingsError
from gradus.text.sources import source_blocks

#: From the part of the training that is done to the share of examples, both in [0, 1].
Pacing = Callable[[float], float]

#: Pacings that a line of settings can name. They rise from ``start``, and reach 1 at ``end``.
PACINGS = Catalogue[Pacing]("pacing")


@PACINGS.add("linear")
def linear(start: float = 0.2, end: float = 0.5) -> Pacing:
    """``start + (1 - start) t / end``: as many new examples in every epoch [platanios2019].

    >>> share = linear(start=0.2, end=0.5)
    >>> [round(share(t), 3) for t in (0, 0.25, 0.5, 1)]
    [0.2, 0.6, 1.0, 1.0]
    """
    _check(start, end)
    return lambda t: _rise(start, min(1.0, t / end))


@PACINGS.add("root")
def root(start: float = 0.2, end: float = 0.5) -> Pacing:
    """``√(start² + (1 - start²) t / end)``: the more are in, the fewer join [platanios2019].

    Examples join at a rate inverse to how many are in, so each new one is learnt about as long.

    >>> share = root(start=0.2, end=0.5)
    >>> [round(share(t), 3) for t in (0, 0.25, 0.5, 1)]
    [0.2, 0.721, 1.0, 1.0]
    """
    _check(start, end)
    return lambda t: math.sqrt(_rise(start**2, min(1.0, t / end)))


@PACINGS.add("step")
def step(start: float = 0.2, steps: int = 3, end: float = 0.5) -> Pacing:
    """``start``, then ``steps`` equal rises, the last one at ``end`` [bengio2009].

    >>> share = step(start=0.4, steps=2, end=0.5)
    >>> [round(share(t), 3) for t in (0, 0.2, 0.25, 0.5, 1)]
    [0.4, 0.4, 0.7, 1.0, 1.0]
    """
    _check(start, end)
    if steps < 1:
        raise SettingsError(f"steps={steps} is out of range: choose a value at least 1")
    return lambda t: _rise(start, math.floor(steps * min(1.0, t / end)) / steps)


def curriculum_order(
    scores: Real[np.ndarray, " examples"], share: float, rng: np.random.Generator
) -> Int[np.ndarray, " drawn"]:
    """The easiest ``share`` of the examples, at least one, in random order.

    Which of equally hard examples are in is random too.

    >>> curriculum_order(np.array([5, 1, 9, 2]), 0.5, np.random.default_rng(1)).tolist()
    [1, 3]
    """
    shuffled = rng.permutation(len(scores))
    easiest = shuffled[np.argsort(scores[shuffled], kind="stable")]
    # less a hair, so that 0.7 · 10 is 7 examples, not the 8 of its rounding error
    drawn = math.ceil(share * len(scores) - 1e-9)
    return rng.permutation(easiest[: max(1, drawn)])


@dataclass(frozen=True)
class Curriculum:
    """The examples that each of ``epochs`` draws from, in random order; the last one from all."""

    scores: Real[np.ndarray, " examples"]
    pacing: Pacing
    epochs: int

    def __call__(self, epoch: int, rng: np.random.Generator) -> Int[np.ndarray, " drawn"]:
        """The order of one epoch, counted from 1."""
        done = (epoch - 1) / (self.epochs - 1) if self.epochs > 1 else 1.0
        return curriculum_order(self.scores, self.pacing(done), rng)


def curriculum(
    line: str | None,
    sizes: Int[np.ndarray, " examples"],
    difficulty: Path | str | None,
    *,
    epochs: int,
) -> Curriculum | None:
    """The curriculum that a line of settings names, or None.

    A file of scores says how hard each example is; without one, long examples are hard.

    Raises:
        SettingsError: the line cannot be read, or there are scores but no line.
        DataError: the file does not have a finite number a line, or not one for each example.
    """
    if line is None:
        if difficulty is not None:
            raise SettingsError(
                f"{difficulty} scores the examples for a curriculum, but none is set; "
                f"choose a pacing with --curriculum ({', '.join(PACINGS)}), or leave the scores out"
            )
        return None
    pacing = PACINGS.make(line)
    scores = sizes if difficulty is None else read_scores(difficulty, len(sizes))
    return Curriculum(scores, pacing, epochs)


def read_scores(path: Path | str, examples: int) -> Float[np.ndarray, " examples"]:
    """Read one number a line, the difficulty of each example in their order.

    Raises:
        DataError: a line holds no finite number, or there are not as many as ``examples``.
    """
    lines = b"".join(source_blocks(path)).removesuffix(b"\n").split(b"\n")
    scores = np.empty(len(lines))
    for number, text in enumerate(lines):
        try:
            scores[number] = float(text)
        except ValueError:
            scores[number] = np.nan
        if not np.isfinite(scores[number]):
            raise DataError(
                f"{path}, line {number + 1}: expected a finite number, found "
                f"{text.decode(errors='replace')[:40]!r}; give one score a line"
            )
    if len(lines) != examples:
        raise DataError(
            f"{path} has {len(lines):,} scores, but there are {examples:,} training examples; "
            "give one a line, in the order of the examples"
        )
    return scores


def _rise(start: float, part: float) -> float:
    # the same as start + (1 - start) * part, but exact at both ends
    return part + start * (1 - part)


def _check(start: float, end: float) -> None:
    for name, value in (("start", start), ("end", end)):
        if not 0 < value <= 1:
            raise SettingsError(f"{name}={value} is out of range: choose a value in (0, 1]")
