"""Torch's code for every operation."""

from gradus.gradients.codegen.codes import ATOM, Code
from gradus.gradients.codegen.common_code import COMMON, is_zero_number, number_text, reduction
from gradus.gradients.codegen.loop_code import LOOP_STATEMENTS
from gradus.gradients.codegen.updates import TORCH_STATEMENTS
from gradus.gradients.codegen.writer import Emitter, Library, Writer
from gradus.gradients.expressions.dims import Shape
from gradus.gradients.expressions.nodes import Node

#: Elementwise functions.
FUNCTIONS = {
    "Phi": "torch.special.ndtr({x})",
    "phi": "torch.exp({square} / -2) / {math}sqrt(2 * {math}pi)",
    "softplus": "torch.nn.functional.softplus({x})",
    "logsigmoid": "torch.nn.functional.logsigmoid({x})",
    "elu": "torch.nn.functional.elu({x})",
    "hardtanh": "torch.nn.functional.hardtanh({x})",
    **{
        name: f"torch.{name}({{x}})"
        for name in (
            *("sigmoid", "tanh", "relu", "exp", "log", "sin", "cos", "tan", "sinh", "cosh"),
            *("arctan", "abs", "sign"),
        )
    },
}


def _extreme(writer: Writer, node: Node) -> Code:
    one, other = node.args
    if not one.rank and writer.is_number(one):
        one, other = other, one
    if writer.is_number(one):
        name = {"maximum": "max", "minimum": "min"}[node.op]
        return Code(f"{name}({number_text(writer, one)}, {number_text(writer, other)})")
    if writer.is_number(other):
        if node.op == "maximum" and is_zero_number(other):
            return writer.call("relu", writer.text(one))
        bound = {"maximum": "min", "minimum": "max"}[node.op]
        return writer.method(one, "clamp", f"{bound}={writer.text(other)}")
    return writer.call(node.op, writer.text(one), writer.text(other))


def _transpose(writer: Writer, node: Node) -> Code:
    (x,) = node.args
    if node.rank == 2:
        if x.op == "gather" and x.args[0].op == "transpose" and x.args[1].rank == 1:
            (table,), places = x.args[0].args, x.args[1]
            return writer.method(table, "index_select", "1", writer.text(places))
        return Code(f"{writer.text(x, ATOM)}.T")
    return writer.method(x, "permute", *map(str, node.data))


def _gather(writer: Writer, node: Node) -> Code:
    table, places = node.args
    if places.rank == 1:
        return writer.method(table, "index_select", "0", writer.text(places))
    if table.op == "transpose" and table.rank == 2 and not places.rank:
        return Code(f"{writer.text(table.args[0], ATOM)}[:, {writer.text(places)}]")
    return Code(f"{writer.text(table, ATOM)}[{writer.text(places)}]")


def _pick(writer: Writer, node: Node) -> Code:
    table, places = node.args
    return Code(
        writer.method(table, "gather", "1", f"{writer.text(places)}[:, None]").text + "[:, 0]"
    )


def _onehot(writer: Writer, node: Node) -> Code:
    size = writer.sizes.code(node.data).text
    rows = f"torch.nn.functional.one_hot({writer.text(node.args[0])}, {size})"
    return Code(f"{rows}.to({writer.dtype()})")


def _concat(writer: Writer, node: Node) -> Code:
    parts = ", ".join(writer.text(arg) for arg in node.args)
    options = [f"dim={node.data}"] if node.data else []
    return writer.call("cat", f"[{parts}]", *options)


def _ind(writer: Writer, node: Node) -> Code:
    (condition,) = node.args
    if writer.is_number(node):
        return Code(f"float({writer.text(condition)})")
    return writer.method(condition, "to", writer.dtype(condition))


def _where(writer: Writer, node: Node) -> Code:
    condition, yes, no = node.args
    if writer.is_number(condition) and node.rank:
        chosen = f"torch.tensor({writer.text(condition)})"
        return writer.call("where", chosen, writer.text(yes), writer.text(no))
    if writer.is_number(condition):
        one, other = (_typed(writer, arg, node) for arg in (yes, no))
        text = f"{one} if {writer.text(condition)} else {other}"
        return Code(text, -1)
    texts = [writer.text(arg) for arg in node.args]
    if writer.is_number(yes) and writer.is_number(no):
        texts[1] = _tensor(writer, texts[1], condition)
    return writer.call("where", *texts)


