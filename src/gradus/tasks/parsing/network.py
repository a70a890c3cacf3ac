"""The whole network of a parser: words are read, told of their neighbours, and made into trees."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.nn.contexts import CONTEXTS, NoContext
from gradus.nn.dropout import LockedDropout
from gradus.tasks.base.words.batches import real_words, side_by_side
from gradus.tasks.base.words.reader import FormReader
from gradus.tasks.parsing.classes import Classes
from gradus.tasks.parsing.dataset import ParserBatch
from gradus.tasks.parsing.graph_network import GraphScorer
from gradus.tasks.parsing.reading import TagReader
from gradus.tasks.parsing.scored_graph import Graph, MeanGraph
from gradus.tasks.parsing.settings import ParserConfig
from gradus.tasks.parsing.symbols import Symbols
from gradus.tasks.parsing.transition_network import TransitionScorer


class ParserNetwork(nn.Module):
    """Reader, context and one of two scorers: of transitions, or of all arcs.

    Of a graph there may be several members, each with a context and a scorer of its own. They learn
    side by side from the same words, and decide by the mean of their ``log P``.
    """

    def __init__(
        self,
        config: ParserConfig,
        symbols: Symbols,
        labels: int,
        classes: Classes | None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.reader = FormReader(config, symbols.forms, generator)
        self.tags = TagReader(config, symbols, generator)
        forms, tags = self.reader.width, self.tags.width
        self.drop = nn.Dropout(config.form_dropout)
        self.between = LockedDropout(config.dropout)
        members = range(config.members if config.graph else 1)
        contexts = [CONTEXTS.make(config.encoder, dim=forms + tags) for _ in members]
        self.contexts, first = nn.ModuleList(contexts), contexts[0]
        # without a context the products of forms and of tags can be made apart, and beforehand
        self.plain = isinstance(first, NoContext) and not config.graph
        form, tag = (forms, tags) if self.plain else (first.width, 0)
        self.transitions: TransitionScorer | None = None
        self.graphs = nn.ModuleList()
        if classes is None:
            self.graphs.extend(GraphScorer(config, width=form, labels=labels) for _ in members)
        else:
            self.transitions = TransitionScorer(
                config,
                width=form,
                tag_width=tag,
                labels=labels,
                classes=classes,
                parts=self.reader.parts + self.tags.parts,
                generator=generator,
            )

    def loss(self, batch: ParserBatch) -> Float[Tensor, ""]:
        """Mean loss of a batch."""
        if self.transitions is None:
            losses = [graph.loss(batch) for graph in self._scored(batch)]
            return torch.stack(losses).mean()
        return self.transitions.loss(self.products(batch), batch)

    def products(self, batch: ParserBatch) -> Float[Tensor, "nodes products"]:
        """The products of every node of a batch with every position."""
        assert self.transitions is not None
        if self.plain:
            forms = self.drop(self.reader(batch.forms, batch.form))
            tags = self.tags(batch.tags)
            return self.transitions.products(forms, tags, batch.tag)
        (states,) = self._states(batch)
        sentence, word = real_words(torch.from_numpy(batch.lengths))
        return self.transitions.products(states[sentence, word], states[:0, 0, :0], batch.tag)

    def arc_scores(self, batch: ParserBatch) -> Graph:
        """The scores of all arcs of a batch."""
        scored = self._scored(batch)
        return scored[0] if len(scored) == 1 else MeanGraph(scored)

    def _scored(self, batch: ParserBatch) -> list[Graph]:
        """What each member says of all arcs."""
        lengths = torch.from_numpy(batch.lengths)
        return [
            graph(states, lengths)
            for graph, states in zip(self.graphs, self._states(batch), strict=True)
        ]

    def _states(self, batch: ParserBatch) -> list[Float[Tensor, "batch time width"]]:
        """The vector of every word among its neighbours, as each member has it."""
        lengths = torch.from_numpy(batch.lengths)
        forms = self.reader(batch.forms, batch.form, lengths)
        tags = self.tags(batch.tags)[batch.tag]
        vectors = torch.cat([forms, tags], -1)
        padded = side_by_side(vectors, lengths)
        places = lengths.to(padded.device)
        return [context(self.between(padded), places) for context in self.contexts]
