"""The block that word2vec is made of: some input rows against some output rows, one gradient step.

Every pair (input i, output j) contributes ``-log sigma(x)`` where its target is 1 and ``-log
sigma(-x)`` where it is 0, with ``x`` the dot product. Negative sampling, hierarchical softmax,
skip-gram and CBOW differ only in which rows and targets they bring [ji2016].
"""

import numpy as np

from gradus.core.jit import compiled
from gradus.core.kernels.simd import (
    LANES,
    ONE,
    ZERO,
    accumulate,
    add,
    add_rows,
    div,
    exchange,
    exp_negative,
    fma,
    larger,
    load,
    load_rows,
    log1p_unit,
    magnitude,
    mul,
    splat,
    store,
    sub,
    total,
    totals,
    where_positive,
    zeros,
)

#: Outputs that one block takes: half a register, so that two inputs share one vector of sums.
GROUP = LANES // 2
#: All lanes, then those of the first input alone: an odd last input has no second.
HALVES = np.repeat(np.array([1, 1, 1, 0], np.float32), GROUP)
TWO = np.float32(2.0)


@compiled(fastmath=True)
def step_(
    inputs, rows_in, count, outputs, rows_out, lanes, targets, weights, stride, rate, dim, steps
):
    """Move ``count`` input and ``len(lanes)`` output rows down their gradient; return the loss.

    ``rows_in`` and ``rows_out`` hold the first element of each row in the flat matrices;
    ``targets`` and ``weights`` hold one vector per two inputs (8 outputs of the first, 8 of the
    second), ``stride`` elements apart, 0 where all inputs share them. ``steps`` is room for ``8 *
    count + 8`` numbers.
    """
    for i in range(0, count, 2):
        first, second = rows_in[i], rows_in[min(i + 1, count - 1)]
        sums, more = zeros(lanes), zeros(lanes)
        for o in range(0, dim, LANES):
            u = load_rows(lanes, outputs, rows_out, o)
            sums = accumulate(sums, load(inputs, first + o), u)
            more = accumulate(more, load(inputs, second + o), u)
        store(steps, GROUP * i, totals(sums, more))
    # apart from the products, so that the long chains of several inputs overlap
    loss = splat(ZERO)
    for i in range(0, count, 2):
        x = load(steps, GROUP * i)
        target = load(targets, (i >> 1) * stride)
        weight = mul(load(weights, (i >> 1) * stride), load(HALVES, LANES * (i + 1 == count)))
        decay = exp_negative(sub(splat(ZERO), magnitude(x)))
        small = div(splat(ONE), add(splat(ONE), decay))
        sigmoid = where_positive(x, small, mul(decay, small))
        store(steps, GROUP * i, mul(mul(splat(rate), weight), sub(target, sigmoid)))
        wrong = sub(x, mul(mul(x, target), splat(TWO)))
        loss = fma(weight, add(larger(wrong, splat(ZERO)), log1p_unit(decay)), loss)
    for o in range(0, dim, LANES):
        u = load_rows(lanes, outputs, rows_out, o)
        shares = zeros(lanes)
        for i in range(count):
            row = rows_in[i] + o
            moved = exchange(load(inputs, row), u, shares, steps, GROUP * i)
            store(inputs, row, moved[0])
            shares = moved[1:]
        add_rows(outputs, rows_out, o, shares)
    return total(loss)
