"""Generated code against torch autograd, for models that use every operation."""

import inspect
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
import torch_values
from generated_code import (
    arguments,
    as_array,
    as_tensor,
    assert_clean,
    compiled,
    names_without_use,
)
from problems import load_problems
from random_expressions import random_expression

from gradus.core.errors import SettingsError
from gradus.gradients.codegen import generate
from gradus.gradients.codegen.function_form import function_body
from gradus.gradients.codegen.numpy_code import NUMPY
from gradus.gradients.deriving.derivation import derive
from gradus.gradients.expressions.evaluate import OPERATIONS, OVER_TIME, SIZED
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.nodes import below
from gradus.gradients.expressions.points import points
from gradus.gradients.reading.models import read_model

LIBRARIES = ("numpy", "torch")

MLP = {"X": "N, D", "W1": "D, H", "b1": "H", "W2": "H, C", "b2": "C", "Y": "N, C"}
CELL = {"x": "D", "h": "H", "g": "H"}


def gates(names):
    return {f"W{one}": "H, D" for one in names} | {f"U{one}": "H, H" for one in names}


#: Text, shapes and kinds of models, by name.
MODELS = {
    "two layers": (
        "h = sigmoid(X @ W1 + b1); J = CE(softmax(h @ W2 + b2), Y) / N",
        MLP,
        {"Y": "one-hot"},
    ),
    "two layers with places": (
        "h = tanh(X @ W1 + b1); P = softmax(h @ W2 + b2); J = CE(P, onehot(y, C)) / N",
        {**MLP, "y": "N"},
        {"y": "index"},
    ),
    "relu, dropout and decay": (
        "A = relu(X @ W1) * M / p; J = CE(softmax(A @ W2), Y) / N + lam * sum(W1**2) / 2",
        {**MLP, "M": "N, H", "p": "", "lam": ""},
        {"Y": "one-hot", "M": "mask", "p": "unit", "lam": "constant"},
    ),
    "one row": (
        "h = sigmoid(x @ W1 + b1); J = CE(softmax(h @ W2 + b2), y)",
        {"x": "1, D", "W1": "D, H", "b1": "1, H", "W2": "H, C", "b2": "1, C", "y": "1, C"},
        {"y": "one-hot"},
    ),
    "siamese": (
        "h1 = sigmoid(W @ x1 + b); h2 = sigmoid(W @ x2 + b); J = sum((h1 - h2)**2) / 2",
        {"W": "H, D", "b": "H", "x1": "D", "x2": "D"},
        {},
    ),
    "negative sampling": (
        "J = -log(sigmoid(uo @ v)) - sum(log(sigmoid(-(Uk @ v))))",
        {"v": "D", "uo": "D", "Uk": "K, D"},
        {},
    ),
    "negative sampling by index": (
        "v = V[c]; J = -log(sigmoid(U[o] @ v)) - sum(log(sigmoid(-(U[k] @ v))))",
        {"V": "W, D", "U": "W, D", "c": "", "o": "", "k": "K"},
        {"c": "index", "o": "index", "k": "index"},
    ),
    "window of a skip-gram": (
        "J = m * log(sum(exp(U @ v))) - sum(U[i] @ v)",
        {"U": "V, D", "v": "D", "i": "m"},
        {"i": "index"},
    ),
    "continuous bag of words": (
        "h = mean(E[i], axis=0); J = CE(softmax(U @ h), y)",
        {"E": "V, D", "U": "V, D", "i": "m", "y": "V"},
        {"i": "index", "y": "one-hot"},
    ),
    "GloVe": (
        "R = A @ B.T + b[:, None] + c[None, :] - log(X); J = sum(F * R**2) / 2",
        {"A": "V, D", "B": "V, D", "b": "V", "c": "V", "X": "V, V", "F": "V, V"},
        {"X": "pos", "F": "pos"},
    ),
    "attention": (
        "A = softmax(Q @ K.T / sqrt(d) + causal_bias(n)); J = sum(G * (A @ V))",
        {"Q": "n, d", "K": "n, d", "V": "n, d", "G": "n, d"},
        {"G": "constant"},
    ),
    "layer norm": (
        "mu = mean(X, axis=1, keepdims=True); v = mean((X - mu)**2, axis=1, keepdims=True); "
        "Xh = (X - mu) / sqrt(v + 0.001); J = sum(G * (gamma * Xh + beta))",
        {"X": "N, D", "gamma": "D", "beta": "D", "G": "N, D"},
        {},
    ),
    "GRU cell": (
        "z = sigmoid(Wz @ x + Uz @ h); r = sigmoid(Wr @ x + Ur @ h); "
        "c = tanh(Wc @ x + Uc @ (r * h)); J = sum(g * ((1 - z) * c + z * h))",
        {**CELL, **gates("zrc")},
        {},
    ),
    "LSTM cell": (
        "i = sigmoid(Wi @ x + Ui @ h); f = sigmoid(Wf @ x + Uf @ h); "
        "o = sigmoid(Wo @ x + Uo @ h); k = tanh(Wk @ x + Uk @ h); "
        "c = f * c0 + i * k; J = sum(g * o * tanh(c))",
        {**CELL, "c0": "H", **gates("ifok")},
        {},
    ),
    "pair of a CRF": (
        "S = e1[:, None] + A + e2[None, :]; J = log(sum(exp(S))) - y1 @ e1 - y1 @ A @ y2 - y2 @ e2",
        {"e1": "K", "e2": "K", "A": "K, K", "y1": "K", "y2": "K"},
        {"y1": "one-hot", "y2": "one-hot"},
    ),
    "scores of a CRF by place": (
        "J = logsumexp(A[y]) + sum(logsumexp(E, axis=1)) - sum(E[range(T), t])",
        {"A": "K, K", "E": "T, K", "y": "", "t": "T"},
        {"y": "index", "t": "index"},
    ),
    "lookup with repeats": (
        "x = E[i]; y = E[j]; J = sum(tanh(x @ W) * (y @ W)) + sum(b[i])",
        {"E": "V, D", "W": "D, H", "b": "V", "i": "T", "j": "T"},
        {"i": "index", "j": "index"},
    ),
    "lookup of a parser": (
        "x = concat([E[i], E[j], f], axis=1); h = relu(x @ W)**3; J = sum(h @ u)",
        {"E": "V, D", "f": "N, F", "W": "2 D + F, H", "u": "H", "i": "N", "j": "N"},
        {"i": "index", "j": "index"},
    ),
    "columns by place": (
        "J = sum(W[:, i] * g[:, None]) + sum(g @ A[:, k])",
        {"W": "N, V", "A": "N, V", "g": "N", "i": "T", "k": "K"},
        {"i": "index", "k": "index"},
    ),
    "one-hot products": (
        "J = sum(onehot(i, V) @ U) + sum((onehot(i, V).T @ G)**2) + sum(onehot(c, V) * b) + "
        "sum(onehot(i, V) * S) + sum(sum(onehot(i, V), axis=0) * b)",
        {"U": "V, D", "G": "T, D", "S": "T, V", "b": "V", "i": "T", "c": ""},
        {"i": "index", "c": "index"},
    ),
    "hinge": (
        "S = X @ W; M = maximum(0, S - sum(S * Y, axis=1, keepdims=True) + 1) * (1 - Y); "
        "J = sum(M) / N",
        {"X": "N, D", "W": "D, C", "Y": "N, C"},
        {"Y": "one-hot"},
    ),
    "choices": (
        "J = sum(where(X > 0, X, a * X)) + sum(minimum(X, Y) * Y) + sum(ind(X > Y) * X**2) + "
        "sum(leaky_relu(Y, 0.1)) + sum(leaky_relu(X, a))",
        {"X": "N, D", "Y": "N, D", "a": ""},
        {"a": "unit"},
    ),
    "maxout": (
        "h = maximum(W1 @ x + b1, W2 @ x + b2); J = sum(g * h) + amax(x) + sum(amax(W1, axis=1))",
        {"x": "D", "W1": "H, D", "b1": "H", "W2": "H, D", "b2": "H", "g": "H"},
        {},
    ),
    "functions": (
        "J = sum(sin(x) * cos(x) + tan(0.3 * x) + sinh(x) + cosh(x) + arctan(x) + abs(x)) + "
        "sum(sign(x) * x + Phi(x) * phi(x) + softplus(x) + logsigmoid(x) + gelu(x) + silu(x)) + "
        "sum(elu(x) + hardtanh(2 * x) + exp(x) * tanh(x))",
        {"x": "D"},
        {},
    ),
    "functions of matrices": (
        "J = sum(softplus(X) + logsigmoid(X) + gelu(X) * silu(X) + elu(X) + phi(X) + X**3 + X**4)",
        {"X": "N, D"},
        {},
    ),
    "functions of numbers": (
        "J = sin(a) * cos(a) + tan(a) + sinh(a) + cosh(a) + arctan(a) + abs(a) + sign(a) * a + "
        "Phi(a) * phi(a) + softplus(a) + logsigmoid(a) + gelu(a) + silu(a) + elu(a) + "
        "hardtanh(a) + exp(a) + tanh(a) + sigmoid(a) + relu(a) + log(b) * sqrt(b) + a**3 + "
        "pi * maximum(a, b) + minimum(a, 2) + where(a > 0, a, b) + b**a",
        {"a": "", "b": ""},
        {"b": "pos"},
    ),
    "determinants": (
        "J = logdet(S) / 2 + e @ inv(S) @ e / 2 + det(A) + tr(A @ inv(A) @ S) + tr(inv(A) @ B)",
        {"S": "n, n", "A": "n, n", "B": "n, n", "e": "n"},
        {"S": "spd", "A": "invertible"},
    ),
    "diagonals": (
        "J = sum(diag(v) @ A @ diag(w)) + sum(diag(A) * v) + tr(A @ B) + tr(A) * norm(B) + "
        "sum((A + eye(n)) * B) + sum(diag(v) * A)",
        {"A": "n, n", "B": "n, n", "v": "n", "w": "n"},
        {},
    ),
    "third rank": (
        "q = einsum('i,kij,j->k', x, V, x) + W @ x; J = sum(g * tanh(q)) + "
        "sum(einsum('bij,bjk->bik', A, B)**2) + sum(transpose(A, (1, 0, 2))[0])",
        {"x": "n", "V": "d, n, n", "W": "d, n", "g": "d", "A": "b, n, n", "B": "b, n, n"},
        {},
    ),
    "batches of matrices": (
        "A = softmax(Q @ K.transpose(1, 2) / sqrt(d)); J = sum((A @ V)**2) / 2",
        {"Q": "b, n, d", "K": "b, n, d", "V": "b, n, d"},
        {},
    ),
    "divergence of softmaxes": (
        "p = softmax(z); J = sum(q * (log(q) - log(p))) + sum(p * (log(p) - log(q))) + "
        "sum(log_softmax(Z)[:, 0])",
        {"z": "C", "q": "C", "Z": "N, C"},
        {"q": "probability"},
    ),
    "outer products and parts": (
        "A = outer(x, y); J = sum(A[1:] * B[1:]) + sum(A[0]) + x[0] * y[-1] + z * sum(x) + "
        "sum(ones(n, m) * x[:, None] * z) + sum(zeros(n) * x)",
        {"x": "n", "y": "m", "B": "n, m", "z": ""},
        {},
    ),
    "ways to normalize": (
        "c = u @ v / (norm(u) * norm(v)); J = c**2 + sum(u / norm(u)) + sum(X / sum(X, axis=1, "
        "keepdims=True)) + sqrt(sum(X**2))",
        {"u": "n", "v": "n", "X": "N, n"},
        {"X": "pos"},
    ),
    "focal loss": (
        "p = sigmoid(X @ w + b); J = -mean((1 - p)**k * y * log(p) + p**k * (1 - y) * log(1 - p))",
        {"X": "N, D", "w": "D", "b": "", "y": "N", "k": ""},
        {"y": "mask", "k": "constant"},
    ),
    "names that Python has taken": (
        "np = W @ x; lambda = tanh(np); J = sum(lambda * len) + max",
        {"W": "m, n", "x": "n", "len": "m", "max": ""},
        {},
    ),
    "gradients that do not depend": (
        "J = sum(a * b) + sum(c) + 0 * sum(d) + s",
        {"a": "n", "b": "n", "c": "N, n", "d": "n", "s": ""},
        {},
    ),
}


