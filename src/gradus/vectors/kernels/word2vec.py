"""Skip-gram and CBOW over one block of an encoded corpus, compiled.

A block is a stretch of word ids in which -1 ends a line. What training does with it depends on the
matrices, the block, the rates and the seed alone, so blocks can be handed to threads, repeated and
resumed. The plain twin with the same signature is in :mod:`gradus.vectors.kernels.reference`.

Matrices are flat float32 whose rows are ``dim`` long, padded to whole vectors; the last row of
``outputs`` is a spare one that fills incomplete groups and never moves.
"""

import numpy as np

from gradus.core.jit import compiled
from gradus.core.kernels.simd import LANES, ZERO, add, fma, load, prefetch, splat, store, sub
from gradus.vectors.kernels.random import draw, draw_below, draw_noise, seeded
from gradus.vectors.kernels.window import GROUP, step_

#: Centres of CBOW that are trained together and share their negatives.
CBOW_BATCH = 3
#: How many batches of centres before its use a row is asked from memory.
AHEAD = 4
RING = 8
#: Streams of random numbers in a kernel's state.
WORDS, NOISE = 0, 1
NO, YES = np.float32(0), np.float32(1)


@compiled()
def train_block(
    ids, start, end, keep, inputs, outputs, noise, path_start, path_nodes, path_targets,
    lanes, dim, window, shrink, cbow, negative, rate_first, rate_last, seed,
):  # fmt: skip
    """Train on ``ids[start:end]``; return the summed loss, the examples and the words kept.

    Skip-gram: every context word is an input row, and an example. CBOW: the input is the mean of
    the context rows; up to :data:`CBOW_BATCH` neighbouring centres are trained together. Outputs:
    the centres and ``negative`` noise words that they share [ji2016] or, where ``negative`` is 0,
    the nodes on the centre's Huffman path.
    """
    state = seeded(seed)
    width = len(lanes)
    spare = np.int64(outputs.shape[0] - dim)
    batch = CBOW_BATCH if cbow and negative > 0 else 1
    ahead = AHEAD if batch == 1 else AHEAD // 2
    line = np.empty(end - start + 1, np.int32)
    contexts = np.empty((CBOW_BATCH, 2 * window + 1), np.int64)
    counts = np.empty(CBOW_BATCH, np.int64)
    hidden = np.zeros(2 * CBOW_BATCH * dim, np.float32)
    hidden_rows = np.arange(CBOW_BATCH) * dim
    rows = np.empty(
        CBOW_BATCH + max(negative, path_nodes.shape[0] if negative == 0 else 0), np.int64
    )
    group = np.empty(width, np.int64)
    targets = np.zeros((CBOW_BATCH + 1) * GROUP, np.float32)
    weights = np.zeros((CBOW_BATCH + 1) * GROUP, np.float32)
    steps = np.zeros(GROUP * (2 * window + 3), np.float32)
    drawn = np.empty((RING, max(negative, 1)), np.int64)
    loss, examples, kept = 0.0, 0, 0
    position = start
    while position < end:
        rate = np.float32(
            rate_first + (rate_last - rate_first) * (position - start) / (end - start)
        )
        position, size = read_line(ids, position, end, keep, state, line)
        kept += size
        if size < 2:
            continue
        batches = (size + batch - 1) // batch
        for turn in range(-ahead, batches):
            coming = turn + ahead
            if coming < batches:
                for k in range(negative):
                    drawn[coming % RING, k] = draw_noise(state, NOISE, noise)
                    _fetch(outputs, drawn[coming % RING, k], dim)
                for place in range(coming * batch, min(size, (coming + 1) * batch)):
                    if negative > 0:
                        _fetch(outputs, np.int64(line[place]), dim)
                    if place + window < size:
                        _fetch(inputs, np.int64(line[place + window]), dim)
            if turn < 0:
                continue
            low = turn * batch
            members = min(size - low, batch)
            for i in range(members):
                reach = draw_below(state, WORDS, window) + 1 if shrink else window
                counts[i] = _context(line, size, low + i, reach, dim, contexts[i])
                if cbow:
                    _average(inputs, contexts[i], counts[i], dim, hidden, hidden_rows[i])
            used, path = _outputs(
                line, low, members, drawn[turn % RING], negative, path_start, path_nodes, dim, rows
            )
            matrix, rows_in, count = (
                (hidden, hidden_rows, members) if cbow else (inputs, contexts[0], counts[0])
            )
            for at in range(0, used, width):
                _choose(
                    rows, at, used, spare, members, batch, negative, path, path_targets,
                    group, targets, weights,
                )  # fmt: skip
                loss += step_(
                    matrix, rows_in, count, outputs, group, lanes, targets, weights,
                    LANES if batch > 1 else 0, rate, dim, steps,
                )  # fmt: skip
            if cbow:
                for i in range(members):
                    _spread_(inputs, contexts[i], counts[i], dim, hidden, hidden_rows[i])
            examples += count
    return loss, examples, kept


