"""Rules for sums of terms: factors taken out, products multiplied out, choices and parts joined."""

from fractions import Fraction

from gradus.gradients.expressions.arithmetic import (
    Exponent,
    factor_shape,
    factors,
    from_factors,
    minus,
    terms_of,
    without_ones,
)
from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import (
    Node,
    build,
    const,
    is_zero,
    product,
    total,
)


def ones_in_sum(node: Node) -> Node | None:
    """A term needs no ones where another term has the whole shape."""
    for place, (term, _) in enumerate(terms_of(node)):
        bare = without_ones(term)
        if bare is term:
            continue
        terms = [
            product((bare if at == place else t,), coefficient=c)
            for at, (t, c) in enumerate(terms_of(node))
        ]
        found = total(terms)
        if found.shape == node.shape and found.cost < node.cost:
            return found
    return None


def common_coefficient(node: Node) -> Node | None:
    """``a / 2 + b / 2`` is ``(a + b) / 2``."""
    counts = {abs(count) for count in node.data}
    if len(counts) != 1 or counts == {Fraction(1)}:
        return None
    (size,) = counts
    inner = build("add", node.args, tuple(count / size for count in node.data))
    return product((inner,), coefficient=size)


def multiplied_out(node: Node) -> Node | None:
    """``y (1 - p) - (1 - y) p`` is ``y - p``: multiplied out, if that is shorter."""
    found: list[Node] = []
    for term, count in terms_of(node):
        coefficient, powers = factors(term)
        sums = [base for base, power in powers.items() if base.op == "add" and power == 1]
        if len(sums) > 2 or any(len(one.args) > 3 for one in sums):
            return None
        rest = {base: power for base, power in powers.items() if base not in sums}
        parts_ = [from_factors(coefficient * count, rest)]
        for one in sums:
            parts_ = [
                product((part, added), coefficient=share)
                for part in parts_
                for added, share in terms_of(one)
            ]
        found += parts_
    if len(found) == len(node.args):
        return None
    whole = total(found)
    return whole if whole.cost < node.cost and whole.shape == node.shape else None


def joined_choices(node: Node) -> Node | None:
    """``a [c] + b [not c]`` is ``where(c, a, b)``."""
    split = [(term, count, *factors(term)) for term, count in terms_of(node)]
    conditions = dict.fromkeys(
        base.args[0] for _, _, _, powers in split for base in powers if base.op == "ind"
    )
    for condition in conditions:
        chosen = build("ind", (condition,))
        opposite = build("where", (condition, const(0), const(1)))
        yes: list[Node] = []
        no: list[Node] = []
        rest: list[Node] = []
        for term, count, coefficient, powers in split:
            for case, side in ((chosen, yes), (opposite, no)):
                if powers.get(case) == 1:
                    left = {b: e for b, e in powers.items() if b is not case}
                    side.append(from_factors(coefficient * count, left))
                    break
            else:
                rest.append(product((term,), coefficient=count))
        if yes and no:
            return total([build("where", (condition, total(yes), total(no))), *rest])
    return None


def choice_factor(node: Node) -> Node | None:
    """``where(c, g a, g b)`` is ``g where(c, a, b)``."""
    condition, yes, no = node.args
    (one, powers), (other, powers2) = factors(yes), factors(no)
    shared = {b: e for b, e in powers.items() if powers2.get(b) == e}
    if not shared:
        return None
    inner = [
        from_factors(c, {b: e for b, e in p.items() if b not in shared})
        for c, p in ((one, powers), (other, powers2))
    ]
    return product((from_factors(Fraction(1), shared), build("where", (condition, *inner))))


def common_factor(node: Node) -> Node | None:
    """``s a - s b`` is ``s (a - b)``, if that is shorter."""
    split = [(count, *factors(term)) for term, count in terms_of(node)]
    best: Node | None = None
    for base in dict.fromkeys(base for _, _, powers in split for base in powers):
        with_base = [place for place, (_, _, powers) in enumerate(split) if base in powers]
        if len(with_base) < 2:
            continue
        exponents = [split[place][2][base] for place in with_base]
        shared = _least(exponents)
        if shared is None:
            continue
        inner, outer = [], []
        for place, (count, coefficient, powers) in enumerate(split):
            if place not in with_base:
                outer.append(from_factors(count * coefficient, powers))
                continue
            left = dict(powers)
            left[base] = minus(left[base], shared)
            inner.append(from_factors(count * coefficient, left))
        factored = product((total(inner), base), (Fraction(1), shared))
        found = total([factored, *outer])
        if found.shape == node.shape and found.cost < (best or node).cost:
            best = found
    return best


