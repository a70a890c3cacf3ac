"""Recurrences as code: loops that give the loss and the gradients of backpropagation in time."""

from functools import cache

import numpy as np
import pytest
import torch
from generated_code import (
    arguments,
    as_array,
    assert_clean,
    compiled,
    lengths,
    names_without_use,
)

from gradus.gradients.codegen import generate
from gradus.gradients.deriving.derivation import derive
from gradus.gradients.expressions.points import points
from gradus.gradients.library import model_text
from gradus.gradients.reading.models import read_model
from gradus.nn.autograd import judge

LIBRARIES = ("numpy", "torch")

PLAIN = """
x: [T, D]
s: [H]
A: [H, H]
B: [H, D]
b: [H]
w: [T, H] constant
h[0] = s
for t = 1..T:
    h[t] = tanh(A h[t-1] + B x[t] + b)
J = """

TEXTS = {
    **{name: model_text(name) for name in ("rnn", "rnn-lm", "gru", "lstm")},
    "all states": f"{PLAIN}sum(w * h)",
    "all and the last": f"{PLAIN}sum(w * h) + sum(h[T]²) + sum(s)",
    "a weight outside too": f"{PLAIN}sum(w * h) + sum(A²)",
    "an input only": f"{PLAIN}sum(w * h)".replace("tanh(A h[t-1] + B x[t] + b)", "B x[t] + h[t-1]"),
    "two loops": PLAIN.removesuffix("J = ")
    + "q[0] = s\nfor s2 = 1..T:\n    q[s2] = tanh(A q[s2-1] + h[s2])\nJ = sum(q[T]²) + sum(w * h)",
    "words": """
E: [V, D]
i: [T] index
s: [H]
A: [H, H]
B: [H, D]
U: [V, H]
y: [T] index
h[0] = s
for t = 1..T:
    h[t] = relu(A h[t-1] + B E[i[t]])
    p[t] = softmax(U h[t])
    l[t] = CE(p[t], onehot(y[t], V))
J = mean(l)
""",
    "a batch": """
x: [T, N, D]
s: [N, H]
A: [H, H]
B: [D, H]
b: [H]
w: [N, H] constant
h[0] = s
for t = 1..T:
    h[t] = tanh(h[t-1] A + x[t] B + b)
J = sum(w * h[T])
""",
    "a row": """
x: [T, 1, D]
s: [1, H]
A: [H, H]
B: [D, H]
w: [T, 1, H] constant
h[0] = s
for t = 1..T:
    h[t] = sigmoid(h[t-1] A + x[t] B)
J = sum(w * h)
""",
    "a batch with cells": """
x: [T, N, D]
h0: [N, H]
c0: [N, H]
Wf: [D, H]
Uf: [H, H]
Wn: [D, H]
Un: [H, H]
b: [H]
w: [N, H] constant
h[0] = h0
c[0] = c0
for t = 1..T:
    f[t] = sigmoid(x[t] Wf + h[t-1] Uf + b)
    n[t] = tanh(x[t] Wn + h[t-1] Un)
    c[t] = f[t] * c[t-1] + (1 - f[t]) * n[t]
    h[t] = n[t] * tanh(c[t])
J = sum(w * h[T]) + sum(c[T]²)
""",
    "numbers": """
x: [T]
a: []
s: []
h[0] = s
for t = 1..T:
    h[t] = tanh(a h[t-1] + x[t])
J = h[T]² + sum(h)
""",
    "no rule for all times": """
x: [T, H]
s: [H]
A: [H, H]
B: [H, H] invertible
h[0] = s
for t = 1..T:
    q[t] = inv(eye(H) + 0.1 * diag(x[t]) A) h[t-1]
    h[t] = tanh(inv(2 * eye(H) + 0.1 * diag(h[t-1]) A) x[t] + inv(B) q[t])
    d[t] = logdet(eye(H) + diag(x[t]²) + 0.01 * outer(h[t], h[t]))
J = sum(h[T]) + sum(d)
""",
    "a loop of words over a loop": """
x: [T, D]
y: [T] index
s: [H]
A: [H, D]
E: [V, H]
u: [H]
h[0] = s
for t = 1..T:
    h[t] = tanh(A x[t] + h[t-1] * E[y[t]] + E[y[t]] @ h[t-1])
    l[t] = -log(sigmoid(u h[t]))
k[0] = 0 * s
for t = 1..T:
    k[t] = 0.5 * k[t-1] + h[t] * l[t]
J = sum(k[T]²) + sum(l)
""",
    "states that swap": """
x: [T, H]
a0: [H]
b0: [H]
w: [H]
a[0] = a0
b[0] = b0
for t = 1..T:
    a[t] = w * b[t-1]
    b[t] = sin(a[t-1]) + x[t]
J = sum(a[T]) + sum(b²)
""",
    "a lag": """
x: [T, H]
a0: [H]
b0: [H]
w: [H]
a[0] = a0
b[0] = b0
for t = 1..T:
    b[t] = a[t-1]
    a[t] = w * b[t-1] + x[t]
J = sum(a[T]) + sum(b[T]²)
""",
    "many steps of a fixed number": """
x: [5, H]
s: [H]
A: [H, H]
h[0] = s
for t = 1..5:
    h[t] = relu(A h[t-1]) + x[t]
J = sum(h[5]²)
""",
    "long lines": f"""
w: [T] constant
s: [H]
A: [H, H]
h[0] = s
for t = 1..T:
    h[t] = tanh({" + ".join(f"sin({n} * A @ h[t-1]) * cos(h[t-1] * {n})" for n in range(2, 9))})
    a[t] = sigmoid({" + ".join(f"{n} * h[t]**{n}" for n in range(2, 9))}) + exp(-(h[t] @ h[t]))
J = sum(h[T]) + sum(a) + sum(w)
""",
    "powers": """
x: [T, H]
k: [] constant
s: [H] positive
h[0] = s
for t = 1..T:
    h[t] = exp(x[t]) * h[t-1]**k + sqrt(h[t-1])
J = sum(log(h))
""",
    "a state that gates itself": """
x: [T, H]
s: [H]
A: [H, H]
h[0] = s
for t = 1..T:
    g[t] = sigmoid(A h[t-1])
    h[t] = g[t] * h[t-1] + norm(h[t-1]) * x[t] / (1 + sum(h[t-1]²))
J = sum(h[T]) + sum(g)
""",
}