@compiled()
def read_line(ids, position, end, keep, state, line):
    """Fill ``line`` with the words of the next line that survive subsampling.

    A word survives when 32 random bits are at most ``keep[word]``. Returns the position after the
    line and the number of words.
    """
    size = 0
    while position < end and ids[position] >= 0:
        word = ids[position]
        if draw(state, WORDS) <= keep[word]:
            line[size] = word
            size += 1
        position += 1
    return position + 1, size


@compiled(inline=True)
def _fetch(matrix, row, dim):
    for o in range(0, dim, LANES):
        prefetch(matrix, row * dim + o)


@compiled(inline=True)
def _context(line, size, centre, reach, dim, rows):
    """Write the rows of the words within ``reach`` of ``centre``; return how many there are."""
    count = 0
    for place in range(max(0, centre - reach), min(size, centre + reach + 1)):
        if place != centre:
            rows[count] = np.int64(line[place]) * dim
            count += 1
    return count


@compiled(inline=True)
def _outputs(line, low, members, drawn, negative, path_start, path_nodes, dim, rows):
    """Write the output rows of a batch; return their number and where the path begins."""
    if negative == 0:
        path = path_start[line[low]]
        used = path_start[line[low] + 1] - path
        for k in range(used):
            rows[k] = np.int64(path_nodes[path + k]) * dim
        return used, path
    for i in range(members):
        rows[i] = np.int64(line[low + i]) * dim
    for k in range(negative):
        rows[members + k] = drawn[k] * dim
    return members + negative, np.int64(0)


@compiled(inline=True)
def _choose(
    rows, at, used, spare, members, batch, negative, path, path_targets, group, targets, weights
):
    """Set the rows of one group of outputs, with the targets and weights of each input.

    A centre counts for its own input only, and is no noise for itself. Where inputs share one
    centre (``batch`` is 1), the pattern of one input is written for both halves of a vector.
    """
    for j in range(len(group)):
        inside = at + j < used
        group[j] = rows[at + j] if inside else spare
        for i in range(members if batch > 1 else 2):
            owner = i if batch > 1 else 0
            target, weight = NO, NO
            if inside and negative == 0:
                target, weight = path_targets[path + at + j], YES
            elif inside and at + j >= members:
                weight = NO if group[j] == rows[owner] else YES
            elif inside and at + j == owner:
                target, weight = YES, YES
            targets[i * GROUP + j] = target
            weights[i * GROUP + j] = weight


@compiled(inline=True)
def _average(inputs, rows, count, dim, hidden, at):
    """Write the mean of ``count`` rows to ``hidden`` at ``at``, and again a batch further on."""
    share = splat(YES / np.float32(count))
    for o in range(0, dim, LANES):
        mean = splat(ZERO)
        for i in range(count):
            mean = fma(share, load(inputs, rows[i] + o), mean)
        store(hidden, at + o, mean)
        store(hidden, at + CBOW_BATCH * dim + o, mean)


@compiled(inline=True)
def _spread_(inputs, rows, count, dim, hidden, at):
    """Add the whole step of the hidden row to each of ``count`` rows.

    As in word2vec.c: the gradient of a row is that step divided by ``count``, so the rows of long
    windows learn as fast as those of short ones.
    """
    for o in range(0, dim, LANES):
        moved = sub(load(hidden, at + o), load(hidden, at + CBOW_BATCH * dim + o))
        for i in range(count):
            store(inputs, rows[i] + o, add(load(inputs, rows[i] + o), moved))
