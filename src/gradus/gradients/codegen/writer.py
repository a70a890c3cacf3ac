"""Expressions as Python: every operation has an emitter in the table of its library."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gradus.core.errors import SettingsError
from gradus.gradients.codegen.codes import ATOM, Code
from gradus.gradients.codegen.costs import is_number
from gradus.gradients.codegen.programs import Program
from gradus.gradients.codegen.sizes import Sizes
from gradus.gradients.expressions.dims import Shape
from gradus.gradients.expressions.indexing import is_index
from gradus.gradients.expressions.nodes import Node

#: The code of a node.
Emitter = Callable[["Writer", Node], Code]

#: The lines that give a name the value of a node.
StatementEmitter = Callable[["Writer", str, Node], list[str]]


@dataclass(frozen=True)
class Library:
    """What is known of a library: its code for every operation."""

    name: str
    alias: str
    axis: str  # what an axis of a reduction is called
    keep: str
    copy: str  # the method that copies an array
    expressions: Mapping[str, Emitter]
    statements: Mapping[str, StatementEmitter]
    functions: Mapping[str, str]  # elementwise, with {x} for the argument
    zeros: Callable[["Writer", Shape, str], str]  # the text says of which gradient
    full: Callable[["Writer", Node, Shape], Code]


@dataclass
class Writer:
    """Writes the expressions of one program in one library."""

    library: Library
    program: Program
    identifiers: dict[Node, str]
    sizes: Sizes
    tensors: frozenset[Node] = frozenset()  # inputs that are tensors though single numbers
    helpers: dict[str, None] = field(default_factory=dict)
    imports: dict[str, None] = field(default_factory=dict)
    used: set[Node] = field(default_factory=set)  # what was written by its name
    last_uses: frozenset[Node] = frozenset()  # arrays that nothing else needs

    def code(self, node: Node) -> Code:
        """The code of a node: its name if it has one."""
        if node in self.identifiers:
            return Code(self.name(node))
        emitter = self.library.expressions.get(node.op)
        if emitter is None:
            raise SettingsError(
                f"no code is known for {node.op} in {self.library.name}; write the model without it"
            )
        return emitter(self, node)

    def name(self, node: Node) -> str:
        """The name of a node, which is from now on used."""
        self.used.add(node)
        return self.identifiers[node]

    def reset_used(self) -> tuple[set[Node], list[str]]:
        """What was written so far, names and lengths; from now on nothing is."""
        read, sizes = self.sizes.reset_used()
        nodes, self.used = self.used | read, set()
        return nodes, sizes

    def text(self, node: Node, least: int = 0) -> str:
        """The text of a node, in parentheses unless it binds so tightly."""
        return self.code(node).inside(least)

    def is_number(self, node: Node) -> bool:
        """Whether a node is a plain number of Python."""
        return not node.rank and is_number(node, self.program) and not self._is_tensor(node)

    def _is_tensor(self, node: Node) -> bool:
        stack = [node] if self.tensors else []
        while stack:
            one = self.program.meaning(stack.pop())
            if one in self.tensors:
                return True
            stack.extend(one.args)
        return False

    def call(self, name: str, *args: str) -> Code:
        """A call of a function of the library."""
        return Code(f"{self.library.alias}.{name}({', '.join(args)})")

    def method(self, node: Node, name: str, *args: str) -> Code:
        """A call of a method of an array."""
        return Code(f"{self.text(node, ATOM)}.{name}({', '.join(args)})")

    def math(self, name: str) -> str:
        """A name of the module math."""
        self.imports.setdefault("math")
        return f"math.{name}"

    def help(self, name: str) -> str:
        """A function that the module must define."""
        self.helpers.setdefault(name)
        return name

    def dtype(self, node: Node | None = None) -> str:
        """The type of numbers: that of an array in ``node``, or else of the first input."""
        found = self.array(node)
        if found is not None:
            return f"{found}.dtype"
        return "float" if self.library.name == "numpy" else "torch.float64"

    def array(self, node: Node | None = None) -> str | None:
        """An array of numbers: one in ``node``, or else the first input that is one."""
        nearest = [] if node is None else self._arrays(node)
        for one in (*nearest, *self.program.model.inputs.values()):
            if one.rank and not is_index(one) and one in self.identifiers:
                return self.name(one)
        return None

    def _arrays(self, node: Node) -> Sequence[Node]:
        return [
            one
            for one in self.program.inside(node)
            if one in self.identifiers and one.rank and not self._is_condition(one)
        ]

    def _is_condition(self, node: Node) -> bool:
        return self.program.meaning(node).op in ("compare", "ind", "onehot")

    def like(self, shape: Shape, gradient: str = "") -> str | None:
        """An input of exactly this shape; for a gradient ``dW``, ``W`` if that is one."""
        inputs = dict(self.program.model.inputs)
        first = {key: inputs[key] for key in inputs if gradient == f"d{key}"}
        for one in (*first.values(), *inputs.values()):
            if one.shape == shape and one.rank and not is_index(one) and one in self.identifiers:
                return self.name(one)
        return None
