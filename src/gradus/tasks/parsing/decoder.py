"""What makes trees of a network's answers; graphs and transitions each have their own."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Float, Int32
from torch import Tensor

from gradus.tasks.parsing.dataset import TreeBatch
from gradus.tasks.parsing.scored_graph import Graph
from gradus.tasks.parsing.targets import Heads
from gradus.tasks.parsing.transition_network import Parsed, TransitionScorer

B = TypeVar("B", bound=TreeBatch, contravariant=True)


class Ranked(NamedTuple):
    """One of the likeliest parses of a sentence."""

    heads: Heads
    labels: Int32[np.ndarray, " words"]
    total: float  # the logarithm of its probability


@runtime_checkable
class ArcScoring(Protocol[B]):
    """What scores all arcs of a batch."""

    def arc_scores(self, batch: B) -> Graph:
        """The scores of all arcs of a batch."""


@runtime_checkable
class Scoring(ArcScoring[B], Protocol[B]):
    """A network that scores all arcs of a batch, or the transitions that build its trees."""

    @property
    def transitions(self) -> TransitionScorer | None:
        """What scores transitions; without it all arcs are scored."""

    def products(self, batch: B) -> Float[Tensor, "nodes products"]:
        """The products of every node of a batch with every position."""


class Decoder(ABC, Generic[B]):
    """Trees of a batch of sentences, with labels as numbers."""

    @abstractmethod
    def trees(
        self, batch: B, *, given: Sequence[Heads] | None = None, sure: bool = False
    ) -> Parsed:
        """The best trees that have the heads of ``given`` which are not -1.

        With ``sure`` each arc has its probability.
        """

    @abstractmethod
    def best(self, batch: B, k: int) -> list[Ranked]:
        """About ``k`` of the likeliest parses of the only sentence of a batch, in any order."""
