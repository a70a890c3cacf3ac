"""Sentences as numbers, ready for batches: their words by form, and the labels of each column."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Int32, Int64
from torch import Tensor

from gradus.tasks.base.words.batches import FormTensors, bounds_of, numbered_forms, spans
from gradus.tasks.base.words.symbols import Forms, FormSymbols
from gradus.tasks.tagging.labels import Labels
from gradus.text.document import Sentence


@runtime_checkable
class TagBatch(Protocol):
    """What the network of a tagger asks of a batch."""

    @property
    def forms(self) -> FormTensors:
        """The forms of the batch, each once."""

    @property
    def form(self) -> Tensor:
        """Of each word, a row of forms."""

    @property
    def lengths(self) -> Int64[np.ndarray, " batch"]:
        """The number of words of each sentence."""

    @property
    def targets(self) -> tuple[Tensor, ...]:
        """Of each column, the label of each word; empty if none is known."""


class TaggerBatch(NamedTuple):
    """Sentences side by side; words are counted through."""

    forms: FormTensors
    form: Tensor  # of each word, a row of forms
    lengths: Int64[np.ndarray, " batch"]
    targets: tuple[Tensor, ...]  # of each column, the label of each word; empty if none is known
    sentences: list[Sentence]


@dataclass(frozen=True)
class TaggedSentences:
    """Sentences as numbers; ``targets`` are what is learnt, ``bounds`` where each begins."""

    sentences: Sequence[Sentence]
    forms: Forms
    form: Int32[np.ndarray, " words"]
    bounds: Int64[np.ndarray, " ends"]
    targets: tuple[Int64[np.ndarray, " words"], ...]

    @classmethod
    def of(
        cls, symbols: FormSymbols, sentences: Sequence[Sentence], labels: Sequence[Labels] = ()
    ) -> "TaggedSentences":
        """Each different form is spelled once; without ``labels`` there is nothing to learn."""
        forms, form = numbered_forms(sentences)
        targets = tuple(column.numbers(sentences) for column in labels)
        return cls(sentences, symbols.spelled(forms), form, bounds_of(sentences), targets)

    @property
    def sizes(self) -> Int64[np.ndarray, " sentences"]:
        """The number of words of each sentence."""
        return np.diff(self.bounds)

    def batch(
        self, indices: Int64[np.ndarray, " batch"], *, draw: int | None = None
    ) -> TaggerBatch:
        """Stack the chosen sentences."""
        words = spans(self.bounds[indices], self.sizes[indices])
        forms, form = np.unique(self.form[words], return_inverse=True)
        return TaggerBatch(
            FormTensors(*(torch.from_numpy(part[forms]) for part in self.forms)),
            torch.from_numpy(form),
            self.sizes[indices],
            tuple(torch.from_numpy(targets[words]) for targets in self.targets),
            [self.sentences[index] for index in indices.tolist()],
        )

    def fingerprint(self) -> int:
        """A checksum of the words and the labels."""
        checksum = 0
        for part in (self.form, self.bounds, *self.forms, *self.targets):
            checksum = zlib.crc32(np.ascontiguousarray(part).tobytes(), checksum)
        return checksum
