"""One time's formula at all times together, time being the first axis.

``Wx @ x[t]`` is ``x @ Wx.T``, and ``Σ_t outer(δ[t], x[t])`` is ``δ.T @ x``: what does not depend on
the time before needs no loop.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from gradus.core.errors import ShapeError
from gradus.gradients.codegen.kernels import contract_times
from gradus.gradients.expressions.arithmetic import UNIT, Exponent, factors, from_factors, terms_of
from gradus.gradients.expressions.contractions import read_spec
from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.nodes import (
    Node,
    build,
    intern,
    length,
    opens,
    parts,
    product,
    total,
    with_parts,
)
from gradus.gradients.expressions.reductions import sum_over

ZERO = Dim.number(0)


@dataclass(frozen=True)
class Lift:
    """A value at all times, or (``over`` is false) one that is the same at each."""

    node: Node
    over: bool = True


#: What leaves and names of one time are at all times.
Known = Mapping[Node, Lift]

#: An operation at all times, or None; its parts are lifted already.
Rule = Callable[[Node, Sequence[Lift], Dim], Node | None]


def lifted(node: Node, known: Known, steps: Dim) -> Lift | None:
    """A formula at all times, or None where no operation does that at once."""
    if node in known:
        return known[node]
    if node.op in ("input", "name"):
        return None
    found = [lifted(part, known, steps) for part in parts(node)]
    ready = [part for part in found if part is not None]
    if len(ready) < len(found):
        return None
    if not any(part.over for part in ready):
        return Lift(with_parts(node, [part.node for part in ready]), over=False)
    rule = RULES.get(node.op)
    try:
        new = rule(node, ready, steps) if rule else None
    except ShapeError:
        return None
    if new is None or new.shape != (steps, *node.shape):
        return None
    return Lift(new)


def summed(node: Node, known: Known, steps: Dim) -> Node | None:
    """The sum of a formula over all times, or None."""
    if node.op == "add":
        found = []
        for term, count in terms_of(node):
            one = summed(term, known, steps) if term.shape == node.shape else None
            if one is None:
                return None
            found.append(product((one,), coefficient=count))
        return total(found)
    whole = _product_over_time(node, known, steps)
    if whole is not None and whole.shape == node.shape:
        return whole
    lift = lifted(node, known, steps)
    if lift is None:
        return None
    if not lift.over:
        return length(steps) * lift.node
    if lift.node.op == "sum" and not lift.node.data[1] and 0 not in lift.node.data[0]:
        return sum_over(lift.node.args[0], (0, *lift.node.data[0]))
    return sum_over(lift.node, (0,))


def _product_over_time(node: Node, known: Known, steps: Dim) -> Node | None:
    """``Σ_t outer(a, b)`` and ``Σ_t A.T @ B`` as one product of matrices."""
    if node.op == "mul" and len(node.args) == 1 and node.data[1] == (1,):
        inner = _product_over_time(node.args[0], known, steps)
        return None if inner is None else product((inner,), coefficient=node.data[0])
    if node.op not in ("outer", "matmul"):
        return None
    one, other = (lifted(part, known, steps) for part in node.args)
    if one is None or other is None or not (one.over and other.over):
        return None
    if node.op == "outer":
        return one.node.T @ other.node if one.node.rank == other.node.rank == 2 else None
    if one.node.rank == other.node.rank == 3:
        return contract_times(one.node, other.node)
    return None


# rules


def _spread(lift: Lift, rank: int) -> Node:
    """Axes of length 1 behind that of time, so that it goes with formulas of a rank."""
    node = lift.node
    if lift.over:
        while node.rank < rank + 1:
            node = build("expand", (node,), 1)
    return node


def _elementwise(node: Node, args: Sequence[Lift], steps: Dim) -> Node:
    return with_parts(node, [_spread(arg, node.rank) for arg in args])


def _rows(node: Node, args: Sequence[Lift], steps: Dim) -> Node:
    return build("onehot", (args[0].node,), node.data)


def _along_axes(node: Node, args: Sequence[Lift], steps: Dim) -> Node:
    axes, keep = node.data
    return build(node.op, (args[0].node,), (tuple(axis + 1 for axis in axes), keep))


def _cross_entropy(node: Node, args: Sequence[Lift], steps: Dim) -> Node:
    p, y = (_spread(arg, part.rank) for arg, part in zip(args, node.args, strict=True))
    body = y * build("log", (p,))
    return -sum_over(body, tuple(range(1, body.rank)))


def _matmul(node: Node, args: Sequence[Lift], steps: Dim) -> Node | None:
    left, right = args
    ranks = tuple(arg.rank for arg in node.args)
    one, other = left.node, right.node
    if ranks == (1, 1):
        if left.over and right.over:
            return sum_over(one * other, (1,))
        return one @ other if left.over else other @ one
    if ranks == (2, 1):
        if not right.over:
            return one @ other
        return build("einsum", (one, other), "tij,tj->ti") if left.over else other @ one.T
    if ranks == (1, 2):
        if not right.over:
            return one @ other
        spec = "ti,tij->tj" if left.over else "i,tij->tj"
        return build("einsum", (one, other), spec)
    return one @ other if min(ranks) >= 2 and max(ranks) == 2 else None


def _outer(node: Node, args: Sequence[Lift], steps: Dim) -> Node | None:
    column, row = args
    if any(arg.rank != 1 for arg in node.args):
        return None
    left = build("expand", (column.node,), column.node.rank)
    right = build("expand", (row.node,), row.node.rank - 1)
    return left * right


def _transpose(node: Node, args: Sequence[Lift], steps: Dim) -> Node:
    return build("transpose", (args[0].node,), (0, *(axis + 1 for axis in node.data)))


def _expand(node: Node, args: Sequence[Lift], steps: Dim) -> Node:
    return build("expand", (args[0].node,), node.data + 1)


def _squeeze(node: Node, args: Sequence[Lift], steps: Dim) -> Node:
    return build("squeeze", (args[0].node,), tuple(axis + 1 for axis in node.data))


def _slice(node: Node, args: Sequence[Lift], steps: Dim) -> Node:
    return build("slice", (args[0].node,), ((ZERO, steps), *node.data))


def _gather(node: Node, args: Sequence[Lift], steps: Dim) -> Node | None:
    table, places = args
    return None if table.over else build("gather", (table.node, places.node))


def _concat(node: Node, args: Sequence[Lift], steps: Dim) -> Node | None:
    if not all(arg.over for arg in args):
        return None
    return build("concat", [arg.node for arg in args], node.data + 1)


def _norm(node: Node, args: Sequence[Lift], steps: Dim) -> Node:
    x = args[0].node
    return product((sum_over(x * x, tuple(range(1, x.rank))),), (Fraction(1, 2),))


def _einsum(node: Node, args: Sequence[Lift], steps: Dim) -> Node | None:
    inputs, result = read_spec(node.data, node.args)
    used = {letter for part in inputs for letter in part}
    time = next((letter for letter in "tzyxwvu" if letter not in used), None)
    if time is None:
        return None
    specs = [f"{time * arg.over}{part}" for arg, part in zip(args, inputs, strict=True)]
    spec = f"{','.join(specs)}->{time}{result}"
    return build("einsum", [arg.node for arg in args], spec)


#: How operations are done at all times at once.
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(FUNCTIONS, _elementwise),
    **dict.fromkeys(("add", "mul", "compare", "ind", "where"), _elementwise),
    **dict.fromkeys(("maximum", "minimum", "leaky_relu"), _elementwise),
    **dict.fromkeys(("softmax", "logsoftmax"), _elementwise),
    **dict.fromkeys(("sum", "amax", "lse"), _along_axes),
    "onehot": _rows,
    "CE": _cross_entropy,
    "matmul": _matmul,
    "outer": _outer,
    "transpose": _transpose,
    "expand": _expand,
    "squeeze": _squeeze,
    "slice": _slice,
    "gather": _gather,
    "concat": _concat,
    "norm": _norm,
    "einsum": _einsum,
}


# what a loop is spared


#: Operations that look at an array, or that are as quick in the loop as the look at their result.
LIGHT = ("expand", "squeeze", "transpose", "slice", "input", "name", "const", "length", "pi")


@dataclass
class Hoist:
    """Takes out of formulas what is known at all times; leaves stand in its place."""

    known: Known
    steps: Dim
    made: dict[Node, Lift] = field(default_factory=dict)

    def rest(self, node: Node) -> Node:
        """A formula with leaves for those of its parts that are known."""
        if not opens(node) or node in self.known:
            return node
        lift = self._lift(node)
        if lift is not None:
            return self._leaf(node, lift)
        if node.op == "add":
            return self._sum(node)
        if node.op == "mul":
            return self._product(node)
        return with_parts(node, [self.rest(part) for part in parts(node)])

    def _lift(self, node: Node) -> Lift | None:
        """A part that is worth to be taken out, at all times."""
        if node.op in LIGHT or (
            node.op == "mul" and node.data[1] == (1,) and not opens(node.args[0])
        ):
            return None
        found = lifted(node, self.known, self.steps)
        return None if found is None or not (found.node.rank and opens(found.node)) else found

    def _leaf(self, node: Node, lift: Lift) -> Node:
        leaf = intern("input", (), (f"part{node.serial}", "signal"), node.shape)
        self.made[leaf] = lift
        return leaf

    def _sum(self, node: Node) -> Node:
        ready: list[Node] = []
        rest: list[Node] = []
        for term, count in terms_of(node):
            there = lifted(term, self.known, self.steps) is not None
            (ready if there else rest).append(product((term,), coefficient=count))
        if not rest:
            return node
        mine = [self.rest(term) for term in rest]
        return total([*mine, self.rest(total(ready))] if ready else mine)

    def _product(self, node: Node) -> Node:
        coefficient, powers = factors(node)
        ready: dict[Node, Exponent] = {}
        rest: dict[Node, Exponent] = {}
        for base, power in powers.items():
            there = not isinstance(power, Node) and lifted(base, self.known, self.steps)
            (ready if there else rest)[base] = power
        if not rest:
            return node
        if not ready:
            new = {self.rest(base): power for base, power in rest.items()}
            return from_factors(coefficient, new) if len(new) == len(rest) else node
        inner = self.rest(from_factors(coefficient, ready))
        return product((*(self.rest(from_factors(UNIT, {b: e})) for b, e in rest.items()), inner))
