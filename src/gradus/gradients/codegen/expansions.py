"""Operations as each library computes them best, in terms of simpler ones.

NumPy has no softmax: what shifts its argument and what sums the exponentials is shared with the
logarithm. Torch computes a softmax and its logarithm in one go each.
"""

from fractions import Fraction

from gradus.gradients.codegen.costs import is_number
from gradus.gradients.codegen.kernels import dot, fill, function, whole_sum
from gradus.gradients.codegen.programs import Program, Rules
from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.facts import sums_to_one
from gradus.gradients.expressions.nodes import Node, build, const, product
from gradus.gradients.expressions.reductions import sum_over

#: One half, exactly.
HALF = Fraction(1, 2)

NOTHING = Dim.number(0)

Axes = tuple[int, ...]


def _last(node: Node) -> Axes:
    return (node.rank - 1,)


# softmax by parts


def shifted(x: Node, axes: Axes, program: Program) -> Node:
    """``x - max x``: the exponential of it cannot overflow."""
    found = x - _top(x, axes, program)
    program.hints[found] = "shifted"
    return found


def _top(x: Node, axes: Axes, program: Program) -> Node:
    keep = len(axes) < x.rank
    top = build("amax", (x,), (axes, keep))
    program.hints[top] = "top"
    return top


def exponentials(x: Node, axes: Axes, program: Program) -> tuple[Node, Node]:
    """``exp(x - max x)`` and its sum."""
    powers = build("exp", (shifted(x, axes, program),))
    total = sum_over(powers, axes, keep=len(axes) < x.rank)
    program.hints[powers], program.hints[total] = "exps", "total"
    return powers, total


def softmax(node: Node, program: Program) -> Node:
    """``exp(x - max x) / Σ exp(x - max x)``."""
    axes = node.data if node.op == "softmax_over" else _last(node)
    powers, total = exponentials(node.args[0], axes, program)
    return powers / total


def logsoftmax(node: Node, program: Program) -> Node:
    """``x - max x - log Σ exp(x - max x)``."""
    (x,) = node.args
    _, total = exponentials(x, _last(x), program)
    return shifted(x, _last(x), program) - build("log", (total,))


def lse(node: Node, program: Program) -> Node:
    """``max x + log Σ exp(x - max x)``."""
    (x,), (axes, keep) = node.args, node.data
    _, total = exponentials(x, axes, program)
    whole = build("log", (total,)) + _top(x, axes, program)
    if keep and not whole.rank:
        return fill(whole, node.shape)
    return whole if keep or not whole.rank else build("squeeze", (whole,), axes)


def dot_of_logsoftmax(node: Node, program: Program) -> Node | None:
    """``Σ y log softmax x``, where ``y`` sums to 1: one logarithm for each row."""
    if node.rank:
        return None
    for y, other in (node.args, reversed(node.args)):
        if other.op == "logsoftmax" and y.shape == other.shape and sums_to_one(y):
            (x,) = other.args
            _, total = exponentials(x, _last(x), program)
            return dot(y, shifted(x, _last(x), program)) - _sum_of_logs(total)
    return None


def picks_of_logsoftmax(node: Node, program: Program) -> Node | None:
    """Entries of ``log softmax x``: only those that are picked get their logarithm."""
    source, places = node.args
    if source.op != "logsoftmax":
        return None
    (x,) = source.args
    _, total = exponentials(x, _last(x), program)
    picked = build(node.op, (shifted(x, _last(x), program), places))
    if node.op == "pick":
        return picked - build("log", (build("squeeze", (total,), (1,)),))
    return picked - build("log", (total,)) if x.rank == 1 else None


def part_of_logsoftmax(node: Node, program: Program) -> Node | None:
    """Some classes of ``log softmax x``."""
    (source,) = node.args
    whole = [part == (NOTHING, size) for part, size in zip(node.data, source.shape, strict=True)]
    if source.op != "logsoftmax" or not all(whole[:-1]):
        return None
    (x,) = source.args
    _, total = exponentials(x, _last(x), program)
    part = build("slice", (shifted(x, _last(x), program),), node.data)
    return part - build("log", (total,))


