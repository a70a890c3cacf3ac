"""Pairs of a source and its target, and their reader; every pair knows its file and line."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from gradus.core.errors import DataError, FormatError
from gradus.core.seeding import stream
from gradus.text.whole_text import source_name, whole_text

#: A path, or ``-`` for standard input.
Source = str | os.PathLike[str]

#: Characters of a wrong line that a message shows.
SHOWN = 40


@dataclass(frozen=True)
class Pairs:
    """Sources and their targets, and where each pair is from, as messages give it.

    Raises:
        DataError: there is no pair, or a side of one is empty, or has a TAB or a line break.

    >>> pairs = Pairs.of([("one two", "12"), ("six", "6")])
    >>> len(pairs), pairs.targets, pairs.places[1]
    (2, ['12', '6'], 'the pairs given, line 2')
    """

    sources: list[str]
    targets: list[str]
    places: list[str]

    def __post_init__(self) -> None:
        if not self.sources:
            raise DataError("there are no pairs; give at least one")
        for side, texts in (("source", self.sources), ("target", self.targets)):
            for text, place in zip(texts, self.places, strict=True):
                if not text.strip():
                    raise DataError(f"{place}: the {side} is empty; write source TAB target")
                if "\t" in text or "\n" in text:
                    raise DataError(
                        f"{place}: the {side} has a TAB or a line break, which no file of pairs "
                        "could hold; replace it by a blank"
                    )

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> "Pairs":
        """Pairs out of memory."""
        places = [f"the pairs given, line {line}" for line in range(1, len(pairs) + 1)]
        return cls([source for source, _ in pairs], [target for _, target in pairs], places)

    def take(self, indices: Int[np.ndarray, " chosen"]) -> "Pairs":
        """The pairs ``indices``, in that order."""
        chosen = indices.tolist()
        columns = (self.sources, self.targets, self.places)
        return Pairs(*([column[index] for index in chosen] for column in columns))

    def __len__(self) -> int:
        return len(self.sources)


def read_pairs(source: Source | Sequence[Source]) -> Pairs:
    """Read lines ``source TAB target`` of a file or of several, plain or packed; ``-`` is stdin.

    Empty lines are skipped.

    Raises:
        DataError: a file is missing, damaged or has no pair, or a side of a pair is empty.
        FormatError: a line has no TAB or several, or is not UTF-8.
    """
    sources = [source] if isinstance(source, str | os.PathLike) else list(source)
    rows = [row for one in sources for row in _rows(os.fspath(one))]
    return Pairs(*map(list, zip(*rows, strict=True))) if rows else Pairs([], [], [])


def split_pairs(pairs: Pairs, share: float, seed: int) -> tuple[Pairs, Pairs]:
    """Put ``share`` of the pairs, drawn by the seed, aside; give the rest and them.

    Pairs of one source stay together, so that none is learnt that is measured on.

    Raises:
        DataError: there are too few sources to put a pair aside.
    """
    names, numbers = np.unique(np.array(pairs.sources, dtype=object), return_inverse=True)
    count = round(share * len(names))
    if not 0 < count < len(names):
        raise DataError(
            f"dev_share={share} of {len(names)} different sources leaves no pair on one side; "
            "choose another share, give dev pairs of their own, or do without"
        )
    aside = np.zeros(len(names), dtype=bool)
    aside[stream(seed, "split").permutation(len(names))[:count]] = True
    held_out = aside[numbers]
    return pairs.take(np.flatnonzero(~held_out)), pairs.take(np.flatnonzero(held_out))


def read_texts(source: Source) -> list[str]:
    """The lines of a source, one text each.

    Raises:
        DataError: the file is missing or damaged, or has no line.
        FormatError: it is not UTF-8.
    """
    found = [text for _, text in _lines(os.fspath(source))]
    if not found:
        raise DataError(f"{source_name(source)} is empty; give one text a line")
    return found


def _rows(source: str) -> Iterator[tuple[str, str, str]]:
    name, found = source_name(source), False
    for line, text in _lines(source):
        if not text.strip():
            if "\t" not in text:
                continue
            raise DataError(f"{name}, line {line}: the source is empty; write source TAB target")
        columns = text.split("\t")
        if len(columns) != 2:
            what = "no TAB" if len(columns) == 1 else f"{len(columns)} columns"
            raise FormatError(
                f"{name}, line {line}: {what} in {text[:SHOWN]!r}; write source TAB target"
                + (", such as cut -f1,2 gives" if len(columns) > 2 else "")
            )
        found = True
        yield columns[0], columns[1], f"{name}, line {line}"
    if not found:
        raise DataError(f"{name} has no pairs; write source TAB target, one pair a line")


def _lines(source: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers; only line feeds end a line, as in editors."""
    whole = whole_text(source).replace("\r\n", "\n").removesuffix("\n")
    return enumerate(whole.split("\n") if whole else (), start=1)
