"""Expressions in presentation MathML, which browsers show without help."""

import re
from collections.abc import Callable, Iterable
from html import escape

from gradus.gradients.expressions.nodes import Node
from gradus.gradients.writing.brackets import IN_PRINT, Format, Template, signed
from gradus.gradients.writing.paper import name_parts, on_paper
from gradus.gradients.writing.printed import REWRITES
from gradus.gradients.writing.typeset import Axes, Piece

#: The product of what stands side by side, and that of a function with its argument: both unseen.
TIMES, APPLIED = "<mo>&#x2062;</mo>", "<mo>&#x2061;</mo>"
TOP = "<mo>⊤</mo>"

MARKS = {"hat": "^", "tilde": "~", "bar": "¯"}

#: Functions that are set in another way than they are typed.
FUNCTIONS = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "sign": "sgn",
    "log_softmax": "logsoftmax",
}

SIGNS = {">=": "≥", "<=": "≤", "==": "=", "!=": "≠"}

FILLED = {"ones": "<mn>𝟏</mn>", "zeros": "<mn>𝟎</mn>", "eye": "<mi>I</mi>"}


def mathml(node: Node, taken: Iterable[str] = ()) -> str:
    """A node as one element of MathML, to be put within ``<math>``.

    ``taken`` are names of quantities outside of the expression; where ``sigma`` is one of them,
    the function is written out as sigmoid.

    >>> from gradus.gradients.expressions.dims import Dim
    >>> from gradus.gradients.expressions.nodes import leaf
    >>> x = leaf("x1", (Dim.symbol("D"),), "normal")
    >>> mathml(x / 2)
    '<mfrac><msub><mi>x</mi><mn>1</mn></msub><mn>2</mn></mfrac>'
    """
    return FORMAT.write(on_paper(node, taken))


def mathml_name(name: str) -> str:
    """A name as one element of MathML.

    >>> mathml_name("W1"), mathml_name("idx")
    ('<msub><mi>W</mi><mn>1</mn></msub>', '<mi>idx</mi>')
    """
    letters, mark, below = name_parts(name)
    text = word(letters)
    if mark:
        text = f'<mover accent="true">{text}<mo>{MARKS[mark]}</mo></mover>'
    return f"<msub>{text}{lower(below)}</msub>" if below else text


def lower(below: str) -> str:
    """A subscript such as ``1,t-1``."""
    tokens = re.findall(r"\d+|\w+|\S", below)
    parts = [
        f"<mn>{one}</mn>" if one.isdigit() else word(one) if one[0].isalpha() else sign(one)
        for one in tokens
    ]
    return parts[0] if len(parts) == 1 else row(*parts)


def word(letters: str) -> str:
    """Letters of one name."""
    return f"<mi>{escape(letters)}</mi>"


def sign(text: str) -> str:
    """An operator, or a bracket."""
    return f"<mo>{escape(text)}</mo>"


def row(*parts: str) -> str:
    """Elements in a row, as one element."""
    return f"<mrow>{''.join(parts)}</mrow>"


def listed(texts: Iterable[str], comma: str = ",") -> str:
    """Elements with commas between."""
    return sign(comma).join(texts)


def parenthesised(text: str) -> str:
    """An element in parentheses."""
    return between("(", text, ")")


def between(left: str, text: str, right: str) -> str:
    """An element between brackets or bars."""
    return row(sign(left), text, sign(right))


def in_a_row(operator: str) -> Callable[[Piece, list[str]], str]:
    """The template of parts with an operator between them."""
    return lambda piece, texts: row(operator.join(texts))


def function(name: str) -> str:
    """The name of a function."""
    return word(FUNCTIONS.get(name, name))


def applied(name: str, texts: list[str]) -> str:
    """A function with its arguments."""
    return row(name, APPLIED, parenthesised(listed(texts)))


def below(element: str, name: str, axes: Axes) -> str:
    """A name with the lengths of the axes that it goes over."""
    lengths = [FORMAT.write(length) for length in axes.lengths]
    return f"<{element}>{name}{row(listed(lengths))}</{element}>" if lengths else name


