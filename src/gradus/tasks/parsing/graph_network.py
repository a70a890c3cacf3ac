"""The network of a graph parser: every word scores every other as its head [dozat2017]."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from gradus.nn.biaffine import Biaffine
from gradus.nn.dropout import LockedDropout
from gradus.tasks.parsing.scored_graph import ScoredGraph
from gradus.tasks.parsing.settings import TreeConfig

#: Arcs of this length or more have one score for it.
FAR = 16


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
    ) -> ScoredGraph:
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
        dependents, heads = self.label_dependent(vectors), self.label_head(nodes)
        return ScoredGraph(arcs, self.labels, dependents, heads)


def arc_lengths(words: int) -> Int64[Tensor, "words heads"]:
    """The number of each arc's direction and length; those of the root's arcs are one kind.

    >>> (arc_lengths(2) - FAR).tolist()
    [[17, 0, 1], [17, -1, 0]]
    """
    dependents, heads = torch.arange(1, words + 1), torch.arange(words + 1)
    lengths = (heads[None] - dependents[:, None]).clamp(-FAR, FAR) + FAR
    lengths[:, 0] = 2 * FAR + 1
    return lengths


def _role(config: TreeConfig, width: int, dim: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, dim), nn.LeakyReLU(0.1), LockedDropout(config.dropout))
