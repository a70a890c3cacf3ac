"""Rows by index, slices, joined arrays, new axes, and choices between entries."""

from collections.abc import Sequence
from typing import Any

from gradus.core.errors import ShapeError
from gradus.gradients.expressions.arithmetic import joint_shape
from gradus.gradients.expressions.dims import ONE, Dim, Shape, show_shape
from gradus.gradients.expressions.linear import scalar_part
from gradus.gradients.expressions.nodes import (
    Node,
    build,
    builder,
    clash,
    const,
    intern,
    is_zero,
    ones,
    parts,
    product,
    with_parts,
    zeros,
)

#: Of one axis: from where to where.
Range = tuple[Dim, Dim]

COMPARISONS = (">", ">=", "<", "<=", "==", "!=")


def is_index(node: Node) -> bool:
    """Whether a node holds places, not numbers to compute with."""
    return node.op == "input" and node.data[1] == "index"


# what stands in brackets

#: An item that says: of each row, the entry at its place.
ALL_ROWS = "rows"

#: A number, a length, from where to where (None: the end), a new axis (None), or an index.
Item = Any


@builder("index")
def index(args: tuple[Node, ...], items: tuple[Item, ...]) -> Node:
    """``A[i, 1:3, None]``: rows by index, parts, single entries and new axes, axis by axis."""
    (base,) = args
    taken = [item for item in items if item is not None]
    if len(taken) > base.rank:
        raise ShapeError(f"{len(taken)} indices, but the shape is {show_shape(base.shape)}")
    if len(items) == 2 and items[0] == ALL_ROWS and isinstance(items[1], Node):
        return build("pick", (base, items[1]))
    axis = 0
    for item in items:
        base, axis = _indexed(base, axis, item)
    return base


def _indexed(base: Node, axis: int, item: Item) -> tuple[Node, int]:
    if item is None:
        return build("expand", (base,), axis), axis + 1
    if isinstance(item, Node):
        return _rows(base, axis, item), axis + item.rank
    if item == ALL_ROWS:
        raise ShapeError("range(N) picks one entry of each row: A[range(N), i]")
    if isinstance(item, tuple):
        return part(base, axis, *item), axis + 1
    at = Dim.number(item) if isinstance(item, int) else item
    if isinstance(item, int) and item < 0:
        at = base.shape[axis] + Dim.number(item)
    one = part(base, axis, at, at + Dim.number(1))
    return build("squeeze", (one,), (axis,)), axis


def _rows(base: Node, axis: int, places: Node) -> Node:
    if not axis:
        return build("gather", (base, places))
    if places.rank != 1:
        raise ShapeError("only the first axis can be taken at a single index")
    order = (axis, *(one for one in range(base.rank) if one != axis))
    rows = build("gather", (build("transpose", (base,), order), places))
    back = tuple(sorted(range(base.rank), key=lambda one: order[one]))
    return build("transpose", (rows,), back)


def part(base: Node, axis: int, begin: Dim | None, end: Dim | None) -> Node:
    """The entries from ``begin`` to ``end`` along an axis; negative ones count from the back."""
    whole = base.shape[axis]
    bounds = [begin or Dim.number(0), end or whole]
    for place, bound in enumerate(bounds):
        if bound.is_number and bound.number_part < 0:
            bounds[place] = whole + bound
    gaps = (bounds[1] - bounds[0], whole - bounds[1], bounds[0])
    if any(gap.is_number and gap.number_part < 0 for gap in gaps):
        raise ShapeError(
            f"the part {bounds[0]}:{bounds[1]} is not within an axis of length {whole}"
        )
    ranges = [(Dim.number(0), size) for size in base.shape]
    ranges[axis] = (bounds[0], bounds[1])
    return build("slice", (base,), tuple(ranges))


# rows by index


@builder("gather")
def gather(args: tuple[Node, ...], data: Any = None) -> Node:
    """``U[i]``: the rows of ``U`` at places ``i``, which may repeat."""
    table, places = args
    if not table.rank:
        raise ShapeError("a single number has no rows to take by index")
    return intern("gather", args, None, places.shape + table.shape[1:])


@builder("pick")
def pick(args: tuple[Node, ...], data: Any = None) -> Node:
    """``A[range(N), i]``: of every row the entry at its place."""
    table, places = args
    if table.rank != 2 or places.rank != 1 or table.shape[0] != places.shape[0]:
        raise clash(
            "A[range(N), i] takes one entry of every row",
            ("A", table.shape),
            ("i", places.shape),
        )
    return intern("pick", args, None, table.shape[:1])


@builder("onehot")
def onehot(args: tuple[Node, ...], size: Dim) -> Node:
    """Rows of the identity matrix at the places of an index."""
    (places,) = args
    return intern("onehot", args, size, (*places.shape, size))


# slices and joined arrays


@builder("slice")
def slice_(args: tuple[Node, ...], ranges: tuple[Range, ...]) -> Node:
    """A part of every axis."""
    (node,) = args
    shape = tuple(stop - start for start, stop in ranges)
    if shape == node.shape:
        return node
    if node.op in ("zeros", "ones"):
        return ones(shape) if node.op == "ones" else zeros(shape)
    scalars, rest = scalar_part(node)
    if scalars is not const(1):
        return product((scalars, slice_((rest,), ranges)))
    if node.op == "concat":
        found = _slice_of_concat(node, ranges)
        if found is not None:
            return found
    return intern("slice", args, ranges, shape)


