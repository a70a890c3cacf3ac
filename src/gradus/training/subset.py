"""Some of the examples of a data set, as a data set."""

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from gradus.core.seeding import stream
from gradus.training.objective import Dataset, Sampling


@dataclass(frozen=True)
class Subset:
    """The examples ``chosen`` of ``data``, in that order."""

    data: Dataset
    chosen: Int[np.ndarray, " chosen"]

    @property
    def sizes(self) -> Int[np.ndarray, " chosen"]:
        """How long each chosen example is."""
        return self.data.sizes[self.chosen]

    def batch(self, indices: Int[np.ndarray, " batch"], *, draw: int | None = None) -> Any:
        """Stack some of the chosen examples."""
        return self.data.batch(self.chosen[indices], draw=draw)

    def fingerprint(self) -> int:
        """A checksum of the data and the choice."""
        return zlib.crc32(self.chosen.astype("<i8").tobytes(), self.data.fingerprint())


def sample(data: Dataset, size: int, seed: int) -> Dataset:
    """``size`` examples drawn without repetition, in their order; all if there are no more.

    Data that samples itself (:class:`~gradus.training.objective.Sampling`) is asked.
    """
    if isinstance(data, Sampling):
        return data.sample(size, seed)
    count = len(data.sizes)
    if count <= size:
        return data
    return Subset(data, np.sort(stream(seed, "sample").permutation(count)[:size]))
