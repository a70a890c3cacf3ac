"""A sentence as a table for the eye: one word a line, its fields in aligned columns."""

from collections.abc import Iterator
from functools import lru_cache

from gradus.text.arcs.widths import columns, fitted, shown
from gradus.text.document import NOTHING, Sentence, Word
from gradus.text.entities_in_misc import entity_tags
from gradus.text.schemes import NO_SPAN

HEADER = ("", "form", "lemma", "UPOS", "XPOS", "feats", "head", "deprel", "entity")

#: Between two columns, and how a terminal shows the header.
GAP = "  "
FAINT, PLAIN = "\x1b[2m", "\x1b[0m"

#: What a column keeps in a terminal that is too narrow.
LEAST = 6


def sentence_columns(
    sentence: Sentence, *, width: int | None = None, colour: bool = False
) -> list[str]:
    r"""The lines of the table, its header first, each of at most ``width`` columns.

    A multiword token has a line of its own before its words; an entity is shown as its tag.
    Columns of a terminal are counted: two for a wide character. Where they are too few, the widest
    columns of the table are cut.

    >>> words = [Word("犬", "犬", "NOUN", head=2), Word("寝る", "寝る", "VERB", head=0)]
    >>> print("\n".join(sentence_columns(Sentence(words))))
       form  lemma  UPOS  XPOS  feats  head  deprel  entity
    1  犬    犬     NOUN               2
    2  寝る  寝る   VERB               0
    """
    rows = [HEADER, *_rows(sentence)]
    rooms = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    if width is not None:
        _narrow_(rooms, width - len(GAP) * (len(rooms) - 1))
    lines = [GAP.join(map(_cell, row, rooms)).rstrip() for row in rows]
    if width is not None and sum(rooms) + len(GAP) * (len(rooms) - 1) > width:
        lines = [fitted(line, width) for line in lines]  # a terminal that holds no table
    return [f"{FAINT}{lines[0]}{PLAIN}", *lines[1:]] if colour else lines


def _narrow_(rooms: list[int], width: int) -> None:
    """Take from the widest columns what is too much; none becomes narrower than ``LEAST``."""
    while sum(rooms) > width and max(rooms) > LEAST:
        rooms[rooms.index(max(rooms))] -= 1


@lru_cache(maxsize=1 << 14)
def _cell(text: str, room: int) -> str:
    """The text in exactly so many columns; what is cut ends in an ellipsis."""
    text = fitted(text, room)
    return text + " " * (room - columns(text))


@lru_cache(maxsize=1 << 14)
def _columns(cell: str) -> int:
    """The same, counted once: the cells of a text are few and come again and again."""
    return columns(cell)


def _rows(sentence: Sentence) -> Iterator[tuple[str, ...]]:
    tokens = {token.first: token for token in sentence.multiword}
    pairs = zip(sentence.words, entity_tags(sentence), strict=True)
    for number, (word, tag) in enumerate(pairs, start=1):
        if token := tokens.get(number):
            name = f"{token.first}-{token.last}"
            yield (name, shown(token.form), *[""] * (len(HEADER) - 2))
        yield _row(number, word, tag)


def _row(number: int, word: Word, tag: str) -> tuple[str, ...]:
    fields = (word.lemma, word.upos, word.xpos, word.feats)
    return (
        str(number),
        shown(word.form),
        *map(_given, fields),
        "" if word.head is None else str(word.head),
        _given(word.deprel),
        "" if tag == NO_SPAN else shown(tag),
    )


def _given(field: str) -> str:
    return "" if field == NOTHING else shown(field)
