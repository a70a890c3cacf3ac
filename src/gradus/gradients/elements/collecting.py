"""Values that have a name: ``σ(z_j)`` is ``h_j``, and ``exp z_j / Σ_k exp z_k`` is ``p_j``."""

from collections.abc import Mapping
from fractions import Fraction

from gradus.gradients.elements.algebra import ONE, power, times
from gradus.gradients.elements.sums import mapped
from gradus.gradients.elements.tree import (
    Call,
    Element,
    Entry,
    Number,
    Place,
    Sigma,
    Times,
)
from gradus.gradients.expressions.nodes import BUILDERS, Node, build

#: Values by their definitions.
Names = Mapping[Node, Node]


def collected(element: Element, names: Names) -> Element:
    """An element with entries of values where these are written out."""
    element = mapped(element, lambda part: collected(part, names), lambda place: place)
    match element:
        case Call(name, (Entry(node, places),)) if name in BUILDERS:
            value = build(name, (node,))
            if value in names:
                return Entry(names[value], places)
        case Times():
            return _softmax(element, names)
    return element


def _softmax(element: Times, names: Names) -> Element:
    for whole, exponent in element.powers:
        if not isinstance(exponent, Number) or exponent.value >= 0:
            continue
        for part, up in element.powers:
            value = _share(part, whole, names)
            if value is not None and isinstance(up, Number) and up.value >= 1:
                rest = times((element, power(whole, ONE), power(part, Number(-ONE.value))))
                return collected(times((value, rest)), names)
    return element


def _share(part: Element, whole: Element, names: Names) -> Element | None:
    """``exp z_j`` of ``Σ_k exp z_k``, where ``k`` runs along the last axis of ``z``."""
    match part, whole:
        case (
            Call("exp", (Entry(node, places),)),
            Sigma(index, Call("exp", (Entry(other, inner),))),
        ) if node is other and places[:-1] == inner[:-1] and inner[-1] == Place(index):
            value = build("softmax", (node,))
            return Entry(names.get(value, value), places)
    return None


def with_root(element: Element, definition: Element, whole: Entry) -> Element:
    """The derivative of a root or a quotient with that itself: of ``s = u^(-1/2)`` by ``s³``."""
    match definition:
        case Times(Fraction(numerator=1, denominator=1), ((root, Number(least)),)):
            if least.denominator == 1 and least > 0:
                return element
        case _:
            return element

    def put(part: Element) -> Element:
        if not isinstance(part, Times):
            return mapped(part, put, lambda place: place)
        factors = []
        for base, exponent in part.powers:
            if base == root and isinstance(exponent, Number):
                count = exponent.value / least
                if count.denominator == 1:
                    factors.append(power(whole, Number(count)))
                    continue
            factors.append(power(put(base), exponent))
        return times(factors, part.coefficient)

    return put(element)
