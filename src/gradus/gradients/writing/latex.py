r"""Expressions in LaTeX, for amsmath and KaTeX: ``\frac{1}{N} X^{\top} \delta_{1}``."""

import re
from collections.abc import Iterable

from gradus.gradients.expressions.nodes import Node
from gradus.gradients.reading.names import LETTERS
from gradus.gradients.writing.brackets import IN_PRINT, Format, Template, joined, signed
from gradus.gradients.writing.notation import bounds
from gradus.gradients.writing.paper import name_parts, on_paper
from gradus.gradients.writing.printed import REWRITES
from gradus.gradients.writing.typeset import Axes, Piece

#: Greek letters whose command is not their name.
COMMANDS = {letter: rf"\{name}" for letter, name in LETTERS.items()} | {
    "ε": r"\varepsilon",
    "λ": r"\lambda",
    "Σ": r"\Sigma",
    "Φ": r"\Phi",
    "φ": r"\varphi",
    "υ": r"\upsilon",
    "Υ": r"\Upsilon",
}

#: Functions that LaTeX knows, or that have a sign of their own; others are set as operators.
FUNCTIONS = {
    **{name: rf"\{name}" for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: rf"\{name}" for name in ("arctan", "det", "min", "max")},
    "σ": r"\sigma",
    "Φ": r"\Phi",
    "φ": r"\varphi",
    "Σ": r"\sum",
    "sum": r"\sum",
    "relu": r"\operatorname{ReLU}",
    "leaky_relu": r"\operatorname{LeakyReLU}",
    "sign": r"\operatorname{sgn}",
    "log_softmax": r"\operatorname{logsoftmax}",
}

SIGNS = {">=": r"\geq", "<=": r"\leq", "==": "=", "!=": r"\neq"}

#: What makes a line so high that brackets have to grow.
HIGH = re.compile(r"\\(frac|sum|begin)(?![a-z])")


def latex(node: Node, taken: Iterable[str] = ()) -> str:
    r"""A node as LaTeX for mathematics mode.

    ``taken`` are names of quantities outside of the expression; where ``sigma`` is one of them,
    the function is written out as sigmoid.

    >>> from gradus.gradients.expressions.dims import Dim
    >>> from gradus.gradients.expressions.nodes import build, leaf
    >>> x, W = leaf("x1", (Dim.symbol("D"),), "normal"), leaf("W", (Dim.symbol("D"),) * 2, "normal")
    >>> print(latex(W.T @ build("sigmoid", (W @ x,)) / build("norm", (x,))))
    \frac{1}{\left\lVert x_{1} \right\rVert} W^{\top} \sigma(W x_{1})
    """
    return FORMAT.write(on_paper(node, taken))


def latex_name(name: str) -> str:
    r"""A name as LaTeX.

    >>> print(latex_name("yhat1"), latex_name("delta2"), latex_name("W_hh"), latex_name("idx"))
    \hat{y}_{1} \delta_{2} W_{\mathit{hh}} \mathit{idx}
    """
    letters, mark, below = name_parts(name)
    text = word(letters)
    if mark:
        text = rf"\{mark}{{{text}}}"
    lower = re.sub(r"[^\W\d]\w+", lambda match: word(match[0]), below)  # 1,t-1 as it is
    return f"{text}_{{{lower}}}" if below else text


def word(letters: str) -> str:
    """One letter, or several set as a word."""
    if len(letters) == 1:
        return COMMANDS.get(letters, letters).replace("_", r"\_")
    return rf"\mathit{{{escaped(letters)}}}"


def escaped(text: str) -> str:
    """A text in which underscores stand for themselves."""
    return text.replace("_", r"\_")


def parenthesised(text: str) -> str:
    """A text in parentheses that are as high as it is."""
    return rf"\left({text}\right)" if HIGH.search(text) else f"({text})"


def bracketed(left: str, text: str, right: str) -> str:
    """A text between other brackets or bars, which grow with it."""
    return rf"\left{left} {text} \right{right}"


def function(name: str) -> str:
    """The name of a function."""
    return FUNCTIONS.get(name, rf"\operatorname{{{escaped(name)}}}")


