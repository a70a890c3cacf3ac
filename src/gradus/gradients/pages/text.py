"""A derivation as text: for a terminal, a file, a mail."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from gradus.gradients.elements.proving import ProofLine
from gradus.gradients.elements.writers import text
from gradus.gradients.expressions.dims import show_shape
from gradus.gradients.expressions.nodes import Node
from gradus.gradients.pages.outline import Block, Left, Line, Section, Share
from gradus.gradients.writing.mathematics import mathematics
from gradus.gradients.writing.notation import notation
from gradus.gradients.writing.paper import paper_name

#: Columns of a formula before its shape.
FORMULA_WIDTH = 52


class Row(NamedTuple):
    """A line of text and what it is: a title, a formula, a reason, a check."""

    kind: str
    text: str


class Style(NamedTuple):
    """How formulas and names are written."""

    formula: Callable[[Node], str]
    name: Callable[[str], str]


#: As on paper, and as NumPy; both can be read back.
STYLES = {
    "paper": Style(mathematics, paper_name),
    "numpy": Style(notation, lambda name: name),
}


def text_page(sections: Iterable[Section], style: str = "paper") -> str:
    """The sections as plain text."""
    return "\n".join(row.text for row in text_rows(sections, style)) + "\n"


def text_rows(sections: Iterable[Section], style: str = "paper") -> Iterator[Row]:
    """The sections line by line."""
    chosen = STYLES[style]
    for number, section in enumerate(sections):
        if number:
            yield Row("space", "")
        yield Row("title", section.title)
        for remark in section.remarks:
            for line in remark.splitlines():
                yield Row("reason", f"  {line}")
        for block in section.blocks:
            yield from _block(block, chosen)


def _block(block: Block, style: Style) -> Iterator[Row]:
    if block.head:
        yield Row("reason", f"  {block.head}:")
    yield Row("formula", _line(block.line, style))
    for reason in block.line.reasons:
        yield Row("reason", f"      {reason}")
    for share in block.shares:
        yield from _share(share, block, style)


def _line(line: Line, style: Style) -> str:
    margin = "  " + "    " * line.indent
    formula = f"{margin}{left_side(line.left, style)} = {style.formula(line.right)}"
    return f"{formula:<{FORMULA_WIDTH}}  {show_shape(line.shape)}"


def left_side(left: Left, style: Style) -> str:
    """The left side of a line: ``δ₁ = ∂J/∂z₁``."""
    parts = [style.name(left.symbol)] if left.symbol else []
    if left.by:
        parts.append(derivative(left, style))
    return " = ".join(parts)


def derivative(left: Left, style: Style) -> str:
    """``∂J/∂W``, or ``∂²J/∂x∂w`` where ``left`` has two."""
    of, by = style.name(left.of), _quantity(left.by, style)
    if left.rest:
        return f"rest of ∂{of}/∂{by}"
    if left.then:
        return f"∂²{of}/∂{_quantity(left.then, style)}∂{by}"
    return f"∂{of}/∂{by}"


def _quantity(by: str | Node, style: Style) -> str:
    return style.name(by) if isinstance(by, str) else f"({style.formula(by)})"


def _share(share: Share, block: Block, style: Style) -> Iterator[Row]:
    several = len(block.shares) > 1
    place = f"in {style.formula(share.place)}: {share.words}"
    yield Row("reason", f"      {place}")
    if several or share.product is not block.line.right:
        yield Row("formula", f"        {style.formula(share.product)}")
    checks = [told for told in (share.shapes, share.check(style.formula)) if told]
    if checks:
        yield Row("check", f"        {'; '.join(checks)}")
    yield from _proof(share.proof, style)


def _proof(proof: Sequence[ProofLine], style: Style) -> Iterator[Row]:
    for line in proof:
        yield Row("proof", f"          {proof_line(line, style)}    ({line.reason})")


def proof_line(line: ProofLine, style: Style) -> str:
    """One line of a proof, without its reason."""
    return f"{text(line.left, style.formula)} = {text(line.right, style.formula)}"
