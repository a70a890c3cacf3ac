"""What an entry of an array is made of: entries of other arrays, sums over letters, brackets.

``(x @ W)_ij = Σ_k x_ik W_kj`` is ``Sigma(k, Times(x_ik, W_kj))``. Letters count from 0 here, as in
NumPy; the writers count from 1, as on paper. The classes only hold parts: expressions are made in
their one form by :mod:`gradus.gradients.elements.algebra`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import Node

START = Dim.number(0)


class Element:
    """A single number, made of entries of arrays."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Index:
    """A letter, and the length of the axis that it runs along."""

    letter: str
    size: Dim


@dataclass(frozen=True, slots=True)
class Place:
    """Where along an axis: at a letter, at the entry of an index, or at neither; plus a shift."""

    base: "Index | Entry | None" = None
    shift: Dim = START

    def moved(self, by: Dim) -> "Place":
        """The place so much further on."""
        return Place(self.base, self.shift + by)


#: The only place along an axis of length 1.
FIRST = Place()

Places = tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Entry(Element):
    """``x_ij``: the entry of an array."""

    node: Node
    places: Places
    held: bool = False  # fixed, because another use of the same array is being differentiated


@dataclass(frozen=True, slots=True)
class Number(Element):
    """An exact number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Length(Element):
    """The length of an axis."""

    size: Dim


@dataclass(frozen=True, slots=True)
class Plus(Element):
    """Terms with their coefficients."""

    terms: tuple[tuple[Element, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Times(Element):
    """A coefficient times powers; where a bracket among them is 0, nothing else is looked at."""

    coefficient: Fraction
    powers: tuple[tuple[Element, Element], ...]  # bases with their exponents


@dataclass(frozen=True, slots=True)
class Call(Element):
    """A function of numbers."""

    name: str
    args: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Sigma(Element):
    """The sum over a letter."""

    index: Index
    body: Element


@dataclass(frozen=True, slots=True)
class Largest(Element):
    """The largest value over some letters."""

    indices: tuple[Index, ...]
    body: Element


@dataclass(frozen=True, slots=True)
class Match(Element):
    """``[i = j]``, ``[i < j]`` or ``[i >= j]`` of places: 1 where it holds, else 0."""

    left: Place
    sign: str
    right: Place


@dataclass(frozen=True, slots=True)
class Holds(Element):
    """``[u > v]``: 1 where a comparison of numbers holds, else 0."""

    left: Element
    sign: str
    right: Element


@dataclass(frozen=True, slots=True)
class Derivative(Element):
    """``∂u/∂x_ab``, still to be worked out."""

    of: Element
    by: Entry


def inside(element: Element) -> Iterator[Element]:
    """The elements that an element is made of, those in its places included."""
    match element:
        case Entry(_, places):
            yield from (place.base for place in places if isinstance(place.base, Entry))
        case Match(left, _, right):
            yield from (one.base for one in (left, right) if isinstance(one.base, Entry))
        case Plus(terms):
            yield from (term for term, _ in terms)
        case Times(_, powers):
            for power in powers:
                yield from power
        case Call(_, args):
            yield from args
        case Sigma(_, body) | Largest(_, body):
            yield body
        case Holds(left, _, right) | Derivative(left, right):
            yield left
            yield right


def below(element: Element) -> Iterator[Element]:
    """An element and everything in it."""
    yield element
    for part in inside(element):
        yield from below(part)


def places_of(element: Element) -> Places:
    """The places that an entry or a bracket names itself."""
    match element:
        case Entry(_, places):
            return places
        case Match(left, _, right):
            return (left, right)
    return ()


def bound(element: Element) -> tuple[Index, ...]:
    """The letters that a sum or a maximum runs over."""
    match element:
        case Sigma(index):
            return (index,)
        case Largest(indices):
            return indices
    return ()


def letters_at(place: Place) -> set[str]:
    """The letters on which a place depends."""
    match place.base:
        case Index(letter):
            return {letter}
        case Entry():
            return letters_of(place.base)
    return set()


def letters_of(element: Element) -> set[str]:
    """The letters on which an element depends: those that no sum runs over."""
    found = {letter for place in places_of(element) for letter in letters_at(place)}
    for part in inside(element):
        found |= letters_of(part)
    return found - {index.letter for index in bound(element)}


def nodes_of(element: Element) -> list[Node]:
    """The arrays whose entries are named, each once."""
    return list(dict.fromkeys(one.node for one in below(element) if isinstance(one, Entry)))
