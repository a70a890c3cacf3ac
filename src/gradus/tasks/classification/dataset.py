"""Texts as numbers, one after the other in one array, and batches of them."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int

from gradus.core.seeding import stream
from gradus.tasks.classification.batch import TextBatch
from gradus.text.tokenized import TokenizedTexts
from gradus.training.augmentation import Transform


@dataclass(frozen=True)
class Ragged:
    """Rows of different lengths: row ``i`` is ``values[bounds[i]:bounds[i + 1]]``."""

    values: Int[np.ndarray, " values"]
    bounds: Int[np.ndarray, " bounds"]

    @classmethod
    def of(cls, rows: Sequence[Int[np.ndarray, " _"]]) -> "Ragged":
        """Put rows behind each other."""
        bounds = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        return cls(np.concatenate([np.zeros(0, np.int32), *rows]).astype(np.int32), bounds)

    @classmethod
    def empty(cls, rows: int) -> "Ragged":
        """So many rows without a value."""
        return cls(np.zeros(0, np.int32), np.zeros(rows + 1, np.int64))

    @property
    def lengths(self) -> Int[np.ndarray, " rows"]:
        """Values in each row."""
        return np.diff(self.bounds)

    def take(
        self, indices: Int[np.ndarray, " chosen"]
    ) -> tuple[Int[np.ndarray, " values"], Int[np.ndarray, " chosen"]]:
        """The values of some rows, one after the other, and where each row begins.

        >>> values, starts = Ragged.of([np.array([4, 5]), np.array([6])]).take(np.array([1, 0]))
        >>> values.tolist(), starts.tolist()
        ([6, 4, 5], [0, 1])
        """
        lengths = self.lengths[indices]
        starts = np.cumsum(lengths) - lengths
        shift = np.repeat(self.bounds[indices] - starts, lengths)
        return self.values[shift + np.arange(len(shift))], starts

    def padded(
        self, indices: Int[np.ndarray, " chosen"], limit: int | None
    ) -> tuple[Int[np.ndarray, "chosen longest"], Int[np.ndarray, " chosen"]]:
        """Some rows side by side, padded with 0, and their lengths.

        Of a row longer than ``limit`` its first and its last half are kept: a review says its
        verdict at its ends.

        >>> Ragged.of([np.array([4, 5, 6, 7]), np.array([8])]).padded(np.array([0, 1]), 3)
        (array([[4, 6, 7],
               [8, 0, 0]]), array([3, 1]))
        """
        whole = self.lengths[indices]
        lengths = whole if limit is None else np.minimum(whole, limit)
        columns = np.arange(max(1, int(lengths.max(initial=0))))
        cut = (whole - lengths)[:, None]
        places = self.bounds[indices][:, None] + columns
        if limit is not None:
            places += np.where(columns >= limit // 2, cut, 0)
        real = columns < lengths[:, None]
        table = np.zeros(real.shape, dtype=np.int64)
        table[real] = self.values[places[real]]
        return table, lengths


@dataclass(frozen=True)
class EncodedTexts:
    """Texts as word numbers for an encoder and as features for the scores of sequences."""

    words: Ragged
    features: Ragged
    labels: Int[np.ndarray, " texts"]
    max_tokens: int | None

    @property
    def sizes(self) -> Int[np.ndarray, " texts"]:
        """Words of each text that an encoder reads, else features."""
        lengths = self.words.lengths if len(self.words.values) else self.features.lengths
        return lengths if self.max_tokens is None else np.minimum(lengths, self.max_tokens)

    def batch(self, indices: Int[np.ndarray, " batch"], *, draw: int | None = None) -> TextBatch:
        """Stack the chosen texts."""
        ids, lengths = self.words.padded(indices, self.max_tokens)
        features, starts = self.features.take(indices)
        return TextBatch(
            *map(torch.from_numpy, (ids, lengths, features, starts, self.labels[indices]))
        )

    def fingerprint(self) -> int:
        """A checksum of everything."""
        checksum = 0
        for part in (self.words, self.features):
            checksum = zlib.crc32(part.values.astype("<i4").tobytes(), checksum)
            checksum = zlib.crc32(part.bounds.astype("<i8").tobytes(), checksum)
        return zlib.crc32(self.labels.astype("<i8").tobytes(), checksum)


@dataclass(frozen=True)
class AugmentedTexts:
    """Texts that look a little different each time they are trained on."""

    plain: EncodedTexts
    tokens: TokenizedTexts
    encode: Callable[[Sequence[Sequence[str]], Int[np.ndarray, " texts"]], EncodedTexts]
    transform: Transform
    seed: int

    @property
    def sizes(self) -> Int[np.ndarray, " texts"]:
        """The sizes of the texts as they are written."""
        return self.plain.sizes

    def batch(self, indices: Int[np.ndarray, " batch"], *, draw: int | None = None) -> TextBatch:
        """The chosen texts; transformed while training, when ``draw`` numbers the step."""
        if draw is None:
            return self.plain.batch(indices)
        rng = stream(self.seed, "augment", draw)
        changed = [self.transform(self.tokens[index], rng=rng) for index in indices.tolist()]
        return self.encode(changed, self.plain.labels[indices]).batch(np.arange(len(changed)))

    def fingerprint(self) -> int:
        """A checksum of the texts as they are written."""
        return self.plain.fingerprint()
