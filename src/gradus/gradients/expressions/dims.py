"""Lengths of axes: symbols such as ``N`` and ``H``, numbers, and sums of them (``H + G``).

Two lengths are equal only if they are the same sum of symbols: nothing is known about ``N`` but its
name, so ``N`` and ``D`` clash wherever equal lengths are needed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dim:
    """A whole number of symbols, plus a number.

    >>> H, G = Dim.symbol("H"), Dim.symbol("G")
    >>> print(H + G, H + G - H == G, Dim.number(1).is_one)
    H + G True True
    """

    terms: tuple[tuple[str, int], ...]
    number_part: int = 0

    @staticmethod
    def symbol(name: str) -> "Dim":
        """A length of which only the name is known."""
        return Dim(((name, 1),))

    @staticmethod
    def number(value: int) -> "Dim":
        """A known length."""
        return Dim((), value)

    @property
    def is_one(self) -> bool:
        """Whether an axis of this length is stretched by broadcasting."""
        return not self.terms and self.number_part == 1

    @property
    def is_number(self) -> bool:
        """Whether the length is known."""
        return not self.terms

    def __add__(self, other: "Dim") -> "Dim":
        counts = dict(self.terms)
        for name, count in other.terms:
            counts[name] = counts.get(name, 0) + count
        # in the order of writing: H + G for [h1, h2], whatever the names are
        terms = tuple((name, count) for name, count in counts.items() if count)
        return Dim(terms, self.number_part + other.number_part)

    def __sub__(self, other: "Dim") -> "Dim":
        return self + other * -1

    def __mul__(self, factor: int) -> "Dim":
        if not factor:
            return Dim(())
        terms = tuple((name, count * factor) for name, count in self.terms)
        return Dim(terms, self.number_part * factor)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Dim)
            and self.number_part == other.number_part
            and (self.terms == other.terms or dict(self.terms) == dict(other.terms))
        )

    def __hash__(self) -> int:
        return hash((frozenset(self.terms), self.number_part))

    def with_sizes(self, sizes: Mapping[str, int]) -> "Dim":
        """The length where some symbols are known numbers."""
        known = sum(count * sizes[name] for name, count in self.terms if name in sizes)
        left = tuple((name, count) for name, count in self.terms if name not in sizes)
        return Dim(left, self.number_part + known)

    def size(self, sizes: Mapping[str, int]) -> int:
        """The length where every symbol has a size."""
        return self.number_part + sum(count * sizes[name] for name, count in self.terms)

    def __str__(self) -> str:
        parts = [(count, name) for name, count in self.terms]
        if self.number_part or not parts:
            parts.append((self.number_part, ""))
        text = ""
        for count, name in parts:
            size = abs(count)
            shown = f"{size}" if not name else name if size == 1 else f"{size} * {name}"
            if not text:
                text = f"-{shown}" if count < 0 else shown
            else:
                text += f" - {shown}" if count < 0 else f" + {shown}"
        return text


ONE = Dim.number(1)

Shape = tuple[Dim, ...]


def show_shape(shape: Iterable[Dim]) -> str:
    """A shape as it is written: ``[N, H]``, or ``[]`` for a single number."""
    return f"[{', '.join(map(str, shape))}]"


def symbols_of(shapes: Iterable[Shape]) -> list[str]:
    """The symbols in some shapes, in order of appearance."""
    found = (name for shape in shapes for dim in shape for name, _ in dim.terms)
    return list(dict.fromkeys(found))


def broadcast(one: Shape, other: Shape) -> Shape | None:
    """The shape of an elementwise operation by NumPy's rule; None where the lengths clash."""
    if one == other:
        return one
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    lead = len(longer) - len(shorter)
    found = list(longer)
    for axis, length in enumerate(shorter, start=lead):
        if found[axis].is_one:
            found[axis] = length
        elif not length.is_one and length != found[axis]:
            return None
    return tuple(found)
