"""Windows of a block as arrays, and the objective on them in float64: for judges, not for speed."""

import math

import numpy as np

from gradus.core.jit import compiled
from gradus.vectors.kernels.random import draw_below, seeded
from gradus.vectors.kernels.word2vec import WORDS, read_line


@compiled()
def windows(ids, start, end, keep, window, shrink, seed):
    """The centres of ``ids[start:end]``, and their context words as one array with offsets.

    With equal arguments these are the windows that :func:`train_block` visits for skip-gram.
    """
    state = seeded(seed)
    line = np.empty(end - start + 1, np.int32)
    centres = np.empty(end - start, np.int32)
    offsets = np.zeros(end - start + 1, np.int64)
    contexts = np.empty((end - start) * 2 * window, np.int32)
    found, filled = 0, 0
    position = start
    while position < end:
        position, size = read_line(ids, position, end, keep, state, line)
        if size < 2:
            continue
        for centre in range(size):
            reach = draw_below(state, WORDS, window) + 1 if shrink else window
            for place in range(max(0, centre - reach), min(size, centre + reach + 1)):
                if place != centre:
                    contexts[filled] = line[place]
                    filled += 1
            centres[found] = line[centre]
            found += 1
            offsets[found] = filled
    return centres[:found].copy(), offsets[: found + 1].copy(), contexts[:filled].copy()


# sums in any order, but not-a-number stays what it is
@compiled(fastmath={"reassoc", "contract", "nsz"})
def sampled_losses(
    inputs, outputs, dim, offsets, contexts, output_offsets, output_rows, targets, cbow, first,
    last, losses
):  # fmt: skip
    """Write the summed loss of each of the examples ``first`` to ``last``, in float64.

    Example ``i`` has the contexts ``contexts[offsets[i]:offsets[i + 1]]`` and likewise output rows
    with their targets; its loss is that of the mean context (CBOW) or the sum over its contexts.
    """
    hidden = np.empty(dim, np.float64)
    for i in range(first, last):
        losses[i] = 0.0
        low, high = offsets[i], offsets[i + 1]
        for turn in range(1 if cbow else high - low):
            here = low + turn
            until = high if cbow else here + 1
            hidden[:] = 0.0
            for at in range(here, until):
                row = np.int64(contexts[at]) * dim
                for d in range(dim):
                    hidden[d] += inputs[row + d]
            for k in range(output_offsets[i], output_offsets[i + 1]):
                row = np.int64(output_rows[k]) * dim
                x = 0.0
                for d in range(dim):
                    x += hidden[d] * outputs[row + d]
                x /= until - here
                wrong = -x if targets[k] == 1 else x
                losses[i] += max(wrong, 0.0) + math.log1p(math.exp(-abs(wrong)))
