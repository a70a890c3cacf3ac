"""Sentences as a text to learn from: stretches of it, and where its tokens and sentences end."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from jaxtyping import Int64

from gradus.core.seeding import stream
from gradus.nn.losses import IGNORED
from gradus.tasks.tagging.tokenization.building import (
    INSIDE,
    MULTIWORD,
    MULTIWORD_SENTENCE,
    SENTENCE,
    TOKEN,
)
from gradus.tasks.tagging.tokenization.network import TokenizerBatch
from gradus.tasks.tagging.tokenization.numbers import TextNumbers
from gradus.tasks.tagging.tokenization.segments import Segment
from gradus.text.document import Sentence
from gradus.text.spacing import RawText


@dataclass(frozen=True)
class LabelledText:
    """A text as numbers with its labels; an example is a stretch of one of its segments.

    While training a stretch begins somewhere near its place, elsewhere each time, so that neither
    its first nor its last piece says where a sentence ends.
    """

    sentences: Sequence[Sentence]
    parts: Sequence[Segment]
    numbers: TextNumbers
    right: Int64[np.ndarray, "pieces columns"]  # labels, and the tags to learn beside them
    stretch: int  # pieces of an example
    seed: int
    encode: Callable[[Sequence[Sentence]], "LabelledText"]  # for other sentences
    places: Int64[np.ndarray, "examples 4"] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", stretches(self.numbers.bounds, self.stretch))

    @property
    def labels(self) -> Int64[np.ndarray, " pieces"]:
        """What each piece is the end of."""
        return self.right[:, 0]

    @property
    def sizes(self) -> Int64[np.ndarray, " examples"]:
        """The number of pieces of each stretch."""
        return self.places[:, 1] - self.places[:, 0]

    def batch(
        self, indices: Int64[np.ndarray, " batch"], *, draw: int | None = None
    ) -> TokenizerBatch:
        """Stack the chosen stretches, moved at random while training."""
        starts, stops, first, end = self.places[indices].T
        if draw is not None:
            rng = stream(self.seed, "phase", draw)
            lengths = np.minimum(self.stretch, end - first)
            shifts = rng.integers(-self.stretch // 2, self.stretch // 2 + 1, len(indices))
            starts = np.clip(starts + shifts, first, end - lengths)
            stops = starts + lengths
        return self.numbers.stack(starts, stops, self.right)

    def sample(self, size: int, seed: int) -> "LabelledText":
        """Sentences in a row that make up about ``size`` stretches; all if there are fewer."""
        if len(self.places) <= size:
            return self
        count = max(1, size * len(self.sentences) // len(self.places))
        begin = int(stream(seed, "sample").integers(len(self.sentences) - count + 1))
        return self.encode(self.sentences[begin : begin + count])

    def fingerprint(self) -> int:
        """A checksum of the features and the labels."""
        checksum = zlib.crc32(np.ascontiguousarray(self.numbers.table[self.numbers.rows]).tobytes())
        for part in (self.numbers.gaps, self.numbers.bounds, self.right):
            checksum = zlib.crc32(np.ascontiguousarray(part).tobytes(), checksum)
        return checksum


def stretches(bounds: Int64[np.ndarray, " ends"], length: int) -> Int64[np.ndarray, "examples 4"]:
    """Start and stop of each stretch, and those of its segment.

    >>> stretches(np.array([0, 2, 7]), 3).tolist()
    [[0, 2, 0, 2], [2, 5, 2, 7], [5, 7, 2, 7]]
    """
    rows = [
        (start, min(start + length, end), begin, end)
        for begin, end in pairwise(bounds.tolist())
        for start in range(begin, end, length)
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def gold_labels(
    raw: RawText, parts: Sequence[Segment], tags: Int64[np.ndarray, "tokens columns"]
) -> Int64[np.ndarray, "pieces more"]:
    """What each piece of a text is the end of, beside the tags of the token that it ends.

    A token that ends inside a piece is lost.
    """
    kinds = np.where(
        raw.multiword,
        np.where(raw.last, MULTIWORD_SENTENCE, MULTIWORD),
        np.where(raw.last, SENTENCE, TOKEN),
    )
    ends = _ends(parts)
    place = np.searchsorted(raw.ends, ends)
    place[place == len(raw.ends)] = 0
    found = (raw.ends[place] == ends) if len(raw.ends) else np.zeros(len(ends), bool)
    labels = np.where(found, kinds[place], INSIDE)
    return np.column_stack([labels, np.where(found[:, None], tags[place], IGNORED)])


def _ends(parts: Sequence[Segment]) -> Int64[np.ndarray, " pieces"]:
    """Where each piece ends in the text."""
    steps = [
        length
        for part in parts
        for form, gap in zip(part.forms, part.gaps, strict=True)
        for length in (len(form), len(gap))
    ]
    lead = len(parts[0].lead) if parts else 0
    return lead + np.cumsum(steps, dtype=np.int64)[::2]
