"""A derivation as HTML with MathML, which browsers and notebooks show by themselves."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape

from gradus.gradients.elements.writers import mathml as mathml_element
from gradus.gradients.expressions.dims import show_shape
from gradus.gradients.expressions.nodes import Node
from gradus.gradients.pages.outline import Block, Left, Line, Section
from gradus.gradients.writing.mathematics import mathematics
from gradus.gradients.writing.mathml import mathml, mathml_name

#: Looks: formulas in a column, what explains them smaller and grey; light and dark.
STYLE = """
.gradus { font-family: system-ui, sans-serif; line-height: 1.5; max-width: 60rem; }
.gradus h2 { font-size: 1.1rem; margin: 1.2em 0 .4em; }
.gradus .line { display: flex; gap: 1.5em; align-items: baseline; margin: .3em 0 .1em 1em; }
.gradus .line math { font-size: 1.1em; }
.gradus .shape { margin-left: auto; }
.gradus .shape, .gradus .why { color: #6b7280; font-size: .85em; }
.gradus .why { margin: 0 0 .15em 2.5em; }
.gradus .loop { margin-left: 2.5em; }
@media (prefers-color-scheme: dark) { .gradus .shape, .gradus .why { color: #9ca3af; } }
"""


def html_part(sections: Iterable[Section]) -> str:
    """The sections as a part of a page."""
    body = "\n".join(piece for section in sections for piece in _section(section))
    return f'<div class="gradus"><style>{STYLE}</style>\n{body}\n</div>\n'


def html_page(sections: Iterable[Section], title: str = "Derivation") -> str:
    """The sections as a page of its own; it loads nothing from elsewhere."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n</head>\n<body>\n{html_part(sections)}</body>\n</html>\n"
    )


def _section(section: Section) -> Iterator[str]:
    yield f"<section><h2>{escape(section.title)}</h2>"
    for remark in section.remarks:
        yield f'<p class="why">{escape(remark)}</p>'
    for block in section.blocks:
        yield from _block(block)
    yield "</section>"


def _block(block: Block) -> Iterator[str]:
    if block.head:
        yield f'<p class="why">{escape(block.head)}:</p>'
    yield _line(block.line)
    for reason in block.line.reasons:
        yield f'<p class="why">{escape(reason)}</p>'
    for share in block.shares:
        product = ""
        if len(block.shares) > 1 or share.product is not block.line.right:
            product = f": {_math(mathml(share.product))}"
        yield (
            f'<p class="why">in {_math(mathml(share.place))}: {escape(share.words)}{product}</p>'
        )
        checks = "; ".join(told for told in (share.shapes, share.check(mathematics)) if told)
        if checks:
            yield f'<p class="why">{escape(checks)}</p>'
        for line in share.proof:
            left, right = (mathml_element(side, mathml) for side in (line.left, line.right))
            formula = _math(f"{left}<mo>=</mo>{right}")
            yield f'<p class="why">{formula} <span>{escape(line.reason)}</span></p>'


def _line(line: Line) -> str:
    formula = f"{left_side(line.left)}<mo>=</mo>{mathml(line.right)}"
    loop = " loop" if line.indent else ""
    return (
        f'<div class="line{loop}">{_math(formula)}<span class="shape">{show_shape(line.shape)}'
        "</span></div>"
    )


def _math(inner: str) -> str:
    return f"<math><mrow>{inner}</mrow></math>"


def left_side(left: Left) -> str:
    """The left side of a line in MathML."""
    parts = [mathml_name(left.symbol)] if left.symbol else []
    if left.by:
        parts.append(_derivative(left))
    return "<mo>=</mo>".join(parts)


def _derivative(left: Left) -> str:
    of, by = mathml_name(left.of), _quantity(left.by)
    if left.rest:
        return f"<mtext>rest of </mtext>{_derivative(replace(left, rest=False))}"
    if left.then:
        top = f"<msup><mo>∂</mo><mn>2</mn></msup>{of}"
        bottom = f"<mo>∂</mo>{_quantity(left.then)}<mo>∂</mo>{by}"
    else:
        top, bottom = f"<mo>∂</mo>{of}", f"<mo>∂</mo>{by}"
    return f"<mfrac><mrow>{top}</mrow><mrow>{bottom}</mrow></mfrac>"


def _quantity(by: str | Node) -> str:
    if isinstance(by, str):
        return mathml_name(by)
    return f"<mrow><mo>(</mo>{mathml(by)}<mo>)</mo></mrow>"
