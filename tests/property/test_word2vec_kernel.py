"""The compiled word2vec kernel follows its plain twin, and the twin follows the objective."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.gradients import check
from gradus.vectors.kernels import reference
from gradus.vectors.kernels.word2vec import train_block
from gradus.vectors.matrices import Matrix
from gradus.vectors.sampling import (
    alias_table,
    huffman_paths,
    keep_thresholds,
    no_paths,
    noise_distribution,
)

WORDS = 7


@st.composite
def blocks(draw):
    """Ids of a few lines over a tiny vocabulary, so that words repeat in windows and noise."""
    lines = draw(st.lists(st.lists(st.integers(0, WORDS - 1), max_size=9), min_size=1, max_size=5))
    return np.array([i for line in lines for i in (*line, -1)], dtype=np.int32)


@st.composite
def trainings(draw):
    """Everything that a kernel needs, once for each of the two kernels."""
    negative, cbow = draw(st.sampled_from([0, 1, 5, 7, 8, 13])), draw(st.booleans())
    dim, seed = draw(st.integers(1, 40)), draw(st.integers(0, 2**63 - 1))
    rng = np.random.default_rng(seed)
    counts = np.sort(rng.integers(1, 50, WORDS))[::-1].copy()
    matrices = []
    for rows in (WORDS, (WORDS if negative else WORDS - 1) + 1):
        matrix = Matrix(rows, dim)
        matrix.values[:] = rng.normal(size=(rows, dim)) / 2
        matrices.append(matrix)
    ids = draw(blocks())
    rest = {
        "keep": keep_thresholds(counts, subsample=draw(st.sampled_from([0.0, 0.05]))),
        "noise": alias_table(noise_distribution(counts)),
        "paths": no_paths() if negative else huffman_paths(counts),
        "lanes": (0,) * draw(st.sampled_from([6, 8])),  # each width is compiled anew
        "window": draw(st.integers(1, 4)),
        "shrink": draw(st.booleans()),
        "cbow": cbow,
        "negative": negative,
        "rates": draw(st.sampled_from([(0.0, 0.0), (0.1, 0.05)])),
        "seed": seed,
    }
    return ids, matrices, rest


def run(kernel, ids, inputs, outputs, rest):
    """Call a kernel on copies of the matrices; return its result and what became of them."""
    parts = []
    for matrix in (inputs, outputs):
        copy = Matrix(matrix.rows, matrix.dim)
        copy.flat[:] = matrix.flat
        parts.append(copy)
    result = kernel(
        ids, 0, len(ids), rest["keep"], parts[0].flat, parts[1].flat, rest["noise"],
        *rest["paths"], rest["lanes"], inputs.stride, rest["window"], rest["shrink"], rest["cbow"],
        rest["negative"], *rest["rates"], np.uint64(rest["seed"]),
    )  # fmt: skip
    return result, parts


@given(trainings())
def test_compiled_kernel_follows_its_twin(training):
    ids, (inputs, outputs), rest = training
    result, moved = run(train_block, ids, inputs, outputs, rest)
    expected, plain = run(reference.train_block, ids, inputs, outputs, rest)
    assert result[1:] == expected[1:]
    assert result[0] == pytest.approx(expected[0], rel=1e-4, abs=1e-4)
    for matrix, twin in zip(moved, plain, strict=True):
        np.testing.assert_allclose(matrix.values, twin.values, rtol=1e-3, atol=2e-4)
        padding = matrix.flat.reshape(matrix.rows, -1)[:, matrix.dim :]
        assert not padding.any()


@given(trainings())
def test_the_spare_row_never_moves(training):
    ids, (inputs, outputs), rest = training
    _, (_, moved) = run(train_block, ids, inputs, outputs, rest)
    assert np.array_equal(moved.values[-1], outputs.values[-1])


@pytest.mark.parametrize("gradients", [reference.pair_gradients, reference.cbow_gradients])
@given(seed=st.integers(0, 2**32 - 1), inputs=st.integers(1, 4), outputs=st.integers(1, 5))
@settings(max_examples=25)
def test_gradients_equal_central_differences(gradients, seed, inputs, outputs):
    rng = np.random.default_rng(seed)
    v, u = rng.normal(size=(inputs, 3)), rng.normal(size=(outputs, 3))
    rows = inputs if gradients is reference.pair_gradients else 1
    targets = rng.integers(0, 2, (rows, outputs)).astype(float)
    weights = rng.integers(0, 2, (rows, outputs)).astype(float)

    def cost(v, u):
        loss, *found = gradients(v, u, targets, weights)
        return loss, found

    check(cost, {"v": v, "u": u}).raise_if_wrong()
