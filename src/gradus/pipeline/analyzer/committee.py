"""Several analyzers that decide together: what they say is averaged, and is better than each."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from gradus.core.collection import uncollected
from gradus.core.errors import FormatError
from gradus.pipeline.analyzer.analyzer import Analyzer, attach_
from gradus.pipeline.analyzer.dataset import AnalyzerBatch
from gradus.pipeline.analyzer.network import KnownStates
from gradus.tasks.base.words.batches import small_batches
from gradus.tasks.parsing.graph.decoding import maximum_spanning_trees
from gradus.tasks.parsing.naming import Naming
from gradus.tasks.parsing.plain_numbers import plain_numbers
from gradus.tasks.parsing.transition_network import Parsed
from gradus.tasks.tagging.labels import settled
from gradus.tasks.tagging.tagger import with_labels
from gradus.text.document import Sentence


class Committee:
    """Analyzers of one treebank that differ in their seed; trees are those of a graph.

    Labels, heads and relations are chosen by the mean of the members' ``log P`` [dozat2017].

    Raises:
        FormatError: members read or say different things, or one builds trees by transitions.
    """

    def __init__(self, members: Sequence[Analyzer]) -> None:
        first = members[0]
        for number, member in enumerate(members, start=1):
            if member.network.graph is None:
                raise FormatError(
                    f"analyzer {number} builds trees by transitions, which cannot be averaged; "
                    "train them with nonprojective=graph"
                )
            if _known(member) != _known(first):
                raise FormatError(
                    f"analyzer {number} was trained on other sentences than the first; the folder "
                    "was put together from two models"
                )
        self.members = list(members)
        self.model = nn.ModuleList(member.model for member in members)

    def annotate(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        """New sentences with the columns that are known, heads and relations."""
        first, found = self.members[0], dict[int, Sentence]()
        with uncollected(), torch.no_grad():
            data = first.dataset(sentences)
            for indices in small_batches(data.sizes):
                done = self._annotated(data.batch(indices))
                found.update(zip(indices.tolist(), done, strict=True))
        return [found[index] for index in range(len(sentences))]

    def _annotated(self, batch: AnalyzerBatch) -> list[Sentence]:
        first = self.members[0]
        seen = [
            KnownStates(member.network, member.network.states(batch)) for member in self.members
        ]
        columns = zip(
            *(known.network.label_scores(known.states, batch) for known in seen), strict=True
        )
        scores = [_mean(own) for own in columns]
        best = first.network.best(scores, batch)
        labels = settled(first.labels, best, scores, batch.sentences)
        trees = Naming(first.config, first.relations).trees(_trees(seen, batch), batch.lengths)
        sentences = with_labels(batch.sentences, first.labels, labels)
        for sentence, tree in zip(sentences, trees, strict=True):
            attach_(sentence, tree)
        return sentences


def _known(member: Analyzer) -> tuple[object, ...]:
    """What members must have in common for one reading of a sentence to serve all."""
    symbols = member.symbols
    return (
        *(symbols.words.words, symbols.affixes.words, symbols.characters, symbols.vector_words),
        *(member.labels, member.relations),
    )


def _trees(seen: Sequence[KnownStates], batch: AnalyzerBatch) -> Parsed:
    """The best trees of all members together."""
    lengths = torch.from_numpy(batch.lengths)
    scores = [known.arc_scores(batch) for known in seen]
    arcs = plain_numbers(_mean([one.arcs for one in scores]))
    padded = maximum_spanning_trees(arcs, batch.lengths)
    heads = torch.cat(
        [torch.from_numpy(row[:length]) for row, length in zip(padded, batch.lengths, strict=True)]
    )
    relations = [
        known.graph.label_scores(one, lengths, heads)
        for known, one in zip(seen, scores, strict=True)
        if known.graph is not None
    ]
    chosen = plain_numbers(_mean(relations)).argmax(-1)
    return Parsed(heads.numpy().astype(np.int32), chosen.astype(np.int32), np.zeros(0, np.float32))


def _mean(scores: Sequence[Tensor]) -> Tensor:
    """The mean of ``log P``; what is impossible to one stays impossible."""
    return torch.stack([one.log_softmax(-1) for one in scores]).mean(0)
