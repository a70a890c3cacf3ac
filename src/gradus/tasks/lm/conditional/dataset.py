"""Pairs as numbers, and batches of them."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from gradus.nn.masks import step_mask
from gradus.tasks.lm.conditional.pairs import Pairs
from gradus.tasks.lm.conditional.symbols import END, Symbols


class PairBatch(NamedTuple):
    """Sources and targets, padded with 0; the end belongs to a target, and is 0 too."""

    source: Int[Tensor, "batch time"]
    source_lengths: Int[Tensor, " batch"]
    target: Int[Tensor, "batch steps"]
    target_lengths: Int[Tensor, " batch"]

    @property
    def before(self) -> Int[Tensor, "batch steps"]:
        """What stands before each symbol of the targets; before the first one the end."""
        first = self.target.new_full((len(self.target), 1), END)
        return torch.cat([first, self.target[:, :-1]], 1)

    @property
    def real(self) -> Bool[Tensor, "batch steps"]:
        """Which steps of the targets count."""
        return step_mask(self.target_lengths, self.target.shape[1])


@dataclass(frozen=True)
class EncodedPairs:
    """Pairs as the numbers of their symbols; the end is not among them."""

    sources: Sequence[Int[np.ndarray, " _"]]
    targets: Sequence[Int[np.ndarray, " _"]]

    @classmethod
    def of(cls, pairs: Pairs, source: Symbols, target: Symbols) -> "EncodedPairs":
        """Number the symbols of pairs."""
        return cls(
            [source.numbers(text) for text in pairs.sources],
            [target.numbers(text) for text in pairs.targets],
        )

    @property
    def sizes(self) -> Int[np.ndarray, " pairs"]:
        """Symbols of both sides of each pair."""
        pairs = zip(self.sources, self.targets, strict=True)
        return np.array([len(source) + len(target) for source, target in pairs])

    def batch(self, indices: Int[np.ndarray, " batch"], *, draw: int | None = None) -> PairBatch:
        """Stack the chosen pairs."""
        chosen = indices.tolist()
        targets = [np.append(self.targets[index], END) for index in chosen]
        return PairBatch(*stacked([self.sources[index] for index in chosen]), *stacked(targets))

    def fingerprint(self) -> int:
        """A checksum of all symbols and lengths."""
        checksum = 0
        for rows in (self.sources, self.targets):
            lengths = np.array([len(row) for row in rows])
            for part in (lengths, np.concatenate(rows)):
                checksum = zlib.crc32(part.astype("<i8").tobytes(), checksum)
        return checksum


def stacked(
    rows: Sequence[Int[np.ndarray, " _"]],
) -> tuple[Int[Tensor, "batch time"], Int[Tensor, " batch"]]:
    """Rows side by side, padded with 0, and their lengths.

    >>> [tensor.tolist() for tensor in stacked([np.array([4, 5]), np.array([6])])]
    [[[4, 5], [6, 0]], [2, 1]]
    """
    padded = pad_sequence([torch.from_numpy(row) for row in rows], batch_first=True)
    return padded, torch.tensor([len(row) for row in rows])
