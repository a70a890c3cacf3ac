"""Expressions as on paper, in one line of Unicode that can be read back."""

from collections.abc import Iterable

from gradus.gradients.expressions.nodes import Node
from gradus.gradients.writing.brackets import ON_PAPER, Format, Template, joined, signed
from gradus.gradients.writing.notation import CALLS, raised
from gradus.gradients.writing.paper import on_paper, paper_name
from gradus.gradients.writing.typeset import Piece

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

#: Signs of comparisons that have one of their own on paper.
SIGNS = {">=": "≥", "<=": "≤", "!=": "≠"}


def mathematics(node: Node, taken: Iterable[str] = ()) -> str:
    """A node as on paper; ``taken`` are names of quantities that hide functions, such as ``σ``.

    >>> from gradus.gradients.expressions.dims import Dim
    >>> from gradus.gradients.expressions.nodes import build, leaf
    >>> x, W = leaf("x", (Dim.symbol("D"),), "normal"), leaf("W", (Dim.symbol("D"),) * 2, "normal")
    >>> mathematics(2 * W.T @ (W @ x) - x**2), mathematics(build("norm", (x,)) * (x @ W @ x))
    ('2 Wᵀ (W x) - x²', '‖x‖ xᵀ W x')
    """
    return FORMAT.write(on_paper(node, taken))


def beside(texts: list[str]) -> str:
    """Factors side by side; a bracket ``[h > 0]`` there would read as an index."""
    first, *others = texts
    return " ".join([first, *map(as_factor, others)])


def as_factor(text: str) -> str:
    """A factor that may stand after others."""
    return f"({text})" if text.startswith("[") else text


def scaled(piece: Piece, texts: list[str]) -> str:
    """Numbers before what they multiply; digits after a factor need a sign between."""
    text = texts[0]
    for other in map(as_factor, texts[1:]):
        text += f" · {other}" if other[0].isdigit() else f" {other}"
    return text


def power(piece: Piece, texts: list[str]) -> str:
    """``x²``, or ``x^γ`` where no digits stand above the line."""
    base, exponent = texts
    if exponent.isdigit():
        return base + exponent.translate(RAISED)
    return raised("^", base, exponent)


def root(piece: Piece, texts: list[str]) -> str:
    """``√d``; a parenthesis after the sign is all that the root is of."""
    text = as_factor(texts[0])
    return f"√({text})" if text.startswith("(") and not text.endswith(")") else f"√{text}"


def between(bar: str, name: str) -> Template:
    """Bars around a part, unless it has such bars itself."""
    return lambda piece, texts: f"{name}({texts[0]})" if bar in texts[0] else bar + texts[0] + bar


TEMPLATES: dict[str, Template] = CALLS | {
    "symbol": lambda piece, texts: paper_name(piece.data),
    "number": lambda piece, texts: piece.data,
    "neg": "-#1",
    "opposite": "-#1",
    "sum": signed,
    "scaled": scaled,
    "times": joined(" ∘ "),
    "over": "#1 / #2",
    "power": power,
    "root": root,
    "abs": between("|", "abs"),
    "dot": lambda piece, texts: beside(texts),
    "inner": lambda piece, texts: beside([f"{texts[0]}ᵀ", *texts[1:]]),
    "outer": lambda piece, texts: f"{texts[0]} {as_factor(texts[1])}ᵀ",
    "transpose": "#1ᵀ",
    "inverse": "#1⁻¹",
    "inverse_transpose": "#1⁻ᵀ",
    "norm": between("‖", "norm"),
    "compare": lambda piece, texts: f"{texts[0]} {SIGNS.get(piece.data, piece.data)} {texts[1]}",
    "indicator": "[#1]",
    "over_time": "Σ_#2 #1",
    "each_time": "[#1]_#2",
}

FORMAT = Format(TEMPLATES, ON_PAPER, "({})".format)
