"""How good parsed trees are: attachment scores, and where the errors are."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from gradus.core.errors import DataError
from gradus.tasks.parsing.arc_scores import LENGTHS, ArcScores, length_classes, scores_by_class
from gradus.tasks.parsing.comparison import FIGURES, Comparison, compared, counts
from gradus.tasks.parsing.trees import nonprojective_arcs
from gradus.text.document import Sentence

#: Kinds of arcs and of sentences.
KINDS = ("projective", "non-projective")

#: Relations that a notebook shows.
SHOWN = 20


class SentenceScores(NamedTuple):
    """Figures of the sentences whose gold tree is of one kind; 0 where there are none."""

    name: str
    sentences: int
    words: int
    uas: float
    las: float
    exact: float  # share of sentences without an error


@dataclass(frozen=True, eq=False, repr=False)
class AttachmentReport:
    """All figures of predicted trees beside gold ones.

    UAS, LAS and CLAS are those of the official evaluation [zeman2018] on gold words: UAS and LAS
    over all words, punctuation included, and LAS and CLAS without the subtypes of relations, what
    stands after the colon. A figure is computed when it is first asked for.

    >>> deprels = ["nsubj", "root", "obl:tmod"]
    >>> gold = Sentence.of(["Cats", "sleep", "today"], heads=[2, 0, 2], deprels=deprels)
    >>> deprels = ["nsubj", "root", "obl"]
    >>> parsed = Sentence.of(["Cats", "sleep", "today"], heads=[3, 0, 2], deprels=deprels)
    >>> report = AttachmentReport.of([gold], [parsed])
    >>> report
    AttachmentReport(1 sentences, 3 words, UAS 0.6667, LAS 0.6667, CLAS 0.6667)
    >>> report.figure("las_with_subtypes")
    0.333...
    """

    comparison: Comparison

    @classmethod
    def of(cls, gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> "AttachmentReport":
        """The report on ``predicted`` trees of the words of ``gold``.

        Raises:
            DataError: there is no sentence, the words differ, or a word has no head.
        """
        return cls(compared(gold, predicted))

    @property
    def sentences(self) -> int:
        """How many sentences were measured."""
        return len(self.comparison.lengths)

    @property
    def words(self) -> int:
        """How many words were measured."""
        return len(self.comparison.gold_heads)

    @property
    def uas(self) -> float:
        """Unlabelled attachment score: share of words with the right head."""
        return self.figure("uas")

    @property
    def las(self) -> float:
        """Labelled attachment score: share of words with the right head and relation."""
        return self.figure("las")

    @property
    def clas(self) -> float:
        """Content-word labelled attachment score: F1 of the arcs with a relation of content."""
        return self.figure("clas")

    def figure(self, name: str) -> float:
        """One of ``FIGURES``; 0 where no arc counts.

        Raises:
            DataError: no figure has this name.
        """
        hits, totals = self.counts(name)
        total = float(totals.sum())
        return float(hits.sum()) / total if total else 0.0

    def counts(
        self, name: str
    ) -> tuple[Float[np.ndarray, " sentences"], Float[np.ndarray, " sentences"]]:
        """Right and counted arcs of each sentence; their sums make the figure.

        Raises:
            DataError: no figure has this name.
        """
        return counts(self.comparison, name)

    @property
    def exact(self) -> float:
        """Share of sentences with no wrong head or relation, subtypes aside."""
        return float(self._faultless.mean())

    @property
    def exact_heads(self) -> float:
        """Share of sentences with no wrong head."""
        wrong = self.comparison.by_sentence(~self.comparison.heads_right)
        return float((wrong == 0).mean())

    def worst(self, count: int = 10) -> list[int]:
        """The places, from 0, of the sentences with most wrong arcs, worst first."""
        wrong = self.comparison.by_sentence(~self.comparison.arcs_right)
        order = np.argsort(-wrong, kind="stable")[:count]
        return [int(index) for index in order if wrong[index]]

    def by_relation(self, *, subtypes: bool = False) -> list[ArcScores]:
        """The scores of labelled arcs by relation, most frequent first."""
        words = self.comparison
        gold, predicted = words.gold_relations, words.predicted_relations
        if not subtypes:
            gold, predicted = words.universal[gold], words.universal[predicted]
        right = words.full_arcs_right if subtypes else words.arcs_right
        rows = scores_by_class(words.relations, gold, predicted, right)
        used = (row for row in rows if row.gold or row.predicted)
        return sorted(used, key=lambda row: (-row.gold, row.name))

    @cached_property
    def by_length(self) -> list[ArcScores]:
        """The scores of unlabelled arcs by length, that of the root first [mcdonald2007]."""
        words = self.comparison
        gold, predicted = (
            length_classes(heads, words.position)
            for heads in (words.gold_heads, words.predicted_heads)
        )
        return scores_by_class(tuple(LENGTHS), gold, predicted, words.heads_right)

    @cached_property
    def by_crossing(self) -> list[ArcScores]:
        """The scores of unlabelled arcs that are projective in their tree, and of the others.

        Raises:
            DataError: heads run in a circle.
        """
        words = self.comparison
        predicted = _nonprojective(words, words.predicted_heads, "predicted")
        classes = (self._crossing.astype(np.int64), predicted.astype(np.int64))
        return scores_by_class(KINDS, *classes, words.heads_right)

    @cached_property
    def by_projectivity(self) -> list[SentenceScores]:
        """Figures of the sentences with a projective gold tree, and of the others.

        Raises:
            DataError: heads run in a circle.
        """
        words = self.comparison
        crossed = words.by_sentence(self._crossing) > 0
        return [
            self._of_sentences(kind, chosen)
            for kind, chosen in zip(KINDS, (~crossed, crossed), strict=True)
        ]

    def to_dict(self) -> dict[str, Any]:
        """All figures as plain values, ready for JSON."""
        return {
            "sentences": self.sentences,
            "words": self.words,
            **{name: self.figure(name) for name in FIGURES},
            "exact": self.exact,
            "exact_heads": self.exact_heads,
            "by_relation": [row._asdict() for row in self.by_relation()],
            "by_relation_with_subtypes": [row._asdict() for row in self.by_relation(subtypes=True)],
            "by_length": [row._asdict() for row in self.by_length],
            "by_crossing": [row._asdict() for row in self.by_crossing],
            "by_projectivity": [row._asdict() for row in self.by_projectivity],
        }

    def __repr__(self) -> str:
        return (
            f"AttachmentReport({self.sentences:,} sentences, {self.words:,} words, "
            f"UAS {self.uas:.4f}, LAS {self.las:.4f}, CLAS {self.clas:.4f})"
        )

    def _repr_html_(self) -> str:
        """The figures and the scores of the most frequent relations, for notebooks."""
        rows = "".join(
            f"<tr><th>{html.escape(row.name)}</th><td>{row.precision:.1%}</td>"
            f"<td>{row.recall:.1%}</td><td>{row.f1:.1%}</td><td>{row.gold:,}</td></tr>"
            for row in self.by_relation()[:SHOWN]
        )
        return (
            f"<p>{self.sentences:,} sentences, {self.words:,} words: UAS {self.uas:.2%}, "
            f"LAS {self.las:.2%}, CLAS {self.clas:.2%}</p><table><tr><th>relation</th>"
            f"<th>precision</th><th>recall</th><th>F1</th><th>arcs</th></tr>{rows}</table>"
        )

    @cached_property
    def _faultless(self) -> Bool[np.ndarray, " sentences"]:
        return self.comparison.by_sentence(~self.comparison.arcs_right) == 0

    @cached_property
    def _crossing(self) -> Bool[np.ndarray, " words"]:
        return _nonprojective(self.comparison, self.comparison.gold_heads, "gold")

    def _of_sentences(self, name: str, chosen: Bool[np.ndarray, " sentences"]) -> SentenceScores:
        words = self.comparison
        inside = chosen[words.sentence]
        uas, las, exact = (
            float(mask.mean()) if len(mask) else 0.0
            for mask in (
                words.heads_right[inside],
                words.arcs_right[inside],
                self._faultless[chosen],
            )
        )
        return SentenceScores(name, int(chosen.sum()), int(inside.sum()), uas, las, exact)


def _nonprojective(
    words: Comparison, heads: Int[np.ndarray, " words"], kind: str
) -> Bool[np.ndarray, " words"]:
    """The non-projective arcs of all trees at once: side by side under one root they are a tree."""
    starts = np.cumsum(words.lengths) - words.lengths
    forest = np.where(heads > 0, heads + starts[words.sentence], 0)
    try:
        return nonprojective_arcs(forest)
    except DataError:
        for number, start in enumerate(starts.tolist()):
            try:
                nonprojective_arcs(heads[start : start + int(words.lengths[number])])
            except DataError as error:
                raise DataError(f"sentence {number + 1} of the {kind} trees: {error}") from None
        raise
