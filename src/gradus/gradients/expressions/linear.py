"""Matrix operations: products, transposes, traces, determinants, inverses, diagonals."""

from fractions import Fraction
from typing import Any

from gradus.core.errors import ShapeError
from gradus.gradients.expressions.arithmetic import factor_shape, from_factors, joint_shape
from gradus.gradients.expressions.dims import Dim, show_shape
from gradus.gradients.expressions.nodes import (
    LEFT,
    RIGHT,
    Node,
    build,
    builder,
    clash,
    const,
    eye,
    intern,
    is_zero,
    length,
    parts,
    product,
    zeros,
)

#: Inputs that equal their transpose.
SYMMETRIC_KINDS = ("sym", "spd")

#: What a square matrix is needed for, in words.
SQUARE = {
    "tr": "the trace",
    "det": "the determinant",
    "logdet": "the log-determinant",
    "inv": "the inverse",
}


# products


@builder("matmul")
def matmul(args: tuple[Node, ...], data: Any = None) -> Node:
    """``A @ B`` by NumPy's rule: a vector is a row on the left and a column on the right."""
    left, right = args
    check_matmul(left, right)
    shape = _matmul_shape(left, right)
    if is_zero(left) or is_zero(right):
        return zeros(shape)
    scalars, left, right = _scalars_out(left, right)
    if scalars is not None:
        return product((scalars, left @ right))
    if left.op == "eye":
        return right
    if right.op == "eye":
        return left
    if left.rank <= 2 and right.rank <= 2:
        found = _known_product(left, right)
        if found is not None:
            return found
    return intern("matmul", (left, right), None, shape)


def check_matmul(left: Node, right: Node) -> None:
    """Raise :class:`ShapeError` unless the inner lengths are equal, with a fix where one fits."""
    for side, node in ((LEFT, left), (RIGHT, right)):
        if not node.rank:
            raise ShapeError(f"@ needs vectors or matrices, but {side} is a single number; write *")
    inner, other = left.shape[-1], right.shape[max(0, right.rank - 2)]
    if inner == other:
        return
    raise clash(
        f"{LEFT} @ {RIGHT}: inner dimensions {inner} and {other} differ",
        (LEFT, left.shape),
        (RIGHT, right.shape),
        hint=_matmul_hint(left, right),
    )


def _matmul_hint(left: Node, right: Node) -> str:
    fits = []
    if right.rank == 2 and left.shape[-1] == right.shape[1]:
        fits.append(f"{LEFT} @ {RIGHT}.T")
    if left.rank == 2 and left.shape[0] == right.shape[max(0, right.rank - 2)]:
        fits.append(f"{LEFT}.T @ {RIGHT}")
    if right.shape[-1] == left.shape[0] and right.rank == left.rank == 2:
        fits.append(f"{RIGHT} @ {LEFT}")
    if left.rank == 1 and right.rank == 2 and right.shape[1] == left.shape[0]:
        fits.append(f"{RIGHT} @ {LEFT}")
    if fits:
        return f"did you mean {' or '.join(dict.fromkeys(fits))}?"
    if left.rank == right.rank == 1:
        return f"for the matrix of all products write outer({LEFT}, {RIGHT})"
    return "no transpose of one side makes it fit"


def _matmul_shape(left: Node, right: Node) -> tuple[Dim, ...]:
    if right.rank == 1:
        return left.shape[:-1]
    if left.rank == 1:
        return right.shape[:-2] + right.shape[-1:]
    lead = joint_shape("a batch of products", (_lead(left), _lead(right)))
    return (*lead, left.shape[-2], right.shape[-1])


def _lead(node: Node) -> Node:
    return zeros(node.shape[:-2])


def _scalars_out(left: Node, right: Node) -> tuple[Node | None, Node, Node]:
    """Numbers that multiply a side, taken before the whole product."""
    one, left = scalar_part(left)
    other, right = scalar_part(right)
    found = product((one, other))
    return (None if found is const(1) else found), left, right


def scalar_part(node: Node) -> tuple[Node, Node]:
    """A product as what is a single number in it, and the rest."""
    if node.op != "mul":
        return const(1), node
    coefficient, exponents = node.data
    powers = dict(zip(node.args, exponents, strict=True))
    single = {b: e for b, e in powers.items() if not factor_shape(b, e)}
    rest = {b: e for b, e in powers.items() if b not in single}
    scalars = from_factors(coefficient, single)
    if not rest or scalars is const(1):
        return const(1), node
    return scalars, from_factors(Fraction(1), rest)


def _known_product(left: Node, right: Node) -> Node | None:
    """Products that are simpler than they look."""
    if left.op == "outer":
        column, row = left.args
        if right.rank == 1:
            return product((row @ right, column))
        return outer((column, right.T @ row))
    if right.op == "outer":
        column, row = right.args
        if left.rank == 1:
            return product((left @ column, row))
        return outer((left @ column, row))
    for matrix, other in ((left, right), (right, left)):
        if matrix.op == "diag":
            (entries,) = matrix.args
            if matrix is left and other.rank == 2:
                return product((build("expand", (entries,), 1), other))
            return product((entries, other))
    if left.rank == 1 and right.rank == 2 and is_symmetric(right):
        return right @ left  # one product, whichever side it was written on
    if left.op == right.op == "transpose":
        return (right.args[0] @ left.args[0]).T
    if (left.op == "inv" and left.args[0] is right) or (
        right.op == "inv" and right.args[0] is left
    ):
        return eye(left.shape[0])
    return None


