"""What makes trees of a network's answers; graphs and transitions each have their own."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int32

from gradus.tasks.parsing.dataset import ParserBatch
from gradus.tasks.parsing.targets import Heads
from gradus.tasks.parsing.transition_network import Parsed


class Ranked(NamedTuple):
    """One of the likeliest parses of a sentence."""

    heads: Heads
    labels: Int32[np.ndarray, " words"]
    total: float  # the logarithm of its probability


class Decoder(ABC):
    """Trees of a batch of sentences, with labels as numbers."""

    @abstractmethod
    def trees(
        self, batch: ParserBatch, *, given: Sequence[Heads] | None = None, sure: bool = False
    ) -> Parsed:
        """The best trees that have the heads of ``given`` which are not -1.

        With ``sure`` each arc has its probability.
        """

    @abstractmethod
    def best(self, batch: ParserBatch, k: int) -> list[Ranked]:
        """About ``k`` of the likeliest parses of the only sentence of a batch, in any order."""
