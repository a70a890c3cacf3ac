"""What word2vec draws from, against brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.vectors.sampling import (
    alias_table,
    huffman_paths,
    keep_thresholds,
    noise_distribution,
)

counts = st.lists(st.integers(1, 10_000), min_size=2, max_size=40).map(np.array)


@given(counts)
def test_alias_table_holds_the_distribution(counts):
    probabilities = noise_distribution(counts)
    table = alias_table(probabilities)
    threshold, other = table >> np.uint64(32), (table & np.uint64(0xFFFFFFFF)).astype(int)
    share = np.minimum(threshold.astype(float) / 2**32, 1)
    held = np.zeros(len(counts))
    np.add.at(held, np.arange(len(counts)), share / len(counts))
    np.add.at(held, other, (1 - share) / len(counts))
    np.testing.assert_allclose(held, probabilities, atol=1e-8)


@given(counts)
def test_noise_is_the_unigram_distribution_to_a_power(counts):
    expected = counts**0.75 / np.sum(counts**0.75)
    np.testing.assert_allclose(noise_distribution(counts), expected)
    np.testing.assert_allclose(noise_distribution(counts, power=0), 1 / len(counts))


@given(counts)
def test_huffman_paths_are_a_prefix_code_over_inner_nodes(counts):
    paths = huffman_paths(counts)
    codes, spans = [], itertools.pairwise(paths.start.tolist())
    for start, end in spans:
        codes.append(tuple(paths.targets[start:end].tolist()))
        assert paths.nodes[start] == len(counts) - 2  # every path begins at the root
    assert all(a[: len(b)] != b for a, b in itertools.permutations(codes, 2))
    assert sum(2.0 ** -len(code) for code in codes) == pytest.approx(1)  # Kraft: a full tree
    assert paths.nodes.min() >= 0
    assert paths.nodes.max() < len(counts) - 1


def least_cost(counts):
    """Expected code length of the best binary tree, by trying every pair to merge."""
    if len(counts) == 1:
        return 0
    pairs = itertools.combinations(range(len(counts)), 2)
    return min(
        counts[i] + counts[j]
        + least_cost([counts[i] + counts[j], *(c for k, c in enumerate(counts) if k not in (i, j))])
        for i, j in pairs
    )  # fmt: skip


@given(st.lists(st.integers(1, 30), min_size=2, max_size=6))
def test_huffman_paths_are_as_short_as_any(counts):
    lengths = np.diff(huffman_paths(np.array(counts)).start)
    assert lengths @ counts == least_cost(counts)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=9), st.integers(0, 999))
def test_hierarchical_softmax_is_a_distribution(counts, seed):
    rng = np.random.default_rng(seed)
    paths = huffman_paths(np.array(counts))
    v, u = rng.normal(size=4), rng.normal(size=(len(counts) - 1, 4))
    total = 0.0
    for start, end in itertools.pairwise(paths.start.tolist()):
        x = u[paths.nodes[start:end]] @ v
        signs = 2 * paths.targets[start:end] - 1
        total += np.prod(1 / (1 + np.exp(-signs * x)))
    assert total == pytest.approx(1)


def test_subsampling_follows_the_formula_and_can_be_switched_off():
    counts = np.array([100_000, 1_000, 10])
    share = keep_thresholds(counts, subsample=1e-3) / 2**32
    f = counts / counts.sum()
    np.testing.assert_allclose(share, np.minimum(1, np.sqrt(1e-3 / f) + 1e-3 / f), atol=1e-9)
    assert (keep_thresholds(counts, subsample=0) == 2**32 - 1).all()
