"""The network of a tokenizer: pieces of text are read in both directions and labelled."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from gradus.nn.dropout import WordDropout
from gradus.nn.embeddings import Embedding
from gradus.nn.losses import IGNORED
from gradus.nn.recurrent import Recurrent
from gradus.tasks.tagging.tokenization.settings import TokenizerConfig

#: Kinds of white space, and padding.
GAPS = 6
#: Columns of features that word dropout hides: all that tell a word, but not its shape.
WORDY = 3


class TokenizerBatch(NamedTuple):
    """Stretches of text side by side, as numbers."""

    features: Int[Tensor, "batch time features"]
    gaps: Int[Tensor, "batch time 2"]  # white space before and after each piece, from 1 on
    lengths: Int[Tensor, " batch"]
    labels: Int[Tensor, "batch time"]  # IGNORED at padding, and where nothing is known
    tags: Int[Tensor, "batch time columns"]  # the same of what is learnt beside


class TokenizerNetwork(nn.Module):
    """Vectors of what a piece shows, a GRU in both directions, and a score for each label."""

    def __init__(
        self,
        config: TokenizerConfig,
        sizes: list[int],
        labels: int,
        tags: Sequence[int] = (),
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        dims = (config.dim, config.affix_dim, config.affix_dim, *[config.shape_dim] * 2)
        self.tables = nn.ModuleList(
            Embedding(rows, dim, generator=generator) for rows, dim in zip(sizes, dims, strict=True)
        )
        self.gaps = nn.ModuleList(
            Embedding(GAPS, config.shape_dim, generator=generator) for _ in range(2)
        )
        self.unknown = WordDropout(config.word_dropout)
        width = sum(dims) + 2 * config.shape_dim
        self.dropout = nn.Dropout(config.dropout)
        self.reader = Recurrent(
            "gru", width, config.hidden, layers=config.layers, bidirectional=True,
            dropout=config.dropout,
        )  # fmt: skip
        self.scorer = nn.Linear(self.reader.width, labels)
        self.tags = nn.ModuleList(
            nn.Linear(self.reader.width, count) if count else nn.Identity() for count in tags
        )
        self.tag_weight = config.tags

    def forward(self, batch: TokenizerBatch) -> Float[Tensor, "batch time labels"]:
        """The scores of the labels of every piece."""
        return self.scorer(self.states(batch))

    def states(self, batch: TokenizerBatch) -> Float[Tensor, "batch time width"]:
        """What is known of every piece among its neighbours."""
        parts = []
        for place, table in enumerate(self.tables):
            ids = batch.features[:, :, place]
            parts.append(table(self.unknown(ids) if place < WORDY else ids))
        parts += [table(batch.gaps[:, :, place]) for place, table in enumerate(self.gaps)]
        states, _ = self.reader(self.dropout(torch.cat(parts, -1)), batch.lengths)
        return self.dropout(states)

    def loss(self, batch: TokenizerBatch) -> Float[Tensor, ""]:
        """Mean of ``-log P`` of the right labels, and a share of that of the tags."""
        states = self.states(batch)
        loss = _loss(self.scorer(states), batch.labels)
        for column, scorer in enumerate(self.tags):
            if isinstance(scorer, nn.Identity):
                continue
            loss = loss + self.tag_weight * _loss(scorer(states), batch.tags[:, :, column])
        return loss


def _loss(scores: Float[Tensor, "batch time classes"], right: Int[Tensor, "batch time"]) -> Tensor:
    """The mean over all that is known; 0 if nothing is."""
    known = right != IGNORED
    return F.cross_entropy(scores[known], right[known], reduction="sum") / known.sum().clamp(min=1)
