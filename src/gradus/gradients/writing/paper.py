"""What all formats for paper and print share: names with hats, Greek letters for functions."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gradus.gradients.expressions.nodes import Node
from gradus.gradients.reading.names import GREEK, MARKS, canonical, pretty, split_number
from gradus.gradients.writing.typeset import Axes, Piece, typeset

#: Functions that have another name on paper than in a program.
SPELLINGS = {
    "sigmoid": "σ",
    "Phi": "Φ",
    "phi": "φ",
    "sum": "Σ",
    "amax": "max",
    "maximum": "max",
    "minimum": "min",
}


def on_paper(node: Node, taken: Iterable[str] = ()) -> Piece:
    """A node as a formula with the functions of paper: ``σ`` for sigmoid.

    A function keeps its longer name where a quantity has taken the short one, be it one of
    ``taken`` or one of the formula: next to a standard deviation ``σ``, ``σ(z)`` is ``sigmoid(z)``.
    """
    piece = typeset(node)
    values = {canonical(name) for name in (*taken, *symbols(piece))}
    spellings = {
        name: spelling for name, spelling in SPELLINGS.items() if canonical(spelling) not in values
    }
    return _spelled(piece, spellings)


def symbols(piece: Piece) -> Iterator[str]:
    """Every name in a formula."""
    if piece.kind == "symbol":
        yield piece.data
    for part in piece.parts:
        yield from symbols(part)


def _spelled(piece: Piece, spellings: Mapping[str, str]) -> Piece:
    data = piece.data
    if piece.kind == "call":
        data = spellings.get(data, data)
    elif isinstance(data, Axes):
        data = data._replace(name=spellings.get(data.name, data.name))
    return piece._replace(parts=tuple(_spelled(part, spellings) for part in piece.parts), data=data)


def paper_name(name: str) -> str:
    """A name as on paper, unless that would be the name of something else.

    >>> paper_name("yhat"), paper_name("h1"), paper_name("h_1")
    ('ŷ', 'h₁', 'h_1')
    """
    shown = pretty(name)
    return shown if canonical(shown) == canonical(name) else name


class Name(NamedTuple):
    """A name in parts: ``ŷ₁`` is the letter y with the mark "hat" and 1 below."""

    letters: str
    mark: str = ""
    below: str = ""


def name_parts(name: str) -> Name:
    """The parts of a name, for formats that set marks and subscripts themselves.

    >>> name_parts("yhat1")
    Name(letters='y', mark='hat', below='1')
    >>> name_parts("W_hh")
    Name(letters='W', mark='', below='hh')
    >>> name_parts("delta1[t-1]")
    Name(letters='δ', mark='', below='1,t-1')
    """
    name, bracket, time = name.partition("[")
    if bracket:
        found = name_parts(name)
        below = ",".join(part for part in (found.below, time.removesuffix("]")) if part)
        return found._replace(below=below)
    plain = canonical(name)
    base, digits = split_number(plain)
    if digits and plain == base + digits:
        return letter_parts(base)._replace(below=digits)
    first, underscore, below = plain.partition("_")
    letters = letter_parts(first)
    if len(letters.letters) == 1 and below and not below.isdigit():
        return letters._replace(below=below)
    return letter_parts(plain) if not underscore else Name(plain)


def letter_parts(name: str) -> Name:
    """The letter of a name and the mark above it."""
    mark = next((mark for mark in MARKS if name.endswith(mark) and name != mark), "")
    stem = name.removesuffix(mark)
    letter = GREEK.get(stem, stem)
    return Name(letter, mark) if len(letter) == 1 else Name(GREEK.get(name, name))