@cache
def model_of(name):
    text, shapes, kinds = MODELS[name]
    return read_model(text.replace("; ", "\n"), shapes, kinds)


@cache
def derivation_of(name):
    return derive(model_of(name))


@cache
def text_of(name, library, form="function"):
    return generate(derivation_of(name), library, form)


def reference(model, names, point):
    """The loss and the gradients by torch autograd, in double precision."""
    tensors = {name: as_tensor(value) for name, value in point.values.items()}
    wrt = [model.inputs.get(name) or model.names[name] for name in names]
    found = torch_values.gradients(model.result.args[0], wrt, tensors, point.sizes)
    loss = torch_values.values([model.result], tensors, point.sizes)[model.result]
    return loss.detach().numpy(), dict(zip(names, (one.numpy() for one in found), strict=True))


def assert_right(model, derivation, text, library, count=3, rtol=1e-8):
    function = compiled(text)["loss_and_gradients"]
    for point in points(model, count):
        given = arguments(model, point, function, library)
        before = [np.array(as_array(one)) for one in given]
        loss, gradients = function(*given)
        wanted_loss, wanted = reference(model, list(derivation.answers), point)
        np.testing.assert_allclose(as_array(loss), wanted_loss, rtol=1e-8, atol=1e-10)
        assert list(gradients) == list(wanted)
        for name, want in wanted.items():
            got = as_array(gradients[name])
            assert got.shape == want.shape
            atol = rtol * max(1e-3, np.abs(want).max(initial=0))
            np.testing.assert_allclose(got, want, rtol=rtol, atol=atol, err_msg=name)
        for old, new in zip(before, given, strict=True):
            np.testing.assert_array_equal(old, as_array(new))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", MODELS)