def _slice_of_concat(node: Node, ranges: tuple[Range, ...]) -> Node | None:
    axis, at = node.data, Dim.number(0)
    for part in node.args:
        end = at + part.shape[axis]
        if ranges[axis] == (at, end):
            inner = (*ranges[:axis], (Dim.number(0), part.shape[axis]), *ranges[axis + 1 :])
            return slice_((part,), inner)
        at = end
    return None


@builder("concat")
def concat(args: tuple[Node, ...], axis: int) -> Node:
    """Arrays joined along an axis."""
    first = args[0]
    if not first.rank:
        raise ShapeError("concat joins arrays, but it got a single number")
    if not -first.rank <= axis < first.rank:
        raise ShapeError(f"axis {axis} is not there: the parts have {first.rank} axes")
    axis %= first.rank
    for part in args[1:]:
        others = [s[:axis] + s[axis + 1 :] for s in (first.shape, part.shape)]
        if part.rank != first.rank or others[0] != others[1]:
            raise clash(
                f"concat along axis {axis} needs parts that agree on all other axes",
                ("one part", first.shape),
                ("another", part.shape),
            )
    if len(args) == 1:
        return first
    if all(is_zero(part) for part in args):
        return zeros(_joined(args, axis))
    return intern("concat", args, axis, _joined(args, axis))


def _joined(args: Sequence[Node], axis: int) -> Shape:
    whole = Dim.number(0)
    for part in args:
        whole = whole + part.shape[axis]
    shape = args[0].shape
    return (*shape[:axis], whole, *shape[axis + 1 :])


def padded(node: Node, ranges: Sequence[Range], shape: Shape) -> Node:
    """``node`` in its place within zeros of ``shape``: what undoes a slice."""
    for axis, (start, stop) in enumerate(ranges):
        around = []
        for before, after in ((Dim.number(0), start), (stop, shape[axis])):
            gap = after - before
            filler = (*node.shape[:axis], gap, *node.shape[axis + 1 :])
            around.append([] if gap == Dim.number(0) else [zeros(filler)])
        node = concat((*around[0], node, *around[1]), axis)
    return node


# axes of length 1


@builder("expand")
def expand(args: tuple[Node, ...], axis: int) -> Node:
    """A new axis of length 1, written ``b[:, None]``."""
    (node,) = args
    shape = (*node.shape[:axis], ONE, *node.shape[axis:])
    if not node.rank:
        return product((node, ones(shape)))
    if is_zero(node) or node.op == "ones":
        return zeros(shape) if is_zero(node) else ones(shape)
    if node.op == "squeeze" and node.data == (axis,):
        return node.args[0]
    scalars, rest = scalar_part(node)
    if scalars is not const(1):
        return product((scalars, expand((rest,), axis)))
    if node.op == "sum" and not node.data[1] and node.data[0] == (axis,):
        return build("sum", node.args, (node.data[0], True))
    return intern("expand", args, axis, shape)


@builder("squeeze")
def squeeze(args: tuple[Node, ...], axes: tuple[int, ...]) -> Node:
    """Axes of length 1 left out."""
    (node,) = args
    if not axes:
        return node
    for axis in axes:
        if not node.shape[axis].is_one:
            raise ShapeError(
                f"index 0 takes an axis of length 1 away, but {show_shape(node.shape)} has "
                f"{node.shape[axis]} there"
            )
    shape = tuple(dim for axis, dim in enumerate(node.shape) if axis not in axes)
    if is_zero(node) or node.op == "ones":
        return zeros(shape) if is_zero(node) else ones(shape)
    if node.op == "expand" and axes == (node.data,):
        return node.args[0]
    if node.op == "sum" and node.data[1] and set(axes) == set(node.data[0]):
        return build("sum", node.args, (node.data[0], False))
    if not shape and node.op in ("add", "mul"):
        return _inside(node, squeezed)
    return intern("squeeze", args, axes, shape)


def squeezed(node: Node) -> Node:
    """The single number in an array of size 1."""
    return squeeze((node,), tuple(range(node.rank))) if node.rank else node


def _inside(node: Node, change: Any) -> Node:
    return with_parts(node, [change(part) for part in parts(node)])


# choices


@builder("compare")
def compare(args: tuple[Node, ...], sign: str) -> Node:
    """A condition on every entry."""
    return intern("compare", args, sign, joint_shape("a comparison", args))


@builder("ind")
def indicator(args: tuple[Node, ...], data: Any = None) -> Node:
    """1 where a condition holds, else 0."""
    return intern("ind", args, None, args[0].shape)


@builder("where")
def where(args: tuple[Node, ...], data: Any = None) -> Node:
    """Of two values the first where a condition holds, else the second."""
    condition, yes, no = args
    shape = joint_shape("where", args)
    if yes is no:
        return product((yes, ones(shape))) if yes.shape != shape else yes
    if is_zero(no) and yes is const(1):
        return indicator((condition,))
    return intern("where", args, None, shape)


@builder("maximum")
def maximum(args: tuple[Node, ...], data: Any = None) -> Node:
    """The larger of two values, entry by entry."""
    return intern("maximum", args, None, joint_shape("maximum", args))


@builder("minimum")
def minimum(args: tuple[Node, ...], data: Any = None) -> Node:
    """The smaller of two values, entry by entry."""
    return intern("minimum", args, None, joint_shape("minimum", args))


@builder("causal_bias")
def causal_bias(args: tuple[Node, ...], size: Dim) -> Node:
    """The mask of attention to the past: 0, and -1e9 above the diagonal."""
    return intern("causal_bias", (), size, (size, size))
