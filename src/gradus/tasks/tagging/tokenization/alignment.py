"""How good a tokenization is: tokens, words and sentences, as CoNLL 2018 measures them [zeman2018].

Both sides are spans of characters, white space apart. A token or a sentence is right if gold has
the same span. A word is right if its span is; those of multiword tokens, which share one span,
are compared by their forms within the stretch that these tokens cover.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gradus.core.errors import DataError
from gradus.tasks.tagging.span_scores import SpanScores
from gradus.text.document import Sentence
from gradus.text.spacing import surface_tokens

#: Characters of two texts that a message shows where they part.
SHOWN = 20


class Span(NamedTuple):
    """The characters ``start`` to ``end - 1`` of a text without white space."""

    start: int
    end: int


class PlacedWord(NamedTuple):
    """A word and its span, which is that of its token."""

    form: str
    start: int
    end: int
    multiword: bool


@dataclass(frozen=True)
class Placed:
    """Sentences as spans of their characters."""

    characters: str
    tokens: list[Span]
    words: list[PlacedWord]
    sentences: list[Span]

    @classmethod
    def of(cls, sentences: Iterable[Sentence]) -> "Placed":
        """The spans of sentences.

        >>> placed = Placed.of([Sentence.of(["Go", "on"]), Sentence.of(["Stop"])])
        >>> placed.sentences
        [Span(start=0, end=4), Span(start=4, end=8)]
        """
        letters: list[str] = []
        tokens: list[Span] = []
        words: list[PlacedWord] = []
        spans: list[Span] = []
        at = 0
        for sentence in sentences:
            begun = at
            for token in surface_tokens(sentence):
                shown = _without_spaces(token.form)
                letters.append(shown)
                start, at = at, at + len(shown)
                tokens.append(Span(start, at))
                words += (
                    PlacedWord(word.form.lower(), start, at, token.multiword)
                    for word in sentence.words[token.first - 1 : token.last]
                )
            spans.append(Span(begun, at))
        return cls("".join(letters), tokens, words, spans)


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
        right, found = Placed.of(gold), Placed.of(predicted)
        if not right.sentences:
            raise DataError("there are no gold sentences to measure on; give some")
        _check_texts(right.characters, found.characters)
        rows = (
            ("tokens", right.tokens, found.tokens, _shared(right.tokens, found.tokens)),
            ("words", right.words, found.words, aligned_words(right.words, found.words)),
            ("sentences", right.sentences, found.sentences,
             _shared(right.sentences, found.sentences)),
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


def aligned_words(gold: Sequence[PlacedWord], found: Sequence[PlacedWord]) -> int:
    """How many words are right.

    >>> im = [PlacedWord("in", 0, 2, True), PlacedWord("dem", 0, 2, True)]
    >>> aligned_words(im, [PlacedWord("im", 0, 2, False)]), aligned_words(im, im)
    (0, 2)
    """
    right = one = other = 0
    while one < len(gold) and other < len(found):
        left, mine = gold[one], found[other]
        if left.multiword or mine.multiword:
            firsts, (one, other) = _stretch(gold, found, one, other)
            right += _common(
                [word.form for word in gold[firsts[0] : one]],
                [word.form for word in found[firsts[1] : other]],
            )
        elif left[1:3] == mine[1:3]:
            right, one, other = right + 1, one + 1, other + 1
        elif left.start <= mine.start:
            one += 1
        else:
            other += 1
    return right


def _stretch(
    gold: Sequence[PlacedWord], found: Sequence[PlacedWord], one: int, other: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """The words of both sides that multiword tokens cover, from here on: first ones, and ends."""
    left, mine = gold[one], found[other]
    if left.multiword:
        end = left.end
        other += not mine.multiword and mine.start < left.start
    else:
        end = mine.end
        one += left.start < mine.start
    firsts = one, other
    while not (_beyond(gold, one, end) and _beyond(found, other, end)):
        if one < len(gold) and (other >= len(found) or gold[one].start <= found[other].start):
            word, one = gold[one], one + 1
        else:
            word, other = found[other], other + 1
        if word.multiword:
            end = max(end, word.end)
    return firsts, (one, other)


def _beyond(words: Sequence[PlacedWord], place: int, end: int) -> bool:
    if place >= len(words):
        return True
    word = words[place]
    return word.start >= end if word.multiword else word.end > end


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest sequence that is part of both, perhaps with gaps."""
    if one == other:
        return len(one)
    best = [0] * (len(other) + 1)
    for form in one:
        before = best
        best = [0]
        for place, rival in enumerate(other):
            best.append(before[place] + 1 if form == rival else max(best[place], before[place + 1]))
    return best[-1]


def _shared(gold: Sequence[Span], found: Sequence[Span]) -> int:
    return len(set(gold) & set(found))


def _without_spaces(form: str) -> str:
    if form.isascii():
        return form.replace(" ", "")
    return "".join(sign for sign in form if unicodedata.category(sign) != "Zs")


def _check_texts(gold: str, found: str) -> None:
    if gold == found:
        return
    pairs = enumerate(zip(gold, found, strict=False))
    at = next((place for place, (one, other) in pairs if one != other), min(len(gold), len(found)))
    raise DataError(
        f"the texts differ at character {at + 1:,}, white space apart: "
        f"{gold[at : at + SHOWN]!r} in gold, {found[at : at + SHOWN]!r} in what is measured; "
        "tokenize the text of the gold file"
    )
