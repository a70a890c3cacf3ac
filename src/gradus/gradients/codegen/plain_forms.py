"""Products with matrices of a known form, arrays of equal entries, choices between numbers."""

from collections.abc import Iterable

from gradus.gradients.codegen.kernels import (
    fill,
    solve,
)
from gradus.gradients.codegen.programs import Program, Rules
from gradus.gradients.expressions.arithmetic import factors, from_factors, terms_of, without_ones
from gradus.gradients.expressions.dims import Shape, broadcast
from gradus.gradients.expressions.nodes import Node, build, product, total


def product_of_row_and_column(node: Node, program: Program) -> Node | None:
    """``a bᵀ`` of matrices with one column and one row is a product by broadcasting."""
    left, right = node.args
    if left.rank == right.rank == 2 and left.shape[1].is_one:
        return product((left, right))
    return None


def solved(node: Node, program: Program) -> Node | None:
    """``A⁻¹ b`` is solved where the inverse is for nothing else."""
    left, right = node.args
    if left.op == "inv" and right.rank <= 2 and program.uses.get(left, 0) == 1:
        return solve(left.args[0], right)
    return None


def sums_by_ones(node: Node, program: Program) -> Node | None:
    """A product with a vector of ones is a sum."""
    left, right = node.args
    if left.rank > 2 or right.rank > 2:
        return None
    if left.op == "ones" and left.rank == 1:
        return build("sum", (right,), ((0,), False))
    if right.op == "ones" and right.rank == 1:
        return build("sum", (left,), ((left.rank - 1,), False))
    return None


def scaled_rows(node: Node, program: Program) -> Node | None:
    """A diagonal matrix, whatever its name, multiplies rows or columns by numbers."""
    left, right = node.args
    for matrix, other in ((left, right), (right, left)):
        inside = program.meaning(matrix)
        if inside.op == "diag" and other.rank <= 2:
            (entries,) = inside.args
            column = matrix is left and other.rank == 2
            return product((build("expand", (entries,), 1) if column else entries, other))
    return None


def sum_of_diagonal(node: Node, program: Program) -> Node | None:
    """The sums of the rows of a diagonal matrix are its diagonal."""
    (body,), (axes, keep) = node.args, node.data
    inside = program.meaning(body)
    if inside.op != "diag" or len(axes) != 1 or keep:
        return None
    return inside.args[0]


def ones_in_product(node: Node, program: Program) -> Node | None:
    """Broadcasting does what a factor of ones does; what is left must be filled in."""
    inside = without_ones(node)
    return None if inside is node else fill(inside, node.shape)


def ones_in_sum(node: Node, program: Program) -> Node | None:
    """Terms are stretched by the other terms, or all together."""
    terms = [(_opened(term), count) for term, count in terms_of(node)]
    if all(new is old for (new, _), old in zip(terms, node.args, strict=True)):
        return None
    inside = total([product((term,), coefficient=count) for term, count in terms])
    return fill(inside, node.shape)


def ones_in_functions(node: Node, program: Program) -> Node | None:
    """Arguments of an elementwise operation are stretched by each other."""
    args = [_opened(arg) for arg in node.args]
    shape = _joint(args)
    if shape != node.shape or all(new is old for new, old in zip(args, node.args, strict=True)):
        return None
    return build(node.op, args, node.data)


def _opened(node: Node) -> Node:
    if node.op == "fill":
        return node.args[0]
    return without_ones(node)


def _joint(args: Iterable[Node]) -> Shape | None:
    shape: Shape | None = ()
    for arg in args:
        shape = None if shape is None else broadcast(shape, arg.shape)
    return shape


def factor_into_choice(node: Node, program: Program) -> Node | None:
    """``δ · where(c, 1, a)`` is ``where(c, δ, a δ)``: numbers alone would not know their type."""
    coefficient, powers = factors(node)
    for base, power in powers.items():
        if base.op != "where" or power != 1 or base.args[1].rank or base.args[2].rank:
            continue
        rest = from_factors(coefficient, {b: e for b, e in powers.items() if b is not base})
        if rest.rank:
            condition, yes, no = base.args
            return build("where", (condition, product((rest, yes)), product((rest, no))))
    return None


def silu(node: Node, program: Program) -> Node:
    """``x σ(x)``: its derivative needs ``σ(x)`` too."""
    (x,) = node.args
    return x * build("sigmoid", (x,))


def gelu(node: Node, program: Program) -> Node:
    """``x Φ(x)``: its derivative needs ``Φ(x)`` too."""
    (x,) = node.args
    return x * build("Phi", (x,))


#: Rules for when it is known which products there are.
SOLUTIONS: Rules = {"matmul": (solved,)}

#: The rules of this module.
PLAIN_FORMS: Rules = {
    "mul": (ones_in_product, factor_into_choice),
    "add": (ones_in_sum,),
    "where": (ones_in_functions,),
    "maximum": (ones_in_functions,),
    "minimum": (ones_in_functions,),
    "compare": (ones_in_functions,),
    "sum": (sum_of_diagonal,),
    "matmul": (product_of_row_and_column, sums_by_ones, scaled_rows),
    "silu": (silu,),
    "gelu": (gelu,),
}
