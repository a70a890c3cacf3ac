"""Sums over the features of texts, and their gradient by rows, each row once."""

import numpy as np

from gradus.core.jit import compiled


@compiled
def scaled_sums(features, bounds, weight, priors, first_gain, reach):  # type: ignore[no-untyped-def]
    """``Σ (first_gain + reach weight[f]) ∘ priors[f] / √n`` over the n features of each text.

    The result is ``[texts labels]``.
    """
    texts, labels = len(bounds) - 1, weight.shape[1]
    sums = np.zeros((texts, labels), weight.dtype)
    for text in range(texts):
        first, last = bounds[text], bounds[text + 1]
        for place in range(first, last):
            row = features[place]
            for label in range(labels):
                sums[text, label] += (first_gain + reach * weight[row, label]) * priors[row, label]
        for label in range(labels):
            sums[text, label] /= np.sqrt(max(1, last - first))
    return sums


@compiled
def weight_gradient(features, bounds, priors, upstream, places, reach):  # type: ignore[no-untyped-def]
    """The rows that occur, in order of occurrence, and the gradient of each row of the weight.

    ``upstream`` is the gradient of the sums. ``places`` has a number for each row of the table, all
    of them -1; they are -1 again at the end, so that one array serves every call.
    """
    labels = priors.shape[1]
    rows = np.empty(len(features), np.int64)
    grads = np.empty((len(features), labels), priors.dtype)
    count = 0
    for text in range(len(bounds) - 1):
        first, last = bounds[text], bounds[text + 1]
        share = 1.0 / np.sqrt(max(1, last - first))
        for position in range(first, last):
            row = features[position]
            place = places[row]
            if place < 0:
                place = places[row] = count
                rows[count] = row
                grads[count] = 0.0
                count += 1
            for label in range(labels):
                grads[place, label] += upstream[text, label] * share
    for place in range(count):
        row = rows[place]
        places[row] = -1
        for label in range(labels):
            grads[place, label] *= reach * priors[row, label]
    return rows[:count].copy(), grads[:count].copy()
