"""Tagging schemes: how one tag a word tells where spans of words, such as names, begin and end.

A tag is ``O`` for a word outside all spans, else a letter, a hyphen and the type of the span. The
letter says where in its span a word stands: ``B`` first, ``I`` inside, ``E`` or ``L`` last, ``S``
or ``U`` alone.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from gradus.core.catalogue import Catalogue
from gradus.core.errors import DataError

#: The tag of a word in no span, and what stands before and after a sentence.
NO_SPAN = "O"

#: The place in a span that a letter stands for; two letters each for the last word and a lone one.
ROLES = {"B": "B", "I": "I", "E": "E", "L": "E", "S": "S", "U": "S"}


class Tag(NamedTuple):
    """A tag taken apart."""

    letter: str
    type: str

    @property
    def role(self) -> str:
        """The place in a span, one of B I E S, or O."""
        return ROLES.get(self.letter, NO_SPAN)


OUTSIDE = Tag(NO_SPAN, "")


@dataclass(frozen=True)
class Scheme:
    """How a scheme writes spans, and which it reads as whole ones."""

    name: str
    first: str  # letter of the first of several words
    inside: str
    last: str
    alone: str  # letter of the word of a span that has no other
    parts: bool = False  # whether B is only written to part spans of one type that touch

    def spell(self, length: int, kind: str, *, parted: bool) -> list[str]:
        """The tags of a span; ``parted`` says that one of the same type ends just before it."""
        letters = [self.first, *[self.inside] * (length - 2), self.last]
        if length == 1:
            letters = [self.alone]
        if self.parts and parted:
            letters[0] = "B"
        return [f"{letter}-{kind}" for letter in letters]

    def read(self, written: str) -> Tag:
        """A tag taken apart.

        Raises:
            DataError: it is no tag, or its letter is not of this scheme.
        """
        tag = parse_tag(written)
        known = {self.first, self.inside, self.last, self.alone, *"B" * self.parts}
        if tag is not OUTSIDE and tag.letter not in known:
            raise DataError(
                f"the tag {written!r} has the letter {tag.letter}, but {self.name} has "
                f"{', '.join(sorted(known))}; convert the tags, or name another scheme"
            )
        return tag

    def begins(self, before: Tag, tag: Tag) -> bool:
        """Whether a span may begin with ``tag``, if it does not go on there."""
        if self.parts and tag.role == "B":
            return before.type == tag.type
        return tag.letter in (self.first, self.alone)

    def ends(self, before: Tag) -> bool:
        """Whether a span may end with ``before``."""
        return self.parts or before.letter in (self.last, self.alone)


#: Every scheme by each of its names.
SCHEMES = Catalogue[Scheme]("tagging scheme")


@SCHEMES.add("IOB2")
@SCHEMES.add("BIO")
def iob2() -> Scheme:
    """B begins every span: ``B-PER I-PER B-PER``."""
    return Scheme("IOB2", "B", "I", "I", "B")


@SCHEMES.add("IOB1")
@SCHEMES.add("IOB")
def iob1() -> Scheme:
    """I everywhere, and B where a span follows one of its type at once: ``I-PER I-PER B-PER``."""
    return Scheme("IOB1", "I", "I", "I", "I", parts=True)


@SCHEMES.add("BIOES")
@SCHEMES.add("IOBES")
def bioes() -> Scheme:
    """B begins and E ends a span, S is a lone word: ``B-PER E-PER S-PER``."""
    return Scheme("BIOES", "B", "I", "E", "S")


@SCHEMES.add("BILOU")
def bilou() -> Scheme:
    """As BIOES, with L for last and U for unit: ``B-PER L-PER U-PER``."""
    return Scheme("BILOU", "B", "I", "L", "U")


@lru_cache(maxsize=1 << 14)
def parse_tag(written: str) -> Tag:
    """A tag of any scheme taken apart; the type may have hyphens of its own.

    >>> parse_tag("B-creative-work")
    Tag(letter='B', type='creative-work')

    Raises:
        DataError: it is no tag.
    """
    if written == NO_SPAN:
        return OUTSIDE
    letter, _, kind = written.partition("-")
    if letter not in ROLES or not kind:
        raise DataError(
            f"{written[:40]!r} is no tag; write {NO_SPAN}, or one of {', '.join(ROLES)} with a "
            "hyphen and a type, such as B-PER"
        )
    return Tag(letter, kind)
