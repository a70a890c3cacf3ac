"""Texts as windows for truncated backpropagation: streams that go on from batch to batch."""

import heapq
import zlib
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from gradus.core.seeding import stream
from gradus.nn.losses import IGNORED
from gradus.tasks.lm.spelling import EncodedText

#: Streams that a text is cut into where it is measured while training, and tokens of each at a
#: time: faster than one stream, and a little worse at their starts.
LOOK_STREAMS, LOOK_STEPS = 16, 128

#: How far a cut between two windows moves from epoch to epoch, in windows, to either side.
JITTER = 0.25


class TokenBatch(NamedTuple):
    """Stretches of text, one a row; each goes on where the same stream stopped before."""

    tokens: Int[Tensor, "batch time"]  # IGNORED behind the end of a stretch
    streams: Int[Tensor, " batch"]
    fresh: Bool[Tensor, " batch"]  # whether a document begins, so that nothing is carried


@dataclass(frozen=True, eq=False)
class Windows:
    """A text in ``streams`` that are read side by side, ``steps`` tokens of each in a batch.

    Documents are dealt out in their order, each to the stream that is free first; one that is
    longer than its share is cut into as many parts, and each begins as a document does. No window
    reaches over the end of a document. Example ``s * streams + b`` of an epoch is the window of
    stream b in batch s, so a run goes through them in order. While training, the cuts move a little
    with each epoch, those of all streams alike.

    >>> text = EncodedText(np.arange(10, dtype=np.int32), np.array([0, 7, 10]), 0)
    >>> windows = Windows(text, streams=2, steps=3)
    >>> [windows.batch(np.array([s * 2, s * 2 + 1])).tokens.tolist() for s in range(2)]
    [[[0, 1, 2], [4, 5, 6]], [[3, -100, -100], [7, 8, 9]]]
    """

    text: EncodedText
    streams: int
    steps: int
    seed: int = 1

    @cached_property
    def sizes(self) -> Int[np.ndarray, " examples"]:
        """Tokens of every window, as long as the cuts have not moved."""
        plan = self._plan(None)
        return (plan.ends - plan.starts).ravel()

    def batches(self, epoch: int) -> int:
        """Batches in an epoch, counted from 1; they differ by a few, as the cuts move."""
        return len(self._plan(epoch).starts)

    def order(self, epoch: int, rng: np.random.Generator) -> Int[np.ndarray, " examples"]:
        """All windows of an epoch, in the order of the text."""
        return np.arange(self.batches(epoch) * self.streams)

    def batch(self, indices: Int[np.ndarray, " batch"], *, draw: int | None = None) -> TokenBatch:
        """The windows ``indices`` of the epoch in which step ``draw`` of a run lies."""
        plan = self._plan(None if draw is None else self._epoch_of(draw))
        places = indices // self.streams, indices % self.streams
        starts, ends = plan.starts[places], plan.ends[places]
        tokens = np.full((len(indices), max(1, int((ends - starts).max()))), IGNORED, np.int64)
        for row, start, end in zip(tokens, starts.tolist(), ends.tolist(), strict=True):
            row[: end - start] = self.text.ids[start:end]
        return TokenBatch(
            torch.from_numpy(tokens),
            torch.from_numpy(places[1]),
            torch.from_numpy(plan.fresh[places]),
        )

    def sample(self, size: int, seed: int) -> "Windows":
        """A stretch of the text of about ``size`` windows, read as a dev text is."""
        length = min(size * self.steps, len(self.text))
        start = int(stream(seed, "sample").integers(len(self.text) - length + 1))
        inside = self.text.bounds - start
        inside = inside[(inside > 0) & (inside < length)]
        bounds = np.concatenate([[0], inside, [length]])
        ids = self.text.ids[start : start + length]
        return to_look_at(EncodedText(ids, bounds, characters=0))

    def fingerprint(self) -> int:
        """A checksum of the text, its documents and how it is cut."""
        shape = np.array([self.streams, self.steps], dtype="<i8").tobytes()
        bounds = zlib.crc32(self.text.bounds.astype("<i8").tobytes(), zlib.crc32(shape))
        return zlib.crc32(self.text.ids.astype("<i4").tobytes(), bounds)

    def _epoch_of(self, step: int) -> int:
        """The epoch in which a step of a run lies; both are counted from 1."""
        ends = self._last_steps
        while not ends or ends[-1] < step:
            ends.append((ends[-1] if ends else 0) + self.batches(len(ends) + 1))
        return bisect_left(ends, step) + 1

    @cached_property
    def _last_steps(self) -> list[int]:
        """The last step of each epoch, as far as was asked for."""
        return []

    def _plan(self, epoch: int | None) -> "_Plan":
        """What every stream reads in every batch of an epoch; None: the cuts have not moved."""
        kept = self._plans
        if epoch not in kept:
            if len(kept) > 1:  # the one without moves and the present one are enough
                kept.pop(max(key or 0 for key in kept))
            kept[epoch] = _deal(self._pieces, self.streams, self._lengths(epoch))
        return kept[epoch]

    @cached_property
    def _plans(self) -> "dict[int | None, _Plan]":
        return {}

    @cached_property
    def _pieces(self) -> Int[np.ndarray, "pieces 2"]:
        """Where documents, or parts of long ones, begin and end."""
        bounds = self.text.bounds
        share = max(1, -(-int(bounds[-1]) // self.streams))
        return np.concatenate(
            [
                _cut_evenly(start, end, -(-(end - start) // share))
                for start, end in pairwise(bounds.tolist())
            ]
        )

    def _lengths(self, epoch: int | None) -> Int[np.ndarray, " batches"]:
        """Tokens that a stream reads in each batch, for more batches than there can be."""
        pieces = self._pieces
        most = 2 + int((2 * (pieces[:, 1] - pieces[:, 0]) // self.steps + 2).sum())
        if epoch is None:
            return np.full(most, self.steps)
        reach = int(JITTER * self.steps)
        rng = stream(self.seed, "cuts", epoch)
        moves = rng.integers(-reach, reach, most + 1, endpoint=True)
        return self.steps + np.diff(moves)


def to_look_at(text: EncodedText) -> Windows:
    """A text in the streams in which it is measured while training."""
    return Windows(text, LOOK_STREAMS, LOOK_STEPS)


class _Plan(NamedTuple):
    """The windows of an epoch; an empty one where a stream has nothing left."""

    starts: Int[np.ndarray, "batches streams"]
    ends: Int[np.ndarray, "batches streams"]
    fresh: Bool[np.ndarray, "batches streams"]


def _deal(
    pieces: Int[np.ndarray, "pieces 2"], streams: int, lengths: Int[np.ndarray, " batches"]
) -> _Plan:
    """Deal pieces to the stream that is the first to be free; all read as much of a batch.

    So nobody who goes on waits for others at padding, which would be carried.
    """
    reached = np.concatenate([[0], np.cumsum(lengths)])
    free = [(0, number) for number in range(streams)]
    dealt = []
    for start, end in pieces.tolist():
        first, column = heapq.heappop(free)
        after = int(np.searchsorted(reached, reached[first] + end - start))
        dealt.append((first, after, column, start, end))
        heapq.heappush(free, (after, column))
    batches = max(first for first, _ in free)
    starts, ends = np.zeros((2, batches, streams), dtype=np.int64)
    fresh = np.ones((batches, streams), dtype=bool)
    for first, after, column, start, end in dealt:
        cuts = start + reached[first : after + 1] - reached[first]
        starts[first:after, column] = cuts[:-1]
        ends[first:after, column] = np.minimum(cuts[1:], end)
        fresh[first + 1 : after, column] = False
    return _Plan(starts, ends, fresh)


def _cut_evenly(start: int, end: int, parts: int) -> Int[np.ndarray, "parts 2"]:
    cuts = start + np.rint(np.arange(parts + 1) * (end - start) / parts).astype(np.int64)
    return np.stack([cuts[:-1], cuts[1:]], axis=1)
