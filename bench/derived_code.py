"""Derived code beside autograd: a loss with its gradients, in NumPy and torch, on one thread.

The generated functions run in the same rounds as the model written with torch operations and
differentiated by torch.autograd.grad, and, for five models, NumPy code written by hand.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when NumPy and torch are loaded
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import math
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from _report import interleaved, options, report
from torch.nn import functional as F

from gradus.gradients.codegen import generate
from gradus.gradients.deriving.derivation import derive

#: Seconds that a contestant computes in a round.
SLICE = 0.01


@dataclass(frozen=True)
class Case:
    """A model as text, the same with torch operations, and perhaps gradients by hand."""

    name: str
    text: str
    shapes: Mapping[str, str]
    sizes: Mapping[str, int]
    torch: Callable[..., torch.Tensor]
    kinds: Mapping[str, str] = field(default_factory=dict)
    hand: Callable[..., tuple[Any, dict[str, Any]]] | None = None

    def inputs(self) -> dict[str, np.ndarray]:
        """Random float32 values, and indices below the length of the table."""
        rng = np.random.default_rng(1)
        found = {}
        for name, shape in self.shapes.items():
            lengths = [self.sizes[part.strip()] for part in shape.split(",") if part.strip()]
            if self.kinds.get(name) == "index":
                found[name] = rng.integers(0, self.sizes[BELOW[name]], lengths)
            else:
                scale = 1 / math.sqrt(lengths[-1]) if lengths else 1.0
                found[name] = (scale * rng.normal(size=lengths)).astype(np.float32)
        return found


#: The length that an index of this name stays below.
BELOW = {"i": "V", "y": "C", **{f"i{k}": "V" for k in range(1, 5)}}

MLP = """
h = sigmoid(X @ W1 + b1)
J = CE(softmax(h @ W2 + b2), onehot(y, C)) / N
"""
MLP_SHAPES = {"X": "N, D", "W1": "D, H", "b1": "H", "W2": "H, C", "b2": "C", "y": "N"}


def mlp(X, W1, b1, W2, b2, y):
    """Two layers and the mean cross-entropy."""
    return F.cross_entropy(torch.sigmoid(X @ W1 + b1) @ W2 + b2, y)


def mlp_by_hand(X, W1, b1, W2, b2, y):
    """The same in NumPy."""
    N = len(X)
    rows = np.arange(N)
    h = 0.5 * np.tanh(0.5 * (X @ W1 + b1)) + 0.5
    logits = h @ W2 + b2
    logits -= logits.max(axis=1, keepdims=True)
    p = np.exp(logits)
    total = p.sum(axis=1, keepdims=True)
    loss = (np.log(total).sum() - logits[rows, y].sum()) / N
    p /= total
    p[rows, y] -= 1
    p /= N
    back = (p @ W2.T) * h * (1 - h)
    return loss, {
        "W1": X.T @ back,
        "b1": back.sum(axis=0),
        "W2": h.T @ p,
        "b2": p.sum(axis=0),
    }


NEGATIVE = "J = -log(sigmoid(uo @ v)) - sum(log(sigmoid(-(Uk @ v))))"


def negative_sampling(v, uo, Uk):
    """A word, its context, and words drawn at random."""
    return -F.logsigmoid(uo @ v) - F.logsigmoid(-(Uk @ v)).sum()


def negative_by_hand(v, uo, Uk):
    """The same in NumPy."""
    positive, noise = uo @ v, Uk @ v
    loss = np.logaddexp(0, -positive) + np.logaddexp(0, noise).sum()
    missing = 0.5 * np.tanh(0.5 * positive) - 0.5
    there = 0.5 * np.tanh(0.5 * noise) + 0.5
    gradients = {"v": missing * uo + there @ Uk, "uo": missing * v, "Uk": there[:, None] * v}
    return loss, gradients


GRU = """
z = sigmoid(Wz @ x + Uz @ h)
r = sigmoid(Wr @ x + Ur @ h)
c = tanh(Wc @ x + Uc @ (r * h))
J = sum(g * ((1 - z) * c + z * h))
"""
GRU_SHAPES = {
    "x": "D",
    "h": "H",
    **{f"W{gate}": "H, D" for gate in "zrc"},
    **{f"U{gate}": "H, H" for gate in "zrc"},
    "g": "H",
}


def gru(x, h, Wz, Wr, Wc, Uz, Ur, Uc, g):
    """One step of a gated recurrent unit, and an upstream error."""
    z = torch.sigmoid(Wz @ x + Uz @ h)
    r = torch.sigmoid(Wr @ x + Ur @ h)
    c = torch.tanh(Wc @ x + Uc @ (r * h))
    return (g * ((1 - z) * c + z * h)).sum()


LSTM = """
i = sigmoid(Wi @ x + Ui @ h)
f = sigmoid(Wf @ x + Uf @ h)
o = sigmoid(Wo @ x + Uo @ h)
k = tanh(Wk @ x + Uk @ h)
c = f * c0 + i * k
J = sum(g * o * tanh(c))
"""
LSTM_SHAPES = {
    "x": "D",
    "h": "H",
    "c0": "H",
    **{f"W{gate}": "H, D" for gate in "ifok"},
    **{f"U{gate}": "H, H" for gate in "ifok"},
    "g": "H",
}


def lstm(x, h, c0, Wi, Wf, Wo, Wk, Ui, Uf, Uo, Uk, g):
    """One step of a long short-term memory, and an upstream error."""
    i = torch.sigmoid(Wi @ x + Ui @ h)
    f = torch.sigmoid(Wf @ x + Uf @ h)
    o = torch.sigmoid(Wo @ x + Uo @ h)
    k = torch.tanh(Wk @ x + Uk @ h)
    c = f * c0 + i * k
    return (g * o * torch.tanh(c)).sum()


LOOP = """
h[0] = h0
c[0] = c0
for t = 1..T:
    i[t] = sigmoid(x[t] @ Wi + h[t-1] @ Ui + bi)
    f[t] = sigmoid(x[t] @ Wf + h[t-1] @ Uf + bf)
    o[t] = sigmoid(x[t] @ Wo + h[t-1] @ Uo + bo)
    k[t] = tanh(x[t] @ Wk + h[t-1] @ Uk + bk)
    c[t] = f[t] * c[t-1] + i[t] * k[t]
    h[t] = o[t] * tanh(c[t])
