"""The checker: right gradients pass, wrong ones are named, kinks are told apart."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.core.errors import DataError, GradientError, SettingsError
from gradus.gradients import check, numerical_gradient

RNG = np.random.default_rng(3)
X, W, B = RNG.normal(size=(5, 4)), RNG.normal(size=(4, 4)), RNG.normal(size=4)
UPSTREAM = RNG.normal(size=(5, 4))


def layer(change=lambda name, gradient: gradient):
    """``J = Σ U ∘ tanh(X W + b)`` with its gradients, each as ``change`` makes it."""

    def function(x, w, b):
        out = np.tanh(x @ w + b)
        delta = UPSTREAM * (1 - out**2)
        gradients = {"x": delta @ w.T, "w": x.T @ delta, "b": delta.sum(axis=0)}
        changed = {name: change(name, gradient) for name, gradient in gradients.items()}
        return (UPSTREAM * out).sum(), changed

    return function


INPUTS = {"x": X, "w": W, "b": B}


def finding(function, name="w", inputs=INPUTS, **options):
    return next(one for one in check(function, inputs, **options).inputs if one.name == name)


def test_a_right_gradient_passes_and_says_how_right_it_is():
    found = check(layer(), INPUTS)
    assert found.passed
    assert [one.shape for one in found.inputs] == [(5, 4), (4, 4), (4,)]
    assert all(one.worst < 1e-8 and one.kinks == 0 for one in found.inputs)
    assert str(found).startswith("x (5×4): right to ")
    found.raise_if_wrong()


def only_w(change):
    return layer(lambda name, gradient: change(gradient) if name == "w" else gradient)


def with_a_wrong_row(gradient):
    wrong = gradient.copy()
    wrong[2] *= 3
    return wrong


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        (lambda g: g.T, "it is the transpose of the gradient"),
        (lambda g: -g, "its sign is wrong"),
        (lambda g: g / 2, "the gradient is 2 times this"),
        (lambda g: 1.5 * g, "the gradient is 2/3 times this"),
        (lambda g: g / 5, r"the gradient is 5 times this \(5 is a length of x\)"),
        (lambda g: 0 * g, "it is zero everywhere"),
        (lambda g: g.reshape(2, 8), r"its shape is not: \[2, 8\] instead of \[4, 4\]"),
        (lambda g: g[:, :2], r"its shape is \[4, 2\], but the input has \[4, 4\]"),
        (lambda g: g + 0.25, "every entry lacks the same -0.25"),
        (with_a_wrong_row, "it is wrong in row 2 alone"),
        (lambda g: g * [0, 1, 1, 1], "it is zero in place of axis 1 0"),
        (lambda g: np.where(np.eye(4) == 1, np.nan, g), "none of the usual mistakes"),
        (lambda g: g**3, "none of the usual mistakes"),
    ],
)
def test_the_usual_mistakes_are_named(change, mistake):
    found = check(only_w(change), INPUTS)
    assert [one.passed for one in found.inputs] == [True, False, True]
    with pytest.raises(GradientError, match=mistake):
        found.raise_if_wrong()


def test_a_sum_over_the_batch_that_is_missing_is_named():
    def function(x, w, b):
        loss, gradients = layer()(x, w, b)
        out = np.tanh(x @ w + b)
        return loss, {**gradients, "b": UPSTREAM * (1 - out**2)}

    found = finding(function, "b")
    assert found.mistake.startswith("a sum is missing: sum it over axis 0, because the input was")


def test_a_place_that_is_used_twice_has_to_be_added_up():
    rows = np.array([1, 3, 1])

    def function(table, right=True):
        gradient = np.zeros_like(table)
        if right:
            np.add.at(gradient, rows, 2 * table[rows])
        else:
            gradient[rows] = 2 * table[rows]
        return (table[rows] ** 2).sum(), {"table": gradient}

    inputs = {"table": RNG.normal(size=(6, 2))}
    assert check(function, inputs).passed
    wrong = finding(lambda table: function(table, right=False), "table", inputs)
    assert wrong.mistake == "it is wrong in row 1 alone; repeated places have to be added up"
    assert len(wrong.errors) == 2
    (place, claimed, true), *_ = wrong.errors
    assert place[0] == 1
    assert true == pytest.approx(2 * claimed)


def test_a_kink_is_left_out_and_counted():
    x = np.array([-1.0, 0.0, 2.0, 1e-5])

    def relu(x):
        return np.maximum(x, 0).sum(), {"x": (x > 0).astype(float)}

    found = finding(relu, "x", {"x": x})
    assert (found.passed, found.kinks) == (True, 2)
    wrong = finding(lambda x: (relu(x)[0], {"x": np.ones(4)}), "x", {"x": x})
    assert not wrong.passed
    assert [error[0] for error in wrong.errors] == [(0,)]


def test_tensors_are_checked_in_float64_and_whole_numbers_left_alone():
    def function(logits, labels):
        logits = logits.requires_grad_()
        loss = torch.nn.functional.cross_entropy(logits, labels)
        loss.backward()
        return loss, [logits.grad]

    inputs = {"logits": torch.randn(4, 3), "labels": torch.tensor([0, 2, 1, 1])}
    found = check(function, inputs)
    assert [(one.name, one.passed) for one in found.inputs] == [("logits", True)]
    assert found.inputs[0].worst < 1e-8


def test_directions_find_an_error_that_the_chosen_entries_miss():
    def function(x, right=True):
        gradient = 2 * x
        if not right:
            gradient[7] += 30
        return (x**2).sum(), {"x": gradient}

    inputs = {"x": RNG.normal(size=2000)}
    assert check(function, inputs, entries=5).passed
    assert not check(lambda x: function(x, right=False), inputs, entries=5).passed


@pytest.mark.parametrize(
    ("function", "options", "error", "text"),
    [
        (lambda x: (x, {"x": x}), {}, DataError, r"has the shape \(3,\).* sum it"),
        (lambda x: (np.nan, {"x": x}), {}, DataError, "the loss is nan"),
        (lambda x: (x.sum(), {}), {}, DataError, "no gradient of x; it gives none"),
        (lambda x: (x.sum(), {"x": x}), {"wrt": ["y"]}, SettingsError, "has to name inputs .*: x"),
    ],
)
def test_what_cannot_be_checked_is_explained(function, options, error, text):
    with pytest.raises(error, match=text):
        check(function, {"x": np.ones(3)}, **options)


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), power=st.integers(1, 5), scale=st.floats(0.01, 100))
def test_slopes_agree_with_autograd(seed, power, scale):
    x = scale * np.random.default_rng(seed).normal(size=(3, 2))
    tensor = torch.tensor(x, requires_grad=True)
    (tensor.pow(power).sum() * torch.tanh(tensor / scale).sum()).backward()
    found = numerical_gradient(lambda x: float((x**power).sum() * np.tanh(x / scale).sum()), x)
    true = tensor.grad.numpy()
    np.testing.assert_allclose(found, true, rtol=1e-5, atol=1e-6 * np.abs(true).max())
