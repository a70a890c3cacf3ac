"""Labelled texts in memory, and their reader; every example knows the file and line it is from."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.classification.formats import format_of
from gradus.text.whole_text import source_name, whole_text

#: A path, or ``-`` for standard input.
Source = str | os.PathLike[str]


@dataclass(frozen=True, eq=False)
class Places:
    """Where examples are from: the number of a source, and a line in it, for each."""

    sources: tuple[str, ...]
    numbers: Int[np.ndarray, " examples"]
    lines: Int[np.ndarray, " examples"]

    def __getitem__(self, index: int) -> str:
        """The place of one example, as messages give it."""
        return f"{self.sources[self.numbers[index]]}, line {self.lines[index]}"

    def take(self, indices: Int[np.ndarray, " chosen"]) -> "Places":
        """The places of some examples."""
        return Places(self.sources, self.numbers[indices], self.lines[indices])


@dataclass(frozen=True, eq=False)
class Examples:
    """Texts with their labels, or without; none is empty.

    Raises:
        DataError: a text or a label is empty, or a label has a tab or a line break in it.
    """

    texts: list[str]
    labels: list[str] | None
    places: Places

    def __post_init__(self) -> None:
        for index, text in enumerate(self.texts):
            if not text or text.isspace():
                raise DataError(
                    f"{self.places[index]}: the text is empty; remove the example or give it a text"
                )
        labels = self.labels or []
        wrong = {label for label in set(labels) if len(label.splitlines()) != 1 or "\t" in label}
        if wrong:
            index = next(index for index, label in enumerate(labels) if label in wrong)
            fault = "has a tab or a line break" if labels[index] else "is missing"
            raise DataError(f"{self.places[index]}: the label {fault}; give the text a label")

    @classmethod
    def of(cls, texts: Sequence[str], labels: Sequence[str] | None = None) -> "Examples":
        """Examples out of memory.

        >>> examples = Examples.of(["a fine film", "a bore"], ["pos", "neg"])
        >>> len(examples), examples.classes, examples.places[1]
        (2, ['neg', 'pos'], 'the texts given, line 2')
        """
        if labels is not None and len(labels) != len(texts):
            raise DataError(f"{len(texts)} texts came with {len(labels)} labels; give one a text")
        lines = np.arange(1, len(texts) + 1)
        places = Places(("the texts given",), np.zeros_like(lines), lines)
        return cls(list(texts), None if labels is None else list(labels), places)

    @property
    def classes(self) -> list[str]:
        """The labels that occur, sorted."""
        return sorted(set(self.labels or ()))

    def take(self, indices: Int[np.ndarray, " chosen"]) -> "Examples":
        """The examples ``indices``, in that order."""
        chosen = indices.tolist()
        labels = None if self.labels is None else [self.labels[index] for index in chosen]
        return Examples([self.texts[index] for index in chosen], labels, self.places.take(indices))

    def __len__(self) -> int:
        return len(self.texts)


def read_examples(
    source: Source | Sequence[Source], *, format: str | None = None, labelled: bool = True
) -> Examples:
    """Read the examples of one source or of several, one after the other.

    The ending of a source names its format (below ``.gz``, ``.bz2``, ``.xz`` or ``.zst``) unless
    ``format`` is one of :data:`~gradus.tasks.classification.formats.FORMATS`. Without ``labelled``
    labels are ignored or may be absent, and what has no known ending is one text a line.

    Raises:
        SettingsError: the format is unknown, or has no labels.
        DataError: a source is missing or empty, or an example has no label or no text.
        FormatError: a line does not follow the format, or is not UTF-8.
    """
    sources = [source] if isinstance(source, str | os.PathLike) else list(source)
    if not sources:
        raise SettingsError("no source of examples was given; name at least one file")
    parts = [_read(os.fspath(one), format, labelled=labelled) for one in sources]
    numbers = [np.full(len(part), number) for number, part in enumerate(parts)]
    places = Places(
        tuple(name for part in parts for name in part.places.sources),
        np.concatenate(numbers),
        np.concatenate([part.places.lines for part in parts]),
    )
    texts = [text for part in parts for text in part.texts]
    labels = [label for part in parts for label in part.labels or ()] if labelled else None
    return Examples(texts, labels, places)


def _read(source: str, format: str | None, *, labelled: bool) -> Examples:
    entry = format_of(source, format, labelled=labelled)
    name = source_name(source)
    rows = list(entry.parse(whole_text(source), name, labelled))
    if not rows:
        raise DataError(f"{name} has no examples; the format {entry.name} is {entry.summary}")
    lines = np.array([row.line for row in rows])
    labels = [row.label or "" for row in rows] if labelled else None
    places = Places((name,), np.zeros_like(lines), lines)
    return Examples([row.text for row in rows], labels, places)
