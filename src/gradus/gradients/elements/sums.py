"""Sums over letters, decided by brackets: ``Σ_k x_ik [k = a]`` has one term, ``x_ia``.

A sum over a letter that nothing depends on is that many times the same.
"""

from collections.abc import Callable

from gradus.gradients.elements.algebra import (
    ONE,
    applied,
    matched,
    number,
    parts_of,
    plus,
    power,
    terms_of,
    times,
)
from gradus.gradients.elements.letters import spare
from gradus.gradients.elements.tree import (
    FIRST,
    START,
    Call,
    Derivative,
    Element,
    Entry,
    Holds,
    Index,
    Largest,
    Length,
    Match,
    Place,
    Plus,
    Sigma,
    Times,
    bound,
    letters_at,
    letters_of,
)

# substitution


def mapped(
    element: Element, change: Callable[[Element], Element], move: Callable[[Place], Place]
) -> Element:
    """An element with changed parts and places, put together anew."""
    match element:
        case Entry(node, places, held):
            return Entry(node, tuple(map(move, places)), held)
        case Match(left, sign, right):
            return matched(move(left), sign, move(right))
        case Plus(terms):
            return plus((change(term) for term, _ in terms), [count for _, count in terms])
        case Times(coefficient, powers):
            return times((power(change(one), change(up)) for one, up in powers), coefficient)
        case Call(name, args):
            return applied(name, *map(change, args))
        case Sigma(index, body):
            return sigma(index, change(body))
        case Largest(indices, body):
            return largest(indices, change(body))
        case Holds(left, sign, right):
            return Holds(change(left), sign, change(right))
        case Derivative(of, by):
            changed = change(by)
            assert isinstance(changed, Entry)
            return Derivative(change(of), changed)
    return element


def put(element: Element, letter: str, place: Place) -> Element:
    """An element with a place in place of a letter."""
    if letter not in letters_of(element):
        return element
    element = _renamed(element, letters_at(place))
    return mapped(
        element, lambda part: put(part, letter, place), lambda one: _moved(one, letter, place)
    )


def _moved(one: Place, letter: str, place: Place) -> Place:
    match one.base:
        case Index(name) if name == letter:
            return place.moved(one.shift)
        case Entry():
            inner = put(one.base, letter, place)
            assert isinstance(inner, Entry)
            return Place(inner, one.shift)
    return one


def _renamed(element: Element, taken: set[str]) -> Element:
    """An element whose own sums run over letters that are not taken."""
    for index in bound(element):
        if index.letter in taken:
            fresh = Index(spare(taken | letters_of(element)), index.size)
            element = renamed(element, index, fresh)
    return element


def renamed(element: Element, old: Index, new: Index) -> Element:
    """A sum or a maximum over another letter."""
    match element:
        case Sigma(_, body):
            return Sigma(new, put(body, old.letter, Place(new)))
        case Largest(indices, body):
            own = tuple(new if index == old else index for index in indices)
            return Largest(own, put(body, old.letter, Place(new)))
    return element


# sums over letters


def sigma(index: Index, body: Element) -> Element:
    """``Σ body`` over a letter: decided by brackets, and by what does not depend on it."""
    letter = index.letter
    if letter not in letters_of(body):
        return times((Length(index.size) if not index.size.is_number else _count(index), body))
    if index.size.is_one:
        return put(body, letter, FIRST)
    if isinstance(body, Plus):
        return plus(
            (sigma(index, term) for term, _ in body.terms), [count for _, count in body.terms]
        )
    coefficient, powers = parts_of(body)
    for bracket, _ in powers:
        place = _decided(bracket, letter)
        if place is not None:
            rest = times((power(b, e) for b, e in powers if b is not bracket), coefficient)
            return times((put(rest, letter, place), *_within(place, index)))
    if any(_decides(base, letter) for base, up in powers if up == ONE):
        return sigma(index, multiplied(body, letter))
    outer = [power(b, e) for b, e in powers if letter not in letters_of(power(b, e))]
    inner = [power(b, e) for b, e in powers if letter in letters_of(power(b, e))]
    return times((*outer, Sigma(index, times(inner))), coefficient)


def _count(index: Index) -> Element:
    return number(index.size.number_part)


def _decided(bracket: Element, letter: str) -> Place | None:
    """The place that ``letter`` must have for a bracket to be 1."""
    if not isinstance(bracket, Match) or bracket.sign != "=":
        return None
    for one, other in ((bracket.left, bracket.right), (bracket.right, bracket.left)):
        own = isinstance(one.base, Index) and one.base.letter == letter
        if own and letter not in letters_at(other):
            return other.moved(one.shift * -1)
    return None


def _within(place: Place, index: Index) -> tuple[Element, ...]:
    """That a place is on the axis; what was looked up is."""
    if isinstance(place.base, Entry) and place.shift == START:
        return ()
    return matched(place, ">=", FIRST), matched(place, "<", Place(None, index.size))


def _decides(element: Element, letter: str, hidden: frozenset[str] = frozenset()) -> bool:
    """Whether multiplying out would lay open a bracket that decides about a letter."""
    match element:
        case Match():
            place = _decided(element, letter)
            return place is not None and not letters_at(place) & hidden
        case Plus(terms):
            return any(_decides(term, letter, hidden) for term, _ in terms)
        case Times(_, powers):
            return any(_decides(base, letter, hidden) for base, up in powers if up == ONE)
        case Sigma(index, body):
            return index.letter != letter and _decides(body, letter, hidden | {index.letter})
    return False


def multiplied(element: Element, letter: str) -> Element:
    """An element multiplied out where brackets decide about a letter."""
    match element:
        case Plus(terms):
            return plus((multiplied(t, letter) for t, _ in terms), [count for _, count in terms])
        case Sigma(index, body):
            return sigma(index, multiplied(body, letter)) if _decides(body, letter) else element
        case Times(coefficient, powers):
            for base, exponent in powers:
                if exponent == ONE and not isinstance(base, Match) and _decides(base, letter):
                    rest = [power(b, e) for b, e in powers if b is not base]
                    opened = multiplied(base, letter)
                    found = [
                        times((*rest, part), coefficient * share)
                        for part, share in terms_of(opened)
                    ]
                    return multiplied(plus(found), letter)
    return element


def largest(indices: tuple[Index, ...], body: Element) -> Element:
    """The largest value of ``body`` over some letters."""
    there = letters_of(body)
    for index in indices:
        if index.size.is_one:
            body = put(body, index.letter, FIRST)
    kept = tuple(i for i in indices if i.letter in there and not i.size.is_one)
    return Largest(kept, body) if kept else body
