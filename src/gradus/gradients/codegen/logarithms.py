"""Logarithms that never meet a 0: of a softmax, of σ, of sums of exponentials.

A rule looks through names, so that ``p = softmax(z)`` and ``log(p)`` a line later are known to be
``log softmax z``.
"""

from gradus.gradients.codegen.kernels import (
    softmax_over,
)
from gradus.gradients.codegen.programs import Program, Rules
from gradus.gradients.expressions.arithmetic import factors, from_factors, terms_of
from gradus.gradients.expressions.dims import ONE, Shape
from gradus.gradients.expressions.nodes import Node, build, const, product, with_parts
from gradus.gradients.expressions.reductions import sum_all

#: Operations that only choose or move entries: a function of the result is the result of it.
MOVES = ("pick", "gather", "slice", "squeeze", "expand", "transpose")


def log_of(node: Node, program: Program) -> Node | None:
    """``log`` of what has a logarithm of its own: softmax, σ, 1 - σ, 1 + exp, Σ exp, exp."""
    return _log(node.args[0], program)


def _log(arg: Node, program: Program) -> Node | None:
    inside = program.meaning(arg)
    if inside.op == "softmax":
        return build("logsoftmax", inside.args)
    if inside.op == "sigmoid":
        return build("logsigmoid", inside.args)
    if inside.op == "exp":
        return inside.args[0]
    if inside.op == "sum":
        source = program.meaning(inside.args[0])
        return build("lse", source.args, inside.data) if source.op == "exp" else None
    if inside.op == "add":
        return _log_of_sum(inside, program)
    if inside.op == "mul":
        weights = weights_of_exponents(inside, program)
        return _log(weights, program) if weights is not None and weights.op == "softmax" else None
    if inside.op in MOVES:
        moved = _log(inside.args[0], program)
        return None if moved is None else with_parts(inside, (moved, *inside.args[1:]))
    return None


def _log_of_sum(node: Node, program: Program) -> Node | None:
    terms = terms_of(node)
    ones = [term for term, count in terms if term is const(1) and count == 1]
    others = [(term, count) for term, count in terms if term is not const(1)]
    if len(ones) != 1 or len(others) != 1:
        return None
    ((term, count),) = others
    inside = program.meaning(term)
    if inside.op == "exp" and count == 1:
        return build("softplus", inside.args)
    if inside.op == "sigmoid" and count == -1:
        return build("logsigmoid", (-inside.args[0],))
    return None


def cross_entropy(node: Node, program: Program) -> Node:
    """``-Σ y log p``, of which the logarithm is then looked at."""
    p, y = node.args
    return -sum_all(y * build("log", (p,)))


def weights_of_exponents(node: Node, program: Program) -> Node | None:
    """``exp u / Σ exp u`` is a softmax, whatever the axes of the sum."""
    coefficient, powers = factors(node)
    for base, power in powers.items():
        below = program.meaning(base)
        if below.op == "expand":
            below = program.meaning(below.args[0])
        if power != -1 or below.op != "sum":
            continue
        source = program.meaning(below.args[0])
        for other, count in powers.items():
            over = program.meaning(other)
            if count == 1 and over is source and over.op == "exp" and _divides(base, over, below):
                rest = {b: e for b, e in powers.items() if b not in (base, other)}
                weights = softmax_over(over.args[0], below.data[0])
                return product((from_factors(coefficient, rest), weights))
    return None


def _divides(sums: Node, whole: Node, reduction: Node) -> bool:
    """Whether ``sums`` stand where they belong: along the axes that were summed."""
    axes = reduction.data[0]
    wanted = tuple(ONE if axis in axes else dim for axis, dim in enumerate(whole.shape))
    padded: Shape = (*(ONE for _ in range(whole.rank - sums.rank)), *sums.shape)
    return padded == wanted


def logsigmoid(node: Node, program: Program) -> Node | None:
    """``log σ(-x)`` is ``-softplus(x)``."""
    coefficient, powers = factors(node.args[0])
    if coefficient >= 0 or not powers:
        return None
    return -build("softplus", (from_factors(-coefficient, powers),))


#: The rules of this module.
LOGARITHMS: Rules = {
    "log": (log_of,),
    "CE": (cross_entropy,),
    "mul": (weights_of_exponents,),
    "logsigmoid": (logsigmoid,),
}
