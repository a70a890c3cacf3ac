"""Trees of a graph: the best of all trees at once, with the best label of each of its arcs."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float32

from gradus.tasks.parsing.decoder import ArcScoring, B, Decoder, Ranked
from gradus.tasks.parsing.graph.constraints import constrained
from gradus.tasks.parsing.graph.decoding import maximum_spanning_trees
from gradus.tasks.parsing.graph.kbest import k_best_trees
from gradus.tasks.parsing.graph.marginals import arc_marginals, log_partition
from gradus.tasks.parsing.plain_numbers import plain_numbers
from gradus.tasks.parsing.targets import Heads
from gradus.tasks.parsing.transition_network import Parsed


class GraphDecoder(Decoder[B]):
    """The trees whose arcs have the highest sum of scores."""

    def __init__(self, network: ArcScoring[B]) -> None:
        self._network = network

    @torch.no_grad()
    def trees(
        self, batch: B, *, given: Sequence[Heads] | None = None, sure: bool = False
    ) -> Parsed:
        """Exactly the best; a probability is that of an arc among all trees."""
        graph = self._network.arc_scores(batch)
        arcs = plain_numbers(graph.arcs)
        for place, heads in enumerate(given or ()):
            own = arcs[place, : len(heads), : len(heads) + 1]
            own[:] = constrained(own, heads)
        padded = maximum_spanning_trees(arcs, batch.lengths)
        found = [row[:length] for row, length in zip(padded, batch.lengths, strict=True)]
        heads = np.concatenate(found)
        lengths = torch.from_numpy(batch.lengths)
        labels = graph.labels(lengths, torch.from_numpy(heads)).argmax(-1)
        return Parsed(
            heads.astype(np.int32),
            labels.cpu().numpy().astype(np.int32),
            _shares(arcs, found) if sure else np.zeros(0, np.float32),
        )

    @torch.no_grad()
    def best(self, batch: B, k: int) -> list[Ranked]:
        """Exactly the ``k`` best trees, each with the best label of every arc."""
        graph, lengths = self._network.arc_scores(batch), torch.from_numpy(batch.lengths)
        arcs = plain_numbers(graph.arcs)[0].astype(np.float64)
        norm = log_partition(arcs)
        ranked = []
        for heads, total in k_best_trees(arcs, k):
            said = graph.labels(lengths, torch.from_numpy(heads)).log_softmax(-1)
            shares, labels = said.max(-1)
            ranked.append(
                Ranked(
                    heads.astype(np.int32),
                    labels.cpu().numpy().astype(np.int32),
                    total - norm + float(shares.sum()),
                )
            )
        return ranked


def _shares(
    arcs: Float32[np.ndarray, "batch words heads"], found: Sequence[np.ndarray]
) -> Float32[np.ndarray, " total"]:
    """The probability of every arc of the trees found."""
    shares = [
        arc_marginals(own[: len(heads), : len(heads) + 1])[np.arange(len(heads)), heads]
        for own, heads in zip(arcs, found, strict=True)
    ]
    return np.concatenate(shares).astype(np.float32)
