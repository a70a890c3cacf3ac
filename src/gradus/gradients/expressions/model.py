"""A model as the engine sees it: inputs with shapes, and lines that give names to expressions."""

from collections.abc import Mapping
from dataclasses import dataclass

from gradus.gradients.expressions.dims import Dim, Shape, symbols_of
from gradus.gradients.expressions.nodes import Node

#: What an input can be, with words that people write for it.
KINDS = {
    "normal": ("real", "float"),
    "pos": ("positive",),
    "unit": ("between0and1",),
    "onehot": ("one-hot", "1-hot"),
    "prob": ("probability", "probabilities", "distribution"),
    "mask": ("0/1", "binary"),
    "pm1": ("sign", "±1"),
    "sym": ("symmetric",),
    "spd": ("positivedefinite",),
    "inv": ("invertible",),
    "index": ("indices", "integer"),
    "constant": ("const", "fixed"),
}

#: Kinds of inputs of which nobody asks the gradient unless by name.
GIVEN = ("onehot", "prob", "mask", "pm1", "index", "constant")


@dataclass(frozen=True)
class Model:
    """What was read: nothing in it changes afterwards."""

    inputs: Mapping[str, Node]
    names: Mapping[str, Node]  # lines in order; each is a node of the operation "name"
    output: str  # the name of what is differentiated
    warnings: tuple[str, ...] = ()
    text: str = ""
    ranges: Mapping[str, Dim] | None = None  # of an index, the length that it goes through
    lengths: tuple[str, ...] = ()  # symbols that were declared

    @property
    def result(self) -> Node:
        """The expression that is differentiated, as a node with a name."""
        return self.names[self.output]

    @property
    def symbols(self) -> list[str]:
        """The symbols of all shapes, in order of appearance."""
        nodes = (*self.inputs.values(), *self.names.values())
        lengths = tuple((dim,) for dim in (self.ranges or {}).values())
        found = symbols_of([*(node.shape for node in nodes), *lengths])
        return list(dict.fromkeys([*found, *self.lengths]))

    def shape(self, name: str) -> Shape:
        """The shape of an input or a line."""
        return (self.inputs.get(name) or self.names[name]).shape

    def kind(self, name: str) -> str:
        """What an input is."""
        return self.inputs[name].data[1]

    def parameters(self) -> list[str]:
        """The inputs that are differentiated if nobody says which."""
        return [name for name in self.inputs if self.kind(name) not in GIVEN]
