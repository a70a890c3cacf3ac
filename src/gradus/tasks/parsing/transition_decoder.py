"""Trees by transitions: the likeliest at each step, or a beam of them."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int32

from gradus.tasks.parsing.decoder import B, Decoder, Ranked, Scoring
from gradus.tasks.parsing.targets import Heads
from gradus.tasks.parsing.transition_network import Parsed, Products, batch_rows

#: Hypotheses of a beam for each parse that is asked for.
BEAM = 4

#: The head of the root, which is nobody's.
ROOT = -1


class TransitionDecoder(Decoder[B]):
    """The trees that a classifier of transitions builds, one parse or a ``beam`` at a time."""

    def __init__(self, network: Scoring[B], beam: int = 1) -> None:
        assert network.transitions is not None
        self._network, self._scorer, self._beam = network, network.transitions, beam

    def trees(
        self, batch: B, *, given: Sequence[Heads] | None = None, sure: bool = False
    ) -> Parsed:
        """From left to right, never back."""
        products, rows = self.products(batch)
        wanted = side_by_side(given)
        return self._scorer.parse(
            products, rows, batch.lengths, given=wanted, sure=sure, beam=self._beam
        )

    def best(self, batch: B, k: int) -> list[Ranked]:
        """What a beam ends with; different transitions may have led to one tree."""
        products, rows = self.products(batch)
        return [Ranked(*found) for found in self._scorer.beam(
            products, rows, int(batch.lengths.sum()), BEAM * k
        )]  # fmt: skip

    @torch.no_grad()
    def products(self, batch: B) -> tuple[Products, Int32[np.ndarray, "2 nodes"]]:
        """What scores are sums of, and the rows of the nodes of the sentences."""
        return Products.of(self._network.products(batch)), batch_rows(batch.lengths)


def side_by_side(given: Sequence[Heads] | None) -> Int32[np.ndarray, " nodes"] | None:
    """Heads to keep as compiled code reads them: n + 1 nodes a sentence, the root first.

    >>> side_by_side([np.array([2, -1], np.int32), np.array([0], np.int32)]).tolist()
    [-1, 2, -1, -1, 0]
    """
    if not given:
        return None
    return np.concatenate([[ROOT, *heads] for heads in given]).astype(np.int32)
