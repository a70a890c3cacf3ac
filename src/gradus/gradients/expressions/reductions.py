"""Sums, maxima and norms over axes, and the softmax family over the last one."""

from collections.abc import Sequence
from typing import Any

from gradus.core.errors import ShapeError
from gradus.gradients.expressions.arithmetic import (
    UNIT,
    Exponent,
    factor_shape,
    factors,
    filled,
    from_factors,
)
from gradus.gradients.expressions.dims import ONE, Shape, show_shape
from gradus.gradients.expressions.nodes import (
    Node,
    build,
    builder,
    clash,
    const,
    intern,
    is_zero,
    length,
    ones,
    product,
    total,
    zeros,
)

#: Axes of a reduction, counted from the front, and whether they stay with length 1.
Axes = tuple[tuple[int, ...], bool]


def normal_axes(node: Node, axis: int | Sequence[int] | None) -> tuple[int, ...]:
    """Axes as a person may give them (None: all; negative: from the back), counted from 0.

    Raises:
        ShapeError: there is no such axis.
    """
    if axis is None:
        return tuple(range(node.rank))
    wanted = [axis] if isinstance(axis, int) else list(axis)
    for one in wanted:
        if not -node.rank <= one < node.rank:
            raise ShapeError(
                f"axis {one} is not there: the shape is {show_shape(node.shape)}, so the axis is "
                f"one of {', '.join(map(str, range(node.rank))) or 'none'}"
            )
    return tuple(sorted({one % node.rank for one in wanted}))


def reduced(shape: Shape, axes: Axes) -> Shape:
    """What is left of a shape."""
    places, keep = axes
    if keep:
        return tuple(ONE if place in places else dim for place, dim in enumerate(shape))
    return tuple(dim for place, dim in enumerate(shape) if place not in places)


def sum_over(node: Node, axes: Sequence[int], *, keep: bool = False) -> Node:
    """The sum over some axes."""
    return build("sum", (node,), (tuple(axes), keep))


def sum_all(node: Node) -> Node:
    """The sum of all entries."""
    return sum_over(node, range(node.rank))


def mean_over(node: Node, axes: Sequence[int], *, keep: bool = False) -> Node:
    """The mean over some axes: their sum divided by their length."""
    lengths = product([length(node.shape[axis]) for axis in axes]) if axes else const(1)
    return sum_over(node, axes, keep=keep) / lengths


@builder("sum")
def sum_(args: tuple[Node, ...], data: Axes) -> Node:
    """The sum over axes; factors that are constant along them are taken out."""
    (node,), (axes, keep) = args, data
    shape = reduced(node.shape, data)
    if not axes or not node.rank:
        return node
    if is_zero(node):
        return zeros(shape)
    single = tuple(axis for axis in axes if node.shape[axis].is_one)
    if single:
        rest = tuple(axis for axis in axes if axis not in single)
        found = sum_over(node, rest, keep=True) if rest else node
        return found if keep else build("squeeze", (found,), axes)
    if node.op == "sum" and not node.data[1] and not keep and len(axes) == node.rank:
        return sum_all(node.args[0])
    coefficient, powers = factors(node)
    outside = {b: e for b, e in powers.items() if is_constant(b, e, node.rank, axes, keep=keep)}
    if node.op == "ones":
        return product([length(node.shape[axis]) for axis in axes] + [ones(shape)])
    if node.op == "concat" and axes == (node.data,) and not keep:
        return total([sum_over(part, axes) for part in node.args])
    if node.op == "eye" and len(axes) == 1:
        return ones(shape)
    if coefficient != 1 or outside:
        inside = {b: e for b, e in powers.items() if b not in outside}
        body = filled(from_factors(UNIT, inside), node.shape)
        return product((from_factors(coefficient, outside), sum_over(body, axes, keep=keep)))
    return intern("sum", args, data, shape)


def is_constant(
    base: Node, exponent: Exponent, rank: int, axes: Sequence[int], *, keep: bool
) -> bool:
    """Whether a factor is the same all along ``axes`` of an array with ``rank`` axes."""
    if base.op == "ones":
        return False
    shape = factor_shape(base, exponent)
    own = [axis - (rank - len(shape)) for axis in axes]
    there = [axis for axis in own if axis >= 0]
    return all(shape[axis].is_one for axis in there) and (keep or not there)


@builder("amax")
def amax(args: tuple[Node, ...], data: Axes) -> Node:
    """The largest entry along axes."""
    (node,) = args
    if not data[0]:
        return node
    return intern("amax", args, data, reduced(node.shape, data))


@builder("lse")
def lse(args: tuple[Node, ...], data: Axes) -> Node:
    """``log Σ exp`` along axes."""
    (node,) = args
    if not data[0]:
        return node
    return intern("lse", args, data, reduced(node.shape, data))


@builder("norm")
def norm(args: tuple[Node, ...], data: Any = None) -> Node:
    """The Euclidean norm of all entries: of a matrix, the Frobenius norm."""
    return intern("norm", args, None, ())


def _last_axis(node: Node, what: str) -> None:
    if not node.rank:
        raise ShapeError(f"{what} goes over the last axis, but its argument is a single number")


@builder("softmax")
def softmax(args: tuple[Node, ...], data: Any = None) -> Node:
    """``exp z / Σ exp z`` over the last axis."""
    _last_axis(args[0], "softmax")
    return intern("softmax", args, None, args[0].shape)


@builder("logsoftmax")
def logsoftmax(args: tuple[Node, ...], data: Any = None) -> Node:
    """``log softmax z`` over the last axis."""
    _last_axis(args[0], "logsoftmax")
    return intern("logsoftmax", args, None, args[0].shape)


@builder("CE")
def cross_entropy(args: tuple[Node, ...], data: Any = None) -> Node:
    """``-Σ y log p`` over all entries."""
    p, y = args
    if p.shape != y.shape:
        raise clash(
            "CE compares every entry of two arrays of one shape",
            ("the first", p.shape),
            ("the second", y.shape),
        )
    return intern("CE", args, None, ())
