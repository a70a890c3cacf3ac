"""Rows collected while a file is read, and the checks that every format shares."""

from collections.abc import Sequence

import numpy as np

from gradus.core.errors import FormatError
from gradus.core.shapes import Float, Int
from gradus.vectors.contents import Contents


class Rows:
    """A float32 table that grows in place by blocks, so that no second copy is held at the end."""

    def __init__(self, dim: int, expected: int = 0) -> None:
        self.table = np.empty((expected, dim), dtype=np.float32)
        self.count = 0

    def extend(self, block: Float[np.ndarray, "rows dim"]) -> None:
        """Append the rows of ``block``."""
        needed = self.count + len(block)
        if needed > len(self.table):
            self.table.resize(
                (max(needed, len(self.table) * 3 // 2), block.shape[1]), refcheck=False
            )
        self.table[self.count : needed] = block
        self.count = needed

    def finish(self) -> Float[np.ndarray, "rows dim"]:
        """All rows so far; nothing may be appended after."""
        self.table.resize((self.count, self.table.shape[1]), refcheck=False)
        return self.table


def unique_contents(
    words: list[str],
    vectors: Float[np.ndarray, "words dim"],
    places: Sequence[int] | Int[np.ndarray, " words"],
    *,
    path: object,
    unit: str,
    duplicates: str,
) -> Contents:
    """Refuse words that come twice, or with ``duplicates="first"`` keep the first of each.

    ``places`` says where each word stands, counted in ``unit`` ("line" or "byte").
    """
    if len(set(words)) == len(words):
        return Contents(words=words, vectors=vectors)
    first: dict[str, int] = {}
    for row, word in enumerate(words):
        before = first.setdefault(word, row)
        if before != row and duplicates != "first":
            raise FormatError(
                f"{path}, {unit} {places[row]}: the word {word!r} stands at {unit} "
                f"{places[before]} already; to keep the first of such words, use gradus vectors "
                'convert --duplicates first, or duplicates="first" in Python'
            )
    return Contents(words=list(first), vectors=vectors[list(first.values())])
