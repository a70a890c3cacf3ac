"""NumPy formulas of the parts of ``gradus.nn``: independent judges of their forward passes.

A formula gets the part's parameters and buffers by name, then its inputs.
"""

from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import numpy as np
from scipy.special import erf

Weights = dict[str, np.ndarray]
FORMULAS: dict[tuple[str, str], Callable[..., Any]] = {}


def formula(kind: str, *names: str) -> Callable[..., Any]:
    def enter(function):
        for name in names:
            FORMULAS[kind, name] = function
        return function

    return enter


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_softmax(scores):
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))


def cut(weights: Weights, prefix: str) -> Weights:
    """The weights below a prefix, without it."""
    return {
        name.removeprefix(prefix): value
        for name, value in weights.items()
        if name.startswith(prefix)
    }


# activations

FORMULAS |= {
    ("activation", "sigmoid"): lambda w, x: sigmoid(x),
    ("activation", "tanh"): lambda w, x: 2 * sigmoid(2 * x) - 1,
    ("activation", "relu"): lambda w, x: np.maximum(0, x),
    ("activation", "leaky_relu"): lambda w, x: np.maximum(0.01 * x, x),
    ("activation", "prelu"): lambda w, x: np.where(x > 0, x, w["weight"] * x),
    ("activation", "hard_tanh"): lambda w, x: np.clip(x, -1, 1),
    ("activation", "gelu"): lambda w, x: x * 0.5 * (1 + erf(x / np.sqrt(2))),
    ("activation", "identity"): lambda w, x: x,
    ("activation", "cube"): lambda w, x: x**3,
    ("activation", "maxout"): lambda w, x: np.maximum(x[..., 0::2], x[..., 1::2]),
}


# losses


@formula("loss", "cross_entropy")
def cross_entropy(_, scores, targets, smoothing=0.1):
    classes = scores.shape[1]
    wanted = (1 - smoothing) * np.eye(classes)[targets] + smoothing / classes
    return -(wanted * log_softmax(scores)).sum(1).mean()


@formula("loss", "max_margin")
def max_margin(_, scores, targets, margin=1.0, total=max):
    losses = []
    for row, target in zip(scores, targets, strict=True):
        wrong = [score for place, score in enumerate(row) if place != target]
        losses.append(total(max(0, margin - row[target] + score) for score in wrong))
    return np.mean(losses)


@formula("loss", "l2")
def l2(_, outputs, targets):
    wanted = np.eye(outputs.shape[1])[targets]
    return np.mean([np.linalg.norm(a - b) ** 2 for a, b in zip(outputs, wanted, strict=True)])


@formula("loss", "l1")
def l1(_, outputs, targets):
    wanted = np.eye(outputs.shape[1])[targets]
    return np.mean([np.linalg.norm(a - b, 1) for a, b in zip(outputs, wanted, strict=True)])


@formula("sampled loss", "negative_sampling")
def negative_sampling(_, scores, noise, log_q, noise_log_q):
    return np.mean(-np.log(sigmoid(scores)) - np.log(sigmoid(-noise)).sum(1))


@formula("sampled loss", "noise_contrastive")
def noise_contrastive(_, scores, noise, log_q, noise_log_q):
    """Posterior probabilities of "data" and "noise" as Bayes gives them, k noise words to one."""
    k = noise.shape[1]
    data = np.exp(scores) / (np.exp(scores) + k * np.exp(log_q))
    drawn = k * np.exp(noise_log_q) / (np.exp(noise) + k * np.exp(noise_log_q))
    return np.mean(-np.log(data) - np.log(drawn).sum(1))


# layers that rest in evaluation, and normalization

FORMULAS |= {
    ("dropout", "none"): lambda w, x: x,
    ("dropout", "dropout"): lambda w, x: x,
    ("dropout", "locked"): lambda w, x: x,
    ("layer", "WordDropout"): lambda w, ids: ids,
    ("layer", "RowDropout"): lambda w, vectors, ids: vectors,
    ("layer", "MeanCentering"): lambda w, x: x - w["mean"],
    ("layer", "Embedding"): lambda w, ids: w["table.weight"][ids],
    ("normalization", "none"): lambda w, x: x,
}


@formula("normalization", "layer_norm")
def layer_norm(w, x):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * w["weight"] + w["bias"]


@formula("normalization", "batch_norm")
def batch_norm(w, x):
    scale = np.sqrt(w["running_var"] + 1e-5)
    return (x - w["running_mean"]) / scale * w["weight"] + w["bias"]


@formula("layer", "FeedForward")
def feed_forward(w, x):
    for layer in ("layers.0", "layers.2"):
        x = np.tanh(x @ w[f"{layer}.weight"].T + w[f"{layer}.bias"])
    return x @ w["layers.4.weight"].T + w["layers.4.bias"]


# pooling, one sequence after another

POOLS = {
    "last": lambda states: states[-1],
    "mean": lambda states: states.mean(0),
    "max": lambda states: states.max(0),
}


def over_real_steps(pool, states, lengths):
    return np.stack([pool(row[:length]) for row, length in zip(states, lengths, strict=True)])


