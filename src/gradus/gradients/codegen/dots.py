"""Sums of products in one go, without the array of products."""

from fractions import Fraction

from gradus.gradients.codegen.kernels import (
    dot,
    rowdot,
    whole_sum,
)
from gradus.gradients.codegen.programs import Program, Rules
from gradus.gradients.expressions.arithmetic import factors, from_factors
from gradus.gradients.expressions.dims import Shape
from gradus.gradients.expressions.nodes import Node, build, product

HALF = Fraction(1, 2)


def sum_of_products(node: Node, program: Program) -> Node | None:
    """``Σ a b`` over all entries or along the last axis, without the array of products."""
    body, (axes, keep) = node.args[0], node.data
    everything = len(axes) == body.rank and not keep
    if not everything and axes != (body.rank - 1,):
        return None
    units = _units(body)
    if units is None or (len(units) < 2):
        return None
    if program.uses.get(body, 0) > 1:
        return None  # the products are there anyway
    split = _split(units, body.shape, program)
    if split is None:
        return None
    return dot(*split) if everything else rowdot(*split, keep=keep)


def _units(body: Node) -> list[Node] | None:
    """A product as single factors, squares as two; None if it has a number in it."""
    coefficient, powers = factors(body)
    if coefficient != 1:
        return None
    units: list[Node] = []
    for base, power in powers.items():
        if base.op == "ones":
            return None
        if isinstance(power, Fraction) and power.denominator == 1 and 1 <= power <= 3:
            units += [base] * int(power)
        else:
            units.append(product((base,), (power,)))
    return units


def _split(units: list[Node], shape: Shape, program: Program) -> tuple[Node, Node] | None:
    """The factors as two arrays of the whole shape; one of them known to the program, if any is."""
    known = set(program.uses)
    found = []
    for place, unit in enumerate(units):
        rest = product([other for at, other in enumerate(units) if at != place])
        if unit.shape == rest.shape == shape:
            found.append((unit, rest))
    if not found:
        return None
    return max(found, key=lambda pair: pair[1] in known and pair[1].op == "mul")


def sum_of_known_parts(node: Node, program: Program) -> Node | None:
    """``Σ G ∘ (γ ∘ X + β)`` by the sums over rows that the gradients by γ and β are."""
    body, (axes, keep) = node.args[0], node.data
    if len(axes) != body.rank or body.rank != 2 or keep:
        return None
    coefficient, powers = factors(body)
    for base, power in powers.items():
        inside = program.meaning(base)
        hidden = base is not inside and program.uses.get(base, 0) > 1
        if inside.op != "add" or power != 1 or hidden:
            continue
        rest = from_factors(coefficient, {b: e for b, e in powers.items() if b is not base})
        parts = [_by_rows(rest * term, program) for term in inside.args]
        if rest.shape == body.shape and all(part is not None for part in parts):
            found = [part for part in parts if part is not None]
            return build("add", found, inside.data)
    return None


def _by_rows(term: Node, program: Program) -> Node | None:
    """The sum of a product by a sum over axis 0 that is computed anyway."""
    coefficient, powers = factors(term)
    row = {base: power for base, power in powers.items() if base.rank == 1}
    rest = from_factors(coefficient, {b: e for b, e in powers.items() if b not in row})
    known = build("sum", (rest,), ((0,), False))
    vector = from_factors(type(coefficient)(1), row)
    if rest.rank != 2 or vector.shape != known.shape or known not in program.uses:
        return None
    return known @ vector


def sum_in_brackets(node: Node, program: Program) -> Node | None:
    """The only entry of a sum with axes of length 1 is the sum of all entries."""
    (inside,) = node.args
    if node.rank or inside.op != "sum" or not inside.data[1]:
        return None
    (body,) = inside.args
    units = _units(body)
    split = _split(units, body.shape, program) if units and len(units) > 1 else None
    return dot(*split) if split else whole_sum(body)


def norm(node: Node, program: Program) -> Node:
    """``√Σ x²``."""
    (x,) = node.args
    return product((dot(x, x) if x.rank else x * x,), (HALF,))


def trace_of_product(node: Node, program: Program) -> Node | None:
    """``tr(A B) = Σ A ∘ Bᵀ``: no product is needed for its diagonal alone."""
    (inside,) = node.args
    if inside.op != "matmul" or program.uses.get(inside, 0) > 1:
        return None
    left, right = inside.args
    return dot(left, right.T)


#: The rules of this module.
DOTS: Rules = {
    "sum": (sum_of_known_parts, sum_of_products),
    "squeeze": (sum_in_brackets,),
    "norm": (norm,),
    "tr": (trace_of_product,),
}
