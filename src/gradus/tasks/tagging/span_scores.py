"""How good predicted spans are: precision, recall and F1, over all of them and by type.

A predicted span is right if the gold tags have one with the same words and the same type. These
are the figures of conlleval, and of seqeval in its default mode; with a scheme, those of seqeval's
strict mode.
"""

import html
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int

from gradus.core.errors import DataError
from gradus.text.spans import Span, spans_of

#: Types that a notebook shows.
SHOWN = 20


class SpanScores(NamedTuple):
    """Precision, recall and F1 of some spans; 0 where there is nothing to divide by."""

    name: str
    precision: float  # of those predicted, the share that is right
    recall: float  # of the gold ones, the share that was found
    f1: float
    gold: int
    predicted: int
    right: int

    @classmethod
    def of(cls, name: str, *, gold: int, predicted: int, right: int) -> "SpanScores":
        """``right / predicted``, ``right / gold`` and ``2 right / (predicted + gold)``.

        >>> SpanScores.of("PER", gold=4, predicted=2, right=1)[1:4]
        (0.5, 0.25, 0.333...)
        """
        pairs = (right, predicted), (right, gold), (2 * right, predicted + gold)
        precision, recall, f1 = (above / below if below else 0.0 for above, below in pairs)
        return cls(name, precision, recall, f1, gold, predicted, right)


