"""Expressions as a graph: equal expressions are one object, so that sharing is seen by identity.

A node is made by the builder of its operation, which checks shapes and keeps expressions in one
form: sums and products are flat lists with exact coefficients, so ``2 x + x`` is ``3 x``.
"""

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, TypeVar

from gradus.core.errors import NotationError, ShapeError
from gradus.gradients.expressions.dims import Dim, Shape, show_shape

#: In the messages of errors, the sides of a sign; who knows how they were written puts that in.
LEFT, RIGHT = "the left side", "the right side"

#: A number as it may be written in an expression.
Number = int | float | Fraction


class Node:
    """An operation on other nodes, or a leaf; never made directly, see :func:`build`."""

    __slots__ = ("__weakref__", "args", "cost", "data", "op", "serial", "shape")

    #: Operators of NumPy arrays leave the work to those of nodes.
    __array_ufunc__ = None

    op: str
    args: tuple["Node", ...]
    data: Any
    shape: Shape
    cost: int  # operations that it takes to write it down, names being free
    serial: int

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    @property
    def T(self) -> "Node":
        """The transpose; of a vector the vector itself."""
        order = tuple(reversed(range(self.rank)))
        return build("transpose", (self,), order)

    def __add__(self, other: "Node | Number") -> "Node":
        return build("add", (self, as_node(other)), (Fraction(1), Fraction(1)))

    def __radd__(self, other: Number) -> "Node":
        return as_node(other) + self

    def __sub__(self, other: "Node | Number") -> "Node":
        return build("add", (self, as_node(other)), (Fraction(1), Fraction(-1)))

    def __rsub__(self, other: Number) -> "Node":
        return as_node(other) - self

    def __neg__(self) -> "Node":
        return product((self,), coefficient=Fraction(-1))

    def __mul__(self, other: "Node | Number") -> "Node":
        return product((self, as_node(other)))

    def __rmul__(self, other: Number) -> "Node":
        return as_node(other) * self

    def __truediv__(self, other: "Node | Number") -> "Node":
        return product((self, as_node(other)), (Fraction(1), Fraction(-1)))

    def __rtruediv__(self, other: Number) -> "Node":
        return as_node(other) / self

    def __pow__(self, exponent: "Node | Number") -> "Node":
        power = as_node(exponent)
        value = power.data if power.op == "const" else power
        return product((self,), (value,))

    def __matmul__(self, other: "Node") -> "Node":
        return build("matmul", (self, other))

    def __getitem__(self, key: Any) -> "Node":
        return build("index", (self,), tuple(map(_item, key if isinstance(key, tuple) else (key,))))

    #: An index may be anything, so that going through the entries would never end.
    __iter__ = None

    def __gt__(self, other: "Node | Number") -> "Node":
        return build("compare", (self, as_node(other)), ">")

    def __ge__(self, other: "Node | Number") -> "Node":
        return build("compare", (self, as_node(other)), ">=")

    def __lt__(self, other: "Node | Number") -> "Node":
        return build("compare", (self, as_node(other)), "<")

    def __le__(self, other: "Node | Number") -> "Node":
        return build("compare", (self, as_node(other)), "<=")

    def __repr__(self) -> str:
        inside = ", ".join(map(repr, self.args))
        return f"{self.op}({inside})" if self.data is None else f"{self.op}[{self.data}]({inside})"


Builder = Callable[[tuple[Node, ...], Any], Node]
B = TypeVar("B", bound=Builder)

#: How each operation is made from its arguments and its data.
BUILDERS: dict[str, Builder] = {}

_KNOWN: "weakref.WeakValueDictionary[Any, Node]" = weakref.WeakValueDictionary()
_serial = iter(range(1 << 62))
_typed = False


def builder(op: str) -> Callable[[B], B]:
    """Enter a function into :data:`BUILDERS`."""

    def enter(function: B) -> B:
        BUILDERS[op] = function
        return function

    return enter


def build(op: str, args: Sequence[Node] = (), data: Any = None) -> Node:
    """The node of an operation, in its one form.

    Raises:
        ShapeError: the shapes of the arguments do not go together.
    """
    return BUILDERS[op](tuple(args), data)


def intern(
    op: str, args: tuple[Node, ...], data: Any, shape: Shape, key: object | None = None
) -> Node:
    """The one node with these parts; ``key`` stands for them where their order is of no account."""
    known = (op, args if key is None else key, None if key is not None else data, shape)
    found = _KNOWN.get(known)
    if found is None:
        found = Node.__new__(Node)
        found.op, found.args, found.data, found.shape = op, args, data, shape
        found.cost = _cost(op, args, data)
        found.serial = next(_serial)
        _KNOWN[known] = found
    elif _typed and found.args != args:
        # one node for a + b and b + a: it is written as it was typed last
        found.args, found.data = args, data
    return found


@contextmanager
def as_typed() -> Iterator[None]:
    """Within this, sums and products take the order in which they are built."""
    global _typed
    before, _typed = _typed, True
    try:
        yield
    finally:
        _typed = before


#: Operations that are written as a single word.
WORDS = ("input", "name", "const", "length", "pi")


