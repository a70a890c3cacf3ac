"""What is written as on paper is read back as the very same expression."""

import pytest
from hypothesis import given
from problems import load_problems
from written_formulas import (
    MODELS,
    SCOPE,
    derived_formulas,
    formulas,
    grown,
    is_read_as,
    model,
    plans,
)

from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import const, leaf, length
from gradus.gradients.reading.models import read_expression, read_model
from gradus.gradients.writing.mathematics import FORMAT, mathematics
from gradus.gradients.writing.notation import notation
from gradus.gradients.writing.paper import name_parts, paper_name
from gradus.gradients.writing.typeset import KINDS


@pytest.mark.parametrize("name", MODELS)
def test_every_line_of_a_derivation_is_read_back(name):
    for node, read, signals in formulas(name):
        shown = mathematics(node, (*read.inputs, *read.names))
        assert read_expression(shown, read, signals) is node, shown


@given(plans())
def test_every_expression_is_read_back(plan):
    node = grown(plan)
    assert is_read_as(mathematics(node), node), mathematics(node)


def test_the_lines_of_all_problems_are_read_back(problem_folder):
    for problem in load_problems(problem_folder / "gradients.yaml"):
        gradient = problem.kind == "gradient"
        for node, read, signals in derived_formulas(problem.model(), problem.wrt, gradient):
            for shown in (notation(node), mathematics(node, (*read.inputs, *read.names))):
                assert read_expression(shown, read, signals) is node, shown


def test_there_is_a_template_for_every_kind():
    assert set(FORMAT.templates) == set(KINDS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x @ y * x", "(xᵀ y) x"),
        ("-2 * s * x @ y", "-2 s xᵀ y"),
        ("A @ x - 3 * u", "A x - 3 u"),
        ("x @ B @ y", "xᵀ B y"),
        ("x @ (B @ y)", "xᵀ (B y)"),
        ("(B @ x) @ y", "(B x)ᵀ y"),
        ("outer(u, x) + outer(A @ x, x - y)", "u xᵀ + (A x) (x - y)ᵀ"),
        ("2 * x * (B @ y)", "2 x ∘ (B y)"),
        ("(x * y) @ B", "(x ∘ y) B"),
        ("(x + y) * s / (2 * t)", "s (x + y) / (2 t)"),
        ("inv(B @ S).T + inv(B)", "(B S)⁻ᵀ + B⁻¹"),
        ("inv(B.T)", "(Bᵀ)⁻¹"),
        ("x**2 + x**12 + x**t + x**(t - 1)", "x² + x¹² + x^t + x^(t - 1)"),
        ("(B**2).T", "(B²)ᵀ"),
        ("sqrt(t) * x / sqrt(t + 1)", "√t x / √(t + 1)"),
        ("sqrt((x + y)[:2]) + sqrt(ind(x > 0))[:2]", "√((x + y)[:2]) + (√([x > 0]))[:2]"),
        ("s * norm(x) * abs(y) / norm(B)", "s ‖x‖ |y| / ‖B‖"),
        ("norm(x * norm(y)) * abs(s - norm(x))", "norm(‖y‖ x) |s - ‖x‖|"),
        ("s * ind(x > y) * x", "s ([x > y] ∘ x)"),
        ("B @ ind(B != 0).T", "B ([B ≠ 0]ᵀ)"),
        ("outer(x, ind(x <= 0))", "x ([x ≤ 0])ᵀ"),
        ("s * 2**t", "s · 2^t"),
        ("sum(sigmoid(x) * relu(y)) / N", "Σ(σ(x) ∘ relu(y)) / N"),
        ("mean(A, axis=1) + maximum(u, 0)", "mean(A, axis=1) + max(u, 0)"),
        ("where(x >= y, x, 0)", "where(x ≥ y, x, 0)"),
        ("yhat1 - pi * y", "ŷ₁ - π y"),
    ],
)
def test_formulas_are_written_as_on_paper(text, wanted):
    node = read_expression(text, SCOPE)
    assert mathematics(node) == wanted
    assert read_expression(wanted, SCOPE) is node


def test_a_power_of_t_is_not_a_transpose():
    assert mathematics(const(2) ** length(Dim.symbol("T"))) == "2^(T)"


def test_functions_keep_their_names_next_to_quantities_with_their_letters():
    read = model("covariance Σ and deviation σ")
    loss = read.names["J"].args[0]
    assert mathematics(loss) == "eᵀ Σ⁻¹ e / 2 + sum(sigmoid(e / σ)) + logdet(Σ)"
    without = read_expression("sum(sigmoid(e))", read)
    assert mathematics(without) == "Σ(σ(e))"
    assert mathematics(without, taken=read.inputs) == "sum(sigmoid(e))"


@pytest.mark.parametrize(
    "name", ["h_1", "h1", "x_", "_1", "beta_2", "that", "W_hh", "e1in", "lam", "Sigma", "ñ"]
)
def test_a_name_on_paper_is_that_of_the_same_quantity(name):
    read = read_model(f"{name}: [D]; J = sum({name})")
    node = next(iter(read.inputs.values()))
    assert read_expression(mathematics(node), read) is node


def test_names_that_paper_would_confuse_stay_apart():
    names = ["h1", "h_1", "h_one", "hone", "h1_", "theta1", "theta_1", "W_hh", "W_h1", "Whh"]
    assert len({paper_name(name) for name in names}) == len(names)
    assert len({name_parts(name) for name in names}) == len(names)


def test_a_letter_of_the_text_is_read_as_the_same_name():
    assert mathematics(leaf("lam", (), "normal")) == "λ"
