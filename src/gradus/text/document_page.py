"""A document for a notebook: its running text with the entities marked, and its trees below.

Everything is in the page itself; nothing is loaded from elsewhere and no script runs.
"""

import re
from collections.abc import Sequence
from html import escape
from itertools import chain
from zlib import crc32

from gradus.text.arcs.page import caption
from gradus.text.arcs.page import html_part as tree_part
from gradus.text.arcs.widths import shown
from gradus.text.placing import Entity, PlacedSentence

#: Sentences that are shown; the rest is counted.
SHOWN = 10

#: Behind the words of an entity. With letters of INK on them they stand alone, so that they are
#: as readable on a dark page as on a light one.
GROUNDS = ("#ffd8a8", "#b2f2bb", "#a5d8ff", "#fcc2d7", "#d0bfff", "#ffec99", "#99e9f2", "#d8dee4")
INK = "#1b1f24"

#: Types that most corpora have keep their colours; every other one takes one by its name.
KNOWN = {
    **dict.fromkeys(("PER", "PERSON"), 0),
    **dict.fromkeys(("LOC", "GPE", "LOCATION"), 1),
    **dict.fromkeys(("ORG", "ORGANIZATION"), 2),
    "MISC": 4,
}

#: White space that a page may have; other control characters are replaced.
VISIBLE = re.compile(r"[^\n\t]+")


def html_part(placed: Sequence[PlacedSentence]) -> str:
    """The first sentences as a part of a page, and a line that says how many more there are.

    >>> from gradus.text.document import Sentence
    >>> from gradus.text.placing import placed_sentences
    >>> page = html_part(list(placed_sentences([Sentence.of(["a<b"])] * 12)))
    >>> page.count("a&lt;b"), "2 more sentences" in page
    (10, True)

    Raises:
        DataError: a tag of an entity in MISC is none, or a head is no word of its sentence.
    """
    first = placed[:SHOWN]
    more = len(placed) - len(first)
    parts = [
        f'<div dir="auto" style="white-space:pre-wrap;line-height:1.9">{_running(first)}</div>'
    ]
    for one in first:
        if any(head is not None for head in one.sentence.heads):
            name = escape(caption(one.place + 1, one.sentence))
            parts.append(
                f"<details open><summary>{name}</summary>\n{tree_part(one.sentence)}</details>"
            )
    if more:
        parts.append(f"<p>{more:,} more sentence{'s' if more > 1 else ''}</p>")
    return "\n".join(parts) + "\n"


def ground(kind: str) -> str:
    """The colour behind entities of a type: the same in every document.

    >>> ground("PER"), ground("PERSON")
    ('#ffd8a8', '#ffd8a8')
    """
    return GROUNDS[KNOWN.get(kind, crc32(kind.encode(errors="replace")) % len(GROUNDS))]


def _running(placed: Sequence[PlacedSentence]) -> str:
    """The text of some sentences, one behind the other, with marks."""
    tokens = [token for one in placed for token in one.tokens]
    text = "".join(token.text + token.space_after for token in tokens).rstrip()
    begin = tokens[0].start if tokens else 0
    pieces: list[str] = []
    at = 0
    for entity in chain.from_iterable(one.entities() for one in placed):
        # two entities may be words of one token, which is marked for the first
        start, end = max(at, entity.start - begin), entity.end - begin
        if start < end:
            pieces += [_safe(text[at:start]), _mark(text[start:end], entity)]
            at = end
    return "".join([*pieces, _safe(text[at:])])


def _mark(text: str, entity: Entity) -> str:
    look = f"background:{ground(entity.type)};color:{INK};padding:.15em .3em;border-radius:.3em"
    return f'<mark style="{look}">{_safe(text)} <small><b>{_safe(entity.type)}</b></small></mark>'


def _safe(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return VISIBLE.sub(lambda found: escape(shown(found[0])), lines)
