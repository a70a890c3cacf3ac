"""Compiled sums over all trees with one root word, and the probability of each arc.

The matrix-tree theorem gives the sum as a determinant. Here its matrix is eliminated without a
single subtraction, by sums of weights alone, so that no difference between scores is too large:
an ordinary determinant is 0 or noise as soon as words attach to one another e³⁶ times as strongly
as to the rest.

Words are eliminated last to first. If word k may take the heads j < k with the weights ``a[k, j]``
and their sum is ``S[k]``, then it passes the words that it heads on to these heads:
``a[i, j] += a[i, k] a[k, j] / S[k]``. The trees below word 0 weigh ``Π S[k]``, and those below the
other words ``x[k] = Σ_{i<k} x[i] a[i, k] / S[k]`` times as much.
"""

import math

import numpy as np

from gradus.core.jit import compiled
from gradus.nn.kernels.arborescence_gradients import (
    log_weight_gradient,
    ratio_gradient,
    weight_gradient,
)
from gradus.nn.kernels.logs import INF, log_add, log_sum

#: Weights are taken as they are where those of each word lie within this many nats, so that no
#: product of two is 0, and as logarithms where they lie farther apart or some are 0.
NEAR = 300.0


@compiled
def log_partitions(scores, lengths, totals, marginals, wanted):
    """The log of the sum over trees of ``exp(score)`` of each sentence of a padded batch.

    ``-inf`` if there is no tree. With ``wanted`` the probabilities of all arcs go to ``marginals``,
    0 at padding and where there is no tree.
    """
    for sentence in range(len(lengths)):
        words = lengths[sentence]
        own = scores[sentence, :words, : words + 1]
        if wanted:
            marginals[sentence] = 0.0
            totals[sentence] = log_partition(own, marginals[sentence, :words, : words + 1], True)
        else:
            totals[sentence] = log_partition(own, marginals[sentence], False)


@compiled
def log_partition(scores, marginals, wanted):
    """The log of the sum over trees of one sentence; no number if a score is +∞ or no number."""
    words = len(scores)
    logs = np.full((words, words), -INF)
    shifts = np.zeros(words)
    span = _load(scores, logs, shifts)
    if np.isnan(span):
        return np.nan
    order = np.arange(words)  # the word at each place
    sums = np.zeros(words)  # the logs of S
    near = span <= NEAR
    if near:
        arcs = np.exp(logs)
        _eliminate(arcs, sums)
        logs = np.log(arcs)
    elif not _eliminate_logs(logs, sums, order):
        return -INF
    roots = np.empty(words)
    for place in range(words):
        roots[place] = scores[order[place], 0] - shifts[order[place]]
    ratios = _root_ratios(logs, sums)
    total = log_sum(roots + ratios)
    if wanted and total > -INF:
        by_ratio = ratio_gradient(logs, sums, roots - total)
        if near:
            grads = np.log(weight_gradient(arcs, sums, ratios, by_ratio))
        else:
            grads = log_weight_gradient(logs, sums, ratios, by_ratio)
        for place in range(words):
            word = order[place]
            marginals[word, 0] = math.exp(roots[place] + ratios[place] - total)
            for other in range(words):
                head = order[other] + 1
                if other != place:
                    share = math.exp(scores[word, head] - shifts[word] + grads[place, other])
                    marginals[word, head] = min(1.0, share)
    return total + sums.sum() + shifts.sum()


@compiled
def _load(scores, logs, shifts):
    """Copy the arcs between words, less the best of each word; returns the largest difference."""
    words = len(scores)
    span = 0.0
    for word in range(words):
        best, worst = -INF, INF
        for head in range(words + 1):
            if head != word + 1:
                if not scores[word, head] < INF:
                    return np.nan
                if head > 0:
                    best = max(best, scores[word, head])
                    worst = min(worst, scores[word, head])
        if best > -INF:
            shifts[word] = best
            for head in range(words):
                if head != word:
                    logs[word, head] = scores[word, head + 1] - best
        if words > 1:
            span = max(span, shifts[word] - worst)
    return span


@compiled
def _eliminate(arcs, sums):
    """Eliminate all words but the first, by weights."""
    for last in range(len(arcs) - 1, 0, -1):
        total = arcs[last, :last].sum()
        sums[last] = math.log(total)
        for word in range(last):
            share = arcs[word, last] / total
            for head in range(last):
                arcs[word, head] += share * arcs[last, head]
            arcs[word, word] = 0.0


@compiled
def _eliminate_logs(arcs, sums, order):
    """Eliminate all words but the first, by logarithms; false if two words must both be the root.

    What can only be the root, or was left with heads that were eliminated, changes places with the
    first word.
    """
    for last in range(len(arcs) - 1, 0, -1):
        sums[last] = log_sum(arcs[last, :last])
        if sums[last] == -INF:
            _swap(arcs, order, last)
            sums[last] = log_sum(arcs[last, :last])
            if sums[last] == -INF:
                return False
        for word in range(last):
            share = arcs[word, last] - sums[last]
            if share > -INF:
                for head in range(last):
                    if head != word and arcs[last, head] > -INF:
                        arcs[word, head] = log_add(arcs[word, head], share + arcs[last, head])
    return True


@compiled
def _swap(arcs, order, other):
    for place in range(len(arcs)):
        arcs[0, place], arcs[other, place] = arcs[other, place], arcs[0, place]
    for place in range(len(arcs)):
        arcs[place, 0], arcs[place, other] = arcs[place, other], arcs[place, 0]
    order[0], order[other] = order[other], order[0]


@compiled
def _root_ratios(logs, sums):
    """The logs of x: how much the trees below each word weigh against those below the first."""
    ratios = np.zeros(len(logs))
    for word in range(1, len(logs)):
        ratios[word] = log_sum(ratios[:word] + logs[:word, word]) - sums[word]
    return ratios
