"""Rules for elementwise products: what cancels, and axes that broadcasting adds by itself."""

from collections.abc import Mapping
from fractions import Fraction

from gradus.gradients.expressions.arithmetic import (
    Exponent,
    factors,
    from_factors,
    terms_of,
)
from gradus.gradients.expressions.facts import is_binary
from gradus.gradients.expressions.nodes import (
    Node,
    build,
    parts,
    product,
    total,
    with_parts,
)


def cancel(node: Node) -> Node | None:
    """``p (q / p + r)`` is ``q + p r``."""
    coefficient, powers = factors(node)
    for base, power in powers.items():
        if base.op != "add" or power != 1:
            continue
        others = {other: e for other, e in powers.items() if other is not base}
        if _cancels(others, base):
            rest = from_factors(coefficient, others)
            return total(
                [product((rest, term), coefficient=count) for term, count in terms_of(base)]
            )
    return None


def _cancels(others: Mapping[Node, Exponent], added: Node) -> bool:
    for term, _ in terms_of(added):
        for base, power in factors(term)[1].items():
            other = others.get(base)
            if isinstance(power, Fraction) and isinstance(other, Fraction) and power * other < 0:
                return True
    return False


def binary_power(node: Node) -> Node | None:
    """What is 0 or 1 equals its square."""
    coefficient, powers = factors(node)
    changed = False
    for base, power in powers.items():
        if isinstance(power, Fraction) and power > 1 and is_binary(base):
            powers[base], changed = Fraction(1), True
    return from_factors(coefficient, powers) if changed else None


def leading_axis(node: Node) -> Node | None:
    """``x[None, :] + Y`` is ``x + Y``: broadcasting adds leading axes by itself."""
    for place, arg in enumerate(node.args):
        if arg.op == "expand" and arg.data == 0:
            args = (*node.args[:place], arg.args[0], *node.args[place + 1 :])
            found = build(node.op, args, node.data)
            if found.shape == node.shape:
                return found
    return None


def column_by_row(node: Node) -> Node | None:
    """``a[:, None] * b`` of two vectors is ``outer(a, b)``."""
    coefficient, powers = factors(node)
    arrays = [base for base in powers if base.rank]
    if len(arrays) != 2 or any(powers[base] != 1 for base in arrays):
        return None
    for column, row in (arrays, arrays[::-1]):
        if column.op == "expand" and column.data == 1 and column.rank == 2 and row.rank == 1:
            scalars = {base: e for base, e in powers.items() if not base.rank}
            whole = build("outer", (column.args[0], row))
            return product((from_factors(coefficient, scalars), whole))
    return None


def squeezed_factors(node: Node) -> Node | None:
    """``(a[:, None] * sum(A, keepdims))[:, 0]`` is ``a * sum(A)``."""
    inner = node.args[0]
    if inner.op not in ("mul", "add"):
        return None
    args = []
    for arg in parts(inner):
        missing = inner.rank - arg.rank
        own = tuple(axis - missing for axis in node.data if axis >= missing)
        args.append(build("squeeze", (arg,), own) if arg.rank else arg)
    found = with_parts(inner, args)
    return found if found.shape == node.shape and found.cost < node.cost else None
