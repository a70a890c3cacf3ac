"""Rules for products of matrices and transposes."""

from gradus.gradients.expressions.arithmetic import (
    terms_of,
    without_ones,
)
from gradus.gradients.expressions.nodes import (
    Node,
    build,
    ones,
    product,
    total,
)
from gradus.gradients.expressions.reductions import sum_over


def vector_of_ones(node: Node) -> Node | None:
    """``A @ ones`` is the sum of the rows' entries."""
    left, right = node.args
    if right.op == "ones" and right.rank == 1:
        return sum_over(left, (left.rank - 1,))
    if left.op == "ones" and left.rank == 1 and right.rank <= 2:
        return sum_over(right, (0,))
    return None


def stretched_rows(node: Node) -> Node | None:
    """``A @ (ones * r)`` with one row ``r`` for all is ``sum(A) r``, and the same on the left."""
    left, right = node.args
    if left.rank == right.rank == 2:
        rest = without_ones(right)
        if rest is not right and (rest.rank < 2 or rest.shape[0].is_one):
            return product((sum_over(left, (1,), keep=True), rest, ones(node.shape)))
        rest = without_ones(left)
        if rest is not left and (not rest.rank or (rest.rank == 2 and rest.shape[1].is_one)):
            return product((rest, sum_over(right, (0,)), ones(node.shape)))
    return None


def transposed_terms(node: Node) -> Node | None:
    """``(A.T + B).T`` is ``A + B.T``, if that is shorter."""
    inner = node.args[0]
    if inner.op != "add" or node.rank != 2:
        return None
    if not all(not term.rank or term.rank == 2 for term, _ in terms_of(inner)):
        return None
    found = total([product((term.T,), coefficient=count) for term, count in terms_of(inner)])
    return found if found.cost < node.cost else None


def transpose_of_column(node: Node) -> Node | None:
    """``v[:, None].T`` is the row ``v[None, :]``."""
    (inner,) = node.args
    if inner.op == "expand" and inner.rank == 2:
        return build("expand", inner.args, 1 - inner.data)
    return None
