"""Code that NumPy and torch have in common, and what differs between them in a word."""

from collections.abc import Mapping

from gradus.gradients.codegen.arithmetic_code import const_code, product_code, sum_code
from gradus.gradients.codegen.codes import ATOM, COMPARE, DOT, NEG, PRODUCT, SUM, Code, power
from gradus.gradients.codegen.writer import Emitter, Writer
from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.nodes import Node, const

#: Functions of plain numbers.
NUMBERS = {
    "sigmoid": "0.5 * {math}tanh(0.5 * {x}) + 0.5",
    "relu": "max({x}, 0.0)",
    "abs": "abs({x})",
    "sign": "float({x} > 0) - float({x} < 0)",
    "arctan": "{math}atan({x})",
    "Phi": "0.5 * {math}erfc(-{x} / {math}sqrt(2))",
    "phi": "{math}exp(-{x} * {x} / 2) / {math}sqrt(2 * {math}pi)",
    "softplus": "max({x}, 0.0) + {math}log1p({math}exp(-abs({x})))",
    "softplus_call": "max({x}, 0.0) + {math}log1p({math}exp(-abs({x})))",
    "logsigmoid": "min({x}, 0.0) - {math}log1p({math}exp(-abs({x})))",
    "elu": "{x} if {x} > 0 else {math}expm1({x})",
    "hardtanh": "min(max({x}, -1.0), 1.0)",
}


def function_code(writer: Writer, node: Node) -> Code:
    """An elementwise function: of plain numbers by the module math, else of the library."""
    (x,) = node.args
    if writer.is_number(x):
        return _of_number(writer, node.op, x)
    template = writer.library.functions[node.op]
    if "{normal_cdf}" in template:
        template = template.replace("{normal_cdf}", writer.help("normal_cdf"))
    if "{math}" in template:
        template = template.replace("{math}", writer.math(""))
    bare = template.count("{x}") == 1 and f"({'{x}'})" in template
    if "{square}" in template:
        template = template.replace("{square}", power(writer.code(x), Code("2")).text)
    text = template.replace("{x}", writer.text(x, 0 if bare else NEG))
    return Code(text, PRODUCT if " / " in template else ATOM)


def _of_number(writer: Writer, name: str, x: Node) -> Code:
    template = NUMBERS.get(name, "{math}" + name + "({x})")
    if "{math}" in template:
        template = template.replace("{math}", writer.math(""))
    least = 0 if template.endswith("({x})") and template.count("{x}") == 1 else NEG
    return Code(template.replace("{x}", writer.text(x, least)), COMPARE if least else ATOM)


def matmul_code(writer: Writer, node: Node) -> Code:
    """``A @ B``."""
    left, right = (writer.code(arg) for arg in node.args)
    return Code(f"{left.inside(DOT if left.binding == DOT else NEG)} @ {right.inside(NEG)}", DOT)


def reduction(name: str) -> Emitter:
    """A reduction by a method: ``x.sum(axis=0, keepdims=True)``."""

    def emit(writer: Writer, node: Node) -> Code:
        return writer.method(node.args[0], name, *axis_options(writer, node))

    return emit


def axis_options(writer: Writer, node: Node) -> list[str]:
    """The options of a reduction: its axes, and whether they stay."""
    axes, keep = node.data
    rank = node.args[0].rank
    options = []
    if len(axes) < rank or (keep and writer.library.name == "torch"):
        options.append(f"{writer.library.axis}={axes[0] if len(axes) == 1 else tuple(axes)}")
    if keep:
        options.append(f"{writer.library.keep}=True")
    return options


def index_code(writer: Writer, node: Node, places: list[str]) -> Code:
    """``x[:, None]``: trailing whole axes are left out."""
    while len(places) > 1 and places[-1] == ":":
        places.pop()
    return Code(f"{writer.text(node, ATOM)}[{', '.join(places)}]")


def expand_code(writer: Writer, node: Node) -> Code:
    """A new axis."""
    places = ["None" if axis == node.data else ":" for axis in range(node.rank)]
    return Code(f"{writer.text(node.args[0], ATOM)}[{', '.join(places)}]")


def squeeze_code(writer: Writer, node: Node) -> Code:
    """The axes of length 1 left out."""
    (x,) = node.args
    if x.op == "slice" and x not in writer.identifiers:
        return index_code(writer, x.args[0], slice_places(writer, x, node.data))
    places = ["0" if axis in node.data else ":" for axis in range(x.rank)]
    return index_code(writer, x, places)


def slice_code(writer: Writer, node: Node) -> Code:
    """A part of every axis."""
    return index_code(writer, node.args[0], slice_places(writer, node))


def slice_places(writer: Writer, node: Node, single: tuple[int, ...] = ()) -> list[str]:
    """The part of every axis; of ``single`` ones, which are 1 long, only the place."""
    places = []
    for axis, ((start, stop), whole) in enumerate(zip(node.data, node.args[0].shape, strict=True)):
        if axis in single:
            last = stop == whole and not whole.is_number
            places.append("-1" if last else writer.sizes.code(start).text)
            continue
        first = "" if start == Dim.number(0) else writer.sizes.code(start).text
        last = "" if stop == whole else writer.sizes.code(stop).text
        # black sets a colon apart from sums
        gap = " " if " " in first or " " in last else ""
        places.append(f"{first}{gap if first else ''}:{gap if last else ''}{last}")
    return places


def compare_code(writer: Writer, node: Node) -> Code:
    """A condition on every entry."""
    one, other = (writer.text(arg, SUM) for arg in node.args)
    return Code(f"{one} {node.data} {other}", COMPARE)


def diagonal_code(writer: Writer, node: Node) -> Code:
    """The diagonal of a matrix."""
    return writer.call(
        "diagonal" if writer.library.name == "numpy" else "diag", writer.text(node.args[0])
    )


def call(name: str, ending: str = "") -> Emitter:
    """A call of a function of the library with the arguments of the node."""

    def emit(writer: Writer, node: Node) -> Code:
        return Code(writer.call(name, *(writer.text(arg) for arg in node.args)).text + ending)

    return emit


def einsum_code(writer: Writer, node: Node) -> Code:
    """A sum over named indices."""
    return writer.call("einsum", f'"{node.data}"', *(writer.text(arg) for arg in node.args))


def number_text(writer: Writer, node: Node) -> str:
    """A value as one of several that must be of one type: whole numbers get a point."""
    if node.op == "const" and node.data.denominator == 1:
        return repr(float(node.data))
    return writer.text(node, SUM)


def is_zero_number(node: Node) -> bool:
    """Whether a node is the number 0."""
    return node is const(0)


#: Emitters that do not depend on the library.
COMMON: Mapping[str, Emitter] = {
    "add": sum_code,
    "mul": product_code,
    "const": const_code,
    "pi": lambda writer, node: Code(writer.math("pi")),
    "length": lambda writer, node: writer.sizes.code(node.data),
    "matmul": matmul_code,
    "sum": reduction("sum"),
    "sumall": lambda writer, node: writer.method(node.args[0], "sum"),
    "expand": expand_code,
    "squeeze": squeeze_code,
    "slice": slice_code,
    "compare": compare_code,
    "einsum": einsum_code,
    "diag": call("diag"),
    "tr": call("trace"),
    "det": call("linalg.det"),
    "logdet": call("linalg.slogdet", "[1]"),
    "inv": call("linalg.inv"),
    "solve": call("linalg.solve"),
    "diagonal": diagonal_code,
    **dict.fromkeys(FUNCTIONS, function_code),
}
