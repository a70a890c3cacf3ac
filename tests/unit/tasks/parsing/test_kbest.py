"""The k best trees, judged by sorting all trees."""

import numpy as np
import pytest
from every_tree import MOST, arc_scores, every_tree, is_tree, totals
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.parsing.graph.arcs import tree_score
from gradus.tasks.parsing.graph.decoding import maximum_spanning_tree
from gradus.tasks.parsing.graph.kbest import k_best_trees


@given(scores=arc_scores(), k=st.sampled_from([1, 2, 5, 20, 1000]))
def test_the_list_is_the_head_of_all_trees_sorted(scores, k):
    _judge(scores, k)


@pytest.mark.parametrize("words", range(1, MOST + 1))
def test_the_list_is_the_head_of_all_trees_sorted_in_many_draws(words):
    rng = np.random.default_rng(words)
    for draw in range(20):
        scores = rng.standard_normal((words, words + 1))
        _judge(scores.round() if draw % 3 == 0 else scores, k=50)


def _judge(scores, k):
    expected = np.sort(totals(scores, every_tree(len(scores))))[::-1]
    expected = expected[expected > -np.inf][:k]
    if not len(expected):
        with pytest.raises(DataError, match="no tree exists"):
            k_best_trees(scores, k)
        return
    found = k_best_trees(scores, k)
    scale = np.abs(expected).max() + 1
    np.testing.assert_allclose([tree.score for tree in found], expected, atol=1e-9 * scale)
    assert len({tuple(tree.heads.tolist()) for tree in found}) == len(found)
    for heads, score in found:
        assert is_tree(heads)
        assert score == tree_score(scores, heads)


def test_all_trees_of_six_words_come_out_once():
    scores = np.random.default_rng(0).standard_normal((5, 6))
    found = k_best_trees(scores, k=10_000)
    assert sorted(tree.heads.tolist() for tree in found) == sorted(every_tree(5).tolist())


@given(scores=arc_scores(words=st.integers(1, 40), forbid=False))
def test_long_sentences_begin_with_the_best_tree(scores):
    found = k_best_trees(scores, k=3)
    best = tree_score(scores, maximum_spanning_tree(scores))
    assert found[0].score == best
    losses = [best - tree.score for tree in found]
    assert losses == sorted(losses)


def test_a_list_of_none_is_refused():
    with pytest.raises(SettingsError, match="k=0"):
        k_best_trees(np.zeros((2, 3)), k=0)