FORMULAS |= {
    ("pooling", name): lambda w, states, lengths, pool=pool: over_real_steps(pool, states, lengths)
    for name, pool in POOLS.items()
}


# recurrence, one step after another


def rnn_step(f, x, h, W, U, b, c):
    return f(W @ x + b + U @ h + c)


def gru_step(x, h, W, U, b, c):
    (Wr, Wz, Wn), (Ur, Uz, Un) = np.split(W, 3), np.split(U, 3)
    (br, bz, bn), (cr, cz, cn) = np.split(b, 3), np.split(c, 3)
    r = sigmoid(Wr @ x + br + Ur @ h + cr)
    z = sigmoid(Wz @ x + bz + Uz @ h + cz)
    candidate = np.tanh(Wn @ x + bn + r * (Un @ h + cn))
    return z * h + (1 - z) * candidate


def lstm_step(x, h, cell, W, U, b, c):
    i, f, g, o = np.split(W @ x + b + U @ h + c, 4)
    cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(cell), cell


PLAIN = {"rnn": np.tanh, "relu_rnn": lambda x: np.maximum(0, x), "sigmoid_rnn": sigmoid}


def run(cell: str, sequence, w: Weights):
    """The states of one layer in one direction over ``[time dim]``."""
    zeros = np.zeros(w["weight_hh_l0"].shape[1])
    return run_from(cell, sequence, w, zeros, zeros)[0]


