"""Constituency trees in brackets, as in the Penn Treebank [marcus1993]: read and written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gradus.core.errors import DataError, FormatError
from gradus.tasks.parsing.constituency import Constituent, walk
from gradus.text.sources import Source
from gradus.text.whole_text import source_name, whole_text

#: How the Penn Treebank writes brackets that are words; only round ones need it.
ESCAPES = {
    "-LRB-": "(",
    "-RRB-": ")",
    "-LSB-": "[",
    "-RSB-": "]",
    "-LCB-": "{",
    "-RCB-": "}",
}
ESCAPE = re.compile("|".join(ESCAPES))
PIECE = re.compile(r"[()]|[^\s()]+")


def read_constituents(source: Source) -> Iterator[Constituent]:
    """The trees of a file, packed or not, of standard input (``-``), or of lines.

    Raises:
        DataError: the source cannot be read.
        FormatError: it is not UTF-8, or not in brackets as :func:`parse_brackets` wants them.
    """
    return parse_brackets(whole_text(source), name=source_name(source))


def parse_brackets(text: str, *, name: str = "") -> Iterator[Constituent]:
    """The trees of a text, in any layout; a bracket without a label around a tree is left out.

    ``-LRB-`` and its like in words become the bracket they stand for. ``name`` is that of the text
    in messages.

    >>> [tree.label for tree in parse_brackets("( (S (NN cats) (VB sleep)) ) (FRAG (UH oh))")]
    ['S', 'FRAG']

    Raises:
        FormatError: a bracket is missing, a constituent empty or without a label, a word without a
            tag; the message has line and column. Trees before it come first.
    """
    source = _Text(text, name)
    openings: list[_Opening] = []
    for piece in PIECE.finditer(text):
        found, place = piece.group(), piece.start()
        if found == "(":
            openings.append(_Opening(place))
        elif not openings:
            raise source.error(place, f"{found!r} stands outside all brackets; take it away")
        elif found == ")":
            opening = openings.pop()
            node = source.close(opening, outermost=not openings)
            if openings:
                openings[-1].children.append(node)
            else:
                yield node
        else:
            source.add(openings[-1], found, place)
    if openings:
        raise source.error(openings[-1].place, "this bracket is never closed; add a )")


def write_brackets(tree: Constituent) -> str:
    """A tree on one line; what is read again is the same tree.

    Raises:
        DataError: a label or word is empty or holds a blank, a label a bracket, or a word is one
            of the spellings that mean a bracket.
    """
    parts: list[str] = []
    for node, _, leaving in walk(tree, leaving=True):
        if leaving:
            parts.append(")")
            continue
        if not (re.fullmatch(r"[^\s()]+", node.label) or (not node.label and node is tree)):
            raise DataError(
                f"the label {node.label!r} cannot stand in brackets; leave out blanks and brackets"
            )
        parts.append(f" ({node.label}" if parts else f"({node.label}")
        if node.word is not None:
            parts.append(f" {_escaped(node.word)}")
    return "".join(parts)


@dataclass(slots=True)
class _Opening:
    """A bracket that is open, with what came in it so far."""

    place: int
    label: str | None = None
    word: str | None = None
    children: list[Constituent] = field(default_factory=list)


@dataclass(frozen=True)
class _Text:
    """What is read, to say where something is wrong in it."""

    text: str
    name: str

    def error(self, place: int, message: str) -> FormatError:
        line = self.text.count("\n", 0, place) + 1
        column = place - self.text.rfind("\n", 0, place)
        begin = f"{self.name}, line" if self.name else "line"
        return FormatError(f"{begin} {line}, column {column}: {message}")

    def add(self, opening: _Opening, found: str, place: int) -> None:
        """Take a label or a word into an open bracket."""
        if opening.children:
            raise self.error(
                place, f"{found!r} stands beside constituents; give it a tag: (TAG {found})"
            )
        if opening.label is None:
            opening.label = found
        elif opening.word is None:
            opening.word = ESCAPE.sub(lambda escape: ESCAPES[escape.group()], found)
        else:
            raise self.error(
                place, f"{found!r} is a second word under {opening.label}; give each its own tag"
            )

    def close(self, opening: _Opening, *, outermost: bool) -> Constituent:
        """The constituent of a bracket that is closed."""
        children = tuple(opening.children)
        if opening.label is None and children and outermost:
            return children[0] if len(children) == 1 else Constituent("", children)
        if opening.label is None:
            raise self.error(opening.place, "this bracket has no label; write (LABEL ...)")
        if children and opening.word is not None:
            raise self.error(
                opening.place,
                f"{opening.label} has the word {opening.word!r} and constituents; "
                "give the word its own tag",
            )
        if not children and opening.word is None:
            raise self.error(
                opening.place, f"the constituent {opening.label} is empty; give it a word, or parts"
            )
        return Constituent(opening.label, children, opening.word)


def _escaped(word: str) -> str:
    if not word or re.search(r"\s", word) or ESCAPE.search(word):
        raise DataError(
            f"the word {word!r} cannot stand in brackets; blanks and {', '.join(ESCAPES)} have "
            "another meaning there"
        )
    return word.replace("(", "-LRB-").replace(")", "-RRB-")
