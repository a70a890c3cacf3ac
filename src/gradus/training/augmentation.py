"""Transforms that make texts look a little different each time they are trained on.

A transform sees the words and never the label, which so stays as it is.
"""

from collections.abc import Sequence
from functools import cache
from typing import Protocol, runtime_checkable

import numpy as np

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError


@runtime_checkable
class Transform(Protocol):
    """What changes a text; words in, words out, and never none out of some."""

    def __call__(self, tokens: Sequence[str], *, rng: np.random.Generator) -> list[str]:
        """The changed words; ``tokens`` stays as it is."""


@runtime_checkable
class Neighbourhood(Protocol):
    """A table that knows the nearest words of a word, such as ``WordVectors``."""

    def most_similar(self, positive: str, *, n: int) -> Sequence[tuple[str, float]]:
        """The ``n`` nearest words of a word with their cosines, best first."""

    def __contains__(self, word: object) -> bool: ...


#: Transforms that a line of settings can name; each is offered the run's word vectors.
TRANSFORMS = Catalogue[Transform]("transform")


@TRANSFORMS.add("word_dropout")
def word_dropout(share: float = 0.1, *, vectors: Neighbourhood | None = None) -> Transform:
    """Leave out each word with probability ``share``; one stays in any case [iyyer2015].

    >>> word_dropout(0.99)(["fine", "film"], rng=np.random.default_rng(1))
    ['fine']
    """
    _check_share(share)

    def drop(tokens: Sequence[str], *, rng: np.random.Generator) -> list[str]:
        stays = rng.random(len(tokens)) >= share
        if len(tokens) and not stays.any():
            stays[rng.integers(len(tokens))] = True
        return [token for token, kept in zip(tokens, stays.tolist(), strict=True) if kept]

    return drop


@TRANSFORMS.add("swap")
def swap(pairs: int = 1, *, vectors: Neighbourhood | None = None) -> Transform:
    """Swap two neighbouring words, ``pairs`` times, anywhere in the text.

    >>> swap(1)(["fine", "film"], rng=np.random.default_rng(1))
    ['film', 'fine']
    """
    if pairs < 0:
        raise SettingsError(f"pairs={pairs} is out of range: choose a value at least 0")

    def swapped(tokens: Sequence[str], *, rng: np.random.Generator) -> list[str]:
        words = list(tokens)
        if len(words) > 1:
            for left in rng.integers(len(words) - 1, size=pairs).tolist():
                words[left], words[left + 1] = words[left + 1], words[left]
        return words

    return swapped


@TRANSFORMS.add("synonym")
def synonym(
    share: float = 0.1,
    near: int = 5,
    least: float = 0.5,
    *,
    vectors: Neighbourhood | None = None,
) -> Transform:
    """Replace each word with probability ``share`` by one of its nearest words [wang2015].

    One of the ``near`` nearest words whose cosine is at least ``least``; a word without such a
    neighbour, or without a vector, stays. Each word is looked up once, in some milliseconds.
    Vectors learnt from contexts put opposites near each other too: where these decide the label,
    choose a high ``least``.
    """
    _check_share(share)
    if near < 1:
        raise SettingsError(f"near={near} is out of range: choose a value at least 1")
    if vectors is None:
        raise SettingsError(
            "the transform synonym takes words from word vectors, but there are none; "
            "name some with --vectors, or leave it out"
        )

    @cache
    def neighbours(word: str) -> list[str]:
        if word not in vectors:
            return []
        return [other for other, cosine in vectors.most_similar(word, n=near) if cosine >= least]

    def replaced(tokens: Sequence[str], *, rng: np.random.Generator) -> list[str]:
        words = list(tokens)
        chosen = np.flatnonzero(rng.random(len(words)) < share).tolist()
        for place, draw in zip(chosen, rng.random(len(chosen)).tolist(), strict=True):
            choice = neighbours(words[place])
            if choice:
                words[place] = choice[int(draw * len(choice))]
        return words

    return replaced


def compose(*transforms: Transform) -> Transform:
    """Apply ``transforms`` in turn.

    >>> compose(word_dropout(0.5), swap(2))(["one"], rng=np.random.default_rng(1))
    ['one']
    """

    def composed(tokens: Sequence[str], *, rng: np.random.Generator) -> list[str]:
        for transform in transforms:
            tokens = transform(tokens, rng=rng)
        return list(tokens)

    return composed


def transform_of(lines: Sequence[str], *, vectors: Neighbourhood | None = None) -> Transform:
    """The transforms that ``lines`` of settings name, applied in turn.

    Raises:
        SettingsError: a line cannot be read, or asks for vectors and there are none.

    >>> transform = transform_of(["word_dropout(0.1)", "swap"])
    >>> transform("a film of rare wit".split(), rng=np.random.default_rng(1))
    ['a', 'film', 'of', 'wit', 'rare']
    """
    return compose(*(TRANSFORMS.make(line, vectors=vectors) for line in lines))


def _check_share(share: float) -> None:
    if not 0 <= share < 1:
        raise SettingsError(f"share={share} is out of range: choose a value in [0, 1)")
