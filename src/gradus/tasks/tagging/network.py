"""The network of a tagger: forms are read, told of their neighbours, and labels are scored."""

from collections.abc import Sequence
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.nn.contexts import CONTEXTS
from gradus.nn.dropout import LockedDropout
from gradus.nn.tag_constraints import allowed_transitions
from gradus.tasks.base.words.batches import real_words, side_by_side
from gradus.tasks.base.words.reader import FormReader
from gradus.tasks.base.words.symbols import FormSymbols
from gradus.tasks.tagging.columns import COLUMNS
from gradus.tasks.tagging.dataset import TagBatch
from gradus.tasks.tagging.labels import Labels
from gradus.tasks.tagging.outputs import Output, make_outputs
from gradus.tasks.tagging.settings import TaggerConfig


class TaggerNetwork(nn.Module):
    """One reader and one context for all columns; each has its own scores and its own output."""

    def __init__(
        self,
        config: TaggerConfig,
        symbols: FormSymbols,
        labels: Sequence[Labels],
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.reader = FormReader(config, symbols, generator)
        self.before = LockedDropout(config.dropout)
        self.context = CONTEXTS.make(config.encoder, dim=self.reader.width)
        self.after = nn.Dropout(config.dropout)
        self.scores = nn.ModuleList(
            nn.Linear(self.context.width, len(column.names)) for column in labels
        )
        spans = [COLUMNS[column.column].spans for column in labels]
        moves = [
            allowed_transitions(column.names, column.scheme) if marks else None
            for column, marks in zip(labels, spans, strict=True)
        ]
        sizes = [len(column.names) for column in labels]
        self.outputs = nn.ModuleList(make_outputs(config.output, sizes, moves, spans))

    def forward(self, batch: TagBatch) -> list[Float[Tensor, "words _"]]:
        """The scores of the labels of every column for all words."""
        return self.label_scores(self.states(batch), batch)

    def states(self, batch: TagBatch) -> Float[Tensor, "batch time width"]:
        """The vector of every word among its neighbours."""
        lengths = torch.from_numpy(batch.lengths)
        vectors = self.reader(batch.forms, batch.form, lengths)
        padded = self.before(side_by_side(vectors, lengths))
        return self.context(padded, lengths.to(padded.device))

    def label_scores(
        self, states: Float[Tensor, "batch time width"], batch: TagBatch
    ) -> list[Float[Tensor, "words _"]]:
        """The scores of the labels of every column, from the states of a batch."""
        words = self.after(states[real_words(torch.from_numpy(batch.lengths))])
        return [layer(words) for layer in self.scores]

    def loss(
        self, scores: Sequence[Float[Tensor, "words _"]], batch: TagBatch
    ) -> Float[Tensor, ""]:
        """The sum of the mean losses of all columns."""
        lengths = torch.from_numpy(batch.lengths)
        lost = [
            output.loss(own, targets, lengths)
            for output, own, targets in zip(self._outputs, scores, batch.targets, strict=True)
        ]
        return torch.stack(lost).sum()

    def best(self, scores: Sequence[Float[Tensor, "words _"]], batch: TagBatch) -> list[list[int]]:
        """The chosen labels of every column."""
        lengths = torch.from_numpy(batch.lengths)
        return [
            output.best(own, lengths).tolist()
            for output, own in zip(self._outputs, scores, strict=True)
        ]

    @property
    def _outputs(self) -> list[Output]:
        return [cast(Output, output) for output in self.outputs]
