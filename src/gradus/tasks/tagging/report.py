"""How good tags are: the share of words that are right, column by column, and F1 of entities."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gradus.core.errors import DataError
from gradus.tasks.tagging.columns import COLUMNS
from gradus.tasks.tagging.confusions import Confusion, most_frequent, span_mistakes
from gradus.tasks.tagging.span_scores import SpanReport
from gradus.text.document import NOTHING, Sentence
from gradus.text.entities_in_misc import entity_tags

#: Columns that make up all tags of a word, as the shared task of CoNLL 2018 has it.
ALL_TAGS = ("upos", "xpos", "feats")


@dataclass(frozen=True, repr=False)
class TaggingReport:
    """Figures of predicted tags beside gold ones, on the same words.

    >>> gold = [Sentence.of(["Cats", "sleep"], upos=["NOUN", "VERB"])]
    >>> TaggingReport.of(gold, [Sentence.of(["Cats", "sleep"], upos=["NOUN", "NOUN"])], ["upos"])
    TaggingReport(1 sentences, 2 words, upos 50.00%)
    """

    gold: Sequence[Sentence]
    predicted: Sequence[Sentence]
    columns: Sequence[str]

    @classmethod
    def of(
        cls, gold: Sequence[Sentence], predicted: Sequence[Sentence], columns: Sequence[str]
    ) -> "TaggingReport":
        """The report on the same sentences.

        Raises:
            DataError: there is no word, or the words of both sides are not the same.
        """
        if len(gold) != len(predicted):
            raise DataError(
                f"{len(gold)} gold sentences came with {len(predicted)} predicted ones; give the "
                "same sentences in the same order"
            )
        for number, (one, other) in enumerate(zip(gold, predicted, strict=True), start=1):
            if [word.form for word in one.words] != [word.form for word in other.words]:
                raise DataError(
                    f"sentence {number} has other words in the gold file than in the predicted "
                    "one; tag the words of the gold file"
                )
        if not any(map(len, gold)):
            raise DataError("no word to measure on; give at least one sentence")
        return cls(gold, predicted, tuple(columns))

    @property
    def words(self) -> int:
        """How many words were measured."""
        return sum(map(len, self.gold))

    @cached_property
    def figures(self) -> dict[str, float]:
        """Accuracy of each column, of all tags together if there are such, and F1 of entities.

        A word whose gold lemma is not said counts as right, as in the official evaluation.
        """
        found = {
            name: self.spans.f1 if COLUMNS[name].spans else self._accuracy([name])
            for name in self.columns
        }
        tags = [name for name in ALL_TAGS if name in self.columns]
        if len(tags) > 1:
            found["alltags"] = self._accuracy(tags)
        return found

    @cached_property
    def score(self) -> float:
        """The mean of the figures of all columns: what chooses the best model of a run."""
        return sum(self.figures[name] for name in self.columns) / len(self.columns)

    @cached_property
    def spans(self) -> SpanReport:
        """The figures of entities."""
        gold, predicted = (list(map(entity_tags, part)) for part in (self.gold, self.predicted))
        return SpanReport.of(gold, predicted)

    def confusions(self, column: str, count: int = 10) -> list[Confusion]:
        """The most frequent mistakes in a column; of entities, those of whole spans."""
        if COLUMNS[column].spans:
            pairs = zip(self.spans.gold, self.spans.predicted, strict=True)
            return most_frequent((pair for both in pairs for pair in span_mistakes(*both)), count)
        wrong = (pair for pair in self._pairs(column) if not _same(*pair, column))
        return most_frequent(wrong, count)

    def to_dict(self) -> dict[str, Any]:
        """All figures as plain values, ready for JSON."""
        values: dict[str, Any] = {"sentences": len(self.gold), "words": self.words, **self.figures}
        if "entity" in self.columns:
            values["entities"] = self.spans.to_dict()
        return values

    def __repr__(self) -> str:
        figures = ", ".join(f"{name} {value:.2%}" for name, value in self.figures.items())
        return f"TaggingReport({len(self.gold):,} sentences, {self.words:,} words, {figures})"

    def _repr_html_(self) -> str:
        """The figures as a table, for notebooks."""
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{value:.2%}</td></tr>"
            for name, value in self.figures.items()
        )
        return f"<p>{len(self.gold):,} sentences, {self.words:,} words</p><table>{rows}</table>"

    def _pairs(self, column: str) -> Iterator[tuple[str, str]]:
        """The gold and the predicted value of every word."""
        for gold, predicted in zip(self.gold, self.predicted, strict=True):
            for word, other in zip(gold.words, predicted.words, strict=True):
                yield getattr(word, column), getattr(other, column)

    def _accuracy(self, columns: Sequence[str]) -> float:
        right = sum(
            all(_same(getattr(word, name), getattr(other, name), name) for name in columns)
            for gold, predicted in zip(self.gold, self.predicted, strict=True)
            for word, other in zip(gold.words, predicted.words, strict=True)
        )
        return right / self.words


def _same(gold: str, predicted: str, column: str) -> bool:
    return gold == predicted or (column == "lemma" and gold == NOTHING)
