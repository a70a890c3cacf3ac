"""The functions of the notation: what each makes of its arguments and options."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gradus.core.errors import DerivationError, NotationError
from gradus.gradients.expressions.dims import Dim, show_shape
from gradus.gradients.expressions.functions import FUNCTIONS, apply
from gradus.gradients.expressions.nodes import Node, build, const, eye, ones, zeros
from gradus.gradients.expressions.reductions import mean_over, normal_axes, sum_over

#: What a call is made of: nodes, lists of nodes, texts.
Argument = Any
Options = Mapping[str, Any]
Call = Callable[[Sequence[Argument], Options], Node]

#: Options that reductions take.
REDUCTION_OPTIONS = ("axis", "dim", "keepdims", "keepdim")


def _need(name: str, arguments: Sequence[Argument], counts: Sequence[int], what: str) -> None:
    if len(arguments) not in counts:
        wanted = " or ".join(map(str, counts))
        raise NotationError(f"{name} takes {wanted} arguments ({what}), but got {len(arguments)}")


def _no_options(name: str, options: Options, allowed: Sequence[str] = ()) -> None:
    for key in options:
        if key not in allowed:
            known = f"; it takes {', '.join(allowed)}" if allowed else ""
            raise NotationError(f"{name} has no option {key!r}{known}")


def _elementwise(name: str) -> Call:
    def call(arguments: Sequence[Argument], options: Options) -> Node:
        _no_options(name, options)
        _need(name, arguments, (1,), "x")
        return apply(name, node(arguments[0]))

    return call


def _shorthand(name: str, count: int, what: str, make: Callable[..., Node]) -> Call:
    """A function of nodes alone."""

    def call(arguments: Sequence[Argument], options: Options) -> Node:
        _no_options(name, options)
        _need(name, arguments, (count,), what)
        return make(*map(node, arguments))

    return call


def _over_axes(name: str, make: Callable[[Node, tuple[int, ...], bool], Node]) -> Call:
    def call(arguments: Sequence[Argument], options: Options) -> Node:
        _no_options(name, options, REDUCTION_OPTIONS)
        _need(name, arguments, (1, 2), "x, axis")
        axis = options.get("axis", options.get("dim"))
        if len(arguments) == 2:
            axis = arguments[1]
        keep = options.get("keepdims", options.get("keepdim"))
        source = node(arguments[0])
        places = None if axis is None else [whole(one) for one in _listed(axis)]
        return make(source, normal_axes(source, places), flag(keep))

    return call


def _last_axis(name: str, op: str) -> Call:
    def call(arguments: Sequence[Argument], options: Options) -> Node:
        _no_options(name, options, ("axis", "dim"))
        _need(name, arguments, (1,), "z")
        source = node(arguments[0])
        axis = options.get("axis", options.get("dim"))
        if axis is None or whole(axis) in (-1, source.rank - 1):
            return build(op, (source,))
        if source.rank == 2 and whole(axis) in (0, -2):
            return build(op, (source.T,)).T
        raise NotationError(f"{name} goes over the last axis; transpose for another one")

    return call


def node(value: Argument) -> Node:
    """An argument that has to be an expression."""
    if isinstance(value, Node):
        if value.op == "compare":
            return build("ind", (value,))
        return value
    raise NotationError(f"expected an expression here, not {describe(value)}")


def describe(value: Argument) -> str:
    """What an argument is, in words."""
    if isinstance(value, list):
        return "a list"
    return f"the text {value!r}" if isinstance(value, str) else repr(value)


def whole(value: Argument) -> int:
    """An argument that has to be a whole number, such as an axis."""
    if isinstance(value, Node) and value.op == "const" and value.data.denominator == 1:
        return int(value.data)
    raise NotationError("an axis is a whole number, such as 0, 1 or -1")


def flag(value: Argument) -> bool:
    """An argument that has to be True or False."""
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    if isinstance(value, Node) and value.op == "const" and value.data in (0, 1):
        return bool(value.data)
    raise NotationError("keepdims is True or False")


def _listed(value: Argument) -> list[Argument]:
    return value if isinstance(value, list) else [value]


def dim(value: Argument) -> Dim:
    """An expression that stands for the length of an axis."""
    if isinstance(value, Node):
        found = as_dim(value)
        if found is not None:
            return found
    raise NotationError("a length is a symbol of a shape, a whole number, or a sum of them")


def as_dim(value: Node) -> Dim | None:
    """The length that a node stands for, or None."""
    if value.op == "const" and value.data.denominator == 1:
        return Dim.number(int(value.data))
    if value.op == "length":
        found: Dim = value.data
        return found
    if value.op == "mul" and len(value.args) == 1 and value.data[1] == (1,):
        inner = as_dim(value.args[0])
        whole_number = value.data[0].denominator == 1
        return inner * int(value.data[0]) if inner and whole_number else None
    if value.op == "add":
        total = Dim.number(0)
        for arg, count in zip(value.args, value.data, strict=True):
            inner = as_dim(arg)
            if inner is None or count.denominator != 1:
                return None
            total = total + inner * int(count)
        return total
    return None


def _shape_call(make: Callable[[tuple[Dim, ...]], Node]) -> Call:
    def call(arguments: Sequence[Argument], options: Options) -> Node:
        sizes = arguments[0] if arguments and isinstance(arguments[0], list) else arguments
        return make(tuple(map(dim, sizes)))

    return call


def _concat(arguments: Sequence[Argument], options: Options) -> Node:
    _no_options("concat", options, ("axis", "dim"))
    axis = options.get("axis", options.get("dim"))
    parts = list(arguments)
    if parts and isinstance(parts[0], list):
        _need("concat", parts, (1, 2), "[a, b, ...], axis")
        if len(parts) == 2:
            axis = parts[1]
        parts = parts[0]
    if not parts:
        raise NotationError("concat needs parts: concat([a, b], axis=1)")
    return build("concat", [node(part) for part in parts], 0 if axis is None else whole(axis))


def _onehot(arguments: Sequence[Argument], options: Options) -> Node:
    _need("onehot", arguments, (2,), "index, length")
    return build("onehot", (node(arguments[0]),), dim(arguments[1]))


def _norm(arguments: Sequence[Argument], options: Options) -> Node:
    _no_options("norm", options)
    _need("norm", arguments, (1,), "x")
    return build("norm", (node(arguments[0]),))


def _leaky(arguments: Sequence[Argument], options: Options) -> Node:
    _no_options("leaky_relu", options, ("alpha",))
    _need("leaky_relu", arguments, (1, 2), "x, alpha")
    slope = arguments[1] if len(arguments) == 2 else options.get("alpha", const(0.01))
    return build("leaky_relu", (node(arguments[0]), node(slope)))


def _where(arguments: Sequence[Argument], options: Options) -> Node:
    _need("where", arguments, (3,), "condition, value where it holds, value elsewhere")
    condition = arguments[0]
    if isinstance(condition, Node) and condition.op != "compare":
        condition = build("compare", (condition, const(0)), "!=")
    return build("where", (condition, node(arguments[1]), node(arguments[2])))


def _indicator(arguments: Sequence[Argument], options: Options) -> Node:
    _need("ind", arguments, (1,), "a condition such as h > 0")
    return node(arguments[0])


def _transpose(arguments: Sequence[Argument], options: Options) -> Node:
    source = node(arguments[0])
    axes = arguments[1] if len(arguments) == 2 and isinstance(arguments[1], list) else arguments[1:]
    order = [normal_axes(source, whole(axis))[0] for axis in axes]
    if not order:
        return source.T
    if len(order) == 2 and source.rank != 2:  # the two axes to swap
        swapped = list(range(source.rank))
        swapped[order[0]], swapped[order[1]] = order[1], order[0]
        order = swapped
    if sorted(order) != list(range(source.rank)):
        raise NotationError(
            f"transpose needs each axis of {show_shape(source.shape)} once, or two to swap"
        )
    return build("transpose", (source,), tuple(order))


def _einsum(arguments: Sequence[Argument], options: Options) -> Node:
    if not arguments or not isinstance(arguments[0], str):
        raise NotationError("einsum begins with a text such as 'ij,jk->ik'")
    return build("einsum", [node(one) for one in arguments[1:]], arguments[0].replace(" ", ""))


def _amin(source: Node, axes: tuple[int, ...], keep: bool) -> Node:
    return -build("amax", (-source,), (axes, keep))


def _variance(source: Node, axes: tuple[int, ...], keep: bool) -> Node:
    centred = source - mean_over(source, axes, keep=True)
    return mean_over(centred**2, axes, keep=keep)


def _reduce(op: str) -> Callable[[Node, tuple[int, ...], bool], Node]:
    return lambda source, axes, keep: build(op, (source,), (axes, keep))


def _dot(left: Node, right: Node) -> Node:
    return left @ right


def _binary_extreme(op: str) -> Call:
    reduction = _over_axes(op, _reduce("amax") if op == "maximum" else _amin)

    def call(arguments: Sequence[Argument], options: Options) -> Node:
        if len(arguments) == 1:
            return reduction(arguments, options)
        _no_options(op, options)
        _need(op, arguments, (2,), "a, b")
        return build(op, [node(one) for one in arguments])

    return call


def _refuse(message: str) -> Call:
    def call(arguments: Sequence[Argument], options: Options) -> Node:
        raise DerivationError(message)

    return call


#: Every function by name.
CALLS: dict[str, Call] = {
    **{name: _elementwise(name) for name in FUNCTIONS},
    "sqrt": _shorthand("sqrt", 1, "x", lambda x: x ** const(0.5)),
    "square": _shorthand("square", 1, "x", lambda x: x**2),
    "cube": _shorthand("cube", 1, "x", lambda x: x**3),
    "log1p": _shorthand("log1p", 1, "x", lambda x: apply("log", 1 + x)),
    "leaky_relu": _leaky,
    "softmax": _last_axis("softmax", "softmax"),
    "log_softmax": _last_axis("log_softmax", "logsoftmax"),
    "logsumexp": _over_axes("logsumexp", _reduce("lse")),
    "CE": _shorthand("CE", 2, "probabilities, labels", lambda p, y: build("CE", (p, y))),
    "sum": _over_axes("sum", lambda x, axes, keep: sum_over(x, axes, keep=keep)),
    "mean": _over_axes("mean", lambda x, axes, keep: mean_over(x, axes, keep=keep)),
    "var": _over_axes("var", _variance),
    "amax": _over_axes("amax", _reduce("amax")),
    "amin": _over_axes("amin", _amin),
    "max": _binary_extreme("maximum"),
    "min": _binary_extreme("minimum"),
    "maximum": _binary_extreme("maximum"),
    "minimum": _binary_extreme("minimum"),
    "where": _where,
    "ind": _indicator,
    "outer": _shorthand("outer", 2, "a, b", lambda a, b: build("outer", (a, b))),
    "dot": _shorthand("dot", 2, "a, b", _dot),
    "matmul": _shorthand("matmul", 2, "A, B", _dot),
    "transpose": _transpose,
    "diag": _shorthand("diag", 1, "v", lambda v: build("diag", (v,))),
    "tr": _shorthand("tr", 1, "A", lambda a: build("tr", (a,))),
    "trace": _shorthand("trace", 1, "A", lambda a: build("tr", (a,))),
    "det": _shorthand("det", 1, "A", lambda a: build("det", (a,))),
    "logdet": _shorthand("logdet", 1, "A", lambda a: build("logdet", (a,))),
    "inv": _shorthand("inv", 1, "A", lambda a: build("inv", (a,))),
    "norm": _norm,
    "concat": _concat,
    "onehot": _onehot,
    "einsum": _einsum,
    "eye": _shape_call(lambda shape: eye(shape[0])),
    "ones": _shape_call(ones),
    "zeros": _shape_call(zeros),
    "causal_bias": _shape_call(lambda shape: build("causal_bias", (), shape[0])),
    **{
        name: _refuse(
            f"not differentiable: {name} is piecewise constant, so its gradient says nothing; use "
            "softmax for a smooth choice, or amax for the largest value"
        )
        for name in ("argmax", "argmin", "argsort")
    },
    **{
        name: _refuse(
            f"not differentiable: {name} is piecewise constant, so its gradient is 0 wherever it "
            "has one"
        )
        for name in ("round", "floor", "ceil")
    },
    **{
        name: _refuse(
            f"unsupported operation: {name} is a function of a whole matrix, not of its entries "
            "one by one as exp is; write exp(X) if the entries are meant"
        )
        for name in ("expm", "logm", "sqrtm")
    },
}

#: Other names of a function, on paper and in libraries.
ALIASES = {
    "σ": "sigmoid",
    "logistic": "sigmoid",
    "ReLU": "relu",
    "ln": "log",
    "Σ": "sum",
    "Φ": "Phi",
    "φ": "phi",
    "√": "sqrt",
    "logsoftmax": "log_softmax",
    "lse": "logsumexp",
    "leakyrelu": "leaky_relu",
    "hard_tanh": "hardtanh",
    "log_sigmoid": "logsigmoid",
    "swish": "silu",
    "Tr": "tr",
    "concatenate": "concat",
    "cat": "concat",
    "one_hot": "onehot",
    "softMax": "softmax",
    "cross_entropy": "CE",
    "indicator": "ind",
    "atan": "arctan",
}
FUNCTION_NAMES = {*CALLS, *ALIASES}

#: Functions that are known only to say why they cannot be used.
REFUSED = ("argmax", "argmin", "argsort", "round", "floor", "ceil", "expm", "logm", "sqrtm")


def call(name: str, arguments: Sequence[Argument], options: Options) -> Node:
    """The node of a function call.

    Raises:
        NotationError: there is no such function, or it takes other arguments.
        DerivationError: the function has no gradient.
        ShapeError: the shapes do not go together.
    """
    known = CALLS.get(ALIASES.get(name, name))
    if known is None:
        close = near(name, FUNCTION_NAMES - set(REFUSED))
        raise NotationError(
            f"unknown function {name!r}{close}; gradus derive --list names all, and "
            "gradus.gradients.add_function adds one"
        )
    return known(arguments, options)


def add_elementwise(name: str) -> None:
    """Let texts use a function of :data:`~gradus.gradients.expressions.functions.FUNCTIONS`."""
    CALLS[name] = _elementwise(name)
    FUNCTION_NAMES.add(name)


def remove_elementwise(name: str) -> None:
    """Forget it again."""
    CALLS.pop(name, None)
    FUNCTION_NAMES.discard(name)


def near(name: str, names: Iterable[str]) -> str:
    """Names that look alike, as the end of a message."""
    found = difflib.get_close_matches(name, sorted(names), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(found)}?" if found else ""