def _least(exponents: list[Exponent]) -> Exponent | None:
    if all(isinstance(e, Fraction) for e in exponents):
        numbers = [e for e in exponents if isinstance(e, Fraction)]
        if all(e > 0 for e in numbers):
            return min(numbers)
        return max(numbers) if all(e < 0 for e in numbers) else None
    return exponents[0] if len(set(exponents)) == 1 else _symbolic_least(exponents)


def _symbolic_least(exponents: list[Exponent]) -> Exponent | None:
    """Of ``k`` and ``k - 1`` the smaller."""
    for other in exponents:
        gaps = [minus(e, other) for e in exponents]
        if all(isinstance(gap, Fraction) and gap >= 0 for gap in gaps):
            return other
    return None


def common_matrix(node: Node) -> Node | None:
    """``A x + B x`` is ``(A + B) x``, and sums of transposes are transposed sums."""
    for op, place in (
        ("matmul", 1),
        ("matmul", 0),
        ("outer", 1),
        ("outer", 0),
        ("transpose", None),
    ):
        groups: dict[object, list[tuple[Node, Node, Node]]] = {}
        for term, count in terms_of(node):
            coefficient, powers = factors(term)
            lone = [base for base, power in powers.items() if base.op == op and power == 1]
            if len(lone) == 1 and (len(powers) == 1 or op != "transpose"):
                scalars = {base: e for base, e in powers.items() if base is not lone[0]}
                if not any(factor_shape(base, e) for base, e in scalars.items()):
                    numbers = from_factors(count * coefficient, scalars)
                    key = _sharing_key(lone[0], place)
                    groups.setdefault(key, []).append((term, lone[0], numbers))
        for group in groups.values():
            if len(group) > 1:
                found = _gathered(node, op, place, group)
                if found.cost < node.cost:
                    return found
    return None


def _sharing_key(node: Node, place: int | None) -> object:
    """What products must agree on to be gathered: the shared side, and shapes to add the others."""
    if place is None:
        return node.data
    return node.args[place], node.shape, node.args[1 - place].shape


def _gathered(node: Node, op: str, place: int | None, group: list[tuple[Node, Node, Node]]) -> Node:
    taken = {term for term, _, _ in group}
    rest = [
        product((term,), coefficient=count) for term, count in terms_of(node) if term not in taken
    ]
    first = group[0][1]
    if place is None:
        inner = total([product((number, base.args[0])) for _, base, number in group])
        joined = build(op, (inner,), first.data)
    else:
        inner = total([product((number, base.args[1 - place])) for _, base, number in group])
        sides = (inner, first.args[place]) if place else (first.args[place], inner)
        joined = build(op, sides)
    return total([joined, *rest])


def joined_parts(node: Node) -> Node | None:
    """Sums of joined arrays that are zero in each other's places: ``[a; 0] + [0; b] = [a; b]``."""
    concats = [
        (term, count)
        for term, count in terms_of(node)
        if term.op == "concat" and term.shape == node.shape
    ]
    for axis in dict.fromkeys(term.data for term, _ in concats):
        same = [(term, count) for term, count in concats if term.data == axis]
        joined = _side_by_side(same, axis) if len(same) > 1 else None
        if joined is not None:
            taken = {term for term, _ in same}
            rest = [product((t,), coefficient=c) for t, c in terms_of(node) if t not in taken]
            return total([joined, *rest])
    return None


def _side_by_side(concats: list[tuple[Node, Fraction]], axis: int) -> Node | None:
    """One joined array, if at every place at most one of several is not zero."""
    pieces: dict[Dim, tuple[Dim, Node]] = {}
    for term, count in concats:
        at = Dim.number(0)
        for part in term.args:
            end = at + part.shape[axis]
            if not is_zero(part):
                if at in pieces:
                    return None
                pieces[at] = (end, product((part,), coefficient=count))
            at = end
    at, found, end = Dim.number(0), [], concats[0][0].shape[axis]
    while at in pieces:
        at, part = pieces.pop(at)
        found.append(part)
    return build("concat", found, axis) if at == end and not pieces else None
