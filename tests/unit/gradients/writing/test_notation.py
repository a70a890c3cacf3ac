"""What is typed is read back as the very same expression."""

import pytest
from hypothesis import given
from written_formulas import (
    MODELS,
    RECURRENCE,
    SCOPE,
    derived_formulas,
    formulas,
    grown,
    is_read_as,
    plans,
)

from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import build, const, leaf, length
from gradus.gradients.reading.models import read_expression, read_model
from gradus.gradients.writing.notation import FORMAT, notation
from gradus.gradients.writing.typeset import KINDS, Piece, dimension, operations, typeset


@pytest.mark.parametrize("name", MODELS)
def test_every_line_of_a_derivation_is_read_back(name):
    for node, model, signals in formulas(name):
        assert read_expression(notation(node), model, signals) is node, notation(node)


@given(plans())
def test_every_expression_is_read_back(plan):
    node = grown(plan)
    assert is_read_as(notation(node), node), notation(node)


def kinds(piece: Piece) -> set[str]:
    return {piece.kind}.union(*map(kinds, piece.parts))


@given(plans())
def test_only_known_kinds_are_written(plan):
    node = grown(plan)
    assert kinds(typeset(node)) <= set(KINDS)


def test_the_models_have_every_kind():
    written = [one for name in MODELS for one in formulas(name)]
    written += derived_formulas(read_model(RECURRENCE))
    assert {kind for node, *_ in written for kind in kinds(typeset(node))} == set(KINDS)


def test_there_is_a_template_for_every_kind():
    assert set(FORMAT.templates) == set(KINDS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("-1 * x @ y * x", "-x @ y * x"),
        ("x * 2 * (y @ x) * s", "2 * (y @ x) * s * x"),
        ("-(x + y) / t", "-(x + y) / t"),
        ("(x - y) / 4 - s / 4", "(x - y) / 4 - s / 4"),
        ("sum(x) * sum(y) / D", "mean(x) * sum(y)"),
        ("sum(x)**2 * sum(y) / D", "sum(x)**2 * mean(y)"),
        ("A[1][0]", "A[1, 0]"),
        ("A[1:][:, 0]", "A[1:, 0]"),
        ("A[:, 0][1:]", "A[:, 0][1:]"),
        ("x[2:3][0]", "x[2]"),
        ("inv(B).T @ x", "inv(B).T @ x"),
        ("x - -2 * y", "x + 2 * y"),
        ("2**x * A * s", "s * 2**x * A"),
    ],
)
def test_formulas_are_written_as_a_person_would(text, wanted):
    node = read_expression(text, SCOPE)
    assert notation(node) == wanted
    assert read_expression(wanted, SCOPE) is node


def test_a_power_of_t_is_not_a_transpose():
    assert notation(const(2) ** length(Dim.symbol("T"))) == "2**(T)"


def test_lengths_begin_with_what_is_added():
    dim = Dim.symbol("H") * 2 - Dim.symbol("N") - Dim.number(1)
    assert FORMAT.write(dimension(dim)) == "2 * H - N - 1"
    assert FORMAT.write(dimension(Dim.symbol("N") * -1 + Dim.number(3))) == "3 - N"
    assert FORMAT.write(dimension(Dim.symbol("N") * -1)) == "-N"


def test_letters_with_accents_are_one_letter_again():
    name = "e\u0301tat"
    assert notation(leaf(name, (), "normal")) == "\u00e9tat"


def test_operations_are_counted_as_they_are_typed():
    x = SCOPE.inputs["x"]
    assert operations(x) == 0
    assert operations(2 * x - x @ x * x) == 4
    assert operations(build("inv", (SCOPE.inputs["B"],)).T) == 2
    assert operations(read_expression("x[1:D - 1]", SCOPE)) == 2
