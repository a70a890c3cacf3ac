"""What is known of an array beyond its shape: that its rows sum to 1, that it is 0 or 1."""

from collections.abc import Sequence
from fractions import Fraction

from gradus.gradients.expressions.arithmetic import factor_shape, factors, terms_of, without_ones
from gradus.gradients.expressions.nodes import Node, length, ones, product, total, zeros
from gradus.gradients.expressions.reductions import reduced, sum_over

#: Inputs whose last axis sums to 1.
SUMMING_KINDS = ("onehot", "prob")

#: Inputs that are 0 or 1, so that they equal their square.
BINARY_KINDS = ("onehot", "mask")


def meaning(node: Node) -> Node:
    """What a name stands for."""
    while node.op == "name":
        node = node.args[0]
    return node


def softmax_argument(node: Node) -> Node | None:
    """The ``z`` of ``softmax(z)``, also where it is written out as ``exp(z) / sum(exp(z))``."""
    node = meaning(node)
    if node.op == "softmax":
        return node.args[0]
    coefficient, powers = factors(node)
    if coefficient != 1 or len(powers) != 2 or set(powers.values()) != {1, -1}:
        return None
    above, below = sorted(powers, key=lambda base: powers[base] != 1)
    top, bottom = meaning(above), meaning(below)
    if top.op != "exp" or bottom.op != "sum" or meaning(bottom.args[0]) is not top:
        return None
    axes, keep = bottom.data
    last = axes == (top.rank - 1,) and (keep or top.rank == 1)
    return top.args[0] if last else None


def sums_to_one(node: Node) -> bool:
    """Whether the entries along the last axis sum to 1."""
    node = meaning(node)
    if softmax_argument(node) is not None:
        return bool(node.rank)
    if node.op == "input":
        return node.data[1] in SUMMING_KINDS
    if node.op == "slice":  # of the other axes alone
        return node.shape[-1:] == node.args[0].shape[-1:] and sums_to_one(node.args[0])
    if node.op in ("expand", "squeeze"):
        axes = (node.data,) if node.op == "expand" else node.data
        longer = node if node.op == "expand" else node.args[0]
        return longer.rank - 1 not in axes and sums_to_one(node.args[0])
    if node.op == "gather":
        return node.args[0].rank > 1 and sums_to_one(node.args[0])
    return node.op == "onehot" and bool(node.rank)


def is_plain(node: Node) -> bool:
    """Whether a node is a number, or one repeated all over an array."""
    return all(not base.rank or base.op == "ones" for base in factors(node)[1])


def is_binary(node: Node) -> bool:
    """Whether every entry is 0 or 1."""
    node = meaning(node)
    if node.op == "input":
        return node.data[1] in BINARY_KINDS
    return node.op in ("ind", "onehot", "eye")


def known_sum(node: Node, axes: Sequence[int], *, keep: bool) -> Node | None:
    """The sum over ``axes`` where it can be told without summing, else None.

    The rows of one-hot labels and of a softmax sum to 1, deviations from a mean to 0.
    """
    if node.rank - 1 in axes and sums_to_one(node):
        rest = [axis for axis in axes if axis != node.rank - 1]
        shape = reduced(node.shape, (tuple(axes), keep))
        return product([length(node.shape[axis]) for axis in rest] + [ones(shape)])
    stated = meaning(node)
    if stated.op == "add":
        found = _sum_of_terms(stated, axes, keep=keep)
        # behind a name, the sum must come to something no longer than the sum of the name
        longest = stated.cost if stated is node else 1
        return found if found is not None and found.cost <= longest else None
    return None


def _sum_of_terms(node: Node, axes: Sequence[int], *, keep: bool) -> Node | None:
    shape = reduced(node.shape, (tuple(axes), keep))
    known: list[Node] = []
    unknown: list[Node] = []
    helped = False
    for term, count in terms_of(node):
        whole = product((term,), coefficient=count)
        found = _known_term(whole, node, axes, keep=keep)
        if found is None:
            unknown.append(whole)
        else:
            helped = True
            known.append(found)
    if not helped:
        return None
    rest = total(unknown) if unknown else zeros(node.shape)
    if rest.shape != node.shape:
        rest = product((rest, ones(node.shape)))
    parts = [*(without_ones(part) for part in known), sum_over(rest, axes, keep=keep)]
    whole = total(parts)
    return whole if whole.shape == shape else product((whole, ones(shape)))


def _known_term(term: Node, whole: Node, axes: Sequence[int], *, keep: bool) -> Node | None:
    """The sum of one term of a sum, stretched to the shape of the whole."""
    missing = whole.rank - term.rank
    own = [axis - missing for axis in axes]
    if all(axis < 0 or term.shape[axis].is_one for axis in own):
        lengths = [length(whole.shape[axis]) for axis in axes]
        inner = [axis for axis in own if axis >= 0]
        body = term if keep or not inner else sum_over(term, inner)
        coefficient, powers = factors(body)
        if len(powers) == 1 and next(iter(powers)).op == "name":
            ((name, power),) = powers.items()
            if power == 1 and _is_mean(name.args[0]):  # open a mean, so that it meets its sum
                body = product((name.args[0],), coefficient=coefficient)
        return product([*lengths, body])
    if missing or any(term.shape[axis] != whole.shape[axis] for axis in axes):
        return None
    coefficient, powers = factors(term)
    scalars = [base for base, power in powers.items() if not factor_shape(base, power)]
    rest = [base for base in powers if base not in scalars]
    if len(rest) == 1 and powers[rest[0]] == 1:
        found = known_sum(rest[0], axes, keep=keep)
        if found is not None:
            numbers = product(scalars, [powers[base] for base in scalars], coefficient)
            return product((numbers, found))
    return None


def _is_mean(node: Node) -> bool:
    coefficient, powers = factors(node)
    lone = [base for base, power in powers.items() if base.op == "sum" and power == 1]
    return (
        len(lone) == 1
        and all(base.op in ("sum", "length") for base in powers)
        and (coefficient == 1 or coefficient == Fraction(1, coefficient.denominator))
    )
