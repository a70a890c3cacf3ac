"""All arcs of a batch with their scores: of one network, or of several that decide together."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from gradus.nn.biaffine import Biaffine
from gradus.tasks.base.words.batches import real_words
from gradus.tasks.parsing.dataset import TreeBatch
from gradus.tasks.parsing.targets import NO_LABEL


class Graph(ABC):
    """The scores of all arcs of a batch, and of the labels that an arc may have."""

    arcs: Float[Tensor, "batch words heads"]  # head 0 is the root; -inf where there is no word

    @abstractmethod
    def labels(
        self, lengths: Int64[Tensor, " batch"], heads: Int64[Tensor, " words"]
    ) -> Float[Tensor, "words labels"]:
        """The scores of all labels for the arcs of one tree a sentence."""

    def loss(self, batch: TreeBatch) -> Float[Tensor, ""]:
        """Mean over words of ``-log P(head) - log P(label | head)``.

        A label that training has not met costs nothing here: its probability is 0 in any case.
        """
        lengths = torch.from_numpy(batch.lengths)
        sentence, word = real_words(lengths)
        heads, labels = (torch.from_numpy(part).long() for part in words_of(batch))
        chosen = self.arcs[sentence, word]
        arcs = F.cross_entropy(chosen, heads.to(chosen.device))
        found = self.labels(lengths, heads)
        lost = F.cross_entropy(
            found, labels.to(found.device), ignore_index=NO_LABEL, reduction="sum"
        )
        return arcs + lost / len(labels)


@dataclass
class ScoredGraph(Graph):
    """What a scorer says of a batch."""

    arcs: Float[Tensor, "batch words heads"]
    _scorer: Biaffine
    _dependents: Float[Tensor, "batch words dim"]  # what labels are scored from
    _heads: Float[Tensor, "batch heads dim"]

    def labels(
        self, lengths: Int64[Tensor, " batch"], heads: Int64[Tensor, " words"]
    ) -> Float[Tensor, "words labels"]:
        """The scores of the labels of a tree."""
        sentence, word = real_words(lengths)
        return self._scorer.paired(self._dependents[sentence, word], self._heads[sentence, heads])


class MeanGraph(Graph):
    """What several scorers say together: the means of their ``log P`` [dozat2017]."""

    def __init__(self, members: Sequence[Graph]) -> None:
        self.arcs = mean_log([member.arcs for member in members])
        self._members = members

    def labels(
        self, lengths: Int64[Tensor, " batch"], heads: Int64[Tensor, " words"]
    ) -> Float[Tensor, "words labels"]:
        """The mean scores of the labels of a tree."""
        return mean_log([member.labels(lengths, heads) for member in self._members])


def mean_log(scores: Sequence[Float[Tensor, "*shape choices"]]) -> Float[Tensor, "*shape choices"]:
    """The mean of ``log P`` of the last axis; what is impossible to one stays impossible.

    >>> mean_log([torch.tensor([1.0, 1.0]), torch.tensor([0.0, -torch.inf])])
    tensor([-0.3466,    -inf])
    """
    return torch.stack([one.log_softmax(-1) for one in scores]).mean(0)


def words_of(batch: TreeBatch) -> tuple[np.ndarray, np.ndarray]:
    """Heads and labels of the words of a batch, the roots left out."""
    heads, labels = batch.trees.heads, batch.trees.labels
    real = heads >= 0
    return heads[real], labels[real]
