"""The torch.autograd.Function that is generated, against torch's own derivatives."""

import inspect

import numpy as np
import pytest
import torch
import torch_values
from generated_code import compiled

from gradus.core.errors import SettingsError
from gradus.gradients.codegen import generate
from gradus.gradients.deriving.derivation import derive
from gradus.gradients.expressions.points import points
from gradus.gradients.reading.models import read_model

#: Text, shapes and kinds.
MODELS = {
    "two layers": (
        "h = sigmoid(X @ W1 + b1); J = CE(softmax(h @ W2 + b2), onehot(y, C)) / N",
        {"X": "N, D", "W1": "D, H", "b1": "H", "W2": "H, C", "b2": "C", "y": "N"},
        {"y": "index"},
    ),
    "a bias that is a number": (
        "v = y - maximum(0, X @ w + b); J = mean(v**2) + lam * sum(w**2) / 2",
        {"X": "N, D", "w": "D", "b": "", "y": "N", "lam": ""},
        {"lam": "constant"},
    ),
    "negative sampling": (
        "v = V[c]; J = -log(sigmoid(U[o] @ v)) - sum(log(sigmoid(-(U[k] @ v))))",
        {"V": "W, D", "U": "W, D", "c": "", "o": "", "k": "K"},
        {"c": "index", "o": "index", "k": "index"},
    ),
    "lookup with repeats": (
        "J = sum(tanh(E[i] @ W) * (E[j] @ W)) + sum(b[i])",
        {"E": "V, D", "W": "D, H", "b": "V", "i": "T", "j": "T"},
        {"i": "index", "j": "index"},
    ),
    "attention": (
        "A = softmax(Q @ K.T / sqrt(d)); J = sum(G * (A @ V))",
        {"Q": "n, d", "K": "n, d", "V": "n, d", "G": "n, d"},
        {},
    ),
    "a gradient of zeros": ("J = sum(a * b) + 0 * c", {"a": "n", "b": "n", "c": ""}, {}),
    "numbers alone": ("p = sigmoid(z); J = -(1 - p)**2 * log(p)", {"z": ""}, {}),
    "a name that is taken": ("J = sum(grad_output * x)", {"grad_output": "n", "x": "n"}, {}),
}


def made(name):
    text, shapes, kinds = MODELS[name]
    model = read_model(text.replace("; ", "\n"), shapes, kinds)
    return model, compiled(generate(derive(model), "torch", "autograd"))["loss"]


def arguments(model, point):
    """Tensors that ask for gradients; places and constants as numbers where they are single."""
    found = {}
    for name, value in point.values.items():
        if np.ndim(value) or model.kind(name) not in ("index", "constant"):
            tensor = torch.tensor(np.asarray(value))
            found[name] = tensor.requires_grad_() if tensor.is_floating_point() else tensor
        else:
            found[name] = np.asarray(value).item()
    return found


@pytest.mark.parametrize("name", MODELS)
def test_gradients_are_scaled_by_what_comes_from_above(name):
    model, loss = made(name)
    for point in points(model, 2):
        given = arguments(model, point)
        leaves = {key: one for key, one in given.items() if getattr(one, "requires_grad", False)}
        value = loss(**given)
        got = torch.autograd.grad(3.0 * value, list(leaves.values()), retain_graph=True)
        again = torch.autograd.grad(3.0 * value, list(leaves.values()))
        tensors = {key: torch.tensor(np.asarray(one)) for key, one in point.values.items()}
        wrt = [model.inputs[key] for key in leaves]
        wanted = torch_values.gradients(model.result.args[0], wrt, tensors, point.sizes)
        for one, other, want in zip(got, again, wanted, strict=True):
            torch.testing.assert_close(one, 3.0 * want, rtol=1e-9, atol=1e-10)
            assert torch.equal(one, other)  # a second backward pass finds what the first one did


def test_it_passes_the_check_of_torch():
    model, loss = made("two layers")
    (point,) = points(model, 1)
    given = arguments(model, point)
    assert torch.autograd.gradcheck(loss, tuple(given.values()))


def test_arguments_are_those_of_the_model():
    model, loss = made("a bias that is a number")
    assert list(inspect.signature(loss).parameters) == list(model.inputs)


def test_lines_of_the_model_have_no_gradient_there():
    derivation = derive("h = tanh(x)\nJ = sum(h)", "h", shapes={"x": "n"})
    with pytest.raises(SettingsError, match="h are lines of the model; use form='function'"):
        generate(derivation, "torch", "autograd")