def below(axes: Axes) -> str:
    """The lengths of the axes that something goes over, as a subscript."""
    return "_{" + ", ".join(map(FORMAT.write, axes.lengths)) + "}" if axes.lengths else ""


def total(piece: Piece, texts: list[str]) -> str:
    """A sum over axes."""
    return rf"\sum{below(piece.data)} {texts[0]}"


def reduction(piece: Piece, texts: list[str]) -> str:
    """A mean or a maximum over axes."""
    return function(piece.data.name) + below(piece.data) + parenthesised(texts[0])


def call(piece: Piece, texts: list[str]) -> str:
    """A function with its arguments."""
    return function(piece.data) + parenthesised(", ".join(texts))


def scaled(piece: Piece, texts: list[str]) -> str:
    """Numbers before what they multiply; digits after a factor need a sign between."""
    text = texts[0]
    for other in texts[1:]:
        text += (r" \cdot " if other[0].isdigit() else " ") + other
    return text


def index(piece: Piece, texts: list[str]) -> str:
    """An array with what is taken of it as a subscript."""
    base, *places = texts
    if "_" in base and base.endswith("}"):  # two subscripts in a row are an error
        base = f"{{{base}}}"
    return f"{base}_{{{', '.join(places)}}}"


def filled(piece: Piece, texts: list[str]) -> str:
    """Arrays of ones and zeros, the identity, the mask of attention."""
    if piece.data in FILLED:
        size = r" \times ".join(texts)
        return rf"{FILLED[piece.data]}_{{{size}}}"
    return call(piece, texts)


FILLED = {"ones": r"\mathbf{1}", "zeros": r"\mathbf{0}", "eye": "I"}


def concat(piece: Piece, texts: list[str]) -> str:
    """Blocks: below each other along the first axis, beside each other along the second."""
    if piece.rank > 2:
        return rf"\operatorname{{concat}}_{{{piece.data}}}" + parenthesised(", ".join(texts))
    return bracketed("[", r", \, ".join(texts) if piece.data else r"; \, ".join(texts), "]")


def cases(piece: Piece, texts: list[str]) -> str:
    """Two values and the condition of the first."""
    condition, yes, no = texts
    lines = rf"{yes} & \text{{if }} {condition} \\ {no} & \text{{otherwise}}"
    return rf"\begin{{cases}} {lines} \end{{cases}}"


def permute(piece: Piece, texts: list[str]) -> str:
    """An array with its axes in another order."""
    order = ", ".join(map(str, piece.data))
    return rf"\operatorname{{transpose}}_{{{order}}}" + parenthesised(texts[0])


TEMPLATES: dict[str, Template] = {
    "symbol": lambda piece, texts: latex_name(piece.data),
    "number": lambda piece, texts: piece.data,
    "neg": "-#1",
    "opposite": "-#1",
    "sum": signed,
    "scaled": scaled,
    "times": joined(r" \circ "),
    "over": r"\frac{#1}{#2}",
    "power": "#1^{#2}",
    "root": r"\sqrt{#1}",
    "abs": lambda piece, texts: bracketed(r"\lvert", texts[0], r"\rvert"),
    "dot": joined(" "),
    "inner": lambda piece, texts: " ".join([rf"{texts[0]}^{{\top}}", *texts[1:]]),
    "outer": r"#1 #2^{\top}",
    "transpose": r"#1^{\top}",
    "permute": permute,
    "inverse": "#1^{-1}",
    "inverse_transpose": r"#1^{-\top}",
    "norm": lambda piece, texts: bracketed(r"\lVert", texts[0], r"\rVert"),
    "call": call,
    "total": total,
    "over_time": r"\sum_{#2} #1",
    "each_time": r"\left[#1\right]_{#2=1}^{#3}",
    "reduction": reduction,
    "filled": filled,
    "compare": lambda piece, texts: f"{texts[0]} {SIGNS.get(piece.data, piece.data)} {texts[1]}",
    "indicator": r"\mathbb{1}[#1]",
    "cases": cases,
    "index": index,
    "range": bounds,
    "new_axis": r"\mathrm{None}",
    "concat": concat,
}

FORMAT = Format(TEMPLATES, IN_PRINT, parenthesised, REWRITES)
