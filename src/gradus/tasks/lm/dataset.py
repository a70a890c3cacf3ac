"""Texts as windows for truncated backpropagation: streams that go on from batch to batch."""

import heapq
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from gradus.core.seeding import stream
from gradus.nn.losses import IGNORED
from gradus.tasks.lm.spelling import EncodedText

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

    Documents are dealt out to the streams in their order; one that is longer than its share is cut
    into as many parts, and each begins as a document does. No window reaches over the end of a
    document. Example ``s * streams + b`` is the window of stream b in batch s, so a run goes
    through them in order. While training, the cuts move a little with each epoch.

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
        starts, ends = self._cuts(np.arange(self.batches * self.streams), self._moves(None))
        return ends - starts

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return len(self._plan.piece)

    def order(self, epoch: int, rng: np.random.Generator) -> Int[np.ndarray, " examples"]:
        """All windows, in the order of the text."""
        return np.arange(self.batches * self.streams)

    def batch(self, indices: Int[np.ndarray, " batch"], *, draw: int | None = None) -> TokenBatch:
        """The windows ``indices``; step ``draw`` of a run says in which epoch it is."""
        starts, ends = self._cuts(indices, self._moves(draw))
        tokens = np.full((len(indices), max(1, int((ends - starts).max()))), IGNORED, np.int64)
        for row, start, end in zip(tokens, starts.tolist(), ends.tolist(), strict=True):
            row[: end - start] = self.text.ids[start:end]
        fresh = self._plan.part[self._places(indices)] == 0
        return TokenBatch(
            torch.from_numpy(tokens),
            torch.from_numpy(indices % self.streams),
            torch.from_numpy(fresh),
        )

    def fingerprint(self) -> int:
        """A checksum of the text, its documents and how it is cut."""
        shape = np.array([self.streams, self.steps], dtype="<i8").tobytes()
        bounds = zlib.crc32(self.text.bounds.astype("<i8").tobytes(), zlib.crc32(shape))
        return zlib.crc32(self.text.ids.astype("<i4").tobytes(), bounds)

    def _places(
        self, indices: Int[np.ndarray, " batch"]
    ) -> tuple[Int[np.ndarray, " batch"], Int[np.ndarray, " batch"]]:
        return indices // self.streams, indices % self.streams

    def _cuts(
        self, indices: Int[np.ndarray, " batch"], moves: Int[np.ndarray, " cuts"]
    ) -> tuple[Int[np.ndarray, " batch"], Int[np.ndarray, " batch"]]:
        """Where windows begin and end in the text, with the cut before each batch moved.

        All streams that go on take as many tokens of a batch, so that none carries padding.
        """
        plan, places = self._plan, self._places(indices)
        part, (begins, ends) = plan.part[places], plan.pieces[plan.piece[places]].T
        first = places[0] - part  # the batch in which the piece begins
        last = -(-(ends - begins) // self.steps)
        cuts = []
        for number in (part, part + 1):
            moved = moves[first + number] - moves[first]
            inside = np.minimum(begins + number * self.steps + moved, ends)
            cuts.append(np.where(number >= last, ends, inside))
        empty = part < 0
        return np.where(empty, 0, cuts[0]), np.where(empty, 0, cuts[1])

    def _moves(self, draw: int | None) -> Int[np.ndarray, " cuts"]:
        """By how many tokens the cut before each batch moves in the epoch of step ``draw``."""
        if draw is None:
            return np.zeros(self.batches + 1, dtype=np.int64)
        rng = stream(self.seed, "cuts", (draw - 1) // self.batches)
        reach = int(JITTER * self.steps)
        return rng.integers(-reach, reach, self.batches + 1, endpoint=True)

    @cached_property
    def _plan(self) -> "_Plan":
        return _deal(self.text.bounds, self.streams, self.steps)


class _Plan(NamedTuple):
    """Which part of which piece of text each stream reads in each batch; part -1 is none."""

    pieces: Int[np.ndarray, "pieces 2"]
    piece: Int[np.ndarray, "batches streams"]
    part: Int[np.ndarray, "batches streams"]


def _deal(bounds: Int[np.ndarray, " bounds"], streams: int, steps: int) -> _Plan:
    """Deal pieces of documents to the stream that is the first to be free."""
    share = max(1, -(-int(bounds[-1]) // streams))
    pieces = np.concatenate(
        [
            _cut_evenly(start, end, -(-(end - start) // share))
            for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
        ]
    )
    parts = -(-(pieces[:, 1] - pieces[:, 0]) // steps)
    free = [(0, number) for number in range(streams)]
    rows = []
    for number, length in enumerate(parts.tolist()):
        begin, column = heapq.heappop(free)
        rows.append((begin, column, number, length))
        heapq.heappush(free, (begin + length, column))
    batches = max(begin for begin, _ in free)
    piece = np.zeros((batches, streams), dtype=np.int64)
    part = np.full((batches, streams), -1, dtype=np.int64)
    for begin, column, number, length in rows:
        piece[begin : begin + length, column] = number
        part[begin : begin + length, column] = np.arange(length)
    return _Plan(pieces, piece, part)


def _cut_evenly(start: int, end: int, parts: int) -> Int[np.ndarray, "parts 2"]:
    cuts = start + np.rint(np.arange(parts + 1) * (end - start) / parts).astype(np.int64)
    return np.stack([cuts[:-1], cuts[1:]], axis=1)
