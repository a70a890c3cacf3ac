"""The specification of the GloVe kernels: plain NumPy, short and slow.

:func:`pair_gradients` is the gradient that both follow; tests check it by central differences.
"""

import itertools

import numpy as np

from gradus.vectors.kernels.glove import BATCH, COLUMN_BITS


def pair_cost(v, u, log_count, weight):
    """``weight * (v . u - log X)**2``, the cost of a pair [pennington2014]."""
    return weight * (u @ v - log_count) ** 2


def pair_gradients(v, u, log_count, weight):
    """Half the gradients of :func:`pair_cost` by ``v`` and by the row or rows ``u``."""
    scale = weight * (u @ v - log_count)
    return scale[..., None] * u, scale[..., None] * v


def adagrad(parameters, sums, gradient, squares, rate):
    """One step of AdaGrad in place [duchi2011]; ``squares`` joins the sums before they are used."""
    sums += squares
    parameters -= rate * gradient / np.sqrt(sums)


def train_tile(places, logs, weights, rows, columns, first_row, first_column, width, rate):
    """One AdaGrad pass over the pairs of a tile; returns the sum of their costs."""
    v, v_sums = _split(rows, width)
    u, u_sums = _split(columns, width)
    row_of = first_row + (places >> np.uint32(COLUMN_BITS)).astype(np.int64)
    column_of = first_column + (places & np.uint32((1 << COLUMN_BITS) - 1)).astype(np.int64)
    cost = 0.0
    for row, pairs in itertools.groupby(range(len(places)), key=lambda t: row_of[t]):
        same_row = np.array(list(pairs))
        for batch in np.split(same_row, range(BATCH, len(same_row), BATCH)):
            column = column_of[batch]
            point = v[row].astype(float), u[column].astype(float), logs[batch], weights[batch]
            cost += pair_cost(*point).sum()
            by_v, by_u = pair_gradients(*point)
            adagrad(v[row], v_sums[row], by_v.sum(axis=0), (by_v**2).sum(axis=0), rate)
            moved, sums = u[column], u_sums[column]
            adagrad(moved, sums, by_u, by_u**2, rate)
            u[column], u_sums[column] = moved, sums
    return cost


def sum_costs(row_places, column_places, logs, weights, rows, columns, width, first, last):
    """The sum of the costs ``f(X) * (v . u - log X)**2`` of some pairs, in float64."""
    part = slice(first, last)
    v = _split(rows, width)[0][row_places[part]].astype(float)
    u = _split(columns, width)[0][column_places[part]].astype(float)
    residual = (v * u).sum(axis=1) - logs[part]
    return (weights[part] * residual**2).sum()


def _split(flat, width):
    """The vectors and the AdaGrad sums of a parameter matrix, as views."""
    both = flat.reshape(-1, 2, width)
    return both[:, 0], both[:, 1]
