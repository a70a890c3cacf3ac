"""Beam search: several parses of a sentence side by side, the likeliest kept at each step."""

import numpy as np

from gradus.core.jit import compiled
from gradus.tasks.parsing.kernels.greedy import MOVES, legal_, locate_, name_, score_
from gradus.tasks.parsing.kernels.moves import apply_, finished
from gradus.tasks.parsing.kernels.state import HEAD, LABEL, NONE, complete_, start


@compiled
def beam_(
    system, words, rows, positions, labelled, classes, leftover, model, heads, labels, totals
):
    """Fill rows of ``heads`` and ``labels`` with parses, the likeliest first; give their number.

    ``totals`` receives the sum of the logarithms of their transitions' probabilities; its length
    is the size of the beam. Different transitions may lead to one tree.
    """
    size, count = len(totals), len(classes)
    hidden, active = np.empty(len(model[5]), np.float32), np.empty(len(model[5]), np.int64)
    scores = np.empty(len(model[7]), np.float32)
    nodes = np.empty(len(positions), np.int32)
    names = np.empty(len(labelled) + 1, np.int32)
    may = np.empty(MOVES, np.bool_)
    states = np.empty((size, *start(words).shape), np.int32)
    states[0] = start(words)
    totals[:] = -np.inf
    totals[0] = 0.0
    alive, going = 1, True
    values = np.empty(size)
    origins = np.empty((size, 2), np.int64)
    while going:
        found = 0
        for h in range(alive):
            if finished(system, states[h]):
                found = _offer_(values, origins, found, totals[h], h, NONE)
                continue
            locate_(states[h], positions, nodes)
            name_(system, states[h], nodes, labelled, names)
            legal_(system, states[h], may)
            score_(nodes, names, rows, model, hidden, active, scores)
            norm = _log_sum(scores, may, classes)
            for c in range(count):
                if may[classes[c, 0]]:
                    value = totals[h] + scores[c] - norm
                    found = _offer_(values, origins, found, value, h, c)
        before = states[:alive].copy()
        going = False
        for h in range(found):
            states[h] = before[origins[h, 0]]
            c = origins[h, 1]
            if c != NONE:
                apply_(system, states[h], classes[c, 0], classes[c, 1])
            totals[h] = values[h]
            going = going or not finished(system, states[h])
        alive = found
    for h in range(alive):
        complete_(states[h], words, leftover[0], leftover[1])
        heads[h] = states[h, HEAD, 1 : words + 1]
        labels[h] = states[h, LABEL, 1 : words + 1]
    return alive


@compiled
def _offer_(values, origins, found, value, hypothesis, chosen):
    """Put a candidate in its place among the best; give how many there are."""
    if found == len(values):
        if value <= values[found - 1]:
            return found
        place = found - 1
    else:
        place = found
        found += 1
    while place > 0 and values[place - 1] < value:
        values[place] = values[place - 1]
        origins[place] = origins[place - 1]
        place -= 1
    values[place] = value
    origins[place, 0], origins[place, 1] = hypothesis, chosen
    return found


@compiled
def _log_sum(scores, may, classes):
    """The logarithm of the sum of the exponentials of allowed scores."""
    highest = -np.inf
    for c in range(len(classes)):
        if may[classes[c, 0]]:
            highest = max(highest, scores[c])
    total = 0.0
    for c in range(len(classes)):
        if may[classes[c, 0]]:
            total += np.exp(scores[c] - highest)
    return highest + np.log(total)


@compiled
def beams_(
    system, lengths, rows, positions, labelled, classes, leftover, model, size, heads, labels
):
    """Parse sentences one after another, each with a beam; write the likeliest heads and labels."""
    begin = 0
    for s in range(len(lengths)):
        words = lengths[s]
        own = rows[:, begin + 2 * s : begin + 2 * s + words + 2]
        many_heads = np.empty((size, words), np.int32)
        many_labels = np.empty((size, words), np.int32)
        totals = np.empty(size)
        beam_(
            system, words, own, positions, labelled, classes, leftover, model,
            many_heads, many_labels, totals,
        )  # fmt: skip
        heads[begin : begin + words] = many_heads[0]
        labels[begin : begin + words] = many_labels[0]
        begin += words