def test_loss_and_gradients_are_those_of_autograd(name, library):
    assert_right(model_of(name), derivation_of(name), text_of(name, library), library)


def test_the_models_use_every_operation():
    used = set()
    for name in MODELS:
        found = derivation_of(name)
        roots = [found.model.result, *found.signals.values(), *found.answers.values()]
        used |= {node.op for node in below(roots)}
    wanted = {*OPERATIONS, *SIZED, *FUNCTIONS, "mul", "slice", "onehot"} - set(OVER_TIME)
    assert wanted - used == set()


@pytest.mark.parametrize("library", LIBRARIES)
def test_problems_with_a_loss_are_solved(problem_folder, library):
    for problem in load_problems(problem_folder / "gradients.yaml"):
        if problem.kind == "gradient":
            model = problem.model()
            derivation = derive(model, problem.wrt)
            text = generate(derivation, library)
            assert_right(model, derivation, text, library, count=1, rtol=1e-7)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_random_models(library):
    for seed in range(16):
        expression = random_expression(seed, 12)
        names = expression.differentiable()
        if not names:
            continue
        model = expression.model()
        derivation = derive(model, names)
        function = compiled(generate(derivation, library))["loss_and_gradients"]
        tensors = list(expression.values.values())
        given = [one.item() if not one.ndim else one.clone() for one in tensors]
        if library == "numpy":
            given = [one.numpy() if isinstance(one, torch.Tensor) else one for one in given]
        more = list(inspect.signature(function).parameters)[len(given) :]
        loss, gradients = function(*given, *(expression.sizes[name] for name in more))
        wrt = [model.inputs[name] for name in names]
        wanted = torch_values.gradients(
            model.result.args[0], wrt, expression.values, expression.sizes
        )
        np.testing.assert_allclose(as_array(loss), expression.result.value.item(), rtol=1e-7)
        for name, want in zip(names, wanted, strict=True):
            atol = 1e-6 * max(1e-3, float(want.abs().max()) if want.numel() else 0)
            np.testing.assert_allclose(as_array(gradients[name]), want.numpy(), 1e-6, atol)


