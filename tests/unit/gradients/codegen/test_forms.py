"""How formulas are computed: what the text of generated code has in it, and what it has not."""

import pytest

from gradus.gradients.codegen import generate
from gradus.gradients.codegen.codes import Code, number, power
from gradus.gradients.codegen.sizes import Sizes
from gradus.gradients.deriving.derivation import derive
from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import const, leaf


def body(text, shapes, kinds=None, wrt=None, library="numpy"):
    """The lines of the function after its docstring, without comments."""
    found = derive(text.replace("; ", "\n"), wrt, shapes=shapes, kinds=kinds)
    lines = generate(found, library).rpartition('"""\n')[2].splitlines()
    return [line.partition("  #")[0].strip() for line in lines if line.strip()[:1] not in ("#", "")]


def test_a_short_model_is_what_a_person_would_write():
    shapes = {"x": "1, D", "W": "D, C", "b": "1, C", "y": "1, C"}
    assert body("J = CE(softmax(x @ W + b), y)", shapes, {"y": "one-hot"}, "W, b") == [
        "z1 = x @ W + b",
        "shifted = z1 - z1.max(axis=1, keepdims=True)",
        "exps = np.exp(shifted)",
        "total = exps.sum(axis=1, keepdims=True)",
        "J = np.log(total[0, 0]) - np.vdot(y, shifted)",
        "yhat = exps / total",
        "delta1 = yhat - y",
        'return J, {"W": x.T * delta1, "b": delta1}',
    ]


def test_torch_takes_its_own_softmax():
    shapes = {"z": "C", "y": "C"}
    assert body("J = CE(softmax(z), y)", shapes, {"y": "one-hot"}, "z", "torch") == [
        "logp = torch.log_softmax(z, dim=-1)",
        "J = -(y @ logp)",
        "yhat = torch.exp(logp)",
        'return J, {"z": yhat - y}',
    ]


def test_rows_are_added_where_they_were_looked_up():
    lines = body("J = sum(E[i] @ w)", {"E": "V, D", "i": "T", "w": "D"}, {"i": "index"}, "E")
    assert "dE = np.zeros(E.shape, E.dtype)" in lines
    assert "add_rows(dE, i, np.broadcast_to(w, (T, D)))" in lines


def test_a_row_at_one_place_is_written_there():
    lines = body("J = tanh(E[o] @ w)", {"E": "V, D", "o": "", "w": "D"}, {"o": "index"}, "E")
    assert lines[-2].startswith("dE[o] = ")


def test_labels_by_place_take_1_from_one_entry_of_each_row():
    shapes = {"Z": "N, C", "y": "N"}
    lines = body("J = CE(softmax(Z), onehot(y, C))", shapes, {"y": "index"}, "Z")
    assert "dZ[np.arange(len(y)), y] -= 1" in lines
    lines = body("J = CE(softmax(Z), onehot(y, C))", shapes, {"y": "index"}, "Z", "torch")
    assert 'dZ.scatter_(1, y[:, None], -1, reduce="add")' in lines


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_no_matrix_is_made_of_ones_and_zeros(library):
    shapes = {"E": "V, D", "W": "D, C", "i": "T", "y": "T", "o": ""}
    kinds = {"i": "index", "y": "index", "o": "index"}
    text = "J = CE(softmax(E[i] @ W), onehot(y, C)) + sum(E[o]) + sum(onehot(i, V) @ E)"
    lines = "\n".join(body(text, shapes, kinds, library=library))
    assert not any(word in lines for word in ("eye", "one_hot", "diag", "ones"))


def test_products_of_matrices_start_at_the_vector():
    shapes = {"A": "k, m", "B": "m, n", "x": "n", "g": "k"}
    assert body("J = sum(g * (A @ B @ x))", shapes, wrt="x")[0] == "J = g @ (A @ (B @ x))"


def test_one_order_of_products_serves_both_passes():
    lines = body("J = e @ inv(S) @ e", {"e": "n", "S": "n, n"}, {"S": "spd"}, "e")
    assert lines == [
        "solved = np.linalg.solve(S, e)",
        "J = solved @ e",
        'return J, {"e": 2 * solved}',
    ]


def test_a_diagonal_matrix_is_a_product():
    lines = body("D = diag(v); J = sum(D @ A @ w)", {"v": "n", "A": "n, n", "w": "n"}, wrt="A")
    assert not any("diag" in line for line in lines)


def test_common_factors_are_multiplied_once():
    lines = body("J = sum(a * b * x) + sum(a * b * y**2)", dict.fromkeys("abxy", "n"), wrt="x, y")
    assert lines[0] == "a_b = a * b"
    assert sum("a * b" in line for line in lines) == 1


def test_a_common_inverse_is_taken_once():
    text = "s = sum(X, axis=1, keepdims=True); J = sum(X * G / s) + sum(X * F / s)"
    shapes = {"X": "N, D", "G": "N, D", "F": "N, D"}
    lines = body(text, shapes, {"X": "pos"}, "G, F")
    assert sum("/ s" in line for line in lines) == 1


def test_numbers_are_multiplied_before_arrays():
    lines = body("J = -3 * sum(a * x) / N", {"a": "N", "x": "N"}, wrt="x")
    assert lines[-1] == 'return J, {"x": -3 / N * a}'


def test_the_sign_goes_into_a_difference():
    lines = body("h = sigmoid(z); J = -sum(g * h)", {"g": "n", "z": "n"}, wrt="z")
    assert lines[-1] == 'return J, {"z": g * h * (h - 1)}'


def test_a_gradient_that_is_there_already_is_copied():
    assert body("J = a @ b", {"a": "n", "b": "n"})[-1] == 'return J, {"a": b.copy(), "b": a.copy()}'
    lines = body("J = sum(tanh(a + b))", {"a": "n", "b": "n"})
    assert lines[-1].count(".copy()") == 1


# lengths


def test_lengths_are_read_from_shapes():
    lines = body("h = concat([a, b]); J = mean(tanh(W @ h))", {"a": "m", "b": "n", "W": "k, m + n"})
    assert lines[:2] == ["k = W.shape[0]", "m = a.shape[0]"]


def test_a_length_in_no_shape_is_an_argument():
    found = derive("p: length\nJ = sum(x**2) / p", "x", shapes={"x": "n"})
    text = generate(found)
    assert "def loss_and_gradients(x, p):" in text
    assert "p: number" in text


def test_a_length_within_a_sum_is_a_difference():
    H, G = Dim.symbol("H"), Dim.symbol("G")
    inputs = {"W": leaf("W", (H + G,), "normal"), "b": leaf("b", (G,), "normal")}
    sizes = Sizes(inputs, {"W": "W", "b": "b", "H": "H", "G": "G"})
    assert sizes.code(H).text == "H"
    assert sizes.lines() == ["G = b.shape[0]", "H = W.shape[0] - G"]


# pieces of code


def test_numbers_are_exact():
    shown = [number(const(value).data).text for value in (3, 0.5, -0.1, 1e9, 1234567)]
    assert shown == ["3", "0.5", "-0.1", "1e9", "1234567"]
    assert number(const(1).data / 3).text == "1 / 3"


def test_powers_are_spaced_as_black_does():
    assert power(Code("x"), Code("2")).text == "x**2"
    assert power(Code("x.T"), Code("2")).text == "x.T**2"
    assert power(Code("a - b", 1), Code("2")).text == "(a - b) ** 2"
