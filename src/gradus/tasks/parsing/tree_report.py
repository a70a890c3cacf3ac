"""The shape of a treebank: how many trees are non-projective, how badly, how long arcs are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from gradus.core.errors import DataError
from gradus.tasks.parsing.trees import (
    crossing_arcs,
    edge_degree,
    gap_degree,
    is_planar,
    is_well_nested,
    nonprojective_arcs,
)


@dataclass(frozen=True)
class TreebankReport:
    """Counts over the trees of a treebank; shares are of all sentences, or of all words."""

    sentences: int
    words: int
    nonprojective_sentences: int
    nonprojective_arcs: int
    crossing_arcs: int  # pairs, the root's arcs counted
    planar: int  # sentences
    well_nested: int  # sentences
    gap_degrees: dict[int, int]  # sentences of each gap degree
    edge_degrees: dict[int, int]  # sentences of each edge degree
    longest: int  # words of the longest sentence
    mean_arc_length: float  # in words, the root's arcs left out; 0 if there are no others

    @property
    def nonprojective_sentence_share(self) -> float:
        """Share of sentences with a non-projective arc."""
        return self.nonprojective_sentences / self.sentences

    @property
    def nonprojective_arc_share(self) -> float:
        """Share of words whose arc is non-projective."""
        return self.nonprojective_arcs / self.words

    @property
    def planar_share(self) -> float:
        """Share of sentences in which no arcs between words cross."""
        return self.planar / self.sentences

    @property
    def well_nested_share(self) -> float:
        """Share of sentences in which no disjoint subtrees interleave."""
        return self.well_nested / self.sentences

    @property
    def gap_degree_share(self) -> float:
        """Share of sentences with gap degree 0 or 1."""
        return sum(self.gap_degrees.get(degree, 0) for degree in (0, 1)) / self.sentences

    def to_dict(self) -> dict[str, Any]:
        """All figures as plain values, ready for JSON."""
        return {
            "sentences": self.sentences,
            "words": self.words,
            "nonprojective_sentences": self.nonprojective_sentences,
            "nonprojective_sentence_share": self.nonprojective_sentence_share,
            "nonprojective_arcs": self.nonprojective_arcs,
            "nonprojective_arc_share": self.nonprojective_arc_share,
            "crossing_arcs": self.crossing_arcs,
            "planar_share": self.planar_share,
            "well_nested_share": self.well_nested_share,
            "gap_degrees": {str(degree): count for degree, count in self.gap_degrees.items()},
            "edge_degrees": {str(degree): count for degree, count in self.edge_degrees.items()},
            "longest": self.longest,
            "mean_arc_length": self.mean_arc_length,
        }


def treebank_report(trees: Iterable[Int[np.ndarray, "..."]]) -> TreebankReport:
    """Measure ``trees``, each an array of heads as in :mod:`gradus.tasks.parsing.trees`.

    >>> report = treebank_report([np.array([2, 0, 2]), np.array([2, 4, 4, 0, 2, 7, 5, 4])])
    >>> report.nonprojective_sentence_share, report.gap_degrees
    (0.5, {0: 1, 1: 1})

    Raises:
        DataError: there is no tree or no word, or the heads of one are no tree.
    """
    totals: Counter[str] = Counter()
    gaps: Counter[int] = Counter()
    edges: Counter[int] = Counter()
    longest = 0
    for number, heads in enumerate(trees, start=1):
        try:
            gap, edge, counts = _measures(heads)
        except DataError as error:
            raise DataError(f"tree {number}: {error}") from None
        gaps[gap] += 1
        edges[edge] += 1
        totals.update(counts)
        longest = max(longest, len(heads))
    if not longest:
        raise DataError("no tree to measure; give at least one with a word")
    arcs, length = totals.pop("arcs"), totals.pop("length")
    return TreebankReport(
        **totals,
        gap_degrees=dict(sorted(gaps.items())),
        edge_degrees=dict(sorted(edges.items())),
        longest=longest,
        mean_arc_length=length / arcs if arcs else 0.0,
    )


def _measures(heads: Int[np.ndarray, " words"]) -> tuple[int, int, dict[str, int]]:
    """Gap degree, edge degree, and what is added up over a treebank."""
    wild = nonprojective_arcs(heads)  # of every tree, as this also checks that it is one
    lengths = np.abs(heads - np.arange(1, len(heads) + 1))[heads > 0]
    crooked = bool(wild.any())
    counts = {
        "sentences": 1,
        "words": len(heads),
        "nonprojective_sentences": int(crooked),
        "nonprojective_arcs": int(wild.sum()),
        "crossing_arcs": crossing_arcs(heads) if crooked else 0,
        "planar": int(not crooked or is_planar(heads)),
        "well_nested": int(not crooked or is_well_nested(heads)),
        "arcs": len(lengths),
        "length": int(lengths.sum()),
    }
    degrees = (gap_degree(heads), edge_degree(heads)) if crooked else (0, 0)
    return *degrees, counts
