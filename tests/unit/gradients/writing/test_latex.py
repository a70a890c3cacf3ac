"""What LaTeX shows is the expression; an own reader and matplotlib's judge it."""

import re

import pytest
from hypothesis import given
from latex_reader import read_latex, unbalanced
from matplotlib.mathtext import MathTextParser
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

from gradus.gradients.reading.models import read_expression, read_model
from gradus.gradients.writing.latex import FORMAT, latex, latex_name
from gradus.gradients.writing.typeset import KINDS

#: What mathtext does not know, and what is as large.
UNKNOWN = {r"\lVert": r"\Vert", r"\rVert": r"\Vert", r"\lvert": r"\vert", r"\rvert": r"\vert"}


def is_set(text: str) -> bool:
    for command, known in UNKNOWN.items():
        text = text.replace(command, known)
    text = re.sub(r"\\begin{cases}(.*?) & (.*?) \\\\ (.*?) & .*?\\end{cases}", r"\1 \2 \3", text)
    MathTextParser("path").parse(f"${text}$")
    return True


def test_there_is_a_template_for_every_kind():
    assert {*FORMAT.templates, *FORMAT.rewrites} == set(KINDS)


@given(plans(SHOWN))
def test_a_reader_of_the_print_sees_the_same_expression(plan):
    node = grown(plan)
    shown = latex(node)
    assert is_read_as(read_latex(shown), node), shown


@given(plans())
def test_brackets_have_partners(plan):
    node = grown(plan)
    assert not list(unbalanced(latex(node)))


@pytest.mark.parametrize("name", MODELS)
def test_every_line_of_a_derivation_can_be_set(name):
    for node, *_ in formulas(name):
        shown = latex(node)
        assert not list(unbalanced(shown))
        assert is_set(shown)


def test_the_formulas_of_a_recurrence_can_be_set():
    shown = [latex(node) for node, *_ in derived_formulas(read_model(RECURRENCE))]
    assert all(map(is_set, shown))
    assert r"\sum_{t} \delta_{1,t} h_{t-1}^{\top}" in shown


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A.T @ u / N", r"\frac{1}{N} A^{\top} u"),
        ("(x - y) / N", r"\frac{x - y}{N}"),
        ("s / 2 * sum(A**2)", r"\frac{s}{2} \sum_{N, D} A^{2}"),
        ("sum(A, axis=0) * x", r"\left(\sum_{N} A\right) \circ x"),
        ("sum(x + y)", r"\sum_{D} (x + y)"),
        ("sum(x) + s", r"\sum_{D} x + s"),
        ("mean(A)", r"\operatorname{mean}_{N, D}(A)"),
        ("norm(x)**2", r"\left\lVert x \right\rVert^{2}"),
        ("ind(x > 0) * y", r"\mathbb{1}[x > 0] \circ y"),
        ("sigmoid(x / t)", r"\sigma\left(\frac{x}{t}\right)"),
        ("(x / t)**s", r"\left(\frac{x}{t}\right)^{s}"),
        ("inv(B).T @ x", r"B^{-\top} x"),
        ("softmax(yhat1)", r"\operatorname{softmax}(\hat{y}_{1})"),
        ("yhat1[0]", r"{\hat{y}_{1}}_{0}"),
        ("A[i]", "A_{i}"),
        ("A[1:, 0]", "A_{1:, 0}"),
        ("einsum('i,kij,j->k', u, T, x)", r"\left(\sum_{i, j} u_{i} T_{k, i, j} x_{j}\right)_{k}"),
        (
            "where(x > y, x, 2 * y)",
            r"\begin{cases} x & \text{if } x > y \\ 2 y & \text{otherwise} \end{cases}",
        ),
        ("1e-7 * x - 0.00025 * y", r"10^{-7} x - 0.00025 y"),
        ("concat([x, y])", r"\left[ x; \, y \right]"),
        ("concat([A, A], axis=1)", r"\left[ A, \, A \right]"),
        ("B + eye(D) @ ones(D, N) @ A", r"B + \mathbf{1}_{D \times N} A"),
        ("B - eye(D)", "B - I_{D}"),
        ("log_softmax(x)", r"\operatorname{logsoftmax}(x)"),
    ],
)
def test_formulas_are_set_as_in_print(text, wanted):
    assert latex(read_expression(text, SCOPE)) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("W1", "W_{1}"),
        ("delta12", r"\delta_{12}"),
        ("muhat", r"\hat{\mu}"),
        ("lam", r"\lambda"),
        ("eps", r"\varepsilon"),
        ("Σ", r"\Sigma"),
        ("idx", r"\mathit{idx}"),
        ("h_1", r"\mathit{h\_1}"),
        ("W_hh", r"W_{\mathit{hh}}"),
        ("b_c", "b_{c}"),
        ("delta1[t-1]", r"\delta_{1,t-1}"),
        ("h_prev_1", r"h_{\mathit{prev\_1}}"),
    ],
)
def test_names_are_letters_with_marks_and_subscripts(name, wanted):
    assert latex_name(name) == wanted
    assert is_set(wanted)
