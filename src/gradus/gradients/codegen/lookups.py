"""Rows by index without one-hot matrices: what paper writes with ones and zeros touches few rows.

``onehot(i, V).T @ G`` adds the rows of ``G`` to the rows ``i`` of zeros; ``P - onehot(y, C)`` takes
1 from one entry of every row.
"""

from gradus.gradients.codegen.kernels import (
    fill,
    is_scattered,
    picked,
    scattered,
    update,
)
from gradus.gradients.codegen.programs import Program, Rules
from gradus.gradients.expressions.arithmetic import factors, from_factors, terms_of, without_ones
from gradus.gradients.expressions.contractions import read_spec
from gradus.gradients.expressions.nodes import Node, build, const, ones, product, total, zeros


def _places(node: Node, program: Program) -> Node | None:
    """The index of one-hot rows, whatever they are called."""
    inside = program.meaning(node)
    return inside.args[0] if inside.op == "onehot" else None


def rows_in_matmul(node: Node, program: Program) -> Node | None:
    """A product with one-hot rows takes rows, with their transpose it adds to rows."""
    left, right = node.args
    if left.rank > 2 or right.rank > 2:
        return None
    places = _places(left, program)
    if places is not None and (right.rank == 2 or not places.rank or places.rank == 1):
        return build("gather", (right, places))
    turned = left.op == "transpose" and _places(left.args[0], program)
    if turned:
        return scattered(node.shape, turned, right, "rows")
    places = _places(right, program)
    if places is not None and left.rank == 2:
        if places.rank:
            return scattered(tuple(reversed(node.shape)), places, left.T, "rows").T
        return build("gather", (left.T, places))
    if places is not None:
        return scattered(node.shape, places, left, "rows") if places.rank else left_at(left, places)
    turned = right.op == "transpose" and _places(right.args[0], program)
    if turned:
        return build("gather", (left.T, turned)).T if left.rank == 2 else left_at(left, turned)
    return None


def left_at(vector: Node, places: Node) -> Node:
    """Entries of a vector."""
    return build("gather", (vector, places))


def row_in_outer(node: Node, program: Program) -> Node | None:
    """``outer(onehot(i), g)`` has ``g`` in row ``i``."""
    column, row = node.args
    for one, other, kind in ((column, row, "row"), (row, column, "column")):
        places = _places(one, program)
        if places is not None:
            value = const(1) if other.op == "ones" else other
            return scattered(node.shape, places, value, kind)
    return None


def rows_of_outer(node: Node, program: Program) -> Node | None:
    """``outer(a, b)`` where few entries of ``a`` are not 0 has few rows that are not."""
    column, row = node.args
    updates = []
    while column.op == "update":
        updates.append(column)
        column = column.args[0]
    if not updates or column.op != "zeros":
        return None
    found = zeros(node.shape)
    for one in reversed(updates):
        (_, places, value), (kind, sign) = one.args, one.data
        if value.rank > 1:
            return None
        rows = build("outer", (value, row)) if value.rank else product((value, row))
        found = update(found, places, rows, kind, sign=sign)
    return found


def spots_in_product(node: Node, program: Program) -> Node | None:
    """One-hot rows times numbers: the numbers at their places."""
    coefficient, powers = factors(node)
    for base, power in powers.items():
        places = _places(base, program)
        if places is None or power != 1 or base.shape != node.shape or base.rank > 2:
            continue
        others = from_factors(coefficient, {b: e for b, e in powers.items() if b is not base})
        value = picked(without_ones(others), places, node.shape[-1])
        if value is not None:
            return scattered(node.shape, places, value, "spots" if base.rank == 2 else "row")
    return None


def repeated_row(node: Node, program: Program) -> Node | None:
    """``counts[:, None] * g`` adds the row ``g`` once for every place."""
    coefficient, powers = factors(node)
    if node.rank != 2:
        return None
    for base, power in powers.items():
        inside = program.meaning(base)
        if inside.op != "expand" or inside.data != 1 or power != 1:
            continue
        counts = program.meaning(inside.args[0])
        if counts.op != "sum" or counts.data != ((0,), False):
            continue
        places = _places(counts.args[0], program)
        row = from_factors(coefficient, {b: e for b, e in powers.items() if b is not base})
        if places is not None and row.rank and (row.rank == 1 or row.shape[0].is_one):
            return scattered(node.shape, places, row, "rows")
    return None


