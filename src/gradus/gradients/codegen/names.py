"""Names in programs: those of the model, unless Python or the module has taken them."""

import keyword
from collections.abc import Iterable

from gradus.gradients.codegen.programs import Program
from gradus.gradients.expressions.nodes import Node

#: Names that a generated module uses itself.
OWN = (
    "np",
    "torch",
    "math",
    "ctx",
    "add_rows",
    "normal_cdf",
    "loss_and_gradients",
    "Loss",
    "once_differentiable",
    "CDF_POWERS",
    "loss",
    "table",
)

#: Functions of Python that generated code calls.
CALLED = ("max", "min", "abs", "float", "len")


def key_of(node: Node) -> str:
    """The name of a leaf or a line."""
    return str(node.data if node.op == "name" else node.data[0])


def identifier(key: str, taken: set[str]) -> str:
    """A name that Python takes and nothing else has."""
    name = key if key.isidentifier() else "".join(c if c.isalnum() else "_" for c in key)
    while keyword.iskeyword(name) or name in OWN or name in CALLED or name in taken:
        name += "_"
    return name


def identifiers(program: Program, nodes: Iterable[Node]) -> tuple[dict[Node, str], dict[str, str]]:
    """Names for inputs, lines and signals, and for the symbols of lengths."""
    found: dict[Node, str] = {}
    taken: set[str] = set()
    for node in nodes:
        found[node] = identifier(key_of(node), taken)
        taken.add(found[node])
    symbols = {}
    for symbol in program.model.symbols:
        symbols[symbol] = identifier(symbol, taken)
        taken.add(symbols[symbol])
    return found, symbols
