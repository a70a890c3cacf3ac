"""How each operation passes an upstream gradient back to its arguments, in matrix form.

A rule gets the node, the upstream gradient ``g`` (in the shape of the node) and ``out``, the node
by the name it has in the model; it yields for each argument its share and the reason in words. A
rule may step over an argument to what that is made of: cross-entropy after softmax is ``p - y``.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple, TypeVar

from gradus.gradients.expressions.contractions import gradient_spec, read_spec
from gradus.gradients.expressions.dims import Dim, Shape, show_shape
from gradus.gradients.expressions.facts import softmax_argument
from gradus.gradients.expressions.functions import FUNCTIONS, apply, positive
from gradus.gradients.expressions.indexing import padded
from gradus.gradients.expressions.nodes import (
    Node,
    build,
    const,
    eye,
    is_zero,
    ones,
    parts,
    product,
)
from gradus.gradients.expressions.reductions import sum_over


class Share(NamedTuple):
    """What an argument gets."""

    target: Node
    gradient: Node
    words: str  # the local derivative, as a person would say it


class Step(NamedTuple):
    """What a rule is asked."""

    node: Node
    g: Node
    out: Node
    opaque: frozenset[Node]  # names that must not be stepped over

    def through(self, node: Node) -> Node:
        """What a name stands for, unless it must not be opened."""
        while node.op == "name" and node not in self.opaque:
            node = node.args[0]
        return node

    def softmax(self, node: Node) -> Node | None:
        """The ``z`` of which a node is the softmax, unless it must not be opened."""
        return None if self.through(node).op == "name" else softmax_argument(node)


Rule = Callable[[Step], Iterator[Share]]
R = TypeVar("R", bound=Rule)

#: Rules by operation.
RULES: dict[str, Rule] = {}

#: Operations whose value does not change for small changes of their arguments.
CONSTANT = ("compare", "ind", "onehot", "sign")


def rule(*ops: str) -> Callable[[R], R]:
    """Enter a function into :data:`RULES`."""

    def enter(function: R) -> R:
        for op in ops:
            RULES[op] = function
        return function

    return enter


def passes(node: Node) -> tuple[Node, ...]:
    """The arguments of a node that its value follows: not those that only choose."""
    if node.op in CONSTANT:
        return ()
    if node.op in ("gather", "pick"):
        return node.args[:1]
    if node.op == "where":
        return node.args[1:]
    return parts(node)


def fitted(gradient: Node, shape: Shape) -> Node:
    """A gradient summed over the axes that broadcasting added or stretched."""
    lead = gradient.rank - len(shape)
    if lead > 0:
        gradient = sum_over(gradient, range(lead))
    stretched = [
        axis
        for axis, (have, want) in enumerate(zip(gradient.shape, shape, strict=True))
        if want.is_one and not have.is_one
    ]
    return sum_over(gradient, stretched, keep=True)


def broadcast_words(shape: Shape, whole: Shape) -> str:
    """Why a gradient is summed, if it is."""
    if shape == whole:
        return ""
    lead = len(whole) - len(shape)
    added = list(whole[:lead])
    added += [
        have for have, want in zip(whole[lead:], shape, strict=True) if want.is_one and have != want
    ]
    if not added:
        return ""
    over = " and ".join(map(str, added))
    return f", summed over {over}, because {show_shape(shape)} was broadcast to {show_shape(whole)}"


# elementwise


@rule("add")
def _add(step: Step) -> Iterator[Share]:
    for arg, count in zip(step.node.args, step.node.data, strict=True):
        share = fitted(product((step.g,), coefficient=count), arg.shape)
        sign = {1: "a sum passes δ on", -1: "a difference passes -δ on"}.get(
            int(count) if count.denominator == 1 else 0, f"a sum passes {count} δ on"
        )
        yield Share(arg, share, sign + broadcast_words(arg.shape, step.node.shape))


@rule("mul")
def _product(step: Step) -> Iterator[Share]:
    coefficient, exponents = step.node.data
    for place, (base, power) in enumerate(zip(step.node.args, exponents, strict=True)):
        powers = list(exponents)
        powers[place] = power - 1
        outer = const(power) if isinstance(power, Fraction) else power
        share = product((step.g, outer, product(step.node.args, powers, coefficient)))
        words = (
            "(u v)′ = v: the other factors times δ"
            if power == 1
            else f"(u^k)′ = k u^(k - 1){', times the other factors' if len(exponents) > 1 else ''}"
        )
        words += broadcast_words(base.shape, step.node.shape)
        yield Share(base, fitted(share, base.shape), words)
        if isinstance(power, Node):
            share = step.g * step.out * apply("log", base)
            yield Share(power, fitted(share, power.shape), "(u^k)′ = u^k log u by the exponent")


def _elementwise(step: Step) -> Iterator[Share]:
    function, (arg,) = FUNCTIONS[step.node.op], step.node.args
    yield Share(arg, step.g * function.slope(arg, step.out), function.words)


for _name in FUNCTIONS:
    RULES[_name] = _elementwise


@rule("log")
def _log(step: Step) -> Iterator[Share]:
    (arg,) = step.node.args
    inside = step.through(arg)
    whole, g = arg, step.g
    while step.through(whole).op in SELECTIONS:  # the log of some entries is some of the logs
        chosen = step.through(whole)
        (back,) = RULES[chosen.op](step._replace(node=chosen, g=g, out=chosen))
        whole, g = back.target, back.gradient
    logits = step.softmax(whole)
    if logits is not None:
        share = g - whole * _last_sum(g)
        yield Share(logits, share, "(log softmax)′: δ - p Σδ along the last axis")
    elif inside.op == "sigmoid":
        yield Share(inside.args[0], step.g * (1 - arg), "(log σ)′ = 1 - σ")
    elif (power := _plus_one(inside)) is not None:
        yield Share(power, step.g * apply("sigmoid", power), "log(1 + exp u)′ = σ(u)")
    elif inside.op == "sum" and inside.args[0].op == "exp" and _softmax_axes(inside):
        exponent = inside.args[0].args[0]
        share = _widened(step.g, inside) * build("softmax", (exponent,))
        yield Share(exponent, share, "(log Σ exp)′ = softmax")
    else:
        yield from _elementwise(step)


#: Operations that pick entries and change none.
SELECTIONS = ("pick", "gather", "slice", "squeeze", "expand")


def _plus_one(node: Node) -> Node | None:
    """The ``u`` of ``1 + exp(u)``."""
    if node.op == "add" and len(node.args) == 2 and set(node.data) == {Fraction(1)}:
        one, other = sorted(node.args, key=lambda arg: arg.op != "const")
        if one is const(1) and other.op == "exp":
            return other.args[0]
    return None


def _softmax_axes(node: Node) -> bool:
    source = node.args[0]
    return bool(node.data[0] == (source.rank - 1,))


def _widened(g: Node, reduction: Node) -> Node:
    """A gradient of a reduction with the axes that were reduced, of length 1."""
    axes, keep = reduction.data
    leading = axes == tuple(range(len(axes)))  # which broadcasting adds by itself
    if keep or not g.rank or leading:
        return g
    for axis in axes:
        g = build("expand", (g,), axis)
    return g


def _last_sum(node: Node) -> Node:
    """The sum over the last axis, which stays with length 1 beside others."""
    return sum_over(node, (node.rank - 1,), keep=node.rank > 1)


@rule("leaky_relu")
def _leaky_relu(step: Step) -> Iterator[Share]:
    x, slope = step.node.args
    above = build("compare", (x, const(0)), ">")
    yield Share(x, step.g * build("where", (above, const(1), slope)), "1 above 0, else the slope")
    share = step.g * build("where", (above, const(0), x))
    yield Share(slope, fitted(share, slope.shape), "u below 0, else 0, by the slope")


@rule("maximum", "minimum")
def _extreme(step: Step) -> Iterator[Share]:
    one, other = step.node.args
    sign, opposite = (">", "<=") if step.node.op == "maximum" else ("<", ">=")
    words = "only the one that was chosen gets δ"
    if is_zero(one):
        one, other = other, one
    for arg, compared in ((one, sign), (other, opposite)):
        if other.op == "const" and not other.data:
            chosen = positive(one, sign)
        else:
            chosen = build("ind", (build("compare", (one, other), compared),))
        more = broadcast_words(arg.shape, step.node.shape)
        yield Share(arg, fitted(step.g * chosen, arg.shape), words + more)


@rule("where")
def _where(step: Step) -> Iterator[Share]:
    condition, yes, no = step.node.args
    for arg, values in ((yes, (1, 0)), (no, (0, 1))):
        chosen = build("where", (condition, const(values[0]), const(values[1])))
        yield Share(arg, fitted(step.g * chosen, arg.shape), "δ where this one was chosen")


# matrices


@rule("matmul")
def _matmul(step: Step) -> Iterator[Share]:
    left, right = step.node.args
    g = step.g
    if left.rank > 2 or right.rank > 2:
        yield from _batched(step)
    elif left.rank == right.rank == 1:
        yield Share(left, g * right, "a dot product gives each side the other one")
        yield Share(right, g * left, "a dot product gives each side the other one")
    elif right.rank == 1:
        yield Share(left, build("outer", (g, right)), "z = W x gives W the outer product δ xᵀ")
        yield Share(right, left.T @ g, "z = W x gives x the vector Wᵀ δ")
    elif left.rank == 1:
        yield Share(left, right @ g, "z = x W gives x the vector W δ")
        yield Share(right, build("outer", (left, g)), "z = x W gives W the outer product x δᵀ")
    else:
        yield Share(left, g @ right.T, "Z = A B gives A the product δ Bᵀ")
        yield Share(right, left.T @ g, "Z = A B gives B the product Aᵀ δ")


def _swapped(node: Node) -> Node:
    order = (*range(node.rank - 2), node.rank - 1, node.rank - 2)
    return build("transpose", (node,), order)


def _batched(step: Step) -> Iterator[Share]:
    left, right = step.node.args
    g, words = step.g, "Z = A B for every matrix of the batch"
    if left.rank == 1:
        g = build("expand", (g,), g.rank - 1)
        share = sum_over(right * g, (right.rank - 1,))
        yield Share(left, fitted(share, left.shape), words)
        yield Share(right, fitted(build("expand", (left,), 1) * g, right.shape), words)
    elif right.rank == 1:
        g = build("expand", (g,), g.rank)
        yield Share(left, fitted(g * right, left.shape), words)
        yield Share(right, fitted(left * g, right.shape), words)
    else:
        yield Share(left, fitted(g @ _swapped(right), left.shape), words)
        yield Share(right, fitted(_swapped(left) @ g, right.shape), words)


@rule("outer")
def _outer(step: Step) -> Iterator[Share]:
    column, row = step.node.args
    yield Share(column, step.g @ row, "Z = a bᵀ gives a the vector δ b")
    yield Share(row, step.g.T @ column, "Z = a bᵀ gives b the vector δᵀ a")


@rule("transpose")
def _transpose(step: Step) -> Iterator[Share]:
    order = step.node.data
    back = tuple(sorted(range(len(order)), key=lambda axis: order[axis]))
    share = build("transpose", (step.g,), back)
    yield Share(step.node.args[0], share, "a transpose passes δᵀ on")


@rule("tr")
def _trace(step: Step) -> Iterator[Share]:
    (arg,) = step.node.args
    yield Share(arg, step.g * eye(arg.shape[0]), "tr′ is the identity matrix")


@rule("det")
def _det(step: Step) -> Iterator[Share]:
    (arg,) = step.node.args
    yield Share(arg, step.g * step.out * build("inv", (arg,)).T, "det′ = det(A) A⁻ᵀ")


@rule("logdet")
def _logdet(step: Step) -> Iterator[Share]:
    (arg,) = step.node.args
    yield Share(arg, step.g * build("inv", (arg,)).T, "(log |det A|)′ = A⁻ᵀ")


@rule("inv")
def _inv(step: Step) -> Iterator[Share]:
    back = step.out.T
    yield Share(step.node.args[0], -(back @ step.g @ back), "dA⁻¹ = -A⁻¹ dA A⁻¹")


@rule("diag")
def _diag(step: Step) -> Iterator[Share]:
    yield Share(step.node.args[0], build("diag", (step.g,)), "diag passes the diagonal of δ on")


@rule("diagonal")
def _diagonal(step: Step) -> Iterator[Share]:
    yield Share(step.node.args[0], build("diag", (step.g,)), "only the diagonal gets δ")


@rule("einsum")
def _einsum(step: Step) -> Iterator[Share]:
    args = step.node.args
    inputs, result = read_spec(step.node.data, args)
    for place, arg in enumerate(args):
        spec, extra = gradient_spec(inputs, result, place)
        others = [other for at, other in enumerate(args) if at != place]
        lengths = dict(zip(inputs[place], arg.shape, strict=True))
        fillers = [eye(lengths[e[0]]) if e[1:] else ones((lengths[e],)) for e in extra]
        share = build("einsum", (step.g, *others, *fillers), spec)
        yield Share(arg, share, "a sum of products gives each factor δ times the others")


# reductions


@rule("sum")
def _sum(step: Step) -> Iterator[Share]:
    (arg,) = step.node.args
    share = _widened(step.g, step.node) * ones(arg.shape)
    yield Share(arg, share, "a sum passes δ to every entry it summed")


@rule("amax")
def _amax(step: Step) -> Iterator[Share]:
    (arg,) = step.node.args
    largest = _widened(step.out, step.node)
    chosen = build("ind", (build("compare", (arg, largest), "=="),))
    share = _widened(step.g, step.node) * chosen
    yield Share(arg, share, "only the largest entry gets δ")


@rule("lse")
def _lse(step: Step) -> Iterator[Share]:
    (arg,) = step.node.args
    if _softmax_axes(step.node):
        weights = build("softmax", (arg,))
    else:
        weights = apply("exp", arg - _widened(step.out, step.node))
    yield Share(arg, _widened(step.g, step.node) * weights, "(log Σ exp)′ = softmax")


@rule("norm")
def _norm(step: Step) -> Iterator[Share]:
    (arg,) = step.node.args
    yield Share(arg, step.g * arg / step.out, "‖x‖′ = x / ‖x‖")


@rule("softmax")
def _softmax(step: Step) -> Iterator[Share]:
    (arg,) = step.node.args
    weighted = _last_sum(step.out * step.g)
    words = "softmax′: p (δ - Σ p δ) along the last axis, because every p depends on every z"
    yield Share(arg, step.out * (step.g - weighted), words)


@rule("logsoftmax")
def _logsoftmax(step: Step) -> Iterator[Share]:
    (arg,) = step.node.args
    whole = _last_sum(step.g)
    share = step.g - build("softmax", (arg,)) * whole
    yield Share(arg, share, "(log softmax)′: δ - p Σδ along the last axis")


@rule("CE")
def _cross_entropy(step: Step) -> Iterator[Share]:
    p, y = step.node.args
    logits = step.softmax(p)
    if logits is not None:
        whole = _last_sum(y)
        words = "softmax and cross-entropy together: p - y where the labels y sum to 1"
        yield Share(logits, step.g * (p * whole - y), words)
    else:
        yield Share(p, -step.g * y / p, "(-y log p)′ = -y / p")
    yield Share(y, -step.g * apply("log", p), "(-y log p)′ = -log p by y")


# rows and parts


@rule("gather")
def _gather(step: Step) -> Iterator[Share]:
    table, places = step.node.args
    size: Dim = table.shape[0]
    rows = build("onehot", (places,), size)
    words = "δ is added to the rows that were looked up; a row looked up twice gets both"
    if not places.rank:
        words = "δ goes to the row that was looked up"
    if not places.rank and table.rank <= 2:
        share = build("outer", (rows, step.g)) if table.rank == 2 else rows * step.g
    elif places.rank == 1 and table.rank <= 2:
        share = rows.T @ step.g
    else:
        letters = "abcdefgh"[: places.rank]
        rest = "uvwxyz"[: table.rank - 1]
        share = build("einsum", (rows, step.g), f"{letters}t,{letters}{rest}->t{rest}")
    yield Share(table, share, words)


@rule("pick")
def _pick(step: Step) -> Iterator[Share]:
    table, places = step.node.args
    rows = build("onehot", (places,), table.shape[1])
    share = rows * build("expand", (step.g,), 1)
    yield Share(table, share, "of every row only the entry that was picked gets δ")


@rule("concat")
def _concat(step: Step) -> Iterator[Share]:
    axis, at = step.node.data, Dim.number(0)
    for arg in step.node.args:
        end = at + arg.shape[axis]
        ranges = [(Dim.number(0), size) for size in step.node.shape]
        ranges[axis] = (at, end)
        share = build("slice", (step.g,), tuple(ranges))
        yield Share(arg, share, "each joined part gets its own part of δ")
        at = end


@rule("slice")
def _slice(step: Step) -> Iterator[Share]:
    (arg,) = step.node.args
    share = padded(step.g, step.node.data, arg.shape)
    yield Share(arg, share, "δ goes to the part that was taken, 0 to the rest")


@rule("expand")
def _expand(step: Step) -> Iterator[Share]:
    share = build("squeeze", (step.g,), (step.node.data,))
    yield Share(step.node.args[0], share, "a new axis of length 1 is taken away again")


@rule("squeeze")
def _squeeze(step: Step) -> Iterator[Share]:
    share = step.g
    for axis in step.node.data:
        share = build("expand", (share,), axis)
    yield Share(step.node.args[0], share, "the axis of length 1 comes back")


@rule("scan_all", "scan_last")
def _scan_line(step: Step) -> Iterator[Share]:
    words = "a line of the recurrence at all times" if step.node.op == "scan_all" else "at time T"
    yield Share(step.node.args[0], step.g, words)


def shares(node: Node, g: Node, out: Node, opaque: frozenset[Node]) -> Iterator[Share]:
    """What each argument of ``node`` gets of the upstream gradient ``g``."""
    return RULES[node.op](Step(node, g, out, opaque))
