"""Sentences as numbers with both their labels and their trees."""

import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int64
from torch import Tensor

from gradus.tasks.base.words.batches import FormTensors
from gradus.tasks.parsing.dataset import Trees, drawn_chances
from gradus.tasks.tagging.dataset import TaggedSentences
from gradus.text.document import Sentence


class AnalyzerBatch(NamedTuple):
    """What a tagger asks of a batch, and what scorers and decoders of trees ask of one."""

    forms: FormTensors
    form: Tensor  # of each word, a row of forms
    lengths: Int64[np.ndarray, " batch"]
    targets: tuple[Tensor, ...]  # of each column, the label of each word; empty if none is known
    sentences: list[Sentence]
    trees: Trees
    chances: Float32[np.ndarray, " chances"]  # drawn while training; empty otherwise


@dataclass(frozen=True)
class AnalyzedSentences:
    """Sentences as a tagger has them, and the trees to learn."""

    tagged: TaggedSentences
    trees: Trees
    seed: int = 0
    chances: int = 0  # drawn for each word while training

    @property
    def sizes(self) -> Int64[np.ndarray, " sentences"]:
        """The number of words of each sentence."""
        return self.tagged.sizes

    def batch(
        self, indices: Int64[np.ndarray, " batch"], *, draw: int | None = None
    ) -> AnalyzerBatch:
        """Stack the chosen sentences."""
        own = self.tagged.batch(indices)
        return AnalyzerBatch(
            *own,
            trees=self.trees.chosen(self.tagged.bounds, indices),
            chances=drawn_chances(self.chances * len(own.form), self.seed, draw),
        )

    def fingerprint(self) -> int:
        """A checksum of the words, the labels and the trees."""
        checksum = self.tagged.fingerprint()
        for part in self.trees:
            checksum = zlib.crc32(np.ascontiguousarray(part).tobytes(), checksum)
        return checksum
