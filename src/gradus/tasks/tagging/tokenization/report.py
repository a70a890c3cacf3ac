"""How good a tokenization is: tokens, words and sentences, by CoNLL 2018 [zeman2018]."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gradus.core.errors import DataError
from gradus.tasks.tagging.span_scores import SpanScores
from gradus.text.alignment import aligned_words, check_same_text, same_stretches
from gradus.text.cuts import Cuts
from gradus.text.document import Sentence


@dataclass(frozen=True)
class TokenizationReport:
    """Precision, recall and F1 of tokens, words and sentences.

    >>> gold = [Sentence.of(["Go", "on"]), Sentence.of(["Stop"])]
    >>> TokenizationReport.of(gold, [Sentence.of(["Go", "on", "Stop"])])
    TokenizationReport(tokens F1 1.0000, words F1 1.0000, sentences F1 0.0000)
    """

    tokens: SpanScores
    words: SpanScores
    sentences: SpanScores

    @classmethod
    def of(cls, gold: Iterable[Sentence], predicted: Iterable[Sentence]) -> "TokenizationReport":
        """The figures of predicted sentences of the same text.

        Raises:
            DataError: there is no gold sentence, or the texts differ in more than white space.
        """
        right, found = Cuts.of(gold, "gold"), Cuts.of(predicted, "predicted")
        if not right.sentences:
            raise DataError("there are no gold sentences to measure on; give some")
        check_same_text(right, found)
        words = len(aligned_words(right.words, found.words))
        rows = (
            ("tokens", right.tokens, found.tokens, same_stretches(right.tokens, found.tokens)),
            ("words", right.words, found.words, words),
            ("sentences", right.sentences, found.sentences,
             same_stretches(right.sentences, found.sentences)),
        )  # fmt: skip
        return cls(
            *(
                SpanScores.of(name, gold=len(one), predicted=len(other), right=both)
                for name, one, other, both in rows
            )
        )

    @property
    def rows(self) -> tuple[SpanScores, SpanScores, SpanScores]:
        """The figures of tokens, of words and of sentences."""
        return self.tokens, self.words, self.sentences

    def to_dict(self) -> dict[str, Any]:
        """The figures by name, as JSON has them."""
        return {row.name: {**row._asdict()} for row in self.rows}

    def __repr__(self) -> str:
        figures = ", ".join(f"{row.name} F1 {row.f1:.4f}" for row in self.rows)
        return f"TokenizationReport({figures})"
