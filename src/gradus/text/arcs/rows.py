"""Rows of words that fit a width, with all places in them."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gradus.text.arcs.look import FORM, GAP, TAG
from gradus.text.arcs.places import Ports, port_places, word_places
from gradus.text.arcs.strands import Strand, cut_strands
from gradus.text.arcs.tree import Arc
from gradus.text.arcs.widths import shown, text_width
from gradus.text.document import NOTHING, Sentence, Word

#: Classes of the letters of scripts that run from right to left.
LEFTWARDS = frozenset({"R", "AL"})


@dataclass(frozen=True)
class Row:
    """The words ``first`` to ``last``, counted from 1, with their places in pixels."""

    first: int
    last: int
    strands: tuple[Strand, ...]
    centres: dict[int, float]  # of every word, and of the two edges where broken arcs end
    ports: Ports  # how far each leg is from the centre of its word
    width: float

    @property
    def height(self) -> int:
        """The highest level."""
        return max((strand.level for strand in self.strands), default=0)

    def ends(self, index: int) -> tuple[float, float]:
        """Where the earlier and the later leg of a strand stand; at an open end, the edge."""
        strand = self.strands[index]
        left, right = (
            self.centres[word] + self.ports.get((index, word), 0.0)
            for word in (strand.left, strand.right)
        )
        return left, right

    def mirrored(self, width: float) -> "Row":
        """The same from right to left, in a picture of ``width`` pixels."""
        centres = {word: width - centre for word, centre in self.centres.items()}
        return replace(self, centres=centres, ports={key: -x for key, x in self.ports.items()})


def break_rows(sentence: Sentence, arcs: Sequence[Arc], width: float | None) -> list[Row]:
    """Rows of at most ``width`` pixels, each as full as can be; None: one row.

    A row holds at least one word, be it wider than ``width``. A sentence in a script that runs
    from right to left is drawn from right to left.
    """
    if not len(sentence):
        return []
    leftwards = runs_leftwards(sentence)
    if width is None:
        rows = [_row(sentence, arcs, 1, len(sentence), numbered=False, leftwards=leftwards)]
    else:
        rows = _filled(sentence, arcs, width, leftwards)
    if leftwards:
        rows = [row.mirrored(max(row.width for row in rows)) for row in rows]
    return rows


def runs_leftwards(sentence: Sentence) -> bool:
    """Whether most words with letters are written from right to left.

    >>> runs_leftwards(Sentence.of(["שלום", "עולם", "!"])), runs_leftwards(Sentence.of(["Hello"]))
    (True, False)
    """
    votes = 0
    for word in sentence.words:
        kinds = (unicodedata.bidirectional(character) for character in word.form)
        strong = next((kind for kind in kinds if kind == "L" or kind in LEFTWARDS), "")
        votes += (strong in LEFTWARDS) - (strong == "L")
    return votes > 0


def below(word: Word, number: int | None) -> str:
    """What stands below a word: its tag, in a drawing of several rows after its number.

    >>> below(Word("cats", upos="NOUN"), 3)
    '3 NOUN'
    """
    tag = "" if word.upos == NOTHING else shown(word.upos)
    return tag if number is None else f"{number} {tag}".rstrip()


def _filled(sentence: Sentence, arcs: Sequence[Arc], width: float, leftwards: bool) -> list[Row]:
    rows: list[Row] = []
    first = 1
    while first <= len(sentence):
        *_, fullest = _fitting(sentence, arcs, first, width, leftwards)
        rows.append(fullest)
        first = fullest.last + 1
    return rows


def _fitting(
    sentence: Sentence, arcs: Sequence[Arc], first: int, width: float, leftwards: bool
) -> Iterator[Row]:
    """The rows from ``first`` on that fit, longer and longer; the shortest may be too wide."""
    least = 0.0
    for last in range(first, len(sentence) + 1):
        least += _word_width(sentence.words[last - 1], last)
        if last > first and least > width:
            return  # even without an arc
        least += GAP
        row = _row(sentence, arcs, first, last, numbered=True, leftwards=leftwards)
        # a longer row may be narrower: an arc that is whole needs no note
        if last == first or row.width <= width:
            yield row


def _row(
    sentence: Sentence,
    arcs: Sequence[Arc],
    first: int,
    last: int,
    *,
    numbered: bool,
    leftwards: bool,
) -> Row:
    strands = cut_strands(sentence, arcs, first, last, leftwards=leftwards)
    widths = {
        number: _word_width(sentence.words[number - 1], number if numbered else None)
        for number in range(first, last + 1)
    }
    ports = port_places(strands, widths)
    centres, width = word_places(strands, ports, widths)
    return Row(first, last, strands, centres, ports, width)


def _word_width(word: Word, number: int | None) -> float:
    return max(text_width(shown(word.form), FORM), text_width(below(word, number), TAG))
