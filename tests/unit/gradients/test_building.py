"""Models from Python's operators are the same as those from a text."""

import pytest

from gradus.core.errors import NotationError, ShapeError
from gradus.gradients.building import call, line, model_of, variable
from gradus.gradients.engine import derive
from gradus.gradients.reading.models import read_model


def test_operators_build_the_model_of_the_text():
    x, W = variable("x", "1, D"), variable("W", "D, H")
    y = variable("y", [1, "H"], "one-hot")
    p = line("p", call("softmax", 2 * (x @ W) - 1))
    model = model_of(call("CE", p, y) / 3)
    text = read_model(
        "p = softmax(2 x W - 1); J = CE(p, y)/3",
        {"x": "1, D", "W": "D, H", "y": "1, H"},
        {"y": "onehot"},
    )
    assert model.result is text.result
    assert derive(model.result)["W"] == derive(text)["W"]


def test_indices_conditions_and_options_work_as_in_numpy():
    A, i = variable("A", "N, D"), variable("i", "K", "index")
    text = read_model(
        "J = sum(A[:, 1:]) + sum(A[i]) + sum(where(A > 0, A, 0)) + sum(sum(A, axis=0)[None, :])"
        " + A[0, -1]",
        {"A": "N, D", "i": "K"},
        {"i": "index"},
    )
    built = (
        call("sum", A[:, 1:])
        + call("sum", A[i])
        + call("sum", call("where", A > 0, A, 0))
        + call("sum", call("sum", A, axis=0)[None, :])
        + A[0, -1]
    )
    assert model_of(built).result is text.result


def test_shapes_are_checked_as_expressions_are_built():
    with pytest.raises(ShapeError, match="inner dimensions"):
        variable("a", "N, D") @ variable("b", "N, D")
    with pytest.raises(ShapeError, match="no step"):
        variable("a", "N")[::2]


def test_one_name_stands_for_one_thing():
    with pytest.raises(NotationError, match="two different"):
        model_of(call("sum", variable("a", "N") @ variable("a", "N", "constant")))
    with pytest.raises(NotationError, match="an input and a line"):
        model_of(call("sum", line("a", variable("a", "N"))))