def _cost(op: str, args: tuple[Node, ...], data: Any) -> int:
    if op in WORDS:
        return int(op == "const" and (data < 0 or 1 < data.denominator <= 9))
    if op.startswith("scan"):  # its formulas stand on lines of their own
        return int(op == "scan_grad")
    inside = sum(arg.cost for arg in args)
    if op == "add":
        signs = all(count < 0 for count in data)
        scaled = sum(
            abs(count) != 1 and arg.op != "const" for arg, count in zip(args, data, strict=True)
        )
        return inside + len(args) - 1 + signs + scaled
    if op == "mul":
        coefficient, exponents = data
        for exponent in exponents:
            if isinstance(exponent, Node):
                inside += exponent.cost + 1
            else:
                inside += abs(exponent) != 1
        numbers = (abs(coefficient.numerator) != 1) + (coefficient.denominator != 1)
        return inside + len(args) + numbers - 1 + (coefficient < 0)
    return inside + 1


def product(
    bases: Sequence[Node], exponents: Sequence[Any] = (), coefficient: Fraction = Fraction(1)
) -> Node:
    """``coefficient · Π base^exponent``, elementwise; without exponents, all are 1."""
    powers = tuple(exponents) or (Fraction(1),) * len(bases)
    return build("mul", bases, (coefficient, powers))


def total(terms: Sequence[Node]) -> Node:
    """The elementwise sum of some nodes."""
    return build("add", terms, (Fraction(1),) * len(terms))


# leaves


def const(value: Number) -> Node:
    """A number, kept exactly: ``0.1`` is a tenth."""
    if isinstance(value, float):
        value = Fraction(repr(value))
    return intern("const", (), Fraction(value), ())


def as_node(value: "Node | Number") -> Node:
    """A number as a node; a node as it is.

    Raises:
        NotationError: it is neither.
    """
    if isinstance(value, Node):
        return value
    if not isinstance(value, int | float | Fraction):
        raise NotationError(f"{value!r} is no expression and no number; declare it as a variable")
    return const(value)


def length(dim: Dim) -> Node:
    """The length of an axis as a number in an expression."""
    if dim.is_number:
        return const(dim.number_part)
    if dim in (Dim.symbol(name) for name, _ in dim.terms):
        return intern("length", (), dim, ())
    terms = [product((length(Dim.symbol(n)),), coefficient=Fraction(c)) for n, c in dim.terms]
    return total([*terms, const(dim.number_part)])


def leaf(name: str, shape: Shape, kind: str) -> Node:
    """An input: something that is given."""
    return intern("input", (), (name, kind), shape)


def named(name: str, definition: Node) -> Node:
    """A name for an expression; nothing is simplified through it."""
    return intern("name", (definition,), name, definition.shape)


def ones(shape: Shape) -> Node:
    """An array full of ones."""
    return intern("ones", (), None, shape) if shape else const(1)


def zeros(shape: Shape) -> Node:
    """An array full of zeros."""
    return intern("zeros", (), None, shape) if shape else const(0)


def eye(size: Dim) -> Node:
    """The identity matrix."""
    return intern("eye", (), None, (size, size))


def is_zero(node: Node) -> bool:
    """Whether the node is the zero of its shape."""
    return node.op == "zeros" or (node.op == "const" and not node.data)


def _item(key: Any) -> Any:
    """What stands in brackets, as the builder of indices wants it."""
    if not isinstance(key, slice):
        return key
    if key.step is not None:
        raise ShapeError("a part of an axis has no step; write a[begin:end]")
    return tuple(Dim.number(b) if isinstance(b, int) else b for b in (key.start, key.stop))


# walking


def below(roots: Iterable[Node], *, through_names: bool = True) -> Iterator[Node]:
    """Every node that ``roots`` are made of, each once, arguments first."""
    seen: set[Node] = set()
    stack = [(root, False) for root in roots]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            if through_names or node.op != "name":
                stack.extend((arg, False) for arg in reversed(parts(node)))


def parts(node: Node) -> tuple[Node, ...]:
    """The arguments of a node and the nodes in its exponents."""
    if node.op == "mul":
        return node.args + tuple(e for e in node.data[1] if isinstance(e, Node))
    return node.args


def replaced(root: Node, change: Callable[[Node], Node | None]) -> Node:
    """``root`` rebuilt with the nodes for which ``change`` has another one; names stay closed."""
    done: dict[Node, Node] = {}
    for node in below([root], through_names=False):
        new = change(node)
        if new is None:
            new = with_parts(node, [done[part] for part in parts(node)]) if opens(node) else node
        done[node] = new
    return done[root]


def opens(node: Node) -> bool:
    """Whether a node has arguments that may be replaced."""
    return bool(node.args) and node.op != "name"


def with_parts(node: Node, new: Sequence[Node]) -> Node:
    """The same operation on other :func:`parts`."""
    if tuple(new) == parts(node):
        return node
    if node.op == "mul":
        coefficient, exponents = node.data
        powers = iter(new[len(node.args) :])
        exponents = tuple(next(powers) if isinstance(e, Node) else e for e in exponents)
        return product(new[: len(node.args)], exponents, coefficient)
    return build(node.op, new, node.data)


def clash(what: str, *shapes: tuple[str, Shape], hint: str = "") -> ShapeError:
    """The error for shapes that do not go together."""
    told = " and ".join(f"{name} has the shape {show_shape(shape)}" for name, shape in shapes)
    return ShapeError(f"{what}: {told}" + (f"; {hint}" if hint else ""))
