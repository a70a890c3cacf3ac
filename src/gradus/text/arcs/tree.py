"""The arcs of a sentence that are to be drawn, and how they are stacked so that none collide."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from gradus.core.errors import DataError
from gradus.text.document import NOTHING, Sentence

Span = tuple[int, int]


class Verdict(Enum):
    """What a comparison with a gold tree says of an arc."""

    PLAIN = "plain"  # right, or not compared
    WRONG_HEAD = "wrong head"
    WRONG_LABEL = "wrong relation"
    MISSED = "missed"  # an arc of the gold tree that was not found


@dataclass(frozen=True, slots=True)
class Arc:
    """One arc, from word ``head`` to word ``dependent``, counted from 1; head 0 is the root."""

    head: int
    dependent: int
    label: str
    verdict: Verdict = Verdict.PLAIN
    confidence: float | None = None
    gold_label: str = ""  # where it differs from the label

    @property
    def span(self) -> Span:
        """The left and the right end; the root's arc begins and ends at its word."""
        if not self.head:
            return self.dependent, self.dependent
        return min(self.head, self.dependent), max(self.head, self.dependent)


def tree_arcs(
    sentence: Sentence,
    *,
    gold: Sentence | None = None,
    confidences: Sequence[float] | None = None,
) -> list[Arc]:
    """The arcs of ``sentence`` in the order of the words, those missed of ``gold`` among them.

    A word without a head has no arc.

    >>> cats = Sentence.of(["Cats", "sleep"], heads=[2, 0], deprels=["nsubj", "root"])
    >>> [(arc.head, arc.dependent, arc.label) for arc in tree_arcs(cats)]
    [(2, 1, 'nsubj'), (0, 2, 'root')]

    Raises:
        DataError: a head is no word of the sentence, or the words, the gold tree and the
            confidences differ in number.
    """
    size = len(sentence)
    _check(sentence)
    if gold is not None:
        if len(gold) != size:
            raise DataError(
                f"the sentence has {size} words, but its gold tree has {len(gold)}; "
                "compare trees of the same words"
            )
        _check(gold)
    if confidences is not None and len(confidences) != size:
        raise DataError(f"{len(confidences)} confidences came with {size} words; give one a word")
    found: list[Arc] = []
    for number, word in enumerate(sentence.words, start=1):
        sure = None if confidences is None else float(confidences[number - 1])
        other = gold.words[number - 1] if gold is not None else word
        verdict, gold_label = Verdict.PLAIN, ""
        if other.head != word.head:
            verdict = Verdict.WRONG_HEAD
            if other.head is not None:
                missed = Arc(other.head, number, _label(other.deprel), Verdict.MISSED)
                found.append(missed)
        elif other.deprel != word.deprel:
            verdict, gold_label = Verdict.WRONG_LABEL, _label(other.deprel)
        if word.head is not None:
            found.append(Arc(word.head, number, _label(word.deprel), verdict, sure, gold_label))
    return found


def levels(spans: Sequence[Span]) -> list[int]:
    """The level of each span, from 1: on one level no two spans cover the same gap.

    A span lies above all that it encloses; spans that cross lie on different levels. One that
    begins and ends at the same word (the root's) lies above all that touch or cover the word.

    >>> levels([(1, 2), (2, 3), (1, 3), (2, 4)])
    [1, 1, 2, 3]
    """
    result = [0] * len(spans)
    tops: dict[int, int] = {}  # gap i lies between words i and i + 1
    short_first = sorted(range(len(spans)), key=lambda i: (_room(spans[i]), spans[i]))
    for index in short_first:
        left, right = spans[index]
        gaps = range(left, right) if left < right else range(left - 1, left + 1)
        level = 1 + max(tops.get(gap, 0) for gap in gaps)
        tops.update(dict.fromkeys(gaps, level))
        result[index] = level
    return result


def _room(span: Span) -> float:
    left, right = span
    return right - left if left < right else float("inf")


def _label(deprel: str) -> str:
    return "" if deprel == NOTHING else deprel


def _check(sentence: Sentence) -> None:
    size = len(sentence)
    for number, word in enumerate(sentence.words, start=1):
        if word.head is not None and not (0 <= word.head <= size and word.head != number):
            raise DataError(
                f"word {number} ({word.form!r}) has the head {word.head}, but a head is 0 or "
                f"another one of the {size} words; correct the tree"
            )
