"""The network of an analyzer: that of a tagger, and trees scored from the same states of words."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gradus.pipeline.analyzer.dataset import AnalyzerBatch
from gradus.pipeline.analyzer.settings import AnalyzerConfig
from gradus.tasks.base.words.batches import real_words
from gradus.tasks.base.words.symbols import FormSymbols
from gradus.tasks.parsing.classes import Classes
from gradus.tasks.parsing.graph_network import GraphScorer
from gradus.tasks.parsing.scored_graph import Graph
from gradus.tasks.parsing.transition_network import TransitionScorer
from gradus.tasks.tagging.labels import Labels
from gradus.tasks.tagging.network import TaggerNetwork


class AnalyzerNetwork(TaggerNetwork):
    """One reader and one context for all columns, and for one of two scorers of trees.

    Its reader has the names of a tagger's, so that both can share a file of frozen vectors.
    """

    def __init__(
        self,
        config: AnalyzerConfig,
        symbols: FormSymbols,
        labels: Sequence[Labels],
        relations: int,
        classes: Classes | None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(config, symbols, labels, generator)
        width = self.context.width
        self.transitions: TransitionScorer | None = None
        self.graph: GraphScorer | None = None
        if classes is None:
            self.graph = GraphScorer(config, width=width, labels=relations)
        else:
            self.transitions = TransitionScorer(
                config,
                width=width,
                tag_width=0,
                labels=relations,
                classes=classes,
                parts=self.reader.parts,
                generator=generator,
            )

    def tree_loss(
        self, states: Float[Tensor, "batch time width"], batch: AnalyzerBatch
    ) -> Float[Tensor, ""]:
        """The mean loss of the trees of a batch, from its states."""
        known = KnownStates(self, states)
        if self.graph is not None:
            return known.arc_scores(batch).loss(batch)
        assert self.transitions is not None
        return self.transitions.loss(known.products(batch), batch)


@dataclass(frozen=True)
class KnownStates:
    """A network whose states of a batch have been computed, as decoders of trees ask it."""

    network: AnalyzerNetwork
    states: Float[Tensor, "batch time width"]

    @property
    def transitions(self) -> TransitionScorer | None:
        """What scores transitions, where arcs are not."""
        return self.network.transitions

    def arc_scores(self, batch: AnalyzerBatch) -> Graph:
        """The scores of all arcs of the batch."""
        assert self.network.graph is not None
        return self.network.graph(self.states, torch.from_numpy(batch.lengths))

    def products(self, batch: AnalyzerBatch) -> Float[Tensor, "nodes products"]:
        """The products of every node of the batch with every position."""
        assert self.transitions is not None
        words = self.states[real_words(torch.from_numpy(batch.lengths))]
        # tags are said, not read: they have no products
        return self.transitions.products(words, words[:0, :0], batch.form)
