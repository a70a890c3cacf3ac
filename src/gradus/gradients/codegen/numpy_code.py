"""NumPy's code for every operation."""

from gradus.gradients.codegen.codes import ATOM, Code
from gradus.gradients.codegen.common_code import (
    COMMON,
    function_code,
    is_zero_number,
    number_text,
    reduction,
)
from gradus.gradients.codegen.loop_code import LOOP_STATEMENTS
from gradus.gradients.codegen.updates import NUMPY_STATEMENTS
from gradus.gradients.codegen.writer import Library, Writer
from gradus.gradients.expressions.dims import Shape
from gradus.gradients.expressions.nodes import Node

#: Elementwise functions.
FUNCTIONS = {
    "relu": "np.maximum({x}, 0)",
    "softplus_call": "np.logaddexp(0, {x})",
    "Phi": "{normal_cdf}({x})",
    "phi": "np.exp({square} / -2) / {math}sqrt(2 * {math}pi)",
    "hardtanh": "np.minimum(np.maximum({x}, -1), 1)",
    **{
        name: f"np.{name}({{x}})"
        for name in (
            *("tanh", "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "arctan", "abs", "sign"),
            *("log1p", "expm1"),
        )
    },
}


def _extreme(writer: Writer, node: Node) -> Code:
    one, other = node.args
    if is_zero_number(one):
        one, other = other, one
    if not node.rank:
        name = {"maximum": "max", "minimum": "min"}[node.op]
        return Code(f"{name}({number_text(writer, one)}, {number_text(writer, other)})")
    return writer.call(node.op, writer.text(one), writer.text(other))


def _transpose(writer: Writer, node: Node) -> Code:
    (x,) = node.args
    if node.rank == 2:
        if x.op == "gather" and x.args[0].op == "transpose" and x.args[1].rank:
            (table,), places = x.args[0].args, x.args[1]
            return writer.method(table, "take", writer.text(places), "axis=1")
        return Code(f"{writer.text(x, ATOM)}.T")
    return writer.method(x, "transpose", *map(str, node.data))


def _gather(writer: Writer, node: Node) -> Code:
    table, places = node.args
    if places.rank:
        return writer.method(table, "take", writer.text(places), "axis=0")
    if table.op == "transpose" and table.rank == 2:
        return Code(f"{writer.text(table.args[0], ATOM)}[:, {writer.text(places)}]")
    return Code(f"{writer.text(table, ATOM)}[{writer.text(places)}]")


def _pick(writer: Writer, node: Node) -> Code:
    table, places = node.args
    index = writer.text(places)
    return Code(f"{writer.text(table, ATOM)}[np.arange(len({index})), {index}]")


def _onehot(writer: Writer, node: Node) -> Code:
    size = writer.sizes.code(node.data).text
    return Code(f"np.eye({size}, dtype={writer.dtype()})[{writer.text(node.args[0])}]")


def _concat(writer: Writer, node: Node) -> Code:
    parts = ", ".join(writer.text(arg) for arg in node.args)
    options = [f"axis={node.data}"] if node.data else []
    return writer.call("concatenate", f"[{parts}]", *options)


def _ind(writer: Writer, node: Node) -> Code:
    (condition,) = node.args
    if not node.rank:
        return Code(f"float({writer.text(condition)})")
    kind = writer.dtype(condition)
    return writer.method(condition, "astype", kind)


def _where(writer: Writer, node: Node) -> Code:
    condition, yes, no = node.args
    if not node.rank:
        one, other = (number_text(writer, arg) for arg in (yes, no))
        text = f"{one} if {writer.text(condition)} else {other}"
        return Code(text, -1)
    if not yes.rank and not no.rank:
        kind = writer.dtype(condition)
        typed = f"{kind}.type({writer.text(yes)})"
        return writer.call("where", writer.text(condition), typed, writer.text(no))
    return writer.call("where", *(writer.text(arg) for arg in node.args))


def _rowdot(writer: Writer, node: Node) -> Code:
    text = writer.call("vecdot", *(writer.text(arg) for arg in node.args)).text
    places = [":"] * (node.rank - 1) + ["None"]
    return Code(f"{text}[{', '.join(places)}]" if node.data else text)


def _dot(writer: Writer, node: Node) -> Code:
    return writer.call("vdot", *(writer.text(arg) for arg in node.args))


def _contract_times(writer: Writer, node: Node) -> Code:
    one, other = (writer.text(arg) for arg in node.args)
    return writer.call("tensordot", one, other, "((0, 2), (0, 1))")


def _causal_bias(writer: Writer, node: Node) -> Code:
    size = writer.sizes.code(node.data).text
    return Code(f"np.triu(np.full(({size}, {size}), -1e9, dtype={writer.dtype()}), 1)")


def _zeros(writer: Writer, shape: Shape, gradient: str = "") -> str:
    like = writer.like(shape, gradient)
    if like is not None:
        return f"np.zeros({like}.shape, {like}.dtype)"  # without a write to every entry
    return f"np.zeros({writer.sizes.shape(shape)}, {writer.dtype()})"


def _full(writer: Writer, value: Node, shape: Shape) -> Code:
    if value.rank:
        return writer.call("broadcast_to", writer.text(value), writer.sizes.shape(shape))
    kind = writer.dtype(value)
    return writer.call("full", writer.sizes.shape(shape), writer.text(value), kind)


def _ones(writer: Writer, node: Node) -> Code:
    return writer.call("ones", writer.sizes.shape(node.shape), writer.dtype())


def _eye(writer: Writer, node: Node) -> Code:
    return writer.call("eye", writer.sizes.code(node.shape[0]).text, f"dtype={writer.dtype()}")


#: Emitters by operation.
EXPRESSIONS = {
    **COMMON,
    "amax": reduction("max"),
    "maximum": _extreme,
    "minimum": _extreme,
    "transpose": _transpose,
    "gather": _gather,
    "pick": _pick,
    "onehot": _onehot,
    "concat": _concat,
    "ind": _ind,
    "where": _where,
    "rowdot": _rowdot,
    "dot": _dot,
    "contract_times": _contract_times,
    "causal_bias": _causal_bias,
    "ones": _ones,
    "eye": _eye,
    "zeros": lambda writer, node: Code(_zeros(writer, node.shape)),
    "fill": lambda writer, node: _full(writer, node.args[0], node.shape),
    "softplus_call": function_code,
    "log1p": function_code,
    "expm1": function_code,
}

NUMPY = Library(
    name="numpy",
    alias="np",
    axis="axis",
    keep="keepdims",
    copy="copy",
    expressions=EXPRESSIONS,
    statements={**NUMPY_STATEMENTS, **LOOP_STATEMENTS},
    functions=FUNCTIONS,
    zeros=_zeros,
    full=_full,
)
