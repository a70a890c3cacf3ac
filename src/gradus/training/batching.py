"""Which examples make up each step of an epoch: shuffled, of about one length, in the right order.

The plan of an epoch follows from the seed and the number of the epoch alone, so a resumed run finds
the same one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from gradus.core.seeding import stream

#: Batches that are cut from one pool of examples sorted by length. More would pad less, but mix
#: less: the same examples would meet again and again.
POOL = 50

#: Gives the examples that an epoch draws from, in random order.
Order = Callable[[int, np.random.Generator], Int[np.ndarray, " examples"]]


@dataclass(frozen=True)
class Batches:
    """The batches of every epoch over examples of these ``sizes``."""

    sizes: Int[np.ndarray, " examples"]
    batch_size: int
    bucket: bool
    seed: int
    order: Order | None = None  # a curriculum; by default all examples, shuffled

    def plan(self, epoch: int) -> list[Int[np.ndarray, " batch"]]:
        """Index arrays of one epoch's batches; every example of the order is in one of them.

        >>> plan = Batches(np.array([5, 1, 5, 1]), 2, bucket=True, seed=1).plan(1)
        >>> sorted(sorted(batch.tolist()) for batch in plan)
        [[0, 2], [1, 3]]
        """
        rng = stream(self.seed, "order", epoch)
        order = self.order(epoch, rng) if self.order else rng.permutation(len(self.sizes))
        if not self.bucket:
            return _cut(order, self.batch_size)
        pools = _cut(order, self.batch_size * POOL)
        batches = [batch for pool in pools for batch in self._by_size(pool)]
        return [batches[place] for place in rng.permutation(len(batches))]

    def steps(self, epochs: int) -> int:
        """How many batches so many epochs have."""
        if self.order:  # a curriculum may begin with a part of the examples
            return sum(len(self.plan(epoch)) for epoch in range(1, epochs + 1))
        return epochs * -(-len(self.sizes) // self.batch_size)

    def _by_size(self, pool: Int[np.ndarray, " pool"]) -> list[Int[np.ndarray, " batch"]]:
        return _cut(pool[np.argsort(self.sizes[pool], kind="stable")], self.batch_size)


def in_order(
    sizes: Int[np.ndarray, " examples"], batch_size: int
) -> list[Int[np.ndarray, " batch"]]:
    """Batches for evaluation: every example once, longest first, so that memory fails early.

    >>> [batch.tolist() for batch in in_order(np.array([1, 3, 2]), 2)]
    [[1, 2], [0]]
    """
    return _cut(np.argsort(-sizes, kind="stable"), batch_size)


def split(batch: Int[np.ndarray, " batch"], parts: int) -> list[Int[np.ndarray, " part"]]:
    """A batch in ``parts`` of about one size; in fewer if it has fewer examples.

    >>> [part.tolist() for part in split(np.arange(5), 2)]
    [[0, 1, 2], [3, 4]]
    """
    return [batch] if parts == 1 else np.array_split(batch, min(parts, len(batch)))


def _cut(order: Int[np.ndarray, " examples"], size: int) -> list[Int[np.ndarray, " batch"]]:
    return [order[start : start + size] for start in range(0, len(order), size)]
