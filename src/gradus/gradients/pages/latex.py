"""A derivation as LaTeX: sections with aligned equations, to paste or to compile."""

from collections.abc import Iterable, Iterator

from gradus.gradients.elements.proving import ProofLine
from gradus.gradients.elements.writers import latex as latex_element
from gradus.gradients.expressions.dims import Shape
from gradus.gradients.expressions.nodes import Node
from gradus.gradients.pages.outline import Block, Left, Line, Section
from gradus.gradients.writing.latex import latex, latex_name

#: What a document needs before the derivation.
PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath, amssymb}
\begin{document}
"""
CLOSING = r"\end{document}"

#: Characters of prose that LaTeX reads otherwise.
ESCAPES = str.maketrans(
    {
        "&": r"\&",
        "%": r"\%",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "$": r"\$",
        "\\": r"\textbackslash{}",
        "δ": r"$\delta$",
        "σ": r"$\sigma$",
        "Σ": r"$\sum$",
        "Φ": r"$\Phi$",
        "φ": r"$\varphi$",
        "γ": r"$\gamma$",
        "′": "$'$",
        "²": "$^2$",
        "ᵀ": r"$^\top$",
        "⁻": "$^-$",
        "¹": "$^1$",
        "‖": r"$\Vert$",
        "∂": r"$\partial$",
        "±": r"$\pm$",
        "∘": r"$\circ$",
    }
)


def latex_page(sections: Iterable[Section], *, whole: bool = True) -> str:
    """The sections as a document, or without ``whole`` as a part of one."""
    body = "\n".join(line for section in sections for line in _section(section))
    return f"{PREAMBLE}{body}\n{CLOSING}\n" if whole else f"{body}\n"


def _section(section: Section) -> Iterator[str]:
    yield rf"\section*{{{section.title.translate(ESCAPES)}}}"
    for remark in section.remarks:
        yield rf"\noindent {remark.translate(ESCAPES)}"
        yield ""
    block: list[Line] = []
    for one in section.blocks:
        if one.head:
            yield from _aligned(block)
            block = []
            yield rf"\noindent {one.head.translate(ESCAPES)}:"
        if block and block[-1].indent and not one.line.indent:
            yield from _aligned(block)
            block = []
        block.append(one.line)
        if one.shares or one.line.reasons:
            yield from _aligned(block)
            block = []
            yield from _reasons(one)
    yield from _aligned(block)


def _aligned(lines: list[Line]) -> Iterator[str]:
    if lines:
        yield r"\begin{align*}"
        yield " \\\\\n".join(_line(line) for line in lines)
        yield r"\end{align*}"


def _line(line: Line) -> str:
    space = latex_shape(line.shape)
    return rf"  {left_side(line.left)} &= {latex(line.right)} && \in {space}"


def left_side(left: Left) -> str:
    """The left side of a line in LaTeX."""
    parts = [latex_name(left.symbol)] if left.symbol else []
    if left.by:
        of, by = latex_name(left.of), _quantity(left.by)
        if left.rest:
            parts.append(rf"\text{{rest of }} \frac{{\partial {of}}}{{\partial {by}}}")
        elif left.then:
            first = _quantity(left.then)
            parts.append(rf"\frac{{\partial^2 {of}}}{{\partial {first}\, \partial {by}}}")
        else:
            parts.append(rf"\frac{{\partial {of}}}{{\partial {by}}}")
    return " = ".join(parts)


def _quantity(by: str | Node) -> str:
    return latex_name(by) if isinstance(by, str) else rf"\left({latex(by)}\right)"


def latex_shape(shape: Shape) -> str:
    """The space of arrays of a shape."""
    if not shape:
        return r"\mathbb{R}"
    sizes = r" \times ".join(map(str, shape))
    return rf"\mathbb{{R}}^{{{sizes}}}"


def _reasons(block: Block) -> Iterator[str]:
    items = [reason.translate(ESCAPES) for reason in block.line.reasons]
    for share in block.shares:
        text = f"in ${latex(share.place)}$: {share.words.translate(ESCAPES)}"
        if len(block.shares) > 1 or share.product is not block.line.right:
            text += f", giving ${latex(share.product)}$"
        if share.shapes:
            text += f"; shapes: {share.shapes.translate(ESCAPES)}"
        if share.balance:
            text += "; " + share.check(lambda node: f"${latex(node)}$")
        items.append(text)
        items.extend(_proof_line(line) for line in share.proof)
    if items:
        yield r"\begin{itemize}"
        yield from (rf"  \item {item}" for item in items)
        yield r"\end{itemize}"


def _proof_line(line: ProofLine) -> str:
    left, right = (latex_element(side, latex) for side in (line.left, line.right))
    return f"${left} = {right}$ ({line.reason.translate(ESCAPES)})"