def _typed(writer: Writer, value: Node, node: Node) -> str:
    """A number, as a tensor where it is chosen beside one."""
    text = number_text(writer, value)
    if writer.is_number(value) and not writer.is_number(node):
        return _tensor(writer, text, node)
    return text


def _tensor(writer: Writer, text: str, node: Node) -> str:
    """A number as a tensor that goes with those of ``node``."""
    found = writer.array(node)
    return f"{found}.new_tensor({text})" if found else f"torch.tensor({text}, dtype=torch.float64)"


def _new(writer: Writer, name: str, *args: str) -> Code:
    """A tensor of equal entries, of the type and on the device of one that is there."""
    found = writer.array()
    if found:
        return Code(f"{found}.new_{name}({', '.join(args)})")
    return writer.call(name, *args, f"dtype={writer.dtype()}")


def _dot(writer: Writer, node: Node) -> Code:
    one, other = node.args
    code = writer.code(one * other)
    return Code(f"{code.inside(ATOM)}.sum()")


def _lse(writer: Writer, node: Node) -> Code:
    axes, keep = node.data
    options = [f"dim={axes[0] if len(axes) == 1 else tuple(axes)}"]
    options += ["keepdim=True"] if keep else []
    return writer.call("logsumexp", writer.text(node.args[0]), *options)


def _last_axis(name: str) -> Emitter:
    def emit(writer: Writer, node: Node) -> Code:
        return writer.call(name, writer.text(node.args[0]), "dim=-1")

    return emit


def _contract_times(writer: Writer, node: Node) -> Code:
    one, other = (writer.text(arg) for arg in node.args)
    return writer.call("tensordot", one, other, "([0, 2], [0, 1])")


def _causal_bias(writer: Writer, node: Node) -> Code:
    size = writer.sizes.code(node.data).text
    return Code(f"{_new(writer, 'full', f'({size}, {size})', '-1e9').text}.triu(1)")


def _zeros(writer: Writer, shape: Shape, gradient: str = "") -> str:
    like = writer.like(shape, gradient)
    if like is not None:
        return f"torch.zeros_like({like})"
    return _new(writer, "zeros", writer.sizes.shape(shape)).text


def _full(writer: Writer, value: Node, shape: Shape) -> Code:
    size = writer.sizes.shape(shape)
    if value.rank or not writer.is_number(value):
        return writer.method(value, "expand", size)
    return _new(writer, "full", size, writer.text(value))


def _ones(writer: Writer, node: Node) -> Code:
    return _new(writer, "ones", writer.sizes.shape(node.shape))


def _eye(writer: Writer, node: Node) -> Code:
    found = writer.array()
    place = [f"device={found}.device"] if found else []
    size = writer.sizes.code(node.shape[0]).text
    return writer.call("eye", size, f"dtype={writer.dtype()}", *place)


def _outer(writer: Writer, node: Node) -> Code:
    return writer.call("outer", *(writer.text(arg) for arg in node.args))


#: Emitters by operation.
EXPRESSIONS = {
    **COMMON,
    "amax": reduction("amax"),
    "softmax": _last_axis("softmax"),
    "logsoftmax": _last_axis("log_softmax"),
    "lse": _lse,
    "outer": _outer,
    "maximum": _extreme,
    "minimum": _extreme,
    "transpose": _transpose,
    "gather": _gather,
    "pick": _pick,
    "onehot": _onehot,
    "concat": _concat,
    "ind": _ind,
    "where": _where,
    "dot": _dot,
    "contract_times": _contract_times,
    "causal_bias": _causal_bias,
    "ones": _ones,
    "eye": _eye,
    "zeros": lambda writer, node: Code(_zeros(writer, node.shape)),
    "fill": lambda writer, node: _full(writer, node.args[0], node.shape),
}

TORCH = Library(
    name="torch",
    alias="torch",
    axis="dim",
    keep="keepdim",
    copy="clone",
    expressions=EXPRESSIONS,
    statements={**TORCH_STATEMENTS, **LOOP_STATEMENTS},
    functions=FUNCTIONS,
    zeros=_zeros,
    full=_full,
)
