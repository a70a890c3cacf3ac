"""Compiled derivatives of the sum over trees, by the weights that were eliminated.

The derivative by a weight ``a[i, j]`` is the same at every step of the elimination, which only adds
to it, so what a word passed on can be undone without knowing what the weight was before. Times the
weight it is the probability of an arc of the step, at most 1: the one subtraction here, of such
probabilities, costs none of the digits that count.
"""

import math

import numpy as np

from gradus.core.jit import compiled
from gradus.nn.kernels.logs import INF, log_add, log_add_number, log_sum


@compiled
def ratio_gradient(logs, sums, upstream):
    """The logs of the derivatives of the log sum by the ratios x, later ratios included.

    ``upstream`` are those without.
    """
    grads = upstream.copy()
    for last in range(len(grads) - 1, 0, -1):
        for word in range(last):
            grads[word] = log_add(grads[word], grads[last] + logs[word, last] - sums[last])
    return grads


@compiled
def weight_gradient(arcs, sums, ratios, by_ratio):
    """The derivatives of the log sum by each weight."""
    words = len(arcs)
    grads = np.zeros((words, words))
    passed_on = np.empty(words)
    for last in range(1, words):
        scale = math.exp(-sums[last])
        # the share of trees in which the last word has this head by itself, for no word it passed
        rest = 1.0 - math.exp(by_ratio[last] + ratios[last])
        passed_on[:last] = 0.0
        for word in range(last):
            taken = scale * _dot(grads[word, :last], arcs[last, :last])
            rest -= taken * arcs[word, last]
            for head in range(last):
                passed_on[head] += arcs[word, last] * grads[word, head]
            grads[word, last] = taken + math.exp(by_ratio[last] + ratios[word] - sums[last])
        for head in range(last):
            grads[last, head] = scale * max(0.0, passed_on[head] + rest)
    return grads


@compiled(fastmath={"reassoc", "contract", "nsz"})
def _dot(left, right):
    total = 0.0
    for place in range(len(left)):
        total += left[place] * right[place]
    return total


@compiled
def log_weight_gradient(logs, sums, ratios, by_ratio):
    """The logs of :func:`weight_gradient`, from the logs of the weights."""
    words = len(logs)
    grads = np.full((words, words), -INF)
    for last in range(1, words):
        rest = 1.0 - math.exp(by_ratio[last] + ratios[last])
        for word in range(last):
            taken = log_sum(grads[word, :last] + (logs[last, :last] - sums[last]))
            rest -= math.exp(taken + logs[word, last])
            grads[word, last] = log_add(taken, by_ratio[last] + ratios[word] - sums[last])
        for head in range(last):
            passed_on = log_sum(logs[:last, last] + grads[:last, head])
            grads[last, head] = log_add_number(passed_on, rest) - sums[last]
    return grads
