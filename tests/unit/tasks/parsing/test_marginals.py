"""Sums over trees and probabilities of arcs, judged by all trees and by exact determinants."""

from fractions import Fraction
from math import log

import numpy as np
import pytest
from every_tree import MOST, arc_scores, every_tree, log_sum_and_marginals, totals
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError
from gradus.tasks.parsing.graph.decoding import maximum_spanning_tree
from gradus.tasks.parsing.graph.marginals import arc_marginals, log_partition


@given(scores=arc_scores())
def test_sums_and_probabilities_are_those_of_all_trees(scores):
    _judge(scores)


@pytest.mark.parametrize("words", range(1, MOST + 1))
def test_sums_and_probabilities_are_those_of_all_trees_in_many_draws(words):
    rng = np.random.default_rng(words)
    for scale in (1.0, 10.0, 100.0, 1000.0):
        for share in (0.0, 0.3, 0.6):
            scores = scale * rng.standard_normal((words, words + 1))
            scores[rng.random(scores.shape) < share] = -np.inf
            _judge(scores)


def _judge(scores):
    if totals(scores, every_tree(len(scores))).max() == -np.inf:
        with pytest.raises(DataError, match="no tree exists"):
            log_partition(scores)
        with pytest.raises(DataError, match="no tree exists"):
            arc_marginals(scores)
        return
    total, marginals = log_sum_and_marginals(scores)
    assert log_partition(scores) == pytest.approx(total, rel=1e-12, abs=1e-11)
    np.testing.assert_allclose(arc_marginals(scores), marginals, atol=1e-10)


def test_cycles_a_thousand_nats_above_the_rest():
    # the matrix of the matrix-tree theorem is singular here to all digits
    scores = np.full((6, 7), -1000.0)
    for word, head in [(1, 2), (2, 1), (3, 4), (4, 3), (5, 6), (6, 5)]:
        scores[word - 1, head] = 1000.0
    total, marginals = log_sum_and_marginals(scores)
    assert log_partition(scores) == pytest.approx(total, rel=1e-13)
    np.testing.assert_allclose(arc_marginals(scores), marginals, atol=1e-12)


@pytest.mark.parametrize("words", [2, 5, 8])
@pytest.mark.parametrize("bits", [1, 60, 150, 210, 220, 400, 1000])  # 300 nats are 433 bits
def test_they_agree_with_determinants_of_exact_fractions(words, bits):
    powers = np.random.default_rng(bits).integers(-bits, bits + 1, (words, words + 1))
    weights = [[Fraction(2) ** int(power) for power in row] for row in powers]
    exact = _determinant(_matrix(weights))
    marginals = np.zeros(powers.shape)
    for word in range(words):
        for head in range(words + 1):
            if head != word + 1:
                without = [row.copy() for row in weights]
                without[word][head] = Fraction(0)
                marginals[word, head] = 1 - _determinant(_matrix(without)) / exact
    scores = powers * log(2)
    expected = log(exact.numerator) - log(exact.denominator)
    assert log_partition(scores) == pytest.approx(expected, rel=1e-12, abs=1e-11)
    np.testing.assert_allclose(arc_marginals(scores), marginals, atol=1e-10)


def _matrix(weights):
    """That of the matrix-tree theorem: the root's weights in place of the first column."""
    words = range(len(weights))
    matrix = [[-weights[word][head + 1] for head in words] for word in words]
    for word in words:
        matrix[word][word] = sum(weights[word][head + 1] for head in words if head != word)
        matrix[word][0] = weights[word][0]
    return matrix


def _determinant(matrix):
    result = Fraction(1)
    rows = [row.copy() for row in matrix]
    for place in range(len(rows)):
        pivot = next((row for row in range(place, len(rows)) if rows[row][place]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != place:
            rows[place], rows[pivot] = rows[pivot], rows[place]
            result = -result
        result *= rows[place][place]
        for row in rows[place + 1 :]:
            factor = row[place] / rows[place][place]
            for column in range(place, len(rows)):
                row[column] -= factor * rows[place][column]
    return result


@given(seed=st.integers(0, 2**32), words=st.integers(1, 60))
def test_each_word_has_one_head_and_the_sentence_one_root(seed, words):
    rng = np.random.default_rng(seed)
    scores = rng.choice([1.0, 20.0, 400.0]) * rng.standard_normal((words, words + 1))
    marginals = arc_marginals(scores)
    assert (marginals >= 0).all()
    assert (np.diagonal(marginals[:, 1:]) == 0).all()
    np.testing.assert_allclose(marginals.sum(axis=1), 1, atol=1e-10)
    assert marginals[:, 0].sum() == pytest.approx(1, abs=1e-10)


@given(seed=st.integers(0, 2**32), words=st.integers(1, 60))
def test_large_scores_leave_only_the_best_tree(seed, words):
    scores = 1e9 * np.random.default_rng(seed).standard_normal((words, words + 1))
    certain = np.zeros(scores.shape)
    certain[np.arange(words), maximum_spanning_tree(scores)] = 1
    np.testing.assert_allclose(arc_marginals(scores), certain, atol=1e-4)


def test_equal_scores_count_cayley_trees():
    for words in (2, 10, 80):
        assert log_partition(np.zeros((words, words + 1))) == pytest.approx(
            (words - 1) * np.log(words)
        )


def test_a_determinant_agrees_where_it_is_exact():
    scores = np.random.default_rng(3).standard_normal((50, 51))
    weights = np.exp(scores[:, 1:])
    np.fill_diagonal(weights, 0)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    laplacian[:, 0] = np.exp(scores[:, 0])
    assert log_partition(scores) == pytest.approx(np.linalg.slogdet(laplacian)[1], rel=1e-12)


def test_no_words_have_one_empty_tree():
    assert log_partition(np.zeros((0, 1))) == 0
    assert arc_marginals(np.zeros((0, 1))).shape == (0, 1)


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_scores_that_are_no_numbers_are_refused(bad):
    scores = np.zeros((3, 4))
    scores[1, 3] = bad
    with pytest.raises(DataError, match="word 2 with head 3 is"):
        arc_marginals(scores)
