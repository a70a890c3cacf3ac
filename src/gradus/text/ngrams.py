"""Sequences of words as features of a text: a table of those that are frequent, and look-ups in it.

A sequence is known by the row of all its words but the last, and the number of the last: one
number, so that sorted arrays of numbers are the whole table.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int, Int64, UInt64

from gradus.text.kernels.ngrams import (
    ABSENT,
    candidates,
    distinct_rows,
    enter,
    extend_all_,
    frequent,
)

__all__ = ["ABSENT", "HashedNgrams", "Ngrams", "Texts"]


@dataclass(frozen=True)
class Texts:
    """Word numbers of texts, one after the other; -1 for words that are not known.

    Text ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.
    """

    ids: Int64[np.ndarray, " tokens"]
    offsets: Int64[np.ndarray, " bounds"]


@dataclass(frozen=True)
class Ngrams:
    """Rows of words and of sequences of up to ``order`` words that have been met often enough.

    Words have rows 0 to ``words - 1``; behind them stand the pairs, the triples and so on.

    >>> texts = Texts(np.array([0, 1, 2, 0, 1]), np.array([0, 3, 5]))
    >>> table = Ngrams.learn(texts, words=3, order=2, min_count=2)
    >>> table.size  # three words, and the pair (0, 1)
    4
    >>> features, bounds = table.features(texts)
    >>> features.tolist(), bounds.tolist()
    ([0, 1, 2, 3, 0, 1, 3], [0, 4, 7])
    >>> table.sequence(3)
    (0, 1)
    """

    words: int
    keys: tuple[Int64[np.ndarray, " _"], ...]  # of pairs, triples, ..., each sorted

    @classmethod
    def learn(cls, texts: Texts, *, words: int, order: int, min_count: int) -> "Ngrams":
        """The sequences of up to ``order`` words that occur ``min_count`` times in ``texts``."""
        keys: list[Int64[np.ndarray, " _"]] = []
        rows, first = texts.ids.copy(), words
        for length in range(2, order + 1):
            met = np.empty(len(rows), dtype=np.int64)
            met = met[: candidates(texts.ids, texts.offsets, rows, words, met)]
            met.sort()
            keys.append(frequent(met, min_count))
            if length < order:
                slots = _slots(keys[-1:], first)
                extend_all_(texts.ids, texts.offsets, words, slots, rows)
            first += len(keys[-1])
        return cls(words, tuple(keys))

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.words + sum(map(len, self.keys))

    def features(
        self, texts: Texts
    ) -> tuple[Int[np.ndarray, " features"], Int64[np.ndarray, " bounds"]]:
        """The rows that occur in each text, each once, shorter sequences first; their bounds."""
        order = len(self.keys) + 1
        return distinct_rows(texts.ids, texts.offsets, self.words, order, self._table, 0, self.size)

    def sequence(self, row: int) -> tuple[int, ...]:
        """The numbers of the words that a row stands for."""
        behind: tuple[int, ...] = ()
        every = np.concatenate([np.zeros(0, np.int64), *self.keys])
        while row >= self.words:
            row, last = divmod(int(every[row - self.words]), self.words)
            behind = (last, *behind)
        return (row, *behind)

    @cached_property
    def _table(self) -> UInt64[np.ndarray, " slots"]:
        return _slots(self.keys, self.words)


@dataclass(frozen=True)
class HashedNgrams:
    """Rows of words, and ``buckets`` rows that all longer sequences share by a hash.

    Nothing is learnt or kept; two sequences may meet in a row.

    >>> texts = Texts(np.array([0, 1, 2, 0, 1]), np.array([0, 3, 5]))
    >>> features, bounds = HashedNgrams(words=3, order=2, buckets=100).features(texts)
    >>> features[:3].tolist(), bool(features[3] == features[-1]), bounds.tolist()
    ([0, 1, 2], True, [0, 5, 8])
    """

    words: int
    order: int
    buckets: int

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.words + self.buckets

    def features(
        self, texts: Texts
    ) -> tuple[Int[np.ndarray, " features"], Int64[np.ndarray, " bounds"]]:
        """The rows that occur in each text, each once, shorter sequences first; their bounds."""
        return distinct_rows(
            texts.ids, texts.offsets, self.words, self.order, None, self.buckets, self.size
        )


def _slots(
    levels: tuple[Int64[np.ndarray, " _"], ...] | list[Int64[np.ndarray, " _"]], first: int
) -> UInt64[np.ndarray, " slots"]:
    """The hash table of sequences whose rows count from ``first``; less than half of it is full."""
    count = sum(map(len, levels))
    slots = np.zeros(4 << (2 * count).bit_length(), dtype=np.uint64)
    for keys in levels:
        # what is read from a file is a read-only view
        enter(slots, np.array(keys), first)
        first += len(keys)
    return slots