@cache
def derivation_of(name):
    return derive(read_model(TEXTS[name]))


@cache
def text_of(name, library, form="function"):
    return generate(derivation_of(name), library, form)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", TEXTS)
def test_loops_give_the_derived_gradients(name, library):
    derivation = derivation_of(name)
    function = compiled(text_of(name, library))["loss_and_gradients"]
    for point in points(derivation.model, 2):
        given = arguments(derivation.model, point, function, library)
        judged = judge(derivation.model, point, list(derivation.answers))
        before = [np.copy(as_array(one)) for one in given]
        loss, gradients = function(*given)
        wanted = point.value(derivation.model.result, derivation.signals)
        np.testing.assert_allclose(as_array(loss), wanted, rtol=1e-9)
        assert list(gradients) == list(derivation.answers)
        for key, answer in derivation.answers.items():
            want, got = point.value(answer, derivation.signals), as_array(gradients[key])
            assert got.shape == want.shape
            np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12, err_msg=key)
            np.testing.assert_allclose(got, judged[key], rtol=1e-9, atol=1e-12, err_msg=key)
        for old, new in zip(before, given, strict=True):
            np.testing.assert_array_equal(old, as_array(new))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", TEXTS)
def test_single_precision_stays_and_memory_is_not_shared(name, library):
    model = derivation_of(name).model
    function = compiled(text_of(name, library))["loss_and_gradients"]
    (point,) = points(model, 1)
    given = arguments(model, point, function, library, np.float32)
    _, gradients = function(*given)
    arrays = [as_array(one) for one in gradients.values() if np.ndim(one)]
    assert {one.dtype for one in arrays} <= {np.dtype(np.float32)}
    others = [as_array(one) for one in given if np.ndim(one)]
    for place, one in enumerate(arrays):
        assert one.flags.writeable
        assert not any(np.shares_memory(one, other) for other in (*arrays[:place], *others))


@pytest.mark.parametrize("name", TEXTS)
def test_the_autograd_form_gives_them_too(name):
    derivation = derivation_of(name)
    text = text_of(name, "torch", "autograd")
    assert names_without_use(text) == []
    function = compiled(text)["loss"]
    (point,) = points(derivation.model, 1)
    given = {key: torch.tensor(value) for key, value in point.values.items()}
    for key in derivation.answers:
        given[key].requires_grad_()
    function(*given.values(), *lengths(function, len(given), point)).backward()
    for key, answer in derivation.answers.items():
        want = point.value(answer, derivation.signals)
        np.testing.assert_allclose(given[key].grad.numpy(), want, 1e-9, 1e-12, err_msg=key)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", TEXTS)
def test_every_name_is_used(name, library):
    assert names_without_use(text_of(name, library)) == []


def test_texts_are_formatted_and_clean(tmp_path):
    texts = {}
    for place, name in enumerate(TEXTS):
        for library in LIBRARIES:
            texts[f"m{place}_{library}"] = text_of(name, library)
        texts[f"m{place}_autograd"] = text_of(name, "torch", "autograd")
    assert_clean(texts, tmp_path)