def scaled(piece: Piece, texts: list[str]) -> str:
    """Numbers before what they multiply; digits after a factor need a sign between."""
    parts = texts[:1]
    for text in texts[1:]:
        parts += [sign("·") if re.match("(<m[a-z]+>)*<mn>", text) else TIMES, text]
    return row(*parts)


def filled(piece: Piece, texts: list[str]) -> str:
    """Arrays of ones and zeros, the identity, the mask of attention."""
    if piece.data in FILLED:
        return f"<msub>{FILLED[piece.data]}{row(listed(texts, '×'))}</msub>"
    return applied(function(piece.data), texts)


def concat(piece: Piece, texts: list[str]) -> str:
    """Blocks: below each other along the first axis, beside each other along the second."""
    if piece.rank > 2:
        return applied(f"<msub><mi>concat</mi><mn>{piece.data}</mn></msub>", texts)
    return between("[", listed(texts, "," if piece.data else ";"), "]")


def permute(piece: Piece, texts: list[str]) -> str:
    """An array with its axes in another order."""
    order = row(listed(f"<mn>{axis}</mn>" for axis in piece.data))
    return applied(f"<msub><mi>transpose</mi>{order}</msub>", texts)


def cases(piece: Piece, texts: list[str]) -> str:
    """Two values and the condition of the first."""
    condition, yes, no = texts
    lines = ((yes, f"<mtext>if&#xa0;</mtext>{condition}"), (no, "<mtext>otherwise</mtext>"))
    rows = "".join(f"<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>" for value, when in lines)
    return row(sign("{"), f'<mtable columnalign="left left">{rows}</mtable>')


def bounds(piece: Piece, texts: list[str]) -> str:
    """First and last place, as far as they are given."""
    left = iter(texts)
    first, last = (next(left) if given else "" for given in piece.data)
    return row(first, sign(":"), last)


TEMPLATES: dict[str, Template] = {
    "symbol": lambda piece, texts: mathml_name(piece.data),
    "number": lambda piece, texts: f"<mn>{escape(piece.data)}</mn>",
    "neg": "<mrow><mo>-</mo>#1</mrow>",
    "opposite": "<mrow><mo>-</mo>#1</mrow>",
    "sum": lambda piece, texts: row(signed(piece, texts, sign("-"), sign("+"))),
    "scaled": scaled,
    "times": in_a_row(sign("∘")),
    "over": "<mfrac>#1#2</mfrac>",
    "power": "<msup>#1#2</msup>",
    "root": "<msqrt>#1</msqrt>",
    "abs": lambda piece, texts: between("|", texts[0], "|"),
    "dot": in_a_row(TIMES),
    "inner": lambda piece, texts: row(TIMES.join([f"<msup>{texts[0]}{TOP}</msup>", *texts[1:]])),
    "outer": f"<mrow>#1{TIMES}<msup>#2{TOP}</msup></mrow>",
    "transpose": f"<msup>#1{TOP}</msup>",
    "permute": permute,
    "inverse": "<msup>#1<mrow><mo>-</mo><mn>1</mn></mrow></msup>",
    "inverse_transpose": f"<msup>#1<mrow><mo>-</mo>{TOP}</mrow></msup>",
    "norm": lambda piece, texts: between("‖", texts[0], "‖"),
    "call": lambda piece, texts: applied(function(piece.data), texts),
    "total": lambda piece, texts: row(below("munder", sign("∑"), piece.data), *texts),
    "over_time": lambda piece, texts: row(f"<munder>{sign('∑')}{texts[1]}</munder>", texts[0]),
    "each_time": lambda piece, texts: f"<msub>{between('[', texts[0], ']')}{texts[1]}</msub>",
    "reduction": lambda piece, texts: applied(
        below("msub", function(piece.data.name), piece.data), texts
    ),
    "filled": filled,
    "compare": lambda piece, texts: row(
        texts[0], sign(SIGNS.get(piece.data, piece.data)), texts[1]
    ),
    "indicator": lambda piece, texts: row("<mn>𝟙</mn>", between("[", texts[0], "]")),
    "cases": cases,
    "index": lambda piece, texts: f"<msub>{texts[0]}{row(listed(texts[1:]))}</msub>",
    "range": bounds,
    "new_axis": "<mi>None</mi>",
    "concat": concat,
}

FORMAT = Format(TEMPLATES, IN_PRINT, parenthesised, REWRITES)
