"""The specification of the word2vec kernels: plain NumPy, short and slow.

:func:`train_block` takes and returns what the compiled one does, and draws the same random numbers.
:func:`pair_gradients` is the gradient that both follow; tests check it by central differences.
"""

from collections.abc import Iterator

import numpy as np

from gradus.vectors.kernels.word2vec import CBOW_BATCH

BITS = 2**64


class Draws:
    """Two streams of 32-bit numbers, as :mod:`gradus.vectors.kernels.random` makes them."""

    def __init__(self, seed: int) -> None:
        self.state = [seed, seed ^ 0x9E3779B97F4A7C15]
        for _ in range(4):
            self.draw(0), self.draw(1)

    def draw(self, stream: int) -> int:
        """The next 32 bits of a stream."""
        self.state[stream] = (self.state[stream] * 6364136223846793005 + 1442695040888963407) % BITS
        return (self.state[stream] ^ (self.state[stream] >> 29)) >> 32

    def reach(self, window: int) -> int:
        """How far a window reaches, between 1 and ``window``."""
        return (self.draw(0) * window >> 32) + 1

    def noise(self, alias: np.ndarray) -> int:
        """A word from an alias table."""
        cell, fraction = divmod(self.draw(1) * len(alias), 2**32)
        threshold, other = divmod(int(alias[cell]), 2**32)
        return other if fraction >= threshold else cell


def pair_errors(v, u, targets, weights):
    """Loss of input rows ``v`` against output rows ``u``, and its gradient by their products.

    ``loss = -sum_ij w_ij log sigma(s_ij v_i . u_j)``, with ``s`` 1 where the target is 1 and -1
    where it is 0; then ``d loss / d (v_i . u_j) = w_ij (sigma(v_i . u_j) - t_ij)``.
    """
    x = v @ u.T
    loss = (weights * np.logaddexp(0, np.where(targets == 1, -x, x))).sum()
    return loss, weights * (np.exp(-np.logaddexp(0, -x)) - targets)


def pair_gradients(v, u, targets, weights):
    """The loss of :func:`pair_errors`, and its gradients by ``v`` and by ``u``."""
    loss, error = pair_errors(v, u, targets, weights)
    return loss, error @ u, error.T @ v


def cbow_gradients(contexts, u, targets, weights):
    """Loss of the mean of ``contexts`` against output rows ``u``, and its gradients by both."""
    loss, moved, by_u = pair_gradients(contexts.mean(axis=0, keepdims=True), u, targets, weights)
    return loss, np.repeat(moved / len(contexts), len(contexts), axis=0), by_u


def train_block(
    ids, start, end, keep, inputs, outputs, noise, path_start, path_nodes, path_targets,
    lanes, dim, window, shrink, cbow, negative, rate_first, rate_last, seed,
):  # fmt: skip
    """Train on ``ids[start:end]``; return the summed loss, the examples and the words kept."""
    v, u = inputs.reshape(-1, dim), outputs.reshape(-1, dim)
    draws = Draws(int(seed))
    batch = CBOW_BATCH if cbow and negative else 1
    loss, examples, kept = 0.0, 0, 0
    for position, line in lines(ids, start, end, keep, draws):
        kept += len(line)
        if len(line) < 2:
            continue
        rate = rate_first + (rate_last - rate_first) * (position - start) / (end - start)
        for low in range(0, len(line), batch):
            centres = line[low : low + batch]
            contexts = [
                around(line, low + i, draws.reach(window) if shrink else window)
                for i in range(len(centres))
            ]
            if negative:
                rows = [*centres, *(draws.noise(noise) for _ in range(negative))]
                targets = np.eye(len(centres), len(rows))
                # a centre counts for its own input only, and is no noise for itself
                weights = np.array(
                    [[row != own for row in rows[len(centres) :]] for own in centres], float
                )
                weights = np.concatenate([np.eye(len(centres)), weights], axis=1)
            else:
                path = slice(path_start[centres[0]], path_start[centres[0] + 1])
                rows, targets = path_nodes[path].tolist(), path_targets[path][None].astype(float)
                weights = np.ones_like(targets)
            if not cbow:
                loss += step(v, contexts[0], u, rows, targets, weights, rate, len(lanes))
                examples += len(contexts[0])
                continue
            hidden = np.stack([v[words].mean(axis=0) for words in contexts])
            before = hidden.copy()
            loss += step(hidden, range(len(hidden)), u, rows, targets, weights, rate, len(lanes))
            for words, moved in zip(contexts, hidden - before, strict=True):
                # undivided, as in word2vec.c: the gradient by a row is this over len(words)
                np.add.at(v, words, moved)
            examples += len(contexts)
    return loss, examples, kept


def lines(ids, start, end, keep, draws) -> Iterator[tuple[int, list[int]]]:
    """Where each line begins, and its words that survive subsampling."""
    position = start
    while position < end:
        began, line = position, []
        while position < end and ids[position] >= 0:
            if draws.draw(0) <= keep[ids[position]]:
                line.append(int(ids[position]))
            position += 1
        position += 1
        yield began, line


def around(line: list[int], centre: int, reach: int) -> list[int]:
    """The words within ``reach`` of a place, without its own."""
    return line[max(0, centre - reach) : centre] + line[centre + 1 : centre + 1 + reach]


def step(v, rows_in, u, rows_out, targets, weights, rate, width) -> float:
    """Gradient steps on pairs of rows, ``width`` outputs at a time; the loss before each."""
    loss = 0.0
    rows_in = list(rows_in)
    for at in range(0, len(rows_out), width):
        rows = list(rows_out[at : at + width])
        shape = (len(rows_in), len(rows))
        before = u[rows]
        found, error = pair_errors(
            v[rows_in],
            before,
            np.broadcast_to(targets[:, at : at + width], shape),
            np.broadcast_to(weights[:, at : at + width], shape),
        )
        loss += float(found)
        for row, wrong in zip(rows_in, error, strict=True):
            # a word that stands twice in a window moves twice
            np.subtract.at(u, rows, rate * wrong[:, None] * v[row])
            v[row] -= rate * (wrong @ before)
    return loss