@builder("outer")
def outer(args: tuple[Node, ...], data: Any = None) -> Node:
    """``a bᵀ``: every entry of ``a`` times every entry of ``b``."""
    column, row = args
    for node in args:
        if node.rank != 1:
            raise ShapeError(
                f"outer needs two vectors, but one side has the shape {show_shape(node.shape)}; "
                "of matrices write A @ B"
            )
    shape = (*column.shape, *row.shape)
    if is_zero(column) or is_zero(row):
        return zeros(shape)
    scalars, column, row = _scalars_out(column, row)
    if scalars is not None:
        return product((scalars, outer((column, row))))
    return intern("outer", (column, row), None, shape)


# transposes


@builder("transpose")
def transpose(args: tuple[Node, ...], order: tuple[int, ...]) -> Node:
    """Axes in another order; for a matrix, the transpose."""
    (node,) = args
    if order == tuple(range(node.rank)):
        return node
    if node.op == "transpose":
        inner = node.data
        return transpose(node.args, tuple(inner[axis] for axis in order))
    shape = tuple(node.shape[axis] for axis in order)
    if node.op in ("zeros", "ones"):
        return intern(node.op, (), None, shape)
    if node.op == "mul":
        scalars, rest = scalar_part(node)
        if scalars is not const(1):
            return product((scalars, transpose((rest,), order)))
    if node.rank == 2:
        found = _known_transpose(node)
        if found is not None:
            return found
    return intern("transpose", (node,), order, shape)


def _known_transpose(node: Node) -> Node | None:
    if is_symmetric(node):
        return node
    if node.op == "outer":
        return outer((node.args[1], node.args[0]))
    if node.op == "matmul" and all(arg.rank == 2 for arg in node.args):
        left, right = node.args
        if left.op == "transpose" or right.op == "transpose":
            return right.T @ left.T
    return None


def is_symmetric(node: Node) -> bool:
    """Whether the matrix is known to equal its transpose."""
    if node.op == "input":
        return node.data[1] in SYMMETRIC_KINDS
    if node.op in ("name", "inv"):
        return is_symmetric(node.args[0])
    if node.op in ("eye", "diag"):
        return True
    if node.op == "outer":
        return node.args[0] is node.args[1]
    if node.op == "matmul":
        left, right = node.args
        return left.rank == 2 and _is_transpose(left, right)
    if node.op in ("add", "mul"):
        return all(not part.rank or (part.rank == 2 and is_symmetric(part)) for part in parts(node))
    return False


def _is_transpose(one: Node, other: Node) -> bool:
    return (one.op == "transpose" and one.args[0] is other) or (
        other.op == "transpose" and other.args[0] is one
    )


# numbers of a matrix


def _square(node: Node, op: str) -> None:
    if node.rank != 2 or node.shape[0] != node.shape[1]:
        sizes = (
            f"{node.shape[0]} and {node.shape[1]} are not the same length"
            if node.rank == 2
            else f"it has {node.rank} axes"
        )
        raise ShapeError(
            f"{SQUARE[op]} needs a square matrix, but {op} got {show_shape(node.shape)}: {sizes}"
        )


@builder("tr")
def trace(args: tuple[Node, ...], data: Any = None) -> Node:
    """The sum of the diagonal."""
    (node,) = args
    _square(node, "tr")
    if node.op == "eye":
        return length(node.shape[0])
    if is_zero(node):
        return const(0)
    return intern("tr", args, None, ())


@builder("det")
def det(args: tuple[Node, ...], data: Any = None) -> Node:
    """The determinant."""
    _square(args[0], "det")
    return intern("det", args, None, ())


@builder("logdet")
def logdet(args: tuple[Node, ...], data: Any = None) -> Node:
    """``log |det A|``."""
    _square(args[0], "logdet")
    return intern("logdet", args, None, ())


@builder("inv")
def inv(args: tuple[Node, ...], data: Any = None) -> Node:
    """The inverse matrix."""
    (node,) = args
    _square(node, "inv")
    if node.op == "inv":
        return node.args[0]
    if node.op == "eye":
        return node
    return intern("inv", args, None, node.shape)


# diagonals


@builder("diag")
def diag(args: tuple[Node, ...], data: Any = None) -> Node:
    """The matrix with a vector on its diagonal, or the diagonal of a matrix."""
    (node,) = args
    if node.rank == 1:
        if node.op == "ones":
            return eye(node.shape[0])
        return intern("diag", args, None, node.shape * 2)
    _square_diagonal(node)
    if node.op == "diag":
        return node.args[0]
    return intern("diagonal", args, None, node.shape[:1])


@builder("diagonal")
def diagonal(args: tuple[Node, ...], data: Any = None) -> Node:
    """The diagonal of a square matrix."""
    return diag(args)


def _square_diagonal(node: Node) -> None:
    if node.rank != 2 or node.shape[0] != node.shape[1]:
        raise ShapeError(
            "diag needs a vector or a square matrix, but got " + show_shape(node.shape)
        )
