"""The network of a graph parser: every word scores every other as its head [dozat2017]."""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float32, Int64
from torch import Tensor, nn

from gradus.nn.biaffine import Biaffine
from gradus.nn.dropout import LockedDropout
from gradus.tasks.base.words.batches import real_words
from gradus.tasks.parsing.dataset import TreeBatch
from gradus.tasks.parsing.plain_numbers import plain_numbers
from gradus.tasks.parsing.settings import TreeConfig
from gradus.tasks.parsing.targets import NO_LABEL

#: Arcs of this length or more have one score for it.
FAR = 16


class ArcScores(NamedTuple):
    """What a graph is made of; row 0 of heads is the root."""

    arcs: Float[Tensor, "batch words heads"]  # -inf where there is no word
    dependents: Float[Tensor, "batch words dim"]  # what labels are scored from
    heads: Float[Tensor, "batch heads dim"]


class GraphScorer(nn.Module):
    """Arcs and labels scored biaffinely from vectors made for each of four roles [dozat2017].

    To the score of an arc comes one for its direction and length, the same for all words.
    """

    def __init__(self, config: TreeConfig, *, width: int, labels: int) -> None:
        super().__init__()
        arc, label = config.arc_dim, config.label_dim
        self.root = nn.Parameter(torch.zeros(width))
        self.arc_dependent, self.arc_head = _role(config, width, arc), _role(config, width, arc)
        self.label_dependent, self.label_head = (
            _role(config, width, label),
            _role(config, width, label),
        )
        self.arcs = Biaffine(arc, arc)
        self.distances = nn.Parameter(torch.zeros(2 * FAR + 2))
        self.labels = Biaffine(label, label, out=labels)

    def forward(
        self, vectors: Float[Tensor, "batch words width"], lengths: Int64[Tensor, " batch"]
    ) -> ArcScores:
        """The scores of all arcs."""
        root = self.root.expand(len(vectors), 1, -1)
        nodes = torch.cat([root, vectors], 1)
        arcs = self.arcs(self.arc_dependent(vectors), self.arc_head(nodes))[:, 0]
        words = vectors.shape[1]
        absent = torch.arange(words + 1)[None] > lengths[:, None]
        itself = torch.eye(words, words + 1, dtype=torch.bool).roll(1, 1)
        arcs = arcs + self.distances[arc_lengths(words).to(arcs.device)]
        barred = (absent[:, None] | itself).to(arcs.device)
        arcs = arcs.masked_fill(barred, -torch.inf)
        return ArcScores(arcs, self.label_dependent(vectors), self.label_head(nodes))

    def loss(self, scores: ArcScores, batch: TreeBatch) -> Float[Tensor, ""]:
        """Mean over words of ``-log P(head) - log P(label | head)``.

        A label that training has not met costs nothing here: its probability is 0 in any case.
        """
        lengths = torch.from_numpy(batch.lengths)
        sentence, word = real_words(lengths)
        heads, labels = (torch.from_numpy(part).long() for part in words_of(batch))
        chosen = scores.arcs[sentence, word]
        arcs = F.cross_entropy(chosen, heads.to(chosen.device))
        found = self.label_scores(scores, lengths, heads)
        lost = F.cross_entropy(
            found, labels.to(found.device), ignore_index=NO_LABEL, reduction="sum"
        )
        return arcs + lost / len(labels)

    def label_scores(
        self, scores: ArcScores, lengths: Int64[Tensor, " batch"], heads: Int64[Tensor, " words"]
    ) -> Float[Tensor, "words labels"]:
        """The scores of all labels for the arcs of one tree a sentence."""
        sentence, word = real_words(lengths)
        return self.labels.paired(scores.dependents[sentence, word], scores.heads[sentence, heads])


def arc_lengths(words: int) -> Int64[Tensor, "words heads"]:
    """The number of each arc's direction and length; those of the root's arcs are one kind.

    >>> (arc_lengths(2) - FAR).tolist()
    [[17, 0, 1], [17, -1, 0]]
    """
    dependents, heads = torch.arange(1, words + 1), torch.arange(words + 1)
    lengths = (heads[None] - dependents[:, None]).clamp(-FAR, FAR) + FAR
    lengths[:, 0] = 2 * FAR + 1
    return lengths


def words_of(batch: TreeBatch) -> tuple[np.ndarray, np.ndarray]:
    """Heads and labels of the words of a batch, the roots left out."""
    heads, labels = batch.trees.heads, batch.trees.labels
    real = heads >= 0
    return heads[real], labels[real]


def _role(config: TreeConfig, width: int, dim: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, dim), nn.LeakyReLU(0.1), LockedDropout(config.dropout))


def float_arcs(scores: ArcScores) -> Float32[np.ndarray, "batch words heads"]:
    """The scores of arcs for compiled code."""
    return plain_numbers(scores.arcs)
