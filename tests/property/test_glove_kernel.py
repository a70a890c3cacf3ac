"""The GloVe and counting kernels against their plain twins, and the twins against calculus."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from gradus.gradients import check
from gradus.vectors.kernels import cooccurrence, glove, reference_cooccurrence, reference_glove
from gradus.vectors.matrices import Matrix


@st.composite
def tiles(draw):
    """Pairs of a tile, both parameter matrices, and where the tile begins in them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    width = 16 * draw(st.integers(1, 4))
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 40))
    first_row, first_column = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    cells = np.flatnonzero(rng.random(rows * columns) < draw(st.floats(0, 1)))
    row, column = cells // columns, cells % columns
    places = ((row << 16) | column).astype(np.uint32)
    logs = rng.normal(size=len(cells)).astype(np.float32)
    weights = rng.random(len(cells)).astype(np.float32)
    matrices = []
    for size in (first_row + rows, first_column + columns):
        matrix = Matrix(size, 2 * width)
        matrix.values[:, :width] = rng.normal(size=(size, width)) / np.sqrt(width)
        matrix.values[:, width:] = 1 + rng.random((size, width))
        matrices.append(matrix.flat)
    return places, logs, weights, *matrices, first_row, first_column, width


@given(tiles(), st.floats(0.001, 1.0))
def test_compiled_step_follows_the_reference(tile, rate):
    places, logs, weights, rows, columns, *rest = tile
    fast_rows, fast_columns = Matrix(1, len(rows)).flat, Matrix(1, len(columns)).flat
    fast_rows[:], fast_columns[:] = rows, columns
    expected = reference_glove.train_tile(*tile, np.float32(rate))
    cost = glove.train_tile(places, logs, weights, fast_rows, fast_columns, *rest, np.float32(rate))
    assert_allclose(cost, expected, rtol=1e-4)
    assert_allclose(fast_rows, rows, rtol=1e-4, atol=1e-5)
    assert_allclose(fast_columns, columns, rtol=1e-4, atol=1e-5)


@given(st.integers(0, 2**32), st.integers(1, 9), st.integers(1, 4))
def test_gradient_of_the_reference_is_that_of_its_cost(seed, dim, columns):
    rng = np.random.default_rng(seed)
    v, u = rng.normal(size=dim), rng.normal(size=(columns, dim))
    logs, weights = rng.normal(size=columns), rng.random(columns)

    def cost(v, u):
        by_v, by_u = reference_glove.pair_gradients(v, u, logs, weights)  # of half the cost
        cost = reference_glove.pair_cost(v, u, logs, weights).sum()
        return cost, {"v": 2 * by_v.sum(axis=0), "u": 2 * by_u}

    check(cost, {"v": v, "u": u}).raise_if_wrong()


@given(tiles())
def test_sum_of_costs_follows_the_reference(tile):
    places, logs, weights, rows, columns, first_row, first_column, width = tile
    pairs = (
        first_row + (places >> 16).astype(np.int64),
        first_column + (places & 0xFFFF).astype(np.int64),
        logs.astype(np.float64),
        weights.astype(np.float64),
    )
    middle = len(places) // 2
    for part in ((0, middle), (middle, len(places))):
        arguments = (*pairs, rows, columns, width, *part)
        assert_allclose(
            glove.sum_costs(*arguments), reference_glove.sum_costs(*arguments), rtol=1e-12
        )


def test_frozen_parameters_do_not_move():
    rows, columns = (Matrix(1, 32) for _ in range(2))
    for matrix in (rows, columns):
        matrix.values[0, :16], matrix.values[0, 16:] = 1, glove.FROZEN
    for _ in range(100):
        glove.train_tile(
            np.zeros(1, np.uint32),
            np.full(1, 50, np.float32),
            np.ones(1, np.float32),
            rows.flat, columns.flat, 0, 0, 16, np.float32(1),
        )  # fmt: skip
    assert (rows.values[0, :16] == 1).all() and (columns.values[0, :16] == 1).all()


ids_of_texts = st.lists(st.integers(-1, 5), min_size=1, max_size=60)


@pytest.mark.parametrize("right", [False, True])
@given(ids_of_texts, st.lists(st.integers(1, 9), min_size=1, max_size=5), st.data())
def test_counting_kernels_follow_their_references(right, ids, weights, data):
    ids = np.array(ids, dtype=np.int32)
    start = data.draw(st.integers(0, len(ids)))
    end = data.draw(st.integers(start, len(ids)))
    runs = [
        count_with(module, ids, start, end, np.array([0, *weights]), right)
        for module in (cooccurrence, reference_cooccurrence)
    ]
    for found, expected in zip(*runs, strict=True):
        assert_array_equal(found, expected)


def count_with(module, ids, start, end, weights, right, words=6):
    starts = np.empty(words + 1, np.int64)
    positions = np.zeros(end - start, np.int32)
    module.index_words(ids, start, end, starts, positions)
    found = np.zeros(words**2, np.int32), np.zeros(words**2, np.int64), np.zeros(words, np.int64)
    size = module.count_rows(
        ids, positions, starts, 0, words, weights, right, *cooccurrence.workspace(words), *found
    )
    assert size == found[2].sum()
    return starts, positions[: starts[-1]], found[0][:size], found[1][:size], found[2]


@given(st.lists(st.lists(st.dictionaries(st.integers(0, 40), st.integers(1, 9)), min_size=3,
                         max_size=3), min_size=1, max_size=4))  # fmt: skip
def test_merging_kernel_follows_its_reference(runs):
    columns = [sorted(row) for run in runs for row in run]
    counts = [row[column] for run in runs for row in run for column in sorted(row)]
    bounds = np.cumsum([0, *map(len, columns)])
    begins = np.stack([bounds[3 * run : 3 * run + 4] for run in range(len(runs))])
    flat = np.array([column for row in columns for column in row], np.int32)
    results = []
    for module in (cooccurrence, reference_cooccurrence):
        found = np.zeros(200, np.int32), np.zeros(200, np.int64), np.zeros(3, np.int64)
        size = module.merge_rows(
            begins, flat, np.array(counts, np.int64), *cooccurrence.workspace(41), *found
        )
        results.append((size, *found))
    for found, expected in zip(*results, strict=True):
        assert_array_equal(found, expected)
