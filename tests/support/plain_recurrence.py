"""Recurrent layers in plain NumPy, forward and backward by hand: judges of the fused kernels.

Every derivative is written down here; nothing is differentiated by a library. A layer has the
weights ``W, U, b, c`` with the gates of a cell one below the other, as PyTorch keeps them.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Arrays = tuple[np.ndarray, ...]


class Cell(NamedTuple):
    """One step of a kind of layer, and the way back through it.

    ``forward`` goes from ``W x + b``, ``U h + c`` and the old states to the new states and what
    the way back needs. ``backward`` goes from that and the gradients of the new states to those of
    ``W x + b``, of ``U h + c``, and of the old states where they enter beside ``U h + c``.
    """

    states: int
    forward: Callable[..., tuple[Arrays, Arrays]]
    backward: Callable[..., tuple[np.ndarray, np.ndarray, Arrays]]


class Weights(NamedTuple):
    W: np.ndarray
    U: np.ndarray
    b: np.ndarray
    c: np.ndarray


class Reading(NamedTuple):
    """Top states, the last states of all layers, and a tape of each layer."""

    outputs: np.ndarray
    carried: Arrays
    tapes: list[list[tuple[np.ndarray, Arrays, Arrays]]]  # of each step: x, old states, kept values


class Gradients(NamedTuple):
    weights: list[Weights]
    inputs: np.ndarray
    begin: Arrays  # of the first states


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def plain(function, slope) -> Cell:
    """``h' = f(W x + U h + b)``; ``slope`` is f' as a function of f."""

    def forward(from_input, from_state, states):
        h = function(from_input + from_state)
        return (h,), (h,)

    def backward(kept, d_states):
        (h,), (d_h,) = kept, d_states
        d = d_h * slope(h)
        return d, d, (np.zeros_like(h),)

    return Cell(1, forward, backward)


def gru_forward(from_input, from_state, states):
    (h,) = states
    (ar, az, an), (br, bz, bn) = np.split(from_input, 3, -1), np.split(from_state, 3, -1)
    r, z = sigmoid(ar + br), sigmoid(az + bz)
    n = np.tanh(an + r * bn)
    return (z * h + (1 - z) * n,), (h, r, z, n, bn)


def gru_backward(kept, d_states):
    (h, r, z, n, bn), (d,) = kept, d_states
    d_n = d * (1 - z) * (1 - n**2)
    d_z = d * (h - n) * z * (1 - z)
    d_r = d_n * bn * r * (1 - r)
    from_input = np.concatenate([d_r, d_z, d_n], -1)
    return from_input, np.concatenate([d_r, d_z, d_n * r], -1), (d * z,)


def lstm_forward(from_input, from_state, states):
    _, c = states
    i, f, g, o = np.split(from_input + from_state, 4, -1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    after = f * c + i * g
    return (o * np.tanh(after), after), (c, i, f, g, o, after)


def lstm_backward(kept, d_states):
    (c, i, f, g, o, after), (d_h, d_c) = kept, d_states
    t = np.tanh(after)
    d_c = d_c + d_h * o * (1 - t**2)
    gates = [
        d_c * g * i * (1 - i),
        d_c * c * f * (1 - f),
        d_c * i * (1 - g**2),
        d_h * t * o * (1 - o),
    ]
    d = np.concatenate(gates, -1)
    return d, d, (np.zeros_like(d_h), d_c * f)


CELLS = {
    "rnn": plain(np.tanh, lambda h: 1 - h**2),
    "relu_rnn": plain(lambda x: np.maximum(0, x), lambda h: (h > 0).astype(h.dtype)),
    "sigmoid_rnn": plain(sigmoid, lambda h: h * (1 - h)),
    "gru": Cell(1, gru_forward, gru_backward),
    "lstm": Cell(2, lstm_forward, lstm_backward),
}


def read(kind: str, layers: list[Weights], inputs: np.ndarray, begin: Arrays) -> Reading:
    """Read ``[batch time dim]`` from the states ``begin``: those of each layer in a row."""
    cell, outputs, carried, tapes = CELLS[kind], inputs, [], []
    for number, (W, U, b, c) in enumerate(layers):
        states = tuple(begin[number * cell.states :][: cell.states])
        tape, hidden = [], []
        for x in outputs.swapaxes(0, 1):
            after, kept = cell.forward(x @ W.T + b, states[0] @ U.T + c, states)
            tape.append((x, states, kept))
            states = after
            hidden.append(after[0])
        outputs = np.stack(hidden, 1)
        carried += states
        tapes.append(tape)
    return Reading(outputs, tuple(carried), tapes)


def back(
    kind: str,
    layers: list[Weights],
    reading: Reading,
    d_outputs: np.ndarray,
    d_carried: Arrays | None = None,
) -> Gradients:
    """Backpropagation through time, from the gradients of the outputs and of the last states."""
    cell, weights, begin = CELLS[kind], [], []
    if d_carried is None:
        d_carried = tuple(np.zeros_like(state) for state in reading.carried)
    for number in reversed(range(len(layers))):
        W, U, b, c = layers[number]
        d_weights = [np.zeros_like(weight) for weight in (W, U, b, c)]
        d_states = tuple(d_carried[number * cell.states :][: cell.states])
        d_below = []
        for t, (x, states, kept) in reversed(list(enumerate(reading.tapes[number]))):
            d_states = (d_states[0] + d_outputs[:, t], *d_states[1:])
            d_in, d_rec, beside = cell.backward(kept, d_states)
            for total, part in zip(
                d_weights,
                (d_in.T @ x, d_rec.T @ states[0], d_in.sum(0), d_rec.sum(0)),
                strict=True,
            ):
                total += part
            d_states = (beside[0] + d_rec @ U, *beside[1:])
            d_below.insert(0, d_in @ W)
        d_outputs = np.stack(d_below, 1)
        weights.insert(0, Weights(*d_weights))
        begin = [*d_states, *begin]
    return Gradients(weights, d_outputs, tuple(begin))