def scaled_update(node: Node, program: Program) -> Node | None:
    """Numbers are multiplied into what is added, not into the zeros around it."""
    coefficient, powers = factors(node)
    lone = [base for base in powers if base.op == "update"]
    others = {base: power for base, power in powers.items() if base.op != "update"}
    if len(lone) != 1 or powers[lone[0]] != 1 or any(base.rank for base in others):
        return None
    (kind, sign), (base, places, value) = lone[0].data, lone[0].args
    if coefficient < 0:
        coefficient, sign = -coefficient, -sign
    scale = from_factors(coefficient, others)
    scaled = base if base.op == "zeros" else product((scale, base))
    if base.op != "zeros" and sign != lone[0].data[1]:
        scaled = -scaled
    return update(scaled, places, product((scale, value)), kind, sign=sign)


def counts_in_sum(node: Node, program: Program) -> Node | None:
    """The sum of one-hot rows counts places; the sum of each row is 1."""
    (body,), (axes, keep) = node.args, node.data
    places = _places(body, program)
    if places is None:
        return None
    if axes == (body.rank - 1,) and not keep:
        return ones(node.shape)
    if body.rank == 2 and axes == (0,) and not keep:
        return scattered(node.shape, places, const(1), "rows")
    return None


def picks_in_sum(node: Node, program: Program) -> Node | None:
    """``Σ onehot(i) ∘ A`` along the rows picks an entry of each."""
    (body,), (axes, keep) = node.args, node.data
    if body.rank - 1 not in axes:
        return None
    coefficient, powers = factors(body)
    for base, power in powers.items():
        places = _places(base, program)
        if places is None or power != 1 or base.shape != body.shape:
            continue
        others = from_factors(coefficient, {b: e for b, e in powers.items() if b is not base})
        value = picked(without_ones(others), places, body.shape[-1])
        if value is None:
            return None
        whole = fill(value, places.shape)
        rest = tuple(axis for axis in axes if axis != body.rank - 1)
        if keep:
            whole = build("expand", (whole,), whole.rank)
        return build("sum", (whole,), (rest, keep)) if rest else whole
    return None


def updates_in_sum(node: Node, program: Program) -> Node | None:
    """``A + onehot(i).T @ G`` adds to the rows of ``A``; ``P - onehot(y)`` takes 1 from entries."""
    plain: list[Node] = []
    updates: list[tuple[Node, Node, str, int]] = []
    for term, count in terms_of(node):
        found = _as_update(term, program)
        if found is None or term.shape != node.shape:
            plain.append(product((term,), coefficient=count))
            continue
        kind, sign = found.data
        value = product((found.args[2],), coefficient=abs(count))
        updates.append((found.args[1], value, kind, sign if count > 0 else -sign))
    if not updates:
        return None
    base = total(plain) if plain else zeros(node.shape)
    if base.shape != node.shape:
        base = fill(base, node.shape)
    for places, value, kind, sign in updates:
        base = update(base, places, value, kind, sign=sign)
    return base


def _as_update(term: Node, program: Program) -> Node | None:
    places = _places(term, program)
    if places is not None and term.rank <= 2:
        return scattered(term.shape, places, const(1), "spots" if term.rank == 2 else "row")
    return term if is_scattered(term) else None


def rows_in_einsum(node: Node, program: Program) -> Node | None:
    """A contraction with one-hot rows over all their places adds to rows."""
    inputs, result = read_spec(node.data, node.args)
    if len(node.args) != 2:
        return None
    for place in (0, 1):
        rows, other = inputs[place], inputs[1 - place]
        places = _places(node.args[place], program)
        letters, last = rows[:-1], rows[-1:]
        rest = other.removeprefix(letters)
        if places is not None and other == letters + rest and result == last + rest:
            kind = "rows" if places.rank else "row"
            return scattered(node.shape, places, node.args[1 - place], kind)
    return None


def ones_at_places(node: Node, program: Program) -> Node | None:
    """One-hot rows that nothing else has taken in: zeros with a 1 in each row."""
    (places,) = node.args
    if places.rank > 1:
        return None
    return scattered(node.shape, places, const(1), "spots" if places.rank else "row")


#: The rules of this module.
LOOKUPS: Rules = {
    "matmul": (rows_in_matmul,),
    "outer": (row_in_outer, rows_of_outer),
    "mul": (spots_in_product, repeated_row, scaled_update),
    "sum": (counts_in_sum, picks_in_sum),
    "add": (updates_in_sum,),
    "einsum": (rows_in_einsum,),
    "onehot": (ones_at_places,),
}