# numbers


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", MODELS)
def test_single_precision_stays(name, library):
    model = model_of(name)
    function = compiled(text_of(name, library))["loss_and_gradients"]
    (point,) = points(model, 1)
    _, gradients = function(*arguments(model, point, function, library, np.float32))
    for key, value in gradients.items():
        got = as_array(value)
        assert not got.ndim or got.dtype == np.float32, key


EXTREME = {
    "cross-entropy": ("J = CE(softmax(z), y)", {"z": "C", "y": "C"}, {"y": "one-hot"}),
    "cross-entropy of rows": (
        "J = CE(softmax(Z), onehot(y, C)) / N",
        {"Z": "N, C", "y": "N"},
        {"y": "index"},
    ),
    "logarithm of a softmax": ("p = softmax(z); J = -sum(q * log(p))", {"z": "C", "q": "C"}, {}),
    "sum of exponentials": ("J = log(sum(exp(Z)))", {"Z": "N, C"}, {}),
    "sum along columns": ("J = sum(log(sum(exp(Z), axis=0)))", {"Z": "N, C"}, {}),
    "sigmoid": ("J = -sum(y * log(sigmoid(z)))", {"z": "C", "y": "C"}, {}),
    "negative sigmoid": ("J = -sum(log(sigmoid(-Z)))", {"Z": "N, C"}, {}),
    "binary cross-entropy": (
        "h = sigmoid(z); J = -sum(y * log(h) + (1 - y) * log(1 - h))",
        {"z": "C", "y": "C"},
        {"y": "mask"},
    ),
    "logistic loss": ("J = sum(log(1 + exp(-y * z)))", {"z": "C", "y": "C"}, {"y": "sign"}),
    "softplus of a number": (
        "J = log(1 + exp(u @ z)) + log(sigmoid(u @ z))",
        {"z": "C", "u": "C"},
        {},
    ),
    "elu": ("J = sum(elu(z)) + sum(silu(z)) + sum(gelu(z))", {"z": "C"}, {}),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", EXTREME)
def test_large_arguments_give_finite_values(name, library, dtype):
    text, shapes, kinds = EXTREME[name]
    model = read_model(text.replace("; ", "\n"), shapes, kinds)
    function = compiled(generate(derive(model), library))["loss_and_gradients"]
    (point,) = points(model, 1)
    key = next(key for key in shapes if key in "zZ")
    size = np.shape(point.values[key])
    signs = np.where(np.arange(np.prod(size)) % 2, 1.0, -1.0).reshape(size)
    for scale in (1000.0, -1000.0):
        given = point.with_value(key, scale * signs)
        loss, gradients = function(*arguments(model, given, function, library, dtype))
        assert np.isfinite(as_array(loss))
        assert all(np.isfinite(as_array(one)).all() for one in gradients.values())


# what comes out is one's own


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", MODELS)
def test_gradients_share_no_memory(name, library):
    model = model_of(name)
    function = compiled(text_of(name, library))["loss_and_gradients"]
    (point,) = points(model, 1)
    given = arguments(model, point, function, library)
    _, gradients = function(*given)
    arrays = [as_array(one) for one in gradients.values() if np.ndim(as_array(one))]
    inputs = [as_array(one) for one in given if np.ndim(as_array(one))]
    for place, one in enumerate(arrays):
        assert one.flags.writeable
        assert not any(np.shares_memory(one, other) for other in (*arrays[:place], *inputs))


@pytest.mark.parametrize("name", ["lookup with repeats", "lookup of a parser", "attention"])
def test_arrays_may_be_laid_out_by_columns(name):
    model = model_of(name)
    derivation = derivation_of(name)
    function = compiled(text_of(name, "numpy"))["loss_and_gradients"]
    (point,) = points(model, 1)
    given = [np.asfortranarray(one) for one in arguments(model, point, function, "numpy")]
    _, gradients = function(*given)
    _, wanted = reference(model, list(derivation.answers), point)
    for key, want in wanted.items():
        np.testing.assert_allclose(gradients[key], want, rtol=1e-8, atol=1e-10)


# the text


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", MODELS)
def test_every_name_is_used(name, library):
    text = text_of(name, library)
    assert names_without_use(text) == []
    assert max(map(len, text.splitlines())) <= 100


def test_texts_are_formatted_and_clean(tmp_path):
    texts = {}
    for place, name in enumerate(MODELS):
        for library in LIBRARIES:
            texts[f"m{place}_{library}"] = text_of(name, library)
        texts[f"m{place}_autograd"] = text_of(name, "torch", "autograd")
    assert_clean(texts, tmp_path)


def test_the_text_is_always_the_same():
    for name in ("LSTM cell", "one-hot products", "divergence of softmaxes"):
        assert generate(derive(model_of(name))) == text_of(name, "numpy")


def test_settings_that_do_not_exist_are_refused():
    derivation = derive(model_of("siamese"))
    with pytest.raises(SettingsError, match="no library 'jax'; choose numpy or torch"):
        generate(derivation, "jax")
    with pytest.raises(SettingsError, match="no form 'class'; choose function or autograd"):
        generate(derivation, "numpy", "class")
    with pytest.raises(SettingsError, match="is for torch"):
        generate(derivation, "numpy", "autograd")


def test_an_operation_without_code_is_named():
    derivation = derive(model_of("siamese"))
    library = replace(NUMPY, expressions={})
    with pytest.raises(SettingsError, match="no code is known for add in numpy"):
        function_body(derivation, library)
