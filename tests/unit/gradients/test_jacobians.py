"""Jacobians and Hessians against differences of the values, in both layouts."""

import numpy as np
import pytest

from gradus.core.errors import DerivationError
from gradus.gradients.deriving.derivation import derive
from gradus.gradients.deriving.jacobians import hessian, jacobian
from gradus.gradients.expressions.points import points
from gradus.gradients.library import model_text
from gradus.gradients.reading.models import read_model
from gradus.gradients.writing.notation import notation

SHAPES = {"W": "C, D", "x": "D", "b": "C", "X": "N, D", "V": "D, H", "r": "1, D", "w": "D"}

#: Models, and for some the form that a person would write.
MODELS = {
    "W x": {"x": "W", "W": None},
    "r V": {"r": "V.T", "V": None},
    "x V": {"x": "V.T"},
    "tanh(W x + b)": {"x": "(1 - z**2)[:, None] * W", "b": "diag(1 - z**2)"},
    "softmax(x)": {"x": "diag(z) - outer(z, z)"},
    "log_softmax(x)": {"x": "eye(D) - outer(ones(D), softmax(x))"},
    "x / norm(x)": {"x": "(eye(D) - outer(z, z)) / norm(x)"},
    "relu(r V)": {"r": None, "V": None},
    "X V": {"X": None, "V": None},
    "concat([x, b])": {"x": None, "b": None},
    "x * sum(x)": {"x": None},
    "sum(X * w, axis=1)": {"w": "X", "X": None},
    "sigmoid(X w)": {"w": None},
    "outer(x, w)": {"x": None, "w": None},
    "(X Xᵀ)": {"X": None},
    "diag(x)": {"x": None},
    "softmax(X)": {"X": None},
    "where(x > 0, x, 2 * w)": {"x": None, "w": None},
    "x[:1] * w": {"x": None},
    "maximum(x, w)": {"x": None, "w": None},
    "einsum('ij,kj->ik', X, W)": {"X": None, "W": None},
    "Wᵀ b": {"W": None, "b": "W.T"},
    "sum(x * w)": {"x": "w"},
}


def differences(function, x, h=1e-6):
    columns = []
    for place in range(x.size):
        step = np.zeros(x.size)
        step[place] = h
        step = step.reshape(x.shape)
        columns.append((function(x + step) - function(x - step)).ravel() / (2 * h))
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("text", MODELS)
def test_a_jacobian_is_that_of_differences(text):
    model = read_model(f"z = {text}", SHAPES, output="z")
    wrt = list(MODELS[text])
    found = jacobian(model, wrt)
    for point in points(model, 2):
        for name in wrt:
            value = point.value(found.blocks[name])
            base = point.values[name]
            wanted = differences(
                lambda x, name=name, point=point: point.with_value(name, x).value(model.result),
                base,
            )
            np.testing.assert_allclose(value.reshape(wanted.shape), wanted, atol=1e-7)
    for name, form in MODELS[text].items():
        assert form is None or notation(found.blocks[name]) == form


def test_the_denominator_layout_is_the_transpose():
    model = read_model("z = W x", SHAPES, output="z")
    assert notation(jacobian(model, "x", layout="denominator").blocks["x"]) == "W.T"
    with pytest.raises(DerivationError, match="numerator, denominator"):
        jacobian(model, "x", layout="sideways")


HESSIANS = {
    "sum((X w - 1)²)/2": {("w", "w"): "X.T @ X"},
    "x A x": {("x", "x"): None},
    "logsumexp(W x)": {("x", "x"): None},
    "sum(log(1 + exp(X w)))": {("w", "w"): None},
    "norm(x)": {("x", "x"): None},
    "sum(sin(x) * w)": {
        ("x", "x"): "diag(-w * sin(x))",
        ("x", "w"): "diag(cos(x))",
        ("w", "w"): "zeros(D, D)",
    },
    "CE(softmax(W x), p)": {("x", "x"): None, ("W", "x"): None, ("W", "W"): None},
}


@pytest.mark.parametrize("text", HESSIANS)
def test_a_hessian_is_that_of_differences_of_the_gradient(text):
    shapes = {**SHAPES, "A": "D, D", "p": "C"}
    model = read_model(f"J = {text}", shapes, {"p": "probability"})
    wrt = list(dict.fromkeys(name for pair in HESSIANS[text] for name in pair))
    rows = {one.of: one for one in hessian(model, wrt)}
    first = derive(model, wrt)
    (point,) = points(first.model, 1)
    for (of, by), form in HESSIANS[text].items():
        wanted = differences(
            lambda x, of=of, by=by: point.with_value(by, x).value(first.answers[of], first.signals),
            point.values[by],
        )
        found = point.value(rows[of].blocks[by])
        np.testing.assert_allclose(found.reshape(wanted.shape), wanted, atol=1e-7)
        assert form is None or notation(rows[of].blocks[by]) == form


def test_a_number_by_a_matrix_has_the_shape_of_the_matrix():
    model = read_model(model_text("least-squares"))
    assert jacobian(model, "w").blocks["w"].shape == model.shape("w")