def _sum_of_logs(total: Node) -> Node:
    if all(dim.is_one for dim in total.shape):
        return build("log", (build("squeeze", (total,), tuple(range(total.rank))),))
    return whole_sum(build("log", (total,)))


# functions


def sigmoid(node: Node, program: Program) -> Node | None:
    """``tanh(x / 2) / 2 + 1/2``: no exponential that could overflow."""
    (x,) = node.args
    if is_number(x, program):
        return None
    return HALF * build("tanh", (HALF * x,)) + HALF


def softplus(node: Node, program: Program) -> Node | None:
    """``max(x, 0) + log(1 + exp(-|x|))``; of a vector, NumPy's own, which is slow but one call."""
    (x,) = node.args
    if is_number(x, program):
        return None
    if x.rank < 2:
        return function("softplus_call", x)
    if x.op == "mul" and x.data[0] == -1:
        return _log_of_small(-x) - build("minimum", (-x, const(0)))
    return build("maximum", (x, const(0))) + _log_of_small(x)


def logsigmoid(node: Node, program: Program) -> Node | None:
    """``min(x, 0) - log(1 + exp(-|x|))``."""
    (x,) = node.args
    if is_number(x, program):
        return None
    if x.rank < 2:
        return -function("softplus_call", -x)
    return build("minimum", (x, const(0))) - _log_of_small(x)


def _log_of_small(x: Node) -> Node:
    return function("log1p", build("exp", (-build("abs", (x,)),)))


def leaky_relu(node: Node, program: Program) -> Node:
    """``x`` above 0, else ``a x``."""
    x, slope = node.args
    return build("where", (build("compare", (x, const(0)), ">"), x, slope * x))


def elu(node: Node, program: Program) -> Node:
    """``x`` above 0, else ``exp x - 1``, without exponentials of large numbers."""
    (x,) = node.args
    below = function("expm1", build("minimum", (x, const(0))))
    return build("where", (build("compare", (x, const(0)), ">"), x, below))


def outer(node: Node, program: Program) -> Node:
    """``a bᵀ`` by broadcasting, so that numbers are multiplied into ``a``."""
    column, row = node.args
    return product((build("expand", (column,), 1), row))


# torch


def exp_of_logsoftmax(node: Node, program: Program) -> Node | None:
    """A softmax whose logarithm is there anyway."""
    logs = build("logsoftmax", node.args)
    if logs in program.uses:
        return build("exp", (logs,))
    return None


def softmax_by_lse(node: Node, program: Program) -> Node:
    """``exp(x - log Σ exp x)`` over several axes."""
    (x,), axes = node.args, node.data
    return build("exp", (x - build("lse", (x,), (axes, len(axes) < x.rank)),))


def rows_summed(node: Node, program: Program) -> Node:
    """``Σ a b`` along the last axis."""
    one, other = node.args
    return sum_over(one * other, (one.rank - 1,), keep=node.data)


def sign_of_relu(node: Node, program: Program) -> Node | None:
    """Of what is never negative, ``x > 0`` as a number is the sign."""
    (condition,) = node.args
    if condition.op != "compare" or condition.data != ">" or condition.args[1] is not const(0):
        return None
    inside = program.meaning(condition.args[0])
    return build("sign", condition.args[:1]) if inside.op == "relu" else None


#: What NumPy has in other words.
NUMPY: Rules = {
    "dot": (dot_of_logsoftmax,),
    "matmul": (dot_of_logsoftmax,),
    "slice": (part_of_logsoftmax,),
    "pick": (picks_of_logsoftmax,),
    "gather": (picks_of_logsoftmax,),
    "softmax": (softmax,),
    "softmax_over": (softmax,),
    "logsoftmax": (logsoftmax,),
    "lse": (lse,),
    "sigmoid": (sigmoid,),
    "softplus": (softplus,),
    "logsigmoid": (logsigmoid,),
    "leaky_relu": (leaky_relu,),
    "elu": (elu,),
    "outer": (outer,),
}

#: What torch has in other words.
TORCH: Rules = {
    "softmax": (exp_of_logsoftmax,),
    "softmax_over": (softmax_by_lse,),
    "rowdot": (rows_summed,),
    "leaky_relu": (leaky_relu,),
    "ind": (sign_of_relu,),
}

EXPANSIONS = {"numpy": NUMPY, "torch": TORCH}
