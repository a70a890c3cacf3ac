"""What MathML shows is the expression; it is well-formed, and read by way of LaTeX."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from latex_reader import read_latex
from written_formulas import (
    MODELS,
    RECURRENCE,
    SCOPE,
    SHOWN,
    derived_formulas,
    formulas,
    grown,
    is_read_as,
    plans,
)

from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import leaf
from gradus.gradients.reading.models import read_expression, read_model
from gradus.gradients.writing.latex import latex_name
from gradus.gradients.writing.mathml import FORMAT, mathml, mathml_name
from gradus.gradients.writing.typeset import KINDS

#: How many parts an element of MathML has, where that is fixed.
PARTS = {"mfrac": 2, "msup": 2, "msub": 2, "munder": 2, "mover": 2, "msqrt": 1}

IN_LATEX = {
    "mfrac": r"\frac{{{0}}}{{{1}}}",
    "msup": "{0}^{{{1}}}",
    "msub": "{0}_{{{1}}}",
    "munder": "{0}_{{{1}}}",
    "mover": r"\hat{{{0}}}",
    "msqrt": r"\sqrt{{{0}}}",
    "math": "{0}",
}
SIGNS = {
    "\u2061": "",
    "\u2062": " ",
    "⊤": r"\top",
    "∘": r"\circ",
    "·": r"\cdot",
    "×": r"\times",
    "≥": r"\geq",
    "∑": r"\sum",
    "𝟙": r"\mathbb{1}",
    "𝟏": r"\mathbf{1}",
    "𝟎": r"\mathbf{0}",
    "max": r"\max",
    "σ": r"\sigma",
}


def tree(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<math>{text}</math>")


def in_latex(element: ElementTree.Element) -> str:
    """An element as LaTeX; rows leave no trace, since nothing shows where they end."""
    if element.tag == "mrow":
        return bars(list(element))
    if element.text and not len(element):
        word = element.tag == "mi" and len(element.text) > 1
        name = rf"\operatorname{{{element.text}}}" if word else element.text
        return SIGNS.get(element.text, name) + " "
    return IN_LATEX[element.tag].format(*map(in_latex, element))


def bars(parts: list[ElementTree.Element]) -> str:
    """A row; bars around it come in pairs."""
    texts = list(map(in_latex, parts))
    for bar, name in (("|", "vert"), ("‖", "Vert")):
        if parts and parts[0].text == bar and len(parts) == 3:
            return rf"\left\l{name} {texts[1]} \right\r{name}"
    return "".join(texts)


@given(plans(SHOWN))
def test_a_reader_of_the_page_sees_the_same_expression(plan):
    node = grown(plan)
    shown = in_latex(tree(mathml(node)))
    assert is_read_as(read_latex(shown), node), shown


def check(element: ElementTree.Element) -> None:
    """Every element has the parts that it needs."""
    assert len(element) == PARTS.get(element.tag, len(element)), ElementTree.tostring(element)
    assert bool(len(element)) != bool((element.text or "").strip())
    for part in element:
        check(part)


@given(plans())
def test_elements_are_well_formed(plan):
    found = tree(mathml(grown(plan)))
    check(found)
    assert len(found) == 1


@pytest.mark.parametrize("name", MODELS)
def test_every_line_of_a_derivation_is_well_formed(name):
    for node, *_ in formulas(name):
        check(tree(mathml(node)))


def test_the_formulas_of_a_recurrence_are_well_formed():
    for node, *_ in derived_formulas(read_model(RECURRENCE)):
        check(tree(mathml(node)))
    assert mathml_name("h[t]") == "<msub><mi>h</mi><mi>t</mi></msub>"


def test_there_is_a_template_for_every_kind():
    assert {*FORMAT.templates, *FORMAT.rewrites} == set(KINDS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x / 2", "<mfrac><mi>x</mi><mn>2</mn></mfrac>"),
        ("B.T", "<msup><mi>B</mi><mo>⊤</mo></msup>"),
        ("sqrt(x)", "<msqrt><mi>x</mi></msqrt>"),
        (
            "x < y",
            "<mrow><mn>𝟙</mn><mrow><mo>[</mo><mrow><mi>x</mi><mo>&lt;</mo><mi>y</mi></mrow>"
            "<mo>]</mo></mrow></mrow>",
        ),
        ("A[i]", "<msub><mi>A</mi><mrow><mi>i</mi></mrow></msub>"),
    ],
)
def test_elements_are_those_of_mathml(text, wanted):
    assert mathml(read_expression(text, SCOPE)) == wanted


def test_a_choice_is_a_table():
    found = tree(mathml(read_expression("where(x > y, x, 2 * y)", SCOPE)))
    assert len(found.findall(".//mtable/mtr")) == 2
    assert [cell.text for cell in found.iter("mtext")] == ["if\u00a0", "otherwise"]


def test_names_are_shown_as_in_latex():
    for name in ("W1", "delta12", "yhat", "xbar2", "W_hh", "idx", "lam", "a"):
        parts = tree(mathml_name(name))
        letters = "".join(parts.itertext())
        assert letters.isprintable()
        assert bool(parts.findall(".//msub")) == ("_" in latex_name(name))
        assert bool(parts.findall(".//mover")) == ("hat" in name or "bar" in name)


def test_a_name_can_never_close_an_element():
    assert tree(mathml(leaf("<&x>", (Dim.symbol("N"),), "normal"))).findtext("mi") == "<&x>"
