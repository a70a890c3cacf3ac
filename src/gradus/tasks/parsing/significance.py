"""How sure a figure is, and whether one parser is better than another: tests over sentences.

Sentences, not words, are drawn and swapped: errors within a sentence come together.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from gradus.core.errors import DataError, SettingsError
from gradus.core.seeding import stream
from gradus.tasks.parsing.attachment import AttachmentReport

Sums = Float[np.ndarray, " sentences"]

#: Draws, the share of them that an interval holds, and numbers that are held at once.
DRAWS, LEVEL, HELD = 10_000, 0.95, 2_000_000

#: Below this two differences of figures are equal: sums of counts are exact, their ratios nearly.
TIE = 1e-12


class Interval(NamedTuple):
    """From ``low`` to ``high``."""

    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """How much better the first of two parsers is than the second, and how sure that is."""

    figure: str
    difference: float  # the first less the second
    interval: Interval  # of the difference
    p: float  # probability of so large a difference, of either sign, between equal parsers

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return {**asdict(self), "interval": list(self.interval)}


def figure_interval(
    report: AttachmentReport,
    figure: str = "las",
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 1,
) -> Interval:
    """The percentile bootstrap interval of a figure, over draws of sentences.

    >>> from gradus.text.document import Sentence
    >>> gold = [Sentence.of(["Go", "!"], heads=[0, 1], deprels=["root", "punct"])] * 20
    >>> half = [Sentence.of(["Go", "!"], heads=[2, 0], deprels=["punct", "root"])] * 10
    >>> low, high = figure_interval(AttachmentReport.of(gold, gold[:10] + half))
    >>> 0.2 < low < 0.4 < 0.6 < high < 0.8
    True

    Raises:
        DataError: no figure has this name.
        SettingsError: there are no draws, or the level is not between 0 and 1.
    """
    _check(draws, level)
    hits, totals = report.counts(figure)
    rng = stream(seed, "bootstrap")
    figures = [
        _ratio(hits[drawn].sum(axis=1), totals[drawn].sum(axis=1))
        for drawn in _drawn_sentences(len(hits), draws, rng)
    ]
    return _middle_part(np.concatenate(figures), level)


def compare_parsers(
    first: AttachmentReport,
    second: AttachmentReport,
    figure: str = "las",
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 1,
) -> Difference:
    """Whether two parsers differ on the same sentences.

    ``p`` is that of approximate randomization [noreen1989]: the trees of a sentence are swapped
    with probability one half, and it is counted how often the figures then differ as much as they
    do; the observed swap counts too, so p is at least ``1 / (draws + 1)``. The interval is that of
    the paired bootstrap [koehn2004]. Both say nothing of other text [bergkirkpatrick2012].

    Raises:
        DataError: the reports are of other sentences, or no figure has this name.
        SettingsError: there are no draws, or the level is not between 0 and 1.
    """
    _check(draws, level)
    _check_same(first, second)
    sides = np.stack([*first.counts(figure), *second.counts(figure)])
    observed = first.figure(figure) - second.figure(figure)
    return Difference(
        figure,
        observed,
        _difference_interval(sides, draws, level, stream(seed, "bootstrap")),
        _randomization_p(sides, abs(observed), draws, stream(seed, "randomization")),
    )


def _difference_interval(
    sides: Float[np.ndarray, "4 sentences"], draws: int, level: float, rng: np.random.Generator
) -> Interval:
    differences = [
        _difference(np.stack([side[drawn].sum(axis=1) for side in sides]))
        for drawn in _drawn_sentences(sides.shape[1], draws, rng)
    ]
    return _middle_part(np.concatenate(differences), level)


def _randomization_p(
    sides: Float[np.ndarray, "4 sentences"],
    observed: float,
    draws: int,
    rng: np.random.Generator,
) -> float:
    first, second = sides[:2], sides[2:]
    change = second - first
    as_large = 0
    for rows in _chunks(sides.shape[1], draws):
        swaps = rng.integers(2, size=(rows, sides.shape[1])).astype(np.float64)
        moved = change @ swaps.T
        sums = np.concatenate(
            [first.sum(axis=1)[:, None] + moved, second.sum(axis=1)[:, None] - moved]
        )
        as_large += int((np.abs(_difference(sums)) >= observed - TIE).sum())
    return (1 + as_large) / (draws + 1)


def _difference(sums: Float[np.ndarray, "4 draws"]) -> Float[np.ndarray, " draws"]:
    return _ratio(sums[0], sums[1]) - _ratio(sums[2], sums[3])


def _ratio(
    hits: Float[np.ndarray, " draws"], totals: Float[np.ndarray, " draws"]
) -> Float[np.ndarray, " draws"]:
    # as the figure itself: 0 where nothing counts
    return np.divide(hits, totals, out=np.zeros_like(hits), where=totals > 0)


def _drawn_sentences(size: int, draws: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """As many sentences as there are, drawn with replacement, one row a draw, in stretches."""
    for rows in _chunks(size, draws):
        yield rng.integers(size, size=(rows, size))


def _chunks(size: int, draws: int) -> Iterator[int]:
    rows = max(1, HELD // size)
    for begin in range(0, draws, rows):
        yield min(rows, draws - begin)


def _middle_part(figures: Float[np.ndarray, " draws"], level: float) -> Interval:
    tail = (1 - level) / 2
    low, high = np.quantile(figures, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _check(draws: int, level: float) -> None:
    if draws < 1:
        raise SettingsError(f"draws={draws}, but at least one is needed; 10,000 are usual")
    if not 0 < level < 1:
        raise SettingsError(f"level={level} is no share between 0 and 1; 0.95 is usual")


def _check_same(first: AttachmentReport, second: AttachmentReport) -> None:
    a, b = first.comparison, second.comparison
    if a.lengths.tolist() != b.lengths.tolist() or a.gold_heads.tolist() != b.gold_heads.tolist():
        raise DataError(
            f"the parsers were measured on other trees ({first.words:,} and {second.words:,} "
            "words); measure both on the same ones"
        )
