"""Operations that only programs have: what a computer does in one go, and paper has no sign for.

They are nodes like all others, so that equal ones are one object; see
:mod:`gradus.gradients.expressions.nodes`.
"""

from gradus.gradients.expressions.dims import ONE, Dim, Shape
from gradus.gradients.expressions.nodes import Node, build, intern, with_parts, zeros

#: Kinds of :func:`update`: which entries of the base a value is added to.
KINDS = {
    "rows": "the rows at places that may repeat",
    "row": "one row, or one entry of a vector",
    "column": "one column",
    "spots": "of every row the entry at its place",
}


def dot(one: Node, other: Node) -> Node:
    """``Σ a ∘ b`` over all entries of two arrays of one shape."""
    if one.rank == 1:
        return one @ other
    if one.op == other.op == "transpose" and one.data == other.data:
        one, other = one.args[0], other.args[0]
    return intern("dot", (one, other), None, (), frozenset((one, other)))


def rowdot(one: Node, other: Node, *, keep: bool) -> Node:
    """``Σ a ∘ b`` along the last axis."""
    shape = (*one.shape[:-1], ONE) if keep else one.shape[:-1]
    return intern("rowdot", (one, other), keep, shape)


def update(base: Node, places: Node, value: Node, kind: str, *, sign: int = 1) -> Node:
    """``base`` with ``value`` added to some of its entries, taken away where ``sign`` is -1."""
    return intern("update", (base, places, value), (kind, sign), base.shape)


def scattered(shape: Shape, places: Node, value: Node, kind: str) -> Node:
    """Zeros but for ``value`` at some places: one-hot rows times something, without the zeros."""
    return update(zeros(shape), places, value, kind)


def is_scattered(node: Node) -> bool:
    """Whether a node is an update of nothing but zeros."""
    return node.op == "update" and node.args[0].op == "zeros"


def fill(value: Node, shape: Shape) -> Node:
    """``value``, repeated along the axes that it lacks."""
    return value if value.shape == shape else intern("fill", (value,), shape, shape)


def whole_sum(node: Node) -> Node:
    """The sum of all entries as a single number, whatever axes have length 1."""
    return intern("sumall", (node,), None, ()) if node.rank else node


def solve(matrix: Node, right: Node) -> Node:
    """``A⁻¹ b`` without the inverse."""
    return intern("solve", (matrix, right), None, right.shape)


def softmax_over(node: Node, axes: tuple[int, ...]) -> Node:
    """``exp z / Σ exp z`` over some axes."""
    if axes == (node.rank - 1,):
        return build("softmax", (node,))
    return intern("softmax_over", (node,), axes, node.shape)


def function(name: str, node: Node) -> Node:
    """An elementwise function that models do not have: ``log1p``, ``expm1``, ``softplus_call``."""
    return intern(name, (node,), None, node.shape)


def contract_times(one: Node, other: Node) -> Node:
    """``Σ_t A[t] @ B[t]``: a product summed over the first axis of both."""
    return intern("contract_times", (one, other), None, (one.shape[1], other.shape[2]))


#: The operations of this module.
KERNELS = (
    "dot",
    "rowdot",
    "sumall",
    "update",
    "fill",
    "solve",
    "softmax_over",
    "log1p",
    "expm1",
    "softplus_call",
    "contract_times",
    "loop",
    "stored",
    "carried",
    "step",
)


#: Operations over time: they are known by their data, and a name may stand for their arguments.
OVER_TIME = ("scan", "scan_all", "scan_last", "scan_back", "scan_grad")


def rebuilt(node: Node, args: list[Node]) -> Node:
    """The same operation on other parts."""
    if node.op == "dot":
        return dot(*args)
    if node.op in KERNELS or node.op in OVER_TIME:
        return intern(node.op, tuple(args), node.data, node.shape)
    return with_parts(node, args)


def picked(node: Node, places: Node, size: Dim) -> Node | None:
    """What stands in ``node`` where one-hot rows of ``places`` have their ones.

    ``node`` is broadcast against rows of length ``size``: it may be a matrix, one row for all, or
    one number for each row.
    """
    if not node.rank:
        return node
    if node.shape[-1].is_one:
        return build("squeeze", (node,), (node.rank - 1,)) if node.rank == places.rank + 1 else None
    if node.rank == 1:
        return build("gather", (node, places))
    if node.rank == 2 and places.rank == 1 and node.shape == (*places.shape, size):
        return build("pick", (node, places))
    if node.rank == 2 and places.rank == 1 and node.shape[0].is_one:
        return build("gather", (build("squeeze", (node,), (0,)), places))
    return None
