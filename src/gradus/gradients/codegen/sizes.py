"""Lengths in programs: read off the shapes of the inputs, once each."""

from collections.abc import Mapping

from gradus.gradients.codegen.codes import ATOM, PRODUCT, SUM, Code
from gradus.gradients.codegen.names import identifier
from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import Node


class Sizes:
    """The lengths that a program uses, and where they come from."""

    def __init__(self, inputs: Mapping[str, Node], identifiers: dict[str, str]) -> None:
        self.inputs, self.identifiers = inputs, identifiers
        self.used: dict[str, None] = {}
        self.fresh: dict[str, None] = {}  # since this was asked before
        self.read: set[Node] = set()  # inputs of which a shape is read in the middle of a line

    def code(self, dim: Dim) -> Code:
        """A length as it is written."""
        if any(self._source(name) is None for name, _ in dim.terms):
            for key, node in self.inputs.items():
                if dim in node.shape:
                    self.read.add(node)
                    return Code(f"{self.identifiers[key]}.shape[{node.shape.index(dim)}]")
        for name, _ in dim.terms:
            self.used.setdefault(name)
            self.fresh.setdefault(name)
            if name not in self.identifiers:
                self.identifiers[name] = identifier(name, set(self.identifiers.values()))
        renamed = tuple((self.identifiers[name], count) for name, count in dim.terms)
        text = str(Dim(renamed, dim.number_part))
        if len(dim.terms) + bool(dim.number_part) > 1:
            return Code(text, SUM)
        return Code(text, PRODUCT if "*" in text else ATOM)

    def shape(self, dims: tuple[Dim, ...]) -> str:
        """A tuple of lengths."""
        inside = ", ".join(self.code(dim).text for dim in dims)
        return f"({inside},)" if len(dims) == 1 else f"({inside})"

    def reset_used(self) -> tuple[set[Node], list[str]]:
        """The inputs and the lengths that were written since this was asked before."""
        found = self.read, list(self.fresh)
        self.read, self.fresh = set(), {}
        return found

    def lines(self) -> list[str]:
        """What gives each length its value: ``N = X.shape[0]``."""
        found: dict[str, str] = {}

        def visit(name: str, trail: tuple[str, ...] = ()) -> None:
            source = self._source(name, trail)
            if name in found or source is None:
                return
            place, rest = source
            for other, _ in rest.terms:
                visit(other, (*trail, name))
            value = f"{place} - {self.code(rest).inside(PRODUCT)}" if rest != NOTHING else place
            found[name] = f"{self.identifiers[name]} = {value}"

        for name in tuple(self.used):
            visit(name)
        return list(found.values())

    def arguments(self) -> list[str]:
        """Lengths that no shape tells: they must be given."""
        return [name for name in self.used if self._source(name) is None]

    def _source(self, name: str, trail: tuple[str, ...] = ()) -> tuple[str, Dim] | None:
        """An axis of an input, and what to take away from its length."""
        axes = [
            (f"{self.identifiers[key]}.shape[{axis}]", dim - Dim.symbol(name))
            for key, node in self.inputs.items()
            for axis, dim in enumerate(node.shape)
            if (name, 1) in dim.terms
        ]
        for place, rest in sorted(axes, key=lambda found: len(found[1].terms)):
            others = [other for other, _ in rest.terms]
            path = (*trail, name)
            if all(other not in path and self._source(other, path) for other in others):
                return place, rest
        return None


NOTHING = Dim.number(0)
