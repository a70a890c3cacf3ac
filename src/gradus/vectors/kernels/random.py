"""Random numbers inside kernels: a 64-bit congruential generator whose state the caller keeps.

``state`` is a uint64 array; a kernel may keep several independent streams in it. The twin in
:mod:`gradus.vectors.kernels.reference` draws the same numbers with Python's integers.
"""

import numpy as np

from gradus.core.jit import compiled

MULTIPLIER = np.uint64(6364136223846793005)
INCREMENT = np.uint64(1442695040888963407)
HALF = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)
MIX = np.uint64(29)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@compiled(inline=True)
def draw(state, stream):
    """The next 32 random bits of a stream, as uint64."""
    state[stream] = state[stream] * MULTIPLIER + INCREMENT
    return (state[stream] ^ (state[stream] >> MIX)) >> HALF


@compiled(inline=True)
def seeded(seed):
    """The state of two independent streams, numbered 0 and 1."""
    state = np.empty(2, np.uint64)
    state[0], state[1] = seed, seed ^ GOLDEN
    for _ in range(4):  # near seeds must not start alike
        draw(state, 0)
        draw(state, 1)
    return state


@compiled(inline=True)
def draw_below(state, stream, limit):
    """A whole number in ``[0, limit)``."""
    return np.int64((draw(state, stream) * np.uint64(limit)) >> HALF)


@compiled(inline=True)
def draw_noise(state, stream, alias):
    """A word from an alias table of :func:`gradus.vectors.sampling.alias_table`.

    The product's high half picks the cell, its low half is the fraction that picks within it.
    """
    product = draw(state, stream) * np.uint64(alias.shape[0])
    cell = np.int64(product >> HALF)
    entry = alias[cell]
    if (product & LOW) >= (entry >> HALF):
        return np.int64(entry & LOW)
    return cell
