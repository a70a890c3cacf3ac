"""Formulas for the tests of writing: models of many kinds, and random expressions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache

import numpy as np
from hypothesis import strategies as st

from gradus.core.errors import GradusError
from gradus.gradients.deriving.derivation import derive
from gradus.gradients.expressions.evaluate import evaluate_all
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node, const, eye, ones
from gradus.gradients.reading.models import read_expression, read_model

#: What a model of each kind looks like; what is declared first is what formulas are made of.
MODELS = {
    "numbers": "a:; b: pos; n:; J = a**3 / (b * n) - 0.001 * a**2 * b + 1e-7 * a - b**n - 3/2 * a",
    "powers of powers": "a:; b: pos; J = (a**2 + 1)**b + (b**a)**2 + 2**(-a) + b**(a**2) + (-a)**2",
    "to the power T": "x: [T]; T1: ; J = sum(x**T) / T + sum(x**T1)",
    "logistic regression": (
        "X: [N, D]; w: [D]; b:; y: [N] mask; lam: constant\n"
        "p = σ(X w + b)\n"
        "J = -mean(y ∘ log(p) + (1 - y) ∘ log(1 - p)) + lam ‖w‖² / 2"
    ),
    "two layers, batch": (
        "X: [N, D]; W1: [D, H]; b1: [H]; W2: [H, C]; b2: [C]; Y: [N, C] one-hot; λ:\n"
        "H1 = tanh(X W1 + b1); P = softmax(H1 W2 + b2)\n"
        "J = CE(P, Y) / N + λ (Σ(W1²) + Σ(W2²))"
    ),
    "opposite": "x: [N]; y: [N]; v: [N]; p: pos; J = sum(v * -((x - y) / p))",
    "columns": "x: [D]; W: [H, D]; U: [C, H]; y: [C] one-hot; J = CE(softmax(U relu(W x)), y)",
    "forms": "x: [D]; y: [E]; A: [D, E]; S: [D, D] sym; J = xᵀ A y - 2 (S x)ᵀ (A y) + ‖x‖ ‖y‖",
    "inverse": "A: [D, D]; B: [D, D]; b: [D]; J = bᵀ A⁻¹ b + tr((A⁻ᵀ B)² A) + logdet(A Aᵀ)",
    "covariance Σ and deviation σ": (
        "Σ: [D, D] spd; x: [D]; mu: [D]; sigma: pos\n"
        "e = x - mu; J = 1/2 eᵀ Σ⁻¹ e + sum(sigmoid(e / sigma)) + logdet(Σ)"
    ),
    "names max and sigma": "max: [D]; sigma: [D]; J = sum(maximum(max, sigma) * sigmoid(max))",
    "standing bars": "x: [D]; W: [H, D]; s:; J = abs(s - norm(x * norm(W))) + sum(abs(x * abs(x)))",
    "lookup": (
        "E: [V, D]; i: [T] index in V; W: [D, V]; o: [T] index in V\n"
        "L = log_softmax(E[i] W); J = -sum(L[range(T), o]) / T"
    ),
    "one row": "E: [V, D]; i: index in V; J = sum(E[i]**2) + sum(onehot(i, V) * sum(E, axis=1))",
    "attention": (
        "Q: [N, D]; K: [M, D]; V: [M, E]; G: [N, E]\n"
        "A = softmax(Q Kᵀ / sqrt(D)); J = sum(G * (A V))"
    ),
    "masked attention": "Q: [N, D]; G: [N, N]; J = sum(G * softmax(Q Q.T + causal_bias(N)))",
    "choices": (
        "x: [N]; y: [N]; s:; J = sum(where(x >= y, x * s, y**2)) + sum([x < 0] ∘ y) * [s > 0]"
        " + 2 sum([x != y]) + sum(s ([y > 0]))"
    ),
    "maxima": "A: [N, D]; J = sum(amax(A, axis=1)) - amin(A) + sum(min(A, 1)) + max(0, A[0, 0])",
    "columns out of rows": (
        "r: [N]; c: [M]; S = r[:, None] - c[None, :]; J = sum(S * S[:, 1:2]) + sum(S[1:, :-1]**2)"
    ),
    "joined": (
        "x: [D]; y: [E]; A: [N, D]; B: [N, E]; w: [D + E]\n"
        "z = concat([x, y]); J = sum(concat([A, B], axis=1) (z * w)) + sum(z**2) + w[D] + w[-1]"
    ),
    "normalised rows": (
        "X: [N, D]; g: [D]; eps: constant\n"
        "m = mean(X, axis=1, keepdims=True); v = mean((X - m)**2, axis=1, keepdims=True)\n"
        "J = sum(log(1 + exp(g * (X - m) / sqrt(v + eps))))"
    ),
    "three axes": (
        "T: [K, D, D]; x: [D]; g: [K]; B: [K, D, H]\n"
        "q = einsum('i,kij,j->k', x, T, x); J = g q + sum((T @ B)**2) + sum(B.transpose(0, 2, 1))"
    ),
    "gated cell": (
        "x: [D]; h0: [H]; Wz: [H, D]; Uz: [H, H]; W_c: [H, D]; U_c: [H, H]; g: [H]\n"
        "z = σ(Wz x + Uz h0); c = tanh(W_c x + U_c (z ∘ h0)); h = (1 - z) ∘ h0 + z ∘ c\n"
        "J = gᵀ h"
    ),
    "a second value": "x: [D]; h = tanh(x); h = h * x; h1 = h**2; J = sum(h1 * h)",
    "hats and bars": "yhat1: [D]; xbar: [D]; theta_0: [D]; J = sum((yhat1 - xbar)²) + theta_0 xbar",
    "diagonals": "A: [D, D]; v: [D]; J = sum(diag(A) * v) + tr(diag(v) @ A) + det(A) + sum(eye(D))",
    "all functions": (
        "x: [D] pos; y: [D]\n"
        "J = sum(sin(x) + cos(x) * tan(y) - sinh(y) / cosh(y) + arctan(x) * sign(y) + softplus(y))"
        " + sum(logsigmoid(y) + gelu(x) + silu(y) * elu(y) + hardtanh(x) + leaky_relu(y, 0.1))"
        " + logsumexp(x) + sum(Phi(x) * phi(y)) + sum(log_softmax(x) ** 3) * pi"
    ),
    "of length 1": "x: [1, D]; W: [D, 1]; u: [1]; J = (x W)[0, 0] + u[0] + sum(x) + sum(u W.T)",
}


#: Sums over time have formulas that are for people alone.
RECURRENCE = (
    "h0: [H]; W: [H, H]; U: [H, D]; x: [T, D]; h[0] = h0\n"
    "for t = 1..T: h[t] = tanh(W h[t-1] + U x[t])\n"
    "J = sum(h[T]**2)"
)


@cache
def model(name: str) -> Model:
    """A model by its name."""
    return read_model(MODELS[name])


#: A formula, and the model and the names of signals by which it is read.
Formula = tuple[Node, Model, dict[str, Node]]


def formulas(name: str) -> Iterator[Formula]:
    """Every formula of a model and of its derivation."""
    return derived_formulas(model(name))


def derived_formulas(
    read: Model, wrt: Sequence[str] | None = None, gradient: bool = True
) -> Iterator[Formula]:
    """The lines of a model and, where it has a gradient, those of its derivation."""
    yield from ((line.args[0], read, {}) for line in read.names.values())
    if gradient:
        found = derive(read, wrt)
        signals = {str(atom.data[0]): atom for atom in found.signals}
        yield from ((line.args[0], found.model, {}) for line in found.model.names.values())
        for node in (*found.signals.values(), *found.answers.values()):
            yield node, found.model, signals


#: What random expressions are made of.
SCOPE = read_model(
    "s:; t: pos; x: [D]; y: [D]; yhat1: [D]; u: [N]; A: [N, D]; B: [D, D]; S: [D, D] sym\n"
    "R: [1, D]; T: [K, N, D]; i: [M] index in N; J = s"
)
LEAVES = [
    *(node for name, node in SCOPE.inputs.items() if name != "i"),
    *map(const, (2, -1, 0.1, 1e-7)),
    ones(SCOPE.shape("x")),
    eye(SCOPE.shape("B")[0]),
]


def _read(text: str) -> Callable[..., Node]:
    """The operation of a text on ``a`` and ``b``."""
    return lambda *args: read_expression(text, SCOPE, dict(zip("ab", args, strict=False)))


#: Operations that print shows in full, as it does not show the numbers of axes.
SHOWN = {
    text: _read(text)
    for text in (
        "-a",
        "2 * a",
        "a**2",
        "a**t",
        "2**(s * a)",
        "sqrt(a)",
        "1 / a",
        "a.T",
        "inv(a)",
        "sum(a)",
        "abs(a)",
        "norm(a)",
        "tr(a)",
        "sigmoid(a)",
        "log(a)",
        "a + b",
        "a - b",
        "a * b",
        "a / b",
        "a @ b",
        "a**(s + sum(b))",
        "outer(a, b)",
        "maximum(a, b)",
        "ind(a >= b)",
    )
}

#: Those that are put into parentheses, and are taken as often as all others together.
SIGNS = ("a + b", "a - b", "a * b", "a / b", "a @ b", "-a")

#: Operations that a text in one line shows too.
TYPED = SHOWN | {
    text: _read(text)
    for text in (
        "softmax(a)",
        "det(a)",
        "diag(a)",
        "a[i]",
        "a[0]",
        "a[:, 1:]",
        "a[:, None]",
        "a * N",
        "mean(a, axis=0)",
        "mean(a)",
        "amax(a, axis=1)",
        "sum(a, axis=0)",
        "sum(a, axis=1, keepdims=True)",
        "logsumexp(a)",
        "concat([a, b])",
        "where(a < b, a, b)",
        "einsum('i,kij,j->k', b, a, b)",
        "transpose(a, (0, 2, 1))",
    )
}


#: Which operation is next, and how far back what it is applied to was made.
Plan = list[tuple[str, int, int]]


def plans(operations: Mapping[str, Callable[..., Node]] = TYPED) -> st.SearchStrategy[Plan]:
    """How to make an expression; it is made by :func:`grown`, outside of the strategy."""
    back = st.integers(0, 25)
    sign_or_other = st.sampled_from(SIGNS) | st.sampled_from(sorted(operations))
    return st.lists(st.tuples(sign_or_other, back, back), max_size=9)


def grown(plan: Plan) -> Node:
    """The expression over :data:`SCOPE` that a plan leads to."""
    pool = list(LEAVES)
    for text, first, second in plan:
        pool += fitting(
            text, [pool[-1 - (first + at) % len(pool)] for at in range(len(pool))], second
        )
    return pool[-1]


def fitting(text: str, pool: list[Node], start: int) -> list[Node]:
    """An operation on the first of a pool and the next that fits it; nothing where none does."""
    others = [pool[(start + at) % len(pool)] for at in range(len(pool))]
    for other in others:
        with suppress(GradusError):
            return [TYPED[text](pool[0], other) if "b" in text else TYPED[text](other)]
    return []


SIZES = {"D": 3, "N": 4, "K": 2, "M": 2}


@cache
def _point() -> dict[str, np.ndarray]:
    """A value for every input of :data:`SCOPE`."""
    rng = np.random.default_rng(5)
    shapes = {name: node.shape for name, node in SCOPE.inputs.items()}
    found = {
        name: rng.uniform(0.3, 1.7, [dim.size(SIZES) for dim in shape])
        for name, shape in shapes.items()
    }
    return found | {"i": np.array([3, 1]), "S": found["S"] + found["S"].T}


def is_read_as(text: str, node: Node) -> bool:
    """Whether a text over :data:`SCOPE` means an expression: the very node as a rule.

    Where a node has not the form that reading makes (``√0.1 √0.1`` for 0.1), its value decides.
    """
    back = read_expression(text, SCOPE)
    if back is node:
        return True
    with np.errstate(all="ignore"), suppress(np.linalg.LinAlgError):
        one, other = evaluate_all([node, back], _point(), SIZES)
        return np.shape(one) == np.shape(other) and np.allclose(one, other, equal_nan=True)
    return True  # both are of a matrix that has no inverse
