"""The number that an element stands for, by loops over its letters: slow, and easy to believe."""

import math
from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from gradus.gradients.elements.tree import (
    Call,
    Derivative,
    Element,
    Entry,
    Holds,
    Index,
    Largest,
    Length,
    Match,
    Number,
    Place,
    Places,
    Plus,
    Sigma,
    Times,
    nodes_of,
)
from gradus.gradients.expressions.evaluate import SIGNS, Sizes
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.nodes import Node

#: Signs between places.
ORDER = {"=": "==", "<": "<", ">=": ">="}


def value(
    element: Element, letters: Mapping[str, int], values: Mapping[Node, Any], sizes: Sizes
) -> float:
    """The value of an element: places for its letters, values for the arrays that it names.

    >>> from gradus.gradients.expressions.dims import Dim
    >>> from gradus.gradients.elements.entries import entry
    >>> from gradus.gradients.expressions.nodes import leaf
    >>> N, D = Dim.symbol("N"), Dim.symbol("D")
    >>> A, x = leaf("A", (N, D), ""), leaf("x", (D,), "")
    >>> arrays = {A: np.array([[1.0, 2.0], [3.0, 4.0]]), x: np.array([10.0, 20.0])}
    >>> value(entry(A @ x, "i"), {"i": 1}, arrays, {"N": 2, "D": 2})
    110.0
    """
    return _Point(values, sizes).at(element, letters)


class _Point:
    def __init__(self, values: Mapping[Node, Any], sizes: Sizes) -> None:
        self.values, self.sizes = values, sizes

    def at(self, element: Element, letters: Mapping[str, int]) -> float:
        match element:
            case Number(exact):
                return float(exact)
            case Length(size):
                return float(size.size(self.sizes))
            case Entry(node, places):
                return self.entry(np.asarray(self.values[node]), places, letters)
            case Plus(terms):
                return math.fsum(float(c) * self.at(term, letters) for term, c in terms)
            case Times():
                return self.product(element, letters)
            case Call(name, args):
                numbers = [self.at(arg, letters) for arg in args]
                if name in ("max", "min"):
                    return max(numbers) if name == "max" else min(numbers)
                return float(FUNCTIONS[name].value(np.float64(numbers[0])))
            case Sigma(index, body):
                runs = self.runs((index,))
                return math.fsum(self.at(body, {**letters, **run}) for run in runs)
            case Largest(indices, body):
                return max(self.at(body, {**letters, **run}) for run in self.runs(indices))
            case Match(left, sign, right):
                sides = (self.place(left, letters), self.place(right, letters))
                return float(SIGNS[ORDER[sign]](*sides))
            case Holds(one, sign, other):
                return float(SIGNS[sign](self.at(one, letters), self.at(other, letters)))
            case Derivative():
                raise TypeError("a derivative has no value before it is worked out")
        raise TypeError(f"{type(element).__name__} is no element")

    def entry(self, array: Any, places: Places, letters: Mapping[str, int]) -> float:
        at = tuple(self.place(place, letters) for place in places)
        if any(place < 0 for place in at):  # NumPy would count from the end
            raise IndexError(f"there is no place {at} in an array of shape {array.shape}")
        return float(array[at])

    def product(self, element: Times, letters: Mapping[str, int]) -> float:
        brackets = [base for base, _ in element.powers if isinstance(base, Match | Holds)]
        # letters first: an array may end where a bracket is 0
        for bracket in sorted(brackets, key=lambda one: len(nodes_of(one))):
            if not self.at(bracket, letters):
                return 0.0
        found = float(element.coefficient)
        for base, exponent in element.powers:
            if not isinstance(base, Match | Holds):
                found *= float(np.power(self.at(base, letters), self.at(exponent, letters)))
        return found

    def runs(self, indices: tuple[Index, ...]) -> list[dict[str, int]]:
        ranges = (range(index.size.size(self.sizes)) for index in indices)
        names = [index.letter for index in indices]
        return [dict(zip(names, numbers, strict=True)) for numbers in product(*ranges)]

    def place(self, place: Place, letters: Mapping[str, int]) -> int:
        shift = place.shift.size(self.sizes)
        match place.base:
            case Index(letter):
                return letters[letter] + shift
            case Entry():
                return round(self.at(place.base, letters)) + shift
        return shift