def run_from(cell: str, sequence, w: Weights, h, memory=None):
    """The states after the state ``h`` and an LSTM's ``memory``, and the memory at the end."""
    W, U, b, c = (w[f"{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    states = []
    for x in sequence:
        if cell == "lstm":
            h, memory = lstm_step(x, h, memory, W, U, b, c)
        elif cell == "gru":
            h = gru_step(x, h, W, U, b, c)
        else:
            h = rnn_step(PLAIN[cell], x, h, W, U, b, c)
        states.append(h)
    return np.stack(states), memory


def run_layers(cell: str, sequence, w: Weights):
    """The states of the top layer of a ``Recurrent`` over one sequence, and where they ended."""
    number = 0
    while f"layers.{number}.0.rnn.weight_ih_l0" in w:
        halves = [run(cell, sequence, cut(w, f"layers.{number}.0.rnn."))]
        if backward := cut(w, f"layers.{number}.1.rnn."):
            halves.append(run(cell, sequence[::-1], backward)[::-1])
        sequence = np.concatenate(halves, -1)
        number += 1
    ends = [halves[0][-1], *(half[0] for half in halves[1:])]
    return sequence, np.concatenate(ends)


def recurrent(cell: str, w: Weights, x, lengths):
    """What a ``Recurrent`` gives: zeros at padding, and the ends of both directions."""
    outputs, ends = [], []
    for row, length in zip(x, lengths, strict=True):
        states, end = run_layers(cell, row[:length], w)
        outputs.append(np.pad(states, ((0, len(row) - length), (0, 0))))
        ends.append(end)
    return np.stack(outputs), np.stack(ends)


def cell_states(cell: str, w: Weights, x):
    """The states of one torch layer over full sequences, the last one, and an LSTM's memory."""
    outputs = np.stack([run(cell, row, w) for row in x])
    return outputs, outputs[:, -1]


FORMULAS |= {
    ("cell", cell): lambda w, x, cell=cell: cell_states(cell, w, x)
    for cell in (*PLAIN, "gru", "lstm")
}


@formula("layer", "CarriedRecurrent")
def carried_lstms(w, x, carried):
    """Two LSTMs, each of which goes on from its state and memory."""
    after = []
    for number in (0, 1):
        weights, states = cut(w, f"layers.{number}.rnn."), carried[2 * number :][:2]
        rows = [run_from("lstm", row, weights, h, c) for row, h, c in zip(x, *states, strict=True)]
        x, memory = (np.stack(part) for part in zip(*rows, strict=True))
        after += [x[:, -1], memory]
    return x, *after


@formula("layer", "FixedWindow")
def fixed_window(w, x, carried):
    """``tanh(W [e_1; e_2] + b)`` at every window of two steps."""
    windows = [np.concatenate([x[:, t], x[:, t + 1]], -1) for t in range(x.shape[1] - 1)]
    return np.tanh(np.stack(windows, 1) @ w["hidden.weight"].T + w["hidden.bias"])


@formula("layer", "Biaffine")
def biaffine(w, x, y):
    """``xᵀ U y + uᵀ y + vᵀ x + b``, pair by pair."""
    weight = w["weight"]
    scores = np.empty((len(x), len(weight), x.shape[1], y.shape[1]))
    for b, o, i, j in np.ndindex(scores.shape):
        left, right, kind = x[b, i], y[b, j], weight[o]
        product = left @ kind[:-1, :-1] @ right
        scores[b, o, i, j] = product + kind[-1, :-1] @ right + kind[:-1, -1] @ left + kind[-1, -1]
    return scores


@formula("layer", "FeatureScores")
def feature_scores(w, features, starts):
    """A first gain of 0.3, and 40 times the weight beyond it."""
    rows = (0.3 + 40 * w["weight"]) * w["priors"]
    texts = np.split(features, starts[1:])
    return np.stack([rows[text].sum(0) / np.sqrt(len(text)) for text in texts])


@formula("layer", "LinearChainCRF")
def linear_chain(w, emissions, tags, lengths):
    """The share of the tags among all labellings in which 2 follows 1 or 2 only."""

    def weight(row, labels):
        if any(after == 2 and before not in (1, 2) for before, after in pairwise((0, *labels))):
            return 0
        moves = sum(w["transitions"][pair] for pair in pairwise(labels))
        steps = sum(scores[label] for scores, label in zip(row, labels, strict=True))
        return np.exp(w["starts"][labels[0]] + moves + steps + w["ends"][labels[-1]])

    losses = []
    for row, wanted, length in zip(emissions, tags, lengths, strict=True):
        total = sum(weight(row[:length], way) for way in product(range(3), repeat=length))
        losses.append(np.log(total / weight(row[:length], tuple(wanted[:length]))))
    return np.stack(losses)


FORMULAS |= {
    ("layer", "Recurrent"): lambda w, x, lengths: recurrent("gru", w, x, lengths),
    ("layer", "WeightDrop"): lambda w, x: cell_states("lstm", cut(w, "rnn."), x),
}


# attention

LOOKS = {
    "dot": lambda w, q, h: q @ h,
    "general": lambda w, q, h: q @ w["key.weight"] @ h,
    "additive": lambda w, q, h: (
        w["score.weight"][0] @ np.tanh(w["query.weight"] @ q + w["key.weight"] @ h)
    ),
}


def attended(score, w, queries, states, lengths):
    """Contexts and weights, query by query over the real steps."""
    contexts = np.zeros((*queries.shape[:2], states.shape[2]))
    weights = np.zeros((*queries.shape[:2], states.shape[1]))
    for row, place in np.ndindex(queries.shape[:2]):
        real = states[row, : lengths[row]]
        powers = np.exp([score(w, queries[row, place], state) for state in real])
        weights[row, place, : lengths[row]] = powers / powers.sum()
        contexts[row, place] = powers @ real / powers.sum()
    return contexts, weights


FORMULAS |= {
    ("attention", name): lambda w, q, h, lengths, score=score: attended(score, w, q, h, lengths)
    for name, score in LOOKS.items()
}
FORMULAS["attention", "none"] = lambda w, q, h, lengths: (
    np.zeros((*q.shape[:2], 0)),
    np.zeros((*q.shape[:2], h.shape[1])),
)


# encoders


@formula("encoder", "average")
def average(_, x, lengths):
    return over_real_steps(POOLS["mean"], x, lengths)


@formula("encoder", "cnn")
def convolution(w, x, lengths):
    """Every filter at every window that meets a real word, zeros around the sentence."""
    rows = []
    for row, length in zip(x, lengths, strict=True):
        tops = []
        for number in range(2):
            kernel, bias = w[f"filters.{number}.weight"], w[f"filters.{number}.bias"]
            width = kernel.shape[2]
            padded = np.pad(row[:length], ((width - 1, width - 1), (0, 0)))
            windows = [padded[t : t + width].T for t in range(length + width - 1)]
            answers = [np.einsum("cdw,dw->c", kernel, window) + bias for window in windows]
            tops.append(np.maximum(0, answers).max(0))
        rows.append(np.concatenate(tops))
    return np.stack(rows)


def pooled(cell: str, pool: str, w: Weights, x, lengths):
    outputs, ends = recurrent(cell, cut(w, "recurrent."), x, lengths)
    return ends if pool == "last" else over_real_steps(POOLS[pool], outputs, lengths)


FORMULAS |= {
    ("encoder", cell): lambda w, x, lengths, cell=cell, pool=pool: pooled(cell, pool, w, x, lengths)
    for cell, pool in (*((cell, "last") for cell in PLAIN), ("gru", "mean"), ("lstm", "max"))
}


# distributions over a vocabulary


@formula("softmax", "full", "sampled")
def full_softmax(w, states, targets):
    """The sampled one sums over the whole vocabulary too where all words are in it."""
    scores = states @ w["weight"].T + w["bias"]
    return -np.mean(log_softmax(scores)[np.arange(len(targets)), targets])


@formula("softmax", "adaptive")
def adaptive_softmax(w, states, targets, cutoffs=(2, 4, 7)):
    """The head has the words before the first cutoff, and then a place for each class."""
    head = log_softmax(states @ w["layer.head.weight"].T + w["layer.head.bias"])
    losses = []
    for state, row, target in zip(states, head, targets, strict=True):
        number = sum(target >= cutoff for cutoff in cutoffs)
        if number == 0:
            losses.append(-row[target])
            continue
        inward, outward = (w[f"layer.tail.{number - 1}.{part}.weight"] for part in (0, 1))
        inside = log_softmax(outward @ (inward @ state))[target - cutoffs[number - 1]]
        losses.append(-row[cutoffs[0] + number - 1] - inside)
    return np.mean(losses)
