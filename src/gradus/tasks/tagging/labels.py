"""The labels of a column as numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64

from gradus.core.errors import FormatError, GradusError
from gradus.core.storage import CONFIG
from gradus.nn.losses import IGNORED
from gradus.tasks.tagging.columns import COLUMNS
from gradus.tasks.tagging.settings import TaggerConfig
from gradus.text.document import Sentence
from gradus.text.schemes import NO_SPAN


@dataclass(frozen=True)
class Labels:
    """The labels of a column in the order of their numbers, the most frequent first.

    >>> sentence = Sentence.of(["Cats", "sleep", "."], upos=["NOUN", "VERB", "PUNCT"])
    >>> labels = Labels.learn("upos", TaggerConfig(), [sentence, sentence])
    >>> labels.names, labels.numbers([Sentence.of(["Go"], upos=["INTJ"])]).tolist()
    (('NOUN', 'PUNCT', 'VERB'), [-100])
    """

    column: str
    scheme: str
    names: tuple[str, ...]

    @classmethod
    def learn(cls, column: str, config: TaggerConfig, sentences: Iterable[Sentence]) -> "Labels":
        """The labels that sentences have; of spans, all that the scheme needs for their types."""
        counts = Counter(
            label
            for sentence in sentences
            for label in COLUMNS[column].labels(sentence, config.scheme)
            if label is not None
        )
        if COLUMNS[column].spans:
            # a type that was only met alone may be longer elsewhere
            letters = sorted({name[0] for name in counts if name != NO_SPAN})
            types = sorted({name[2:] for name in counts if name != NO_SPAN})
            names = [NO_SPAN, *(f"{letter}-{kind}" for kind in types for letter in letters)]
        else:
            names = sorted(counts, key=lambda name: (-counts[name], name))
        return cls(column, config.scheme, tuple(names))

    @classmethod
    def listed(cls, column: str, scheme: str, lists: Any, folder: Path) -> "Labels":
        """The labels that ``config.json`` of a model folder has for a column.

        Raises:
            FormatError: there are none, or one of them is not of the column.
        """
        names = lists.get(column) if isinstance(lists, dict) else None
        if not (isinstance(names, list) and names and all(isinstance(n, str) for n in names)):
            raise FormatError(
                f"{folder / CONFIG} has no list of labels for {column}; the folder is damaged"
            )
        for name in names:
            try:
                COLUMNS[column].check(name, scheme)
            except GradusError as error:
                raise FormatError(
                    f"{folder / CONFIG} has a label for {column} that is none: {error}"
                ) from None
        return cls(column, scheme, tuple(names))

    @cached_property
    def index(self) -> dict[str, int]:
        """From label to number; built at first use."""
        return {name: number for number, name in enumerate(self.names)}

    def numbers(self, sentences: Iterable[Sentence]) -> Int64[np.ndarray, " words"]:
        """The number of the label of every word, :data:`IGNORED` where it is not known."""
        read, get = COLUMNS[self.column].labels, self.index.get
        found = [
            IGNORED if label is None else get(label, IGNORED)
            for sentence in sentences
            for label in read(sentence, self.scheme)
        ]
        return np.array(found, dtype=np.int64)

    def spelled(self, numbers: Sequence[int]) -> list[str]:
        """The names of numbers."""
        return [self.names[number] for number in numbers]
