import re
from html import escape
from xml.etree import ElementTree

import pytest

from gradus.gradients.deriving.derivation import derive
from gradus.gradients.elements.entries import entry
from gradus.gradients.elements.proving import proofs
from gradus.gradients.elements.tree import Element
from gradus.gradients.elements.writers import latex, mathml, text
from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import Node, build, leaf
from gradus.gradients.writing.notation import notation

N, D, H = map(Dim.symbol, "NDH")
x = leaf("x", (N, D), "normal")
W = leaf("W", (D, H), "normal")
W1 = leaf("W1", (D, H), "normal")
row = leaf("r", (Dim.number(1), D), "normal")
v = leaf("v", (D,), "normal")

#: A model whose proofs have every kind of element.
MODEL = """
A: [N, D]
W: [D, D] invertible
E: [H, D]
o: [N] index
g: [N, D]
p = softmax(A @ inv(W) + E[o])
J = sum(g * p) + norm(A) + amax(A) + sum(maximum(A, g)) + sum(abs(A)) / N + sum(A[1:]**3) / 2
"""


def in_latex(node: Node) -> str:
    plain = notation(node).replace("@", "").replace("_", r"\_")
    return re.sub(r"([A-Za-z])(\d+)$", r"\1_\2", plain)


def in_mathml(node: Node) -> str:
    return f"<mi>{escape(notation(node))}</mi>"


def test_a_product_in_latex() -> None:
    assert latex(entry(x @ W, "ij"), in_latex) == r"\sum_{k=1}^{D} x_{ik} W_{kj}"


def test_a_second_subscript_needs_parentheses_in_latex() -> None:
    assert latex(entry(x @ W1, "ij"), in_latex) == r"\sum_{k=1}^{D} x_{ik} (W_1)_{kj}"


def test_fractions_and_roots_in_latex() -> None:
    assert latex(entry(v / build("norm", (v,)), "i"), in_latex) == (
        r"\frac{v_{i}}{\sqrt{\sum_{j=1}^{D} v_{j}^{2}}}"
    )


@pytest.mark.parametrize(
    ("node", "letters", "wanted"),
    [
        (row @ W, "ij", "Σ_i r[1, i] W[i, j]"),
        (2 * v - 3, "i", "2 v[i] - 3"),
        (-v / 2, "i", "-v[i] / 2"),
        ((v + 1) ** 2 * v, "i", "(v[i] + 1)² v[i]"),
        (1 / (v * (v + 1)), "i", "1 / (v[i] (v[i] + 1))"),
        (build("abs", (v,)), "i", "|v[i]|"),
        (build("causal_bias", (), D), "ij", "-1000000000 [i < j]"),
        (build("slice", (v,), ((D - Dim.number(1), D),)), "i", "v[D]"),
    ],
)
def test_text_counts_places_from_1(node: Node, letters: str, wanted: str) -> None:
    assert text(entry(node, letters), notation) == wanted


def elements() -> list[Element]:
    found = derive(MODEL)
    lines = [line for s in found.steps for proof in proofs(s, found.signals) for line in proof]
    return [side for line in lines for side in (line.left, line.right)]


def test_mathml_is_well_formed() -> None:
    for element in elements():
        tree = ElementTree.fromstring(f"<math>{mathml(element, in_mathml)}</math>")
        for one in tree.iter():
            children = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "munderover": 3}
            assert len(one) == children.get(one.tag, len(one))


def test_latex_is_balanced() -> None:
    for element in elements():
        written = latex(element, in_latex)
        assert written.count("{") == written.count("}")
        assert written.count(r"\left") == written.count(r"\right")
        assert not re.search(r"_\{[^{}]*\}_", written)
        assert not re.search("[^\x00-\x7f]", written)