J = sum(g * h)
"""
LOOP_SHAPES = {
    "x": "T, N, D",
    "h0": "N, H",
    "c0": "N, H",
    **{f"W{gate}": "D, H" for gate in "ifok"},
    **{f"U{gate}": "H, H" for gate in "ifok"},
    **{f"b{gate}": "H" for gate in "ifok"},
    "g": "T, N, H",
}


def lstm_loop(x, h0, c0, Wi, Wf, Wo, Wk, Ui, Uf, Uo, Uk, bi, bf, bo, bk, g):
    """A long short-term memory over all times, and an upstream error at each."""
    h, c, states = h0, c0, []
    for step in x:
        i = torch.sigmoid(step @ Wi + h @ Ui + bi)
        f = torch.sigmoid(step @ Wf + h @ Uf + bf)
        o = torch.sigmoid(step @ Wo + h @ Uo + bo)
        k = torch.tanh(step @ Wk + h @ Uk + bk)
        c = f * c + i * k
        h = o * torch.tanh(c)
        states.append(h)
    return (g * torch.stack(states)).sum()


SIAMESE = """
h1 = sigmoid(W @ x1 + b)
h2 = sigmoid(W @ x2 + b)
J = sum((h1 - h2)**2) / 2
"""


def siamese(x1, x2, W, b):
    """How far two inputs are apart after a layer that they share."""
    h1, h2 = torch.sigmoid(W @ x1 + b), torch.sigmoid(W @ x2 + b)
    return ((h1 - h2) ** 2).sum() / 2


BIAFFINE = "J = -log(sigmoid(d @ U @ h + w @ concat([d, h]) + b))"


def biaffine(d, h, U, w, b):
    """The score of a pair, as a log-probability."""
    return -F.logsigmoid(d @ U @ h + w @ torch.cat([d, h]) + b)


ATTENTION = """
Q = X @ Wq
K = X @ Wk
V = X @ Wv
A = softmax(Q @ K.T / sqrt(d))
J = sum(G * (A @ V))
"""
ATTENTION_SHAPES = {"X": "n, d", "Wq": "d, d", "Wk": "d, d", "Wv": "d, d", "G": "n, d"}


def attention(X, Wq, Wk, Wv, G):
    """Self-attention with an upstream error."""
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    A = torch.softmax(Q @ K.T / math.sqrt(X.shape[1]), dim=1)
    return (G * (A @ V)).sum()


def attention_by_hand(X, Wq, Wk, Wv, G):
    """The same in NumPy."""
    scale = 1 / math.sqrt(X.shape[1])
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    scores = (Q @ K.T) * scale
    A = np.exp(scores - scores.max(axis=1, keepdims=True))
    A /= A.sum(axis=1, keepdims=True)
    loss = np.vdot(G, A @ V)
    dV, dA = A.T @ G, G @ V.T
    back = A * (dA - (A * dA).sum(axis=1, keepdims=True)) * scale
    dQ, dK = back @ K, back.T @ Q
    return loss, {
        "X": dQ @ Wq.T + dK @ Wk.T + dV @ Wv.T,
        "Wq": X.T @ dQ,
        "Wk": X.T @ dK,
        "Wv": X.T @ dV,
    }


PARSER = """
x = concat([E[i1], E[i2], E[i3], E[i4]], axis=1)
h = relu(x @ W + b)
J = CE(softmax(h @ U + c), onehot(y, C)) / N
"""


def parser(E, i1, i2, i3, i4, W, b, U, c, y):
    """The network of a transition parser: vectors of four words, a layer, a decision."""
    x = torch.cat([F.embedding(i, E) for i in (i1, i2, i3, i4)], dim=1)
    return F.cross_entropy(torch.relu(x @ W + b) @ U + c, y)


LOOKUP = """
h = tanh(E[i] @ W + b)
J = CE(softmax(h @ U + c), onehot(y, C)) / N
"""


def lookup(E, i, W, b, U, c, y):
    """A table of word vectors under two layers."""
    return F.cross_entropy(torch.tanh(F.embedding(i, E) @ W + b) @ U + c, y)


def lookup_by_hand(E, i, W, b, U, c, y):
    """The same in NumPy."""
    N = len(i)
    places = np.arange(N)
    x = E[i]
    h = np.tanh(x @ W + b)
    logits = h @ U + c
    logits -= logits.max(axis=1, keepdims=True)
    p = np.exp(logits)
    total = p.sum(axis=1, keepdims=True)
    loss = (np.log(total).sum() - logits[places, y].sum()) / N
    p /= total
    p[places, y] -= 1
    p /= N
    back = (p @ U.T) * (1 - h * h)
    dE = np.zeros(E.shape, E.dtype)
    np.add.at(dE, i, back @ W.T)
    return loss, {
        "E": dE,
        "W": x.T @ back,
        "b": back.sum(axis=0),
        "U": h.T @ p,
        "c": p.sum(axis=0),
    }


LAYER_NORM = """
mu = mean(X, axis=1, keepdims=True)
var = mean((X - mu)**2, axis=1, keepdims=True)
Xh = (X - mu) / sqrt(var + 0.00001)
J = sum(G * (gamma * Xh + beta))
"""


def layer_norm(X, gamma, beta, G):
    """Normalized rows, scaled and moved, with an upstream error."""
    return (G * F.layer_norm(X, X.shape[1:], gamma, beta, 1e-5)).sum()


def layer_norm_by_hand(X, gamma, beta, G):
    """The same in NumPy."""
    D = X.shape[1]
    centred = X - X.mean(axis=1, keepdims=True)
    scale = 1 / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + 1e-5)
    Xh = centred * scale
    loss = np.vdot(G, gamma * Xh + beta)
    back = G * gamma
    shares = back.sum(axis=1, keepdims=True) + Xh * (back * Xh).sum(axis=1, keepdims=True)
    return loss, {
        "X": (back - shares / D) * scale,
        "gamma": (G * Xh).sum(axis=0),
        "beta": G.sum(axis=0),
    }


LABELS = {"i": "index", "y": "index", **{f"i{k}": "index" for k in range(1, 5)}}
TABLE = {"E": "V, D", "i": "N", "W": "D, H", "b": "H", "U": "H, C", "c": "C", "y": "N"}
WORDS = {f"i{k}": "N" for k in range(1, 5)}
PARSER_SHAPES = {"E": "V, D", **WORDS, "W": "F, H", "b": "H", "U": "H, C", "c": "C", "y": "N"}


def cases() -> dict[str, list[Case]]:
    """Small networks, where calls cost more than numbers, and medium ones."""
    data = {"X": "constant", **LABELS}
    small = [
        Case(
            "two layers, batch 8",
            MLP,
            MLP_SHAPES,
            {"N": 8, "D": 20, "H": 20, "C": 5},
            mlp,
            data,
            mlp_by_hand,
        ),
        Case(
            "negative sampling, 100 × 10",
            NEGATIVE,
            {"v": "D", "uo": "D", "Uk": "K, D"},
            {"D": 100, "K": 10},
            negative_sampling,
            {},
            negative_by_hand,
        ),
        Case("GRU cell of 20", GRU, GRU_SHAPES, {"D": 20, "H": 20}, gru, {"g": "constant"}),
        Case("LSTM cell of 20", LSTM, LSTM_SHAPES, {"D": 20, "H": 20}, lstm, {"g": "constant"}),
        Case(
            "siamese layer of 20",
            SIAMESE,
            {"x1": "D", "x2": "D", "W": "H, D", "b": "H"},
            {"D": 20, "H": 20},
            siamese,
        ),
        Case(
            "biaffine pair of 50",
            BIAFFINE,
            {"d": "m", "h": "n", "U": "m, n", "w": "p", "b": ""},
            {"m": 50, "n": 50, "p": 100},
            biaffine,
        ),
        Case(
            "attention, 10 × 16",
            ATTENTION,
            ATTENTION_SHAPES,
            {"n": 10, "d": 16},
            attention,
            {"G": "constant"},
            attention_by_hand,
        ),
    ]
    medium = [
        Case(
            "two layers, batch 64",
            MLP,
            MLP_SHAPES,
            {"N": 64, "D": 256, "H": 512, "C": 256},
            mlp,
            data,
            mlp_by_hand,
        ),
        Case(
            "parser, batch 128",
            PARSER,
            PARSER_SHAPES,
            {"N": 128, "V": 5000, "D": 50, "F": 200, "H": 200, "C": 3},
            parser,
            LABELS,
        ),
        Case(
            "attention, 64 × 64",
            ATTENTION,
            ATTENTION_SHAPES,
            {"n": 64, "d": 64},
            attention,
            {"G": "constant"},
            attention_by_hand,
        ),
        Case(
            "lookup, 20,000 words, batch 256",
            LOOKUP,
            TABLE,
            {"N": 256, "V": 20000, "D": 100, "H": 100, "C": 10},
            lookup,
            LABELS,
            lookup_by_hand,
        ),
        Case(
            "layer norm, 64 × 512",
            LAYER_NORM,
            {"X": "N, D", "gamma": "D", "beta": "D", "G": "N, D"},
            {"N": 64, "D": 512},
            layer_norm,
            {"G": "constant"},
            layer_norm_by_hand,
        ),
    ]
    medium += [
        Case(
            f"LSTM of 64, 50 times, batch {rows}",
            LOOP,
            LOOP_SHAPES,
            {"T": 50, "N": rows, "D": 64, "H": 64},
            lstm_loop,
            {"g": "constant"},
        )
        for rows in (1, 16)
    ]
    return {"small": small, "medium": medium}


def compiled(text: str) -> Callable[..., Any]:
    """The function in a generated module."""
    module: dict[str, Any] = {}
    exec(compile(text, "generated", "exec"), module)
    return module["loss_and_gradients"]


def contestants(case: Case) -> dict[str, Callable[[], Any]]:
    """Ready calls, all for the same numbers, each checked against autograd."""
    shapes = {name: SUMS.get((case.text, name), shape) for name, shape in case.shapes.items()}
    kinds = {name: kind for name, kind in case.kinds.items() if name in shapes}
    found = derive(case.text, shapes=shapes, kinds=kinds)
    arrays = case.inputs()
    values = [array if array.ndim else float(array) for array in arrays.values()]
    tensors = {name: torch.from_numpy(np.asarray(array)) for name, array in arrays.items()}
    plain = [tensor if tensor.ndim else float(tensor) for tensor in tensors.values()]
    leaves = {
        name: tensor.clone().requires_grad_() if name in found.answers else tensor
        for name, tensor in tensors.items()
    }
    asked = [leaves[name] for name in found.answers]

    def autograd() -> Any:
        loss = case.torch(*leaves.values())
        return loss, dict(zip(found.answers, torch.autograd.grad(loss, asked), strict=True))

    by_numpy = compiled(generate(found, "numpy"))
    by_torch = compiled(generate(found, "torch"))
    calls: dict[str, Callable[[], Any]] = {
        "autograd": autograd,
        "NumPy": lambda: by_numpy(*values),
        "torch": lambda: by_torch(*plain),
    }
    if case.hand is not None:
        hand = case.hand
        calls["by hand"] = lambda: hand(*values)
    check(case, calls)
    return calls


#: In a declared shape, a sum of lengths; the benchmark knows sizes alone.
SUMS = {(BIAFFINE, "w"): "m + n", (PARSER, "W"): "4 D, H"}


def check(case: Case, calls: Mapping[str, Callable[[], Any]]) -> None:
    """Every contestant must return what autograd returns."""
    loss, wanted = calls["autograd"]()
    for name, call in calls.items():
        got, gradients = call()
        right = math.isclose(float(detached(got)), float(detached(loss)), rel_tol=1e-3)
        for key, want in wanted.items():
            have = np.asarray(gradients[key])
            largest = max(float(want.abs().max()), 1e-3)
            right &= bool(np.abs(have - want.numpy()).max() <= 2e-4 * largest)
            right &= have.ndim == 0 or have.dtype == np.float32
        if not right:
            raise SystemExit(f"{case.name}: {name} does not return what autograd does")


def detached(value: Any) -> Any:
    """A value without its history."""
    return value.detach() if isinstance(value, torch.Tensor) else value


def timed(call: Callable[[], Any]) -> Callable[[], float]:
    """Microseconds of a call, over as many calls as fill a slice of time."""
    for _ in range(20):
        call()
    began = time.perf_counter()
    for _ in range(10):
        call()
    number = max(1, int(SLICE * 10 / (time.perf_counter() - began)))

    def run() -> float:
        start = time.perf_counter()
        for _ in range(number):
            call()
        return 1e6 * (time.perf_counter() - start) / number

    return run


def measured(case: Case, group: str, rounds: int) -> dict[str, Any]:
    """One row: medians of times, and of the ratios within each round."""
    calls = {name: timed(call) for name, call in contestants(case).items()}
    times = interleaved(calls, rounds)
    middle = {name: statistics.median(values) for name, values in times.items()}
    best = min("NumPy", "torch", key=lambda name: middle[name])

    def ratio(name: str, other: str) -> float:
        pairs = zip(times[name], times[other], strict=True)
        return statistics.median(one / two for one, two in pairs)

    row: dict[str, Any] = {"model": case.name, "size": group}
    row |= {f"{name}, µs": f"{value:,.1f}" for name, value in middle.items()}
    row["by hand, µs"] = row.pop("by hand, µs", "")
    row["best / autograd"] = ratio(best, "autograd")
    row["NumPy / by hand"] = ratio("NumPy", "by hand") if case.hand else None
    return row


def mean(values: list[float]) -> str:
    """Geometric mean."""
    return f"{statistics.geometric_mean(values):.2f}" if values else ""


def main() -> None:
    """Time every model."""
    chosen = options(__doc__, runs=21, threads=1)
    chosen.add_argument("--only", default="", help="models whose name has this in it")
    arguments = chosen.parse_args()
    torch.set_num_threads(arguments.threads)
    # as in any program that has run for a while: memory that was given back is kept for the next
    np.ones(2**23)
    rows = [
        measured(case, group, arguments.runs)
        for group, found in cases().items()
        for case in found
        if arguments.only in case.name
    ]
    ratios = {
        group: [row["best / autograd"] for row in rows if group in ("all", row["size"])]
        for group in ("all", "small", "medium")
    }
    hands = [row["NumPy / by hand"] for row in rows if row["NumPy / by hand"]]
    for row in rows:
        for key in ("best / autograd", "NumPy / by hand"):
            row[key] = "" if row[key] is None else f"{row[key]:.2f}"
    facts = {f"best / autograd, {group}": mean(values) for group, values in ratios.items()}
    report(
        "A loss and its gradients: derived code beside autograd",
        rows,
        packages=["torch", "numpy"],
        facts={
            **facts,
            "NumPy / by hand": mean(hands),
            "numbers": "float32",
            "threads": arguments.threads,
            "rounds": arguments.runs,
        },
        json_path=arguments.json,
    )


if __name__ == "__main__":
    main()
