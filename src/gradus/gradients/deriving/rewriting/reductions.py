"""Rules for sums over axes: what is known without summing, and products in disguise."""

from gradus.gradients.expressions.arithmetic import (
    factors,
)
from gradus.gradients.expressions.facts import known_sum
from gradus.gradients.expressions.nodes import (
    Node,
    build,
    product,
)
from gradus.gradients.expressions.reductions import sum_over


def sum_is_known(node: Node) -> Node | None:
    """Rows of probabilities sum to 1, deviations from the mean to 0."""
    axes, keep = node.data
    return known_sum(node.args[0], axes, keep=keep)


def sum_is_dot(node: Node) -> Node | None:
    """The sum of the products of two vectors is ``u @ v``."""
    body, (_, keep) = node.args[0], node.data
    if keep or body.op != "mul" or body.rank != 1 or len(body.args) != 2:
        return None
    coefficient, exponents = body.data
    if coefficient == 1 and exponents == (1, 1) and all(a.shape == body.shape for a in body.args):
        return body.args[0] @ body.args[1]
    return None


def sum_is_product(node: Node) -> Node | None:
    """``sum(A * v, axis=1)`` is ``A @ v``, and ``sum(A * v[:, None], axis=0)`` is ``v @ A``."""
    body, (axes, keep) = node.args[0], node.data
    coefficient, powers = factors(body)
    if keep or body.rank != 2 or len(powers) != 2 or set(powers.values()) != {1}:
        return None
    matrix, vector = sorted(powers, key=lambda base: base.op == "expand" or base.rank == 1)
    if matrix.shape != body.shape or matrix.op == "expand":
        return None
    if axes == (1,) and vector.shape == body.shape[1:]:
        return product((matrix @ vector,), coefficient=coefficient)
    column = vector.op == "expand" and vector.data == 1 and vector.args[0].shape == body.shape[:1]
    if axes == (0,) and column:
        return product((vector.args[0] @ matrix,), coefficient=coefficient)
    return None


def sum_of_transpose(node: Node) -> Node | None:
    """``sum(A.T, axis=1)`` is ``sum(A, axis=0)``."""
    inner = node.args[0]
    axes, keep = node.data
    if inner.op == "transpose" and node.args[0].rank == 2 and len(axes) == 1:
        if not keep:
            return sum_over(inner.args[0], (1 - axes[0],))
        return build("expand", (sum_over(inner.args[0], (1 - axes[0],)),), axes[0])
    return None