@dataclass(frozen=True, eq=False, repr=False)
class SpanReport:
    """All figures of predicted spans beside gold ones.

    A figure is computed when it is first asked for.

    >>> gold = [["B-PER", "I-PER", "O", "B-LOC"], ["B-LOC"]]
    >>> report = SpanReport.of(gold, [["B-PER", "I-PER", "O", "B-PER"], ["B-LOC"]])
    >>> report
    SpanReport(2 sentences, 5 words, 3 spans, precision 0.6667, recall 0.6667, F1 0.6667)
    >>> [(row.name, row.f1) for row in report.types]
    [('LOC', 0.666...), ('PER', 0.666...)]
    """

    gold: Sequence[Sequence[Span]]  # of each sentence
    predicted: Sequence[Sequence[Span]]
    words: int
    right_tags: int

    @classmethod
    def of(
        cls,
        gold: Sequence[Sequence[str]],
        predicted: Sequence[Sequence[str]],
        scheme: str | None = None,
    ) -> "SpanReport":
        """The report on the tags of some sentences, read as :func:`gradus.text.spans_of` reads.

        With a scheme only whole spans count: a gold span that is not written so is not missed, a
        predicted one is not wrong.

        Raises:
            DataError: there is no word, sentences differ in length, a tag is none, or its letter
                is not of the scheme.
            SettingsError: no scheme has this name.
        """
        _check_lengths(gold, predicted)
        pairs = zip(chain.from_iterable(gold), chain.from_iterable(predicted), strict=True)
        return cls(
            _spans(gold, scheme, "gold"),
            _spans(predicted, scheme, "predicted"),
            sum(map(len, gold)),
            sum(one == other for one, other in pairs),
        )

    @property
    def sentences(self) -> int:
        """How many sentences were measured."""
        return len(self.gold)

    @cached_property
    def overall(self) -> SpanScores:
        """The scores of all spans together, every span counting the same: micro averages."""
        gold, predicted, right = (int(count) for count in self.counts.sum(axis=0))
        return SpanScores.of("all", gold=gold, predicted=predicted, right=right)

    @property
    def precision(self) -> float:
        """Share of the predicted spans that are right."""
        return self.overall.precision

    @property
    def recall(self) -> float:
        """Share of the gold spans that were found."""
        return self.overall.recall

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return self.overall.f1

    @property
    def accuracy(self) -> float:
        """Share of the words with the right tag; mostly that of words in no span."""
        return self.right_tags / self.words

    @cached_property
    def types(self) -> list[SpanScores]:
        """The scores of each type that occurs, gold or predicted, most frequent first."""
        gold, predicted, right = (
            Counter(span.type for span in chain.from_iterable(sentences))
            for sentences in (self.gold, self.predicted, self._right)
        )
        rows = (
            SpanScores.of(name, gold=gold[name], predicted=predicted[name], right=right[name])
            for name in gold | predicted
        )
        return sorted(rows, key=lambda row: (-row.gold, row.name))

    @property
    def macro_precision(self) -> float:
        """Mean precision of the types, every type counting the same; 0 if there is none."""
        return self._mean("precision")

    @property
    def macro_recall(self) -> float:
        """Mean recall of the types."""
        return self._mean("recall")

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the types."""
        return self._mean("f1")

    @cached_property
    def counts(self) -> Int[np.ndarray, "sentences 3"]:
        """Gold, predicted and right spans of each sentence; their sums make the figures."""
        columns = [list(map(len, rows)) for rows in (self.gold, self.predicted, self._right)]
        return np.array(columns, dtype=np.int64).T

    def worst(self, count: int = 10) -> list[int]:
        """The places, from 0, of the sentences with most spans missed or wrong, worst first."""
        gold, predicted, right = self.counts.T
        wrong = gold + predicted - 2 * right
        order = np.argsort(-wrong, kind="stable")[:count]
        return [int(index) for index in order if wrong[index]]

    def to_dict(self) -> dict[str, Any]:
        """All figures as plain values, ready for JSON."""
        return {
            "sentences": self.sentences,
            "words": self.words,
            **{key: value for key, value in self.overall._asdict().items() if key != "name"},
            "macro_precision": self.macro_precision,
            "macro_recall": self.macro_recall,
            "macro_f1": self.macro_f1,
            "accuracy": self.accuracy,
            "types": [row._asdict() for row in self.types],
        }

    def __repr__(self) -> str:
        return (
            f"SpanReport({self.sentences:,} sentences, {self.words:,} words, "
            f"{self.overall.gold:,} spans, precision {self.precision:.4f}, "
            f"recall {self.recall:.4f}, F1 {self.f1:.4f})"
        )

    def _repr_html_(self) -> str:
        """The figures and the scores of the most frequent types, for notebooks."""
        rows = "".join(
            f"<tr><th>{html.escape(row.name)}</th><td>{row.precision:.1%}</td>"
            f"<td>{row.recall:.1%}</td><td>{row.f1:.1%}</td><td>{row.gold:,}</td>"
            f"<td>{row.predicted:,}</td></tr>"
            for row in self.types[:SHOWN]
        )
        more = len(self.types) - SHOWN
        return (
            f"<p>{self.sentences:,} sentences, {self.words:,} words, {self.overall.gold:,} spans: "
            f"precision {self.precision:.2%}, recall {self.recall:.2%}, F1 {self.f1:.2%}, "
            f"macro F1 {self.macro_f1:.2%}</p><table><tr><th>type</th><th>precision</th>"
            f"<th>recall</th><th>F1</th><th>gold</th><th>predicted</th></tr>{rows}</table>"
            + (f"<p>{more:,} more types</p>" if more > 0 else "")
        )

    @cached_property
    def _right(self) -> list[set[Span]]:
        pairs = zip(self.gold, self.predicted, strict=True)
        return [set(gold).intersection(predicted) for gold, predicted in pairs]

    def _mean(self, figure: str) -> float:
        return float(np.mean([getattr(row, figure) for row in self.types])) if self.types else 0.0


def _spans(sentences: Sequence[Sequence[str]], scheme: str | None, kind: str) -> list[list[Span]]:
    found = []
    for number, tags in enumerate(sentences, start=1):
        try:
            found.append(spans_of(tags, scheme))
        except DataError as error:
            raise DataError(f"sentence {number} of the {kind} tags: {error}") from None
    return found


def _check_lengths(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> None:
    if len(gold) != len(predicted):
        raise DataError(
            f"{len(gold)} sentences have gold tags and {len(predicted)} have predicted ones; "
            "give the same sentences in the same order"
        )
    for number, (tags, guesses) in enumerate(zip(gold, predicted, strict=True), start=1):
        if len(tags) != len(guesses):
            raise DataError(
                f"sentence {number} has {len(tags)} gold and {len(guesses)} predicted tags; "
                "give a tag a word on both sides"
            )
    if not any(map(len, gold)):
        raise DataError("no word to measure on; give at least one sentence")
