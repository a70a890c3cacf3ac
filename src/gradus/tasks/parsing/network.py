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
from gradus.tasks.parsing.graph_network import ArcScores, GraphScorer
from gradus.tasks.parsing.reading import TagReader
from gradus.tasks.parsing.settings import ParserConfig
from gradus.tasks.parsing.symbols import Symbols
from gradus.tasks.parsing.transition_network import TransitionScorer


class ParserNetwork(nn.Module):
    """Reader, context and one of two scorers: of transitions, or of all arcs."""

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
        self.context = CONTEXTS.make(config.encoder, dim=forms + tags)
        self.between = LockedDropout(config.dropout)
        # without a context the products of forms and of tags can be made apart, and beforehand
        self.plain = isinstance(self.context, NoContext) and not config.graph
        form, tag = (forms, tags) if self.plain else (self.context.width, 0)
        self.transitions: TransitionScorer | None = None
        self.graph: GraphScorer | None = None
        if classes is None:
            self.graph = GraphScorer(config, width=form, labels=labels)
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
        if self.graph is not None:
            return self.graph.loss(self.arc_scores(batch), batch)
        assert self.transitions is not None
        return self.transitions.loss(self.products(batch), batch)

    def products(self, batch: ParserBatch) -> Float[Tensor, "nodes products"]:
        """The products of every node of a batch with every position."""
        assert self.transitions is not None
        if self.plain:
            forms = self.drop(self.reader(batch.forms, batch.form))
            tags = self.tags(batch.tags)
            return self.transitions.products(forms, tags, batch.tag)
        states = self.states(batch)
        sentence, word = real_words(torch.from_numpy(batch.lengths))
        return self.transitions.products(states[sentence, word], states[:0, 0, :0], batch.tag)

    def arc_scores(self, batch: ParserBatch) -> ArcScores:
        """The scores of all arcs of a batch."""
        assert self.graph is not None
        return self.graph(self.states(batch), torch.from_numpy(batch.lengths))

    def states(self, batch: ParserBatch) -> Float[Tensor, "batch time width"]:
        """The vector of every word among its neighbours."""
        forms = self.reader(batch.forms, batch.form)
        tags = self.tags(batch.tags)[batch.tag]
        vectors = torch.cat([forms, tags], -1)
        lengths = torch.from_numpy(batch.lengths)
        padded = self.between(side_by_side(vectors, lengths))
        return self.context(padded, lengths.to(padded.device))
