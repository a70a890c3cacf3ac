"""Expressions in the notation of NumPy, which can be read back and run."""

from gradus.gradients.expressions.nodes import Node
from gradus.gradients.writing.brackets import TYPED, Format, Template, joined, signed
from gradus.gradients.writing.typeset import Axes, Piece, typeset


def notation(node: Node) -> str:
    """A node as it would be typed.

    >>> from gradus.gradients.expressions.dims import Dim
    >>> from gradus.gradients.expressions.nodes import leaf
    >>> x, W = leaf("x", (Dim.symbol("D"),), "normal"), leaf("W", (Dim.symbol("D"),) * 2, "normal")
    >>> notation(2 * W.T @ (W @ x) - x)
    '2 * W.T @ (W @ x) - x'
    """
    return write(typeset(node))


def write(piece: Piece) -> str:
    """A written formula as text."""
    return FORMAT.write(piece)


def call(name: str, texts: list[str]) -> str:
    """A function with its arguments."""
    return f"{name}({', '.join(texts)})"


def reduction(piece: Piece, texts: list[str]) -> str:
    """A sum, mean or maximum with the axes that it goes over."""
    axes: Axes = piece.data
    options = []
    if axes.axes is not None:
        options.append(f"axis={axes.axes[0] if len(axes.axes) == 1 else axes.axes}")
        options += ["keepdims=True"] if axes.keep else []
    return call(axes.name, texts + options)


def index(piece: Piece, texts: list[str]) -> str:
    """An array and what is taken of each of its axes."""
    return f"{texts[0]}[{', '.join(texts[1:])}]"


def bounds(piece: Piece, texts: list[str]) -> str:
    """``first:last``, as far as they are given."""
    left = iter(texts)
    return ":".join(next(left) if given else "" for given in piece.data)


def concat(piece: Piece, texts: list[str]) -> str:
    """Arrays in a list."""
    axis = [f"axis={piece.data}"] if piece.data else []
    return call("concat", [f"[{', '.join(texts)}]", *axis])


def raised(sign: str, base: str, exponent: str) -> str:
    """A power; what is raised to a name ``T`` would read as a transpose."""
    return f"{base}{sign}{'(T)' if exponent == 'T' else exponent}"


#: Templates of calls and indices, which a program and a person write in the same way.
CALLS: dict[str, Template] = {
    "call": lambda piece, texts: call(piece.data, texts),
    "total": reduction,
    "reduction": reduction,
    "permute": lambda piece, texts: call("transpose", [*texts, str(piece.data)]),
    "einsum": lambda piece, texts: call("einsum", [f"'{piece.data}'", *texts]),
    "filled": lambda piece, texts: call(piece.data, texts),
    "cases": "where(#1, #2, #3)",
    "concat": concat,
    "index": index,
    "pick": lambda piece, texts: f"{texts[0]}[range({write(piece.data)}), {texts[1]}]",
    "range": bounds,
    "new_axis": "None",
    "over_time": "sum_#2(#1)",
    "each_time": "stack_#2(#1)",
}

TEMPLATES: dict[str, Template] = CALLS | {
    "symbol": lambda piece, texts: piece.data,
    "number": lambda piece, texts: piece.data,
    "neg": "-#1",
    "opposite": "-#1",
    "sum": signed,
    "scaled": joined(" * "),
    "times": joined(" * "),
    "over": "#1 / #2",
    "power": lambda piece, texts: raised("**", *texts),
    "root": "sqrt(#1)",
    "abs": "abs(#1)",
    "dot": joined(" @ "),
    "inner": joined(" @ "),
    "outer": "outer(#1, #2)",
    "transpose": "#1.T",
    "inverse": "inv(#1)",
    "inverse_transpose": "inv(#1).T",
    "norm": "norm(#1)",
    "compare": lambda piece, texts: f"{texts[0]} {piece.data} {texts[1]}",
    "indicator": "ind(#1)",
}

FORMAT = Format(TEMPLATES, TYPED, "({})".format)
