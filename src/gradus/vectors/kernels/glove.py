"""The compiled GloVe step over one tile of pairs; its plain twin is ``reference_glove``.

A parameter row is a stretch of ``2 * width`` floats: the vector, then its AdaGrad sums. Biases live
in the vector: lane ``dim`` of a row is its own bias and lane ``dim + 1`` the constant 1, the other
way round on the column side, so that the dot product holds both. :data:`FROZEN` sums keep the 1.

The pairs of a row are taken :data:`BATCH` at a time: their products are formed and reduced
together, and the row is read and written once for all of them.
"""

import numpy as np

from gradus.core.jit import compiled
from gradus.core.kernels.simd import (
    LANES,
    accumulate,
    add,
    div,
    fma,
    load,
    load_rows,
    mul,
    prefetch,
    root,
    splat,
    store,
    totals,
    zeros,
)

#: Pairs of one row whose gradients are taken at the same point.
BATCH = 8
#: An AdaGrad sum so large that its parameter never moves.
FROZEN = np.float32(1e30)
#: Pairs between the request for a column and its use.
AHEAD = 8
#: Bits of a place that number the column.
COLUMN_BITS = 16

EIGHT, FOUR, NONE = tuple(range(8)), tuple(range(4)), ()
SHIFT, MASK = np.uint32(COLUMN_BITS), np.uint32((1 << COLUMN_BITS) - 1)
ONE, ZERO = np.float32(1.0), np.float32(0.0)


@compiled(fastmath=True)
def train_tile(  # type: ignore[no-untyped-def]
    places, logs, weights, rows, columns, first_row, first_column, width, rate
):
    """One AdaGrad pass over the pairs of a tile; returns the sum of their costs before each step.

    Pair ``t`` joins row ``first_row + (places[t] >> 16)`` of ``rows`` with row
    ``first_column + (places[t] & 0xffff)`` of ``columns``; its cost is
    ``weights[t] * (v . u - logs[t])**2``. Pairs of one row stand together, no pair occurs twice.
    A parameter with gradient ``g`` of half the cost moves by ``-rate * g / sqrt(sum of g**2)``.
    """
    count = len(places)
    at = np.empty(BATCH, np.int64)
    scales = np.zeros(LANES, np.float32)
    cost = 0.0
    for t in range(min(AHEAD, count)):
        _request(places, t, columns, first_column, width)
    t = 0
    while t < count:
        row = places[t] >> SHIFT
        size = 1
        while size < BATCH and t + size < count and places[t + size] >> SHIFT == row:
            size += 1
        for j in range(t + AHEAD, min(t + AHEAD + size, count)):
            _request(places, j, columns, first_column, width)
        for j in range(BATCH):  # a batch that is not full repeats its first column
            at[j] = _start(places[t + j if j < size else t] & MASK, first_column, width)
        start = _start(row, first_row, width)
        if size <= len(FOUR):
            products = zeros(FOUR)
            for lane in range(0, width, LANES):
                products = accumulate(
                    products, load(rows, start + lane), load_rows(FOUR, columns, at, lane)
                )
            store(scales, 0, totals(products, NONE))
        else:
            products = zeros(EIGHT)
            for lane in range(0, width, LANES):
                products = accumulate(
                    products, load(rows, start + lane), load_rows(EIGHT, columns, at, lane)
                )
            store(scales, 0, totals(products, NONE))
        for j in range(size):
            difference = scales[j] - logs[t + j]
            scales[j] = weights[t + j] * difference
            cost += np.float64(scales[j]) * np.float64(difference)
        _step(rows, start, columns, at, scales, size, width, rate)
        t += size
    return cost


@compiled(fastmath=True, inline=True)
def _start(local, first, width):  # type: ignore[no-untyped-def]
    return (first + np.int64(local)) * 2 * width


@compiled(fastmath=True, inline=True)
def _request(places, t, columns, first_column, width):  # type: ignore[no-untyped-def]
    start = _start(places[t] & MASK, first_column, width)
    for lane in range(0, 2 * width, LANES):
        prefetch(columns, start + lane)


@compiled(fastmath=True, inline=True)
def _step(rows, start, columns, at, scales, size, width, rate):  # type: ignore[no-untyped-def]
    back, one = splat(-rate), splat(ONE)
    for lane in range(0, width, LANES):
        v = load(rows, start + lane)
        v_sum = load(rows, start + width + lane)
        moved = splat(ZERO)
        for j in range(size):
            scale, column = splat(scales[j]), at[j] + lane
            u = load(columns, column)
            v_gradient, u_gradient = mul(scale, u), mul(scale, v)
            moved = add(moved, v_gradient)
            v_sum = fma(v_gradient, v_gradient, v_sum)
            u_sum = fma(u_gradient, u_gradient, load(columns, column + width))
            store(columns, column + width, u_sum)
            store(columns, column, fma(mul(back, u_gradient), div(one, root(u_sum)), u))
        store(rows, start + width + lane, v_sum)
        store(rows, start + lane, fma(mul(back, moved), div(one, root(v_sum)), v))


@compiled
def sum_costs(  # type: ignore[no-untyped-def]
    row_places, column_places, logs, weights, rows, columns, width, first, last
):
    """The sum of the costs ``f(X) * (v . u - log X)**2`` of some pairs, in float64."""
    cost = 0.0
    for t in range(first, last):
        v, u = row_places[t] * 2 * width, column_places[t] * 2 * width
        residual = -logs[t]
        for lane in range(width):
            residual += np.float64(rows[v + lane]) * np.float64(columns[u + lane])
        cost += weights[t] * residual * residual
    return cost
