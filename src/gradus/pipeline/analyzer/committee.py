"""Several analyzers that decide together: what they say is averaged, and is better than each."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from gradus.core.collection import uncollected
from gradus.core.errors import FormatError
from gradus.pipeline.analyzer.analyzer import Analyzer, attach_
from gradus.pipeline.analyzer.dataset import AnalyzerBatch
from gradus.pipeline.analyzer.network import KnownStates
from gradus.tasks.base.words.batches import small_batches
from gradus.tasks.parsing.graph_decoder import GraphDecoder
from gradus.tasks.parsing.naming import Naming
from gradus.tasks.parsing.scored_graph import Graph, MeanGraph, mean_log
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
        scores = [mean_log(own) for own in columns]
        best = first.network.best(scores, batch)
        labels = settled(first.labels, best, scores, batch.sentences)
        parsed = GraphDecoder(_Together(seen)).trees(batch)
        trees = Naming(first.config, first.relations).trees(parsed, batch.lengths)
        sentences = with_labels(batch.sentences, first.labels, labels)
        for sentence, tree in zip(sentences, trees, strict=True):
            attach_(sentence, tree)
        return sentences


def _known(member: Analyzer) -> tuple[object, ...]:
    """What members must have in common for one reading of a sentence to serve all."""
    symbols = member.symbols
    return (
        *(symbols.words.words, symbols.affixes.words, symbols.characters, symbols.vector_words),
        symbols.contextual,
        *(member.labels, member.relations),
    )


@dataclass(frozen=True)
class _Together:
    """Networks whose states of a batch are known, as a decoder of trees asks them."""

    seen: Sequence[KnownStates]

    def arc_scores(self, batch: AnalyzerBatch) -> Graph:
        """What they say of all arcs on average."""
        return MeanGraph([known.arc_scores(batch) for known in self.seen])
