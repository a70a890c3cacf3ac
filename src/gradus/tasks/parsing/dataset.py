"""Sentences as numbers, ready for batches: their words by form and by tags, and their trees."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float32, Int32, Int64
from torch import Tensor

from gradus.core.seeding import stream
from gradus.tasks.base.words.batches import FormTensors, bounds_of, numbered_forms, spans
from gradus.tasks.base.words.symbols import Forms
from gradus.tasks.parsing.symbols import Symbols, Tags, tag_of
from gradus.text.document import Sentence


class TagTensors(NamedTuple):
    """The combinations of tags of a batch, each once."""

    upos: Tensor
    xpos: Tensor
    features: Tensor


@runtime_checkable
class TreeBatch(Protocol):
    """What scorers and decoders of trees ask of a batch."""

    @property
    def lengths(self) -> Int64[np.ndarray, " batch"]:
        """The number of words of each sentence."""

    @property
    def trees(self) -> "Trees":
        """What is learnt."""

    @property
    def chances(self) -> Float32[np.ndarray, " chances"]:
        """Numbers between 0 and 1, drawn while training; empty otherwise."""


class ParserBatch(NamedTuple):
    """Sentences side by side; words are counted through."""

    forms: FormTensors
    form: Tensor  # of each word, a row of forms
    tags: TagTensors
    tag: Tensor  # of each word, a row of tags
    lengths: Int64[np.ndarray, " batch"]
    sentences: list[Sentence]
    trees: "Trees"
    chances: Float32[np.ndarray, " chances"]  # drawn while training; empty otherwise


class Trees(NamedTuple):
    """What a parser learns, sentence after sentence: n + 1 nodes each, the root first."""

    heads: Int32[np.ndarray, " nodes"]  # -1 for the root
    labels: Int32[np.ndarray, " nodes"]
    orders: Int32[np.ndarray, " nodes"]  # places in the projective order
    parts: Int32[np.ndarray, " nodes"]  # maximal projective components

    def chosen(
        self, bounds: Int64[np.ndarray, " ends"], indices: Int64[np.ndarray, " batch"]
    ) -> "Trees":
        """Those of some sentences, whose words lie between ``bounds``; none where there is none."""
        if not len(self.heads):
            return self
        nodes = spans(bounds[indices] + indices, np.diff(bounds)[indices] + 1)
        return Trees(*(part[nodes] for part in self))


@dataclass(frozen=True)
class EncodedSentences:
    """Sentences as numbers; ``trees`` are what is learnt, ``bounds`` where each begins."""

    sentences: Sequence[Sentence]
    forms: Forms
    tags: Tags
    form: Int32[np.ndarray, " words"]
    tag: Int32[np.ndarray, " words"]
    bounds: Int64[np.ndarray, " ends"]
    trees: Trees
    seed: int
    chances: int  # drawn for each word while training

    @property
    def sizes(self) -> Int64[np.ndarray, " sentences"]:
        """The number of words of each sentence."""
        return np.diff(self.bounds)

    def batch(
        self, indices: Int64[np.ndarray, " batch"], *, draw: int | None = None
    ) -> ParserBatch:
        """Stack the chosen sentences."""
        words = spans(self.bounds[indices], self.sizes[indices])
        forms, form = np.unique(self.form[words], return_inverse=True)
        tags, tag = np.unique(self.tag[words], return_inverse=True)
        return ParserBatch(
            FormTensors(*(torch.from_numpy(part[forms]) for part in self.forms)),
            torch.from_numpy(form),
            TagTensors(*(torch.from_numpy(part[tags]) for part in self.tags)),
            torch.from_numpy(tag),
            self.sizes[indices],
            [self.sentences[index] for index in indices.tolist()],
            self.trees.chosen(self.bounds, indices),
            drawn_chances(self.chances * len(words), self.seed, draw),
        )

    def fingerprint(self) -> int:
        """A checksum of the words and the trees."""
        checksum = 0
        for part in (self.form, self.tag, *self.forms, *self.tags, *self.trees):
            checksum = zlib.crc32(np.ascontiguousarray(part).tobytes(), checksum)
        return checksum


def drawn_chances(count: int, seed: int, draw: int | None) -> Float32[np.ndarray, " chances"]:
    """Random numbers for the step ``draw`` of a training; none where a model is measured."""
    rng = stream(seed, "explore", draw or 0)
    return rng.random(0 if draw is None else count, dtype=np.float32)


def encoded(
    symbols: Symbols,
    sentences: Sequence[Sentence],
    trees: Trees,
    *,
    seed: int = 0,
    chances: int = 0,
) -> EncodedSentences:
    """Sentences as numbers; each different form and combination of tags is spelled once."""
    forms, form = numbered_forms(sentences)
    tags: dict[tuple[str, str, str], int] = {}
    tag = [
        tags.setdefault(tag_of(word), len(tags))
        for sentence in sentences
        for word in sentence.words
    ]
    return EncodedSentences(
        sentences,
        symbols.forms.spelled(forms),
        symbols.tagged(list(tags)),
        form,
        np.array(tag, dtype=np.int32),
        bounds_of(sentences),
        trees,
        seed,
        chances,
    )
