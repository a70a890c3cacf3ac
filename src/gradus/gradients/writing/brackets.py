"""When a part of a formula stands in parentheses: one answer for all formats.

Every kind of piece binds its parts together with some strength, and asks for some strength of each
part. A part that is weaker than that stands in parentheses: the factors of ``(a + b) c`` have to
be a ``POWER``, and ``a + b`` is a ``SUM``.

A format is a table of templates, one for each kind, and a table of these strengths.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gradus.gradients.writing.typeset import Piece

#: From ``a > b`` over ``a + b``, ``a / b``, ``A B`` and ``a²`` to what nothing can tear apart.
COMPARE, SUM, TERM, PRODUCT, POWER, ATOM = range(6)


class Strength(NamedTuple):
    """How tightly a kind binds, and how tightly its parts have to; by default it has an end."""

    binds: int = ATOM
    first: int = COMPARE
    others: int | None = None  # as the first, unless given
    last: int | None = None  # of two parts or more; as the others, unless given

    def asks(self, place: int, count: int) -> int:
        """The strength that the part at a place needs, out of ``count`` parts."""
        others = self.first if self.others is None else self.others
        if place == 0:
            return self.first
        return others if self.last is None or place < count - 1 else self.last


#: Kinds that have no end of their own where everything is typed: signs bind as in Python.
TYPED = {
    "compare": Strength(COMPARE, SUM),
    "neg": Strength(SUM, TERM),
    "opposite": Strength(SUM, POWER),
    "sum": Strength(SUM, SUM, TERM),
    # after single numbers a product of matrices stands free: 2 * A @ B
    "scaled": Strength(TERM, PRODUCT, POWER, TERM),
    "times": Strength(TERM, POWER),
    "over": Strength(TERM, TERM, POWER),
    "dot": Strength(PRODUCT, PRODUCT, POWER),
    "inner": Strength(PRODUCT, PRODUCT, POWER),
    "power": Strength(POWER, ATOM, POWER),
    "transpose": Strength(ATOM, ATOM),
    "index": Strength(ATOM, ATOM, COMPARE),
    "pick": Strength(ATOM, ATOM, COMPARE),
}

#: On paper: factors side by side, and marks above the line.
ON_PAPER = TYPED | {
    "opposite": Strength(SUM, PRODUCT),
    "scaled": Strength(TERM, POWER, POWER, TERM),
    "inner": Strength(PRODUCT, ATOM, POWER),
    "outer": Strength(PRODUCT, POWER, ATOM),
    "root": Strength(POWER, ATOM),
    "over_time": Strength(TERM, TERM),
    **dict.fromkeys(("transpose", "inverse", "inverse_transpose"), Strength(POWER, ATOM)),
}

#: In print: what stands above, below or under a line needs no parentheses there.
IN_PRINT = ON_PAPER | {
    "opposite": Strength(SUM, TERM),
    "over": Strength(POWER),
    "power": Strength(POWER, ATOM, COMPARE),
    "root": Strength(ATOM),
    "total": Strength(TERM, TERM),
    "cases": Strength(SUM),  # a brace on the left alone
    "each_time": Strength(POWER),  # its last time stands above
}

#: A text with ``#1``, ``#2`` for the parts, or a function of the piece and the texts of its parts.
Template = str | Callable[[Piece, list[str]], str]


@dataclass(frozen=True)
class Format:
    """A way to write: a template and a strength for each kind."""

    templates: Mapping[str, Template]
    strengths: Mapping[str, Strength]  # of the kinds that have no end of their own
    parenthesised: Callable[[str], str]
    rewrites: Mapping[str, Callable[[Piece], Piece]] = field(default_factory=dict)

    def write(self, piece: Piece) -> str:
        """A formula as text."""
        return self.part(piece, COMPARE)

    def part(self, piece: Piece, least: int) -> str:
        """A part of a formula, in parentheses unless it binds at least so tightly."""
        if piece.kind in self.rewrites:
            piece = self.rewrites[piece.kind](piece)
        strength, count = self.strengths.get(piece.kind, Strength()), len(piece.parts)
        texts = [
            self.part(part, strength.asks(place, count)) for place, part in enumerate(piece.parts)
        ]
        template = self.templates[piece.kind]
        text = inserted(template, texts) if isinstance(template, str) else template(piece, texts)
        return text if strength.binds >= least else self.parenthesised(text)


def inserted(template: str, texts: list[str]) -> str:
    """A template with its parts in place.

    >>> inserted("#1 / #2", ["a", "b"])
    'a / b'
    """
    return re.sub(r"#(\d)", lambda match: texts[int(match[1]) - 1], template)


def signed(piece: Piece, texts: list[str], minus: str = " - ", plus: str = " + ") -> str:
    """The terms of a sum with their signs."""
    signs = [minus if sign == "-" else plus for sign in piece.data[1:]]
    return texts[0] + "".join(sign + text for sign, text in zip(signs, texts[1:], strict=True))


def joined(sign: str) -> Callable[[Piece, list[str]], str]:
    """The template of parts with a sign between them."""
    return lambda piece, texts: sign.join(texts)
