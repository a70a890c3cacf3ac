"""Parts of an expression that a line of the model has given a name, replaced by that name.

This is how the gradient of layer normalisation comes to speak of the normalised values, although
the rules of differentiation know only of what they are made of.
"""

from collections.abc import Mapping
from fractions import Fraction

from gradus.gradients.expressions.arithmetic import (
    Exponent,
    factor_shape,
    factors,
    from_factors,
    minus,
    terms_of,
)
from gradus.gradients.expressions.nodes import (
    Node,
    build,
    product,
    total,
)
from gradus.gradients.expressions.reductions import is_constant, sum_over


def recollected(node: Node, scope: Mapping[Node, Node]) -> Node:
    """``node`` with parts that a line of the model has given a name replaced by that name."""
    if node.op not in ("mul", "add"):
        return node
    for definition, name in scope.items():
        if definition.op != node.op and definition.op != "mul":
            continue
        find = _product_part if node.op == "mul" else _sum_part
        found = find(node, definition, name)
        # a product of several factors may be as long by its name, and shorter in what follows
        longest = node.cost if len(definition.args) > 1 and node.op == "mul" else node.cost - 1
        if found is not None and found is not node and found.cost <= longest:
            node = found
            if node.op not in ("mul", "add"):
                break
    return node


def _sum_part(node: Node, definition: Node, name: Node) -> Node | None:
    if definition.op != "add":
        return None
    mine, wanted = dict(terms_of(node)), dict(terms_of(definition))
    if not wanted.keys() <= mine.keys():
        return None
    ratios = {mine[term] / count for term, count in wanted.items()}
    if len(ratios) != 1:
        return None
    (ratio,) = ratios
    rest = [product((t,), coefficient=c) for t, c in mine.items() if t not in wanted]
    return total([product((name,), coefficient=ratio), *rest])


def _product_part(node: Node, definition: Node, name: Node) -> Node | None:
    if definition.op != "mul":
        return None
    coefficient, powers = factors(node)
    own, wanted = factors(definition)
    if len(wanted) == 1:
        ((base, power),) = wanted.items()
        there = powers.get(base)
        if own != 1 or not isinstance(there, Fraction) or not isinstance(power, Fraction):
            return None
        ratio = there / power
        if power == 1 or ratio.denominator != 1:
            return None
        rest = {b: e for b, e in powers.items() if b is not base}
        return product((from_factors(coefficient, rest), name), (Fraction(1), ratio))
    if all(_holds(powers.get(base), power) for base, power in wanted.items()):
        rest = {b: minus(e, wanted[b]) if b in wanted else e for b, e in powers.items()}
        return product((from_factors(coefficient / own, rest), name))
    parts = (node, powers, coefficient, own, wanted, name)
    return _into_sum(*parts) or _into_pair(*parts)


def _holds(there: Exponent | None, power: Exponent) -> bool:
    if isinstance(there, Fraction) and isinstance(power, Fraction):
        return there * power > 0 and abs(there) >= abs(power)
    return there is not None and there == power


def _into_sum(
    node: Node,
    powers: dict[Node, Exponent],
    coefficient: Fraction,
    own: Fraction,
    wanted: dict[Node, Exponent],
    name: Node,
) -> Node | None:
    """``s * sum(a (x - m))`` is ``sum(a x̂)`` where ``x̂ = s (x - m)`` has a name."""
    for base, power in powers.items():
        if base.op != "sum" or power != 1 or base in wanted:
            continue
        inner_coefficient, inner = factors(base.args[0])
        inside = {b for b, e in wanted.items() if _holds(inner.get(b), e)}
        outside = set(wanted) - inside
        if not inside or not outside or not all(_holds(powers.get(b), wanted[b]) for b in outside):
            continue
        axes, keep = base.data
        rank = base.args[0].rank
        if not all(is_constant(b, wanted[b], rank, axes, keep=keep) for b in outside):
            continue
        body = {b: minus(e, wanted[b]) if b in inside else e for b, e in inner.items()}
        new = product((from_factors(inner_coefficient / own, body), name))
        rest = {
            b: minus(e, wanted[b]) if b in outside else e
            for b, e in powers.items()
            if b is not base
        }
        return product((from_factors(coefficient, rest), sum_over(new, axes, keep=keep)))
    return None


def _into_pair(
    node: Node,
    powers: dict[Node, Exponent],
    coefficient: Fraction,
    own: Fraction,
    wanted: dict[Node, Exponent],
    name: Node,
) -> Node | None:
    """``outer(x, x) / n²`` is ``outer(u, u)`` where ``u = x / n`` has a name; so with products."""
    scalars = {b: e for b, e in wanted.items() if not factor_shape(b, e)}
    vector = from_factors(Fraction(1), {b: e for b, e in wanted.items() if b not in scalars})
    for base, power in powers.items():
        if base.op not in ("outer", "matmul") or power != 1 or not scalars:
            continue
        left = {b: e for b, e in powers.items() if b is not base}
        sides, scale = list(base.args), coefficient
        for place, side in enumerate(sides):
            if side is vector and all(_holds(left.get(b), e) for b, e in scalars.items()):
                sides[place], scale = name, scale / own
                left = {b: minus(e, scalars[b]) if b in scalars else e for b, e in left.items()}
        if sides != list(base.args):
            return product((from_factors(scale, left), build(base.op, sides)))
    return None
