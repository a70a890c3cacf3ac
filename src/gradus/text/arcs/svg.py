"""A dependency tree as one SVG picture: arcs with their labels above words with their tags."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from gradus.text.arcs.look import BETWEEN, BORDER, FIRST, FOOT, FORM, LABEL, ROOM, STEP, TAG
from gradus.text.arcs.rows import Row, below, break_rows
from gradus.text.arcs.strokes import Stroke, stroke
from gradus.text.arcs.tree import Arc, Verdict, tree_arcs
from gradus.text.arcs.widths import shown
from gradus.text.document import Sentence

#: How strong the arc of a confidence of 0 is drawn; at 1 it is full.
FAINTEST = 0.2

#: Colours that are readable on white and on black; right arcs take that of the text.
COLOURS = {
    Verdict.PLAIN: "currentColor",
    Verdict.WRONG_HEAD: "#e5484d",
    Verdict.WRONG_LABEL: "#e5484d",
    Verdict.MISSED: "#2f9e5b",
}


def draw_svg(
    sentence: Sentence,
    *,
    width: float | None = None,
    gold: Sentence | None = None,
    confidences: Sequence[float] | None = None,
) -> str:
    """The tree of ``sentence`` as SVG text, complete by itself: no fonts or scripts from elsewhere.

    The picture takes the colour of the text around it. Without ``width`` all words stand in one
    row; with it, in rows of at most so many pixels, and an arc from row to row is drawn as two
    stubs that name the word where it goes on. With ``gold`` wrong arcs are red and those that were
    missed dashed green; with ``confidences``, from 0 to 1, uncertain arcs are fainter.

    >>> svg = draw_svg(Sentence.of(["Cats", "sleep"], heads=[2, 0], deprels=["nsubj", "root"]))
    >>> svg.count("<path"), ">nsubj</text>" in svg
    (4, True)

    Raises:
        DataError: a head is no word of the sentence, or the words, the gold tree and the
            confidences differ in number.
    """
    arcs = tree_arcs(sentence, gold=gold, confidences=confidences)
    rows = break_rows(sentence, arcs, None if width is None else width - 2 * BORDER)
    body: list[str] = []
    top = 0.0
    for row in rows:
        ground = top + (FIRST + STEP * (row.height - 1) + LABEL if row.height else 0)
        body += _arcs(sentence, row, ground)
        body += _words(sentence, row, ground, numbered=len(rows) > 1)
        top = ground + FORM + FOOT + BETWEEN
    wide = max((row.width for row in rows), default=0.0) + 2 * BORDER
    high = top - BETWEEN + 2 * BORDER
    said = escape(" ".join(shown(word.form) for word in sentence.words))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="gradus-tree" role="img" '
            f'aria-label="Dependency tree: {said}" width="{_px(wide)}" height="{_px(high)}" '
            f'viewBox="0 0 {_px(wide)} {_px(high)}" font-family="system-ui, sans-serif" '
            f'fill="currentColor" stroke="none" text-anchor="middle">',
            f'<g transform="translate({BORDER} {BORDER})">',
            *body,
            "</g>",
            "</svg>\n",
        ]
    )


def _words(sentence: Sentence, row: Row, ground: float, *, numbered: bool) -> Iterator[str]:
    for number in range(row.first, row.last + 1):
        word = sentence.words[number - 1]
        x = row.centres[number]
        yield _text(x, ground + FORM + 2, FORM, word.form)
        if tag := below(word, number if numbered else None):
            yield _text(x, ground + FORM + 2 + TAG + 5, TAG, tag, ' opacity=".6"')


def _arcs(sentence: Sentence, row: Row, ground: float) -> Iterator[str]:
    for index, strand in enumerate(row.strands):
        y = ground - FIRST - STEP * (strand.level - 1)
        yield _group(sentence, strand.arc, stroke(row, index, y=y, ground=ground - ROOM))


def _group(sentence: Sentence, arc: Arc, drawn: Stroke) -> str:
    """An arc with all that belongs to it; a pointer that rests on it is told what it is."""
    colour = COLOURS[arc.verdict]
    # a relation that is wrong between the right words is red, its arc is not
    line = "currentColor" if arc.verdict is Verdict.WRONG_LABEL else colour
    dashes = ' stroke-dasharray="4 3"' if arc.verdict is Verdict.MISSED else ""
    strength = 1.0 if arc.confidence is None else arc.confidence
    faint = f' opacity="{FAINTEST + (1 - FAINTEST) * strength:.2f}"' if strength < 1 else ""
    parts = [f"<title>{escape(_told(sentence, arc))}</title>"]
    if drawn.line:
        line_look = f'fill="none" stroke="{line}" stroke-width="1.3"{dashes}'
        parts.append(f'<path d="{_path(drawn.line)}" {line_look}/>')
    if drawn.arrow:
        parts.append(f'<path d="{_path(drawn.arrow)}Z" fill="{line}"/>')
    if drawn.label:
        x, y = drawn.place
        look = f' fill="{colour}"' + (f' text-anchor="{drawn.anchor}"' if drawn.anchor else "")
        parts.append(_text(x, y, LABEL, drawn.label, look))
    return f"<g{faint}>{''.join(parts)}</g>"


def _told(sentence: Sentence, arc: Arc) -> str:
    head = sentence.words[arc.head - 1].form if arc.head else "root"
    told = f"{shown(head)} → {shown(sentence.words[arc.dependent - 1].form)}: {shown(arc.label)}"
    if arc.verdict is not Verdict.PLAIN:
        told += f" ({arc.verdict.value}" + (
            f": {shown(arc.gold_label)})" if arc.gold_label else ")"
        )
    return told if arc.confidence is None else f"{told}, confidence {arc.confidence:.2f}"


def _path(steps: Sequence[tuple[Any, ...]]) -> str:
    return "".join(command + " ".join(map(_px, numbers)) for command, *numbers in steps)


def _text(x: float, y: float, size: float, text: str, look: str = "") -> str:
    return f'<text x="{_px(x)}" y="{_px(y)}" font-size="{size}"{look}>{escape(shown(text))}</text>'


def _px(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
