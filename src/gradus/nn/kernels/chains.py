"""Compiled sums over all label sequences of a chain, their derivatives, and the best sequence.

``moves[i, j]`` is the score of label j after label i, in nats, ``-inf`` where it is forbidden. The
edge of a sequence is one label more, the last: ``moves[-1]`` are the scores of the first label and
``moves[:, -1]`` those of the last one. Scores must be below +∞ and numbers.

Sums are kept as logarithms from step to step. Within a step they are sums of weights, relative to
the largest: a product of a row with a matrix, and not an exponential for every pair of labels.
What is lost to underflow is at most 1e-300 of the largest; where that may count, the step is
computed again from the logarithms.
"""

import math

import numpy as np

from gradus.core.jit import compiled
from gradus.nn.kernels.logs import INF, log_sum

#: Sums of weights of at most 1 below this one may have lost what counts.
TINY = 1e-280

#: Pairs of labels are weighed by products where the best of each side, joined by the best move,
#: would lie at most so many nats above the sum of all: then nothing that underflows could count.
NEAR = 300.0


@compiled
def log_partitions(emissions, lengths, moves, alphas, totals):
    """The log of the sum of ``exp(score)`` over all label sequences of each padded sequence.

    ``-inf`` if all are forbidden, 0 without a step. ``alphas[b, t, j]`` are the logs of the sums
    over all beginnings that have label j at step t, unspecified at padding.
    """
    labels = emissions.shape[2]
    between = moves[:labels, :labels].copy()
    top, weights = _weights(between)
    shares = np.empty(labels)
    for sequence in range(len(lengths)):
        steps = lengths[sequence]
        totals[sequence] = 0.0
        for step in range(steps):
            alpha = alphas[sequence, step]
            if step == 0:
                alpha[:] = moves[labels, :labels]
            else:
                before = alphas[sequence, step - 1]
                largest = _shares(before, shares)
                _pass_on(before, shares, largest + top, weights, between, alpha)
            alpha += emissions[sequence, step]
        if steps > 0:
            totals[sequence] = log_sum(alphas[sequence, steps - 1] + moves[:labels, labels])


@compiled
def gradients(emissions, lengths, moves, alphas, totals, upstream, by_emission, by_move):
    """The derivatives of ``upstream · totals`` by all scores; those by emissions are marginals.

    ``alphas`` and ``totals`` are those of :func:`log_partitions`, all totals finite. Padding has 0.
    """
    labels = emissions.shape[2]
    between = moves[:labels, :labels].copy()
    onwards = between.T.copy()
    top, weights = _weights(onwards)
    by_emission[:] = 0.0
    by_move[:] = 0.0
    inner, products = by_move[:labels, :labels], np.zeros((labels, labels))
    left, right, beta = np.empty(labels), np.empty(labels), np.empty(labels)
    for sequence in range(len(lengths)):
        signal, total, last = upstream[sequence], totals[sequence], lengths[sequence] - 1
        for step in range(last, -1, -1):
            alpha = alphas[sequence, step]
            if step == last:
                beta[:] = moves[:labels, labels]
            else:
                after = beta + emissions[sequence, step + 1]
                largest = _shares(after, right)
                excess = _shares(alpha, left) + top + largest - total
                if excess <= NEAR:
                    _add_products(left, right, signal * math.exp(excess), products)
                else:
                    _add_pairs(alpha, between, after - total, signal, inner)
                _pass_on(after, right, largest + top, weights, onwards, beta)
            for label in range(labels):
                share = min(1.0, math.exp(alpha[label] + beta[label] - total))
                by_emission[sequence, step, label] = signal * share
        if last >= 0:
            by_move[labels, :labels] += by_emission[sequence, 0]
            by_move[:labels, labels] += by_emission[sequence, last]
    inner += products * weights.T


@compiled
def best_paths(emissions, lengths, moves, tags, totals):
    """The best label sequence and its score, ``-inf`` if all are forbidden; 0 without a step.

    Of labels that are equally good the first is taken. Padding keeps its tags.
    """
    _, steps, labels = emissions.shape
    origins = np.empty((steps, labels), np.int32)
    scores, before = np.empty(labels), np.empty(labels)
    for sequence in range(len(lengths)):
        totals[sequence] = 0.0
        for step in range(lengths[sequence]):
            if step == 0:
                scores[:] = moves[labels, :labels]
            else:
                before[:] = scores
                _best_move(before, moves, scores, origins[step])
            scores += emissions[sequence, step]
        if lengths[sequence] > 0:
            scores += moves[:labels, labels]
            label = int(np.argmax(scores))
            totals[sequence] = scores[label]
            for step in range(lengths[sequence] - 1, -1, -1):
                tags[sequence, step] = label
                label = origins[step, label]


@compiled
def _best_move(before, moves, scores, origins):
    labels = len(before)
    scores[:] = -INF
    origins[:] = 0
    for label in range(labels):
        start = before[label]
        for following in range(labels):
            score = start + moves[label, following]
            if score > scores[following]:
                scores[following] = score
                origins[following] = label


@compiled
def _weights(logs):
    """The largest logarithm of a matrix, and the weights relative to it."""
    top = max(-1e300, logs.max())  # not -inf, which would make weights that are no numbers
    return top, np.exp(logs - top)


@compiled
def _shares(logs, shares):
    """Fill in the weights relative to the largest one; returns its logarithm."""
    largest = -1e300
    for log in logs:
        largest = max(largest, log)
    for label in range(len(logs)):
        shares[label] = math.exp(logs[label] - largest)
    return largest


@compiled
def _pass_on(logs, shares, shift, weights, moves, result):
    """``result[j] = log Σ_i exp(logs[i] + moves[i, j])``, from weights that are shares of a top."""
    labels = len(logs)
    result[:] = 0.0
    for label in range(labels):
        share = shares[label]
        for following in range(labels):
            result[following] += share * weights[label, following]
    for following in range(labels):
        if result[following] >= TINY:
            result[following] = shift + math.log(result[following])
        else:
            result[following] = log_sum(logs + moves[:, following])


@compiled
def _add_products(left, right, scale, products):
    for label in range(len(left)):
        share = scale * left[label]
        for following in range(len(right)):
            products[label, following] += share * right[following]


@compiled
def _add_pairs(alpha, moves, rest, signal, inner):
    for label in range(len(alpha)):
        for following in range(len(rest)):
            log = alpha[label] + moves[label, following] + rest[following]
            inner[label, following] += signal * min(1.0, math.exp(log))
