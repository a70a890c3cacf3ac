"""The labels of a column as numbers."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int64
from torch import Tensor

from gradus.core.errors import FormatError, GradusError
from gradus.core.storage import CONFIG
from gradus.nn.losses import IGNORED
from gradus.tasks.tagging.columns import COLUMNS
from gradus.tasks.tagging.settings import TaggerConfig
from gradus.text.document import Sentence
from gradus.text.schemes import NO_SPAN

#: A label of fewer forms than this is one of few.
FEW = 20


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
    #: By form in small letters: the labels that it may have, where these are those of few forms.
    #: A network learns too little from a handful of words, such as *bought* and *buy*.
    exceptions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

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
        plain = cls(column, config.scheme, tuple(names))
        if not COLUMNS[column].by_form:
            return plain
        return replace(plain, exceptions=plain._exceptions(sentences))

    @classmethod
    def listed(
        cls, column: str, scheme: str, lists: Any, folder: Path, exceptions: Any = None
    ) -> "Labels":
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
        table = (exceptions or {}).get(column, {}) if isinstance(exceptions, dict | None) else None
        if not (isinstance(table, dict) and all(_fit(row, names) for row in table.values())):
            raise FormatError(
                f"{folder / CONFIG} has exceptions of {column} that are no labels of it; the "
                "folder is damaged"
            )
        known = {form: tuple(numbers) for form, numbers in table.items()}
        return cls(column, scheme, tuple(names), known)

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

    def settled(
        self,
        numbers: list[int],
        scores: Float[Tensor, "words labels"],
        sentences: Iterable[Sentence],
    ) -> list[int]:
        """Chosen labels, those of exceptional forms replaced by the best that they may have."""
        if not self.exceptions:
            return numbers
        settled = list(numbers)
        words = (word for sentence in sentences for word in sentence.words)
        for place, word in enumerate(words):
            allowed = self.exceptions.get(word.form.lower())
            if allowed is not None and settled[place] not in allowed:
                row = scores[place].detach()
                settled[place] = max(allowed, key=lambda one: float(row[one]))
        return settled

    def spelled(self, numbers: Sequence[int]) -> list[str]:
        """The names of numbers."""
        return [self.names[number] for number in numbers]

    def _exceptions(self, sentences: Iterable[Sentence]) -> dict[str, tuple[int, ...]]:
        """Forms that have only labels which few others have."""
        labels: defaultdict[str, set[int]] = defaultdict(set)
        for sentence in sentences:
            for word, number in zip(sentence.words, self.numbers([sentence]).tolist(), strict=True):
                if number != IGNORED:
                    labels[word.form.lower()].add(number)
        forms = Counter(number for own in labels.values() for number in own)
        return {
            form: tuple(sorted(own))
            for form, own in sorted(labels.items())
            if all(forms[number] < FEW for number in own)
        }


def settled(
    labels: Sequence[Labels],
    found: Sequence[list[int]],
    scores: Sequence[Float[Tensor, "words _"]],
    sentences: Sequence[Sentence],
) -> list[list[int]]:
    """The chosen labels of every column, exceptions minded."""
    return [
        column.settled(numbers, own, sentences)
        for column, numbers, own in zip(labels, found, scores, strict=True)
    ]


def exceptions_of(labels: Sequence[Labels]) -> dict[str, dict[str, list[int]]]:
    """The exceptions of every column that has some, as JSON has them."""
    return {
        column.column: {form: list(numbers) for form, numbers in column.exceptions.items()}
        for column in labels
        if column.exceptions
    }


def _fit(row: Any, names: Sequence[str]) -> bool:
    return (
        isinstance(row, list)
        and len(row) > 0
        and all(type(number) is int and 0 <= number < len(names) for number in row)
    )
