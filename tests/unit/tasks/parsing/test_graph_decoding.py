"""Best trees, judged by counting out all trees of up to six words."""

import threading
from itertools import product

import numpy as np
import pytest
from every_tree import (
    MOST,
    arc_scores,
    every_projective_tree,
    every_tree,
    is_projective,
    is_tree,
    random_projective_tree,
    totals,
)
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError
from gradus.tasks.parsing.graph.arcs import tree_score
from gradus.tasks.parsing.graph.constraints import constrained
from gradus.tasks.parsing.graph.decoding import (
    maximum_spanning_tree,
    maximum_spanning_trees,
    projective_tree,
    projective_trees,
)
from gradus.tasks.parsing.kernels.rooted import is_single_rooted

DECODERS = [
    pytest.param(maximum_spanning_tree, every_tree, id="spanning"),
    pytest.param(projective_tree, every_projective_tree, id="projective"),
]


def test_judge_counts_as_many_trees_as_cayley_and_the_ternary_numbers():
    assert [len(every_tree(n)) for n in range(1, MOST + 1)] == [1, 2, 9, 64, 625, 7776]
    assert [len(every_projective_tree(n)) for n in range(1, MOST + 1)] == [1, 2, 7, 30, 143, 728]


@pytest.mark.parametrize("words", range(1, 6))
def test_a_tree_has_one_root_and_no_cycle(words):
    for heads in product(range(words + 1), repeat=words):
        assert is_single_rooted(np.array(heads)) == is_tree(np.array(heads))


@pytest.mark.parametrize(("decode", "trees"), DECODERS)
@given(scores=arc_scores())
def test_no_tree_scores_higher(decode, trees, scores):
    _judge(decode, trees, scores)


@pytest.mark.parametrize(("decode", "trees"), DECODERS)
@pytest.mark.parametrize("words", range(2, MOST + 1))
def test_no_tree_scores_higher_in_many_draws(decode, trees, words):
    rng = np.random.default_rng(words)
    for draw in range(150):
        scores = rng.standard_normal((words, words + 1))
        if draw % 3 == 0:
            scores = rng.integers(0, 3, scores.shape).astype(float)
        if draw % 2 == 0:
            scores[rng.random(scores.shape) < 0.5] = -np.inf
        if draw % 5 == 0:
            scores[:, 0] += 10  # greedy heads would all be the root
        _judge(decode, trees, scores)


@pytest.mark.parametrize(("decode", "trees"), DECODERS)
def test_every_set_of_allowed_arcs_of_three_words(decode, trees):
    arcs = [(word, head) for word in range(3) for head in range(4) if head != word + 1]
    for allowed in product([False, True], repeat=len(arcs)):
        scores = np.full((3, 4), -np.inf)
        for (word, head), use in zip(arcs, allowed, strict=True):
            scores[word, head] = 3 * word - head if use else -np.inf
        _judge(decode, trees, scores)


def _judge(decode, trees, scores):
    scores_of_all = totals(scores, trees(len(scores)))
    if scores_of_all.max() == -np.inf:
        with pytest.raises(DataError, match="no tree exists"):
            decode(scores)
        return
    heads = decode(scores)
    assert heads.tolist() in trees(len(scores)).tolist()
    assert tree_score(scores, heads) == pytest.approx(scores_of_all.max(), rel=1e-12, abs=1e-9)


@given(scores=arc_scores(words=st.integers(1, 60), forbid=False), seed=st.integers(0, 2**32))
def test_trees_are_trees_and_scores_are_in_order(scores, seed):
    spanning, projective = maximum_spanning_tree(scores), projective_tree(scores)
    assert is_tree(spanning)
    assert is_tree(projective)
    assert is_projective(projective.tolist())
    other = random_projective_tree(len(scores), np.random.default_rng(seed))
    slack = 1e-9 * max(1, abs(tree_score(scores, spanning)))
    assert tree_score(scores, spanning) >= tree_score(scores, projective) - slack
    assert tree_score(scores, projective) >= tree_score(scores, other) - slack


@pytest.mark.parametrize("decode", [maximum_spanning_tree, projective_tree])
@given(seed=st.integers(0, 2**32), words=st.integers(1, 40))
def test_a_constant_added_to_a_row_changes_nothing(decode, seed, words):
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((words, words + 1))
    shifted = scores + rng.integers(-50, 50, (words, 1))
    assert decode(shifted).tolist() == decode(scores).tolist()


def test_one_root_at_any_price():
    scores = np.full((30, 31), -1e6)
    scores[:, 0] = 1e6
    assert is_tree(maximum_spanning_tree(scores))
    assert is_tree(projective_tree(scores))


def test_small_differences_count_beside_large_root_scores():
    # an endless penalty on root arcs, were it a number, would round 1e-6 away
    scores = np.array([[1e9, 0, 0, 1], [1e9, 0, 0, 1e-6], [1e9, 2, 1e-6, 0]])
    expected = every_tree(3)[totals(scores, every_tree(3)).argmax()]
    assert maximum_spanning_tree(scores).tolist() == expected.tolist()


def test_nested_cycles_are_undone_in_order():
    # 1 and 2 like each other best, that pair and 3, that triple and 4, and so on
    words = 40
    scores = np.full((words, words + 1), -1e3)
    for word in range(1, words):
        scores[word, 1:word] = scores[:word, word + 1] = -word
        scores[word, word] = scores[word - 1, word + 1] = 2.0 * words - word
    heads = maximum_spanning_tree(scores)
    assert is_tree(heads)
    best = max(
        tree_score(rooted, maximum_spanning_tree(rooted))
        for root in range(words)
        for rooted in [_rooted(scores, root)]
    )
    assert tree_score(scores, heads) == pytest.approx(best)


def _rooted(scores, root):
    rooted = scores.copy()
    rooted[:, 0] = -np.inf
    rooted[root] = -np.inf
    rooted[root, 0] = scores[root, 0]
    return rooted


@pytest.mark.parametrize(
    ("many", "one"),
    [(maximum_spanning_trees, maximum_spanning_tree), (projective_trees, projective_tree)],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_batch_is_its_sentences(many, one, dtype):
    rng = np.random.default_rng(5)
    lengths = np.array([7, 1, 12, 3], dtype=np.int32)
    scores = rng.standard_normal((4, 12, 13)).astype(dtype)
    for row, words in zip(scores, lengths, strict=True):
        row[words:] = row[:, words + 1 :] = np.nan
    heads = many(scores, lengths)
    for row, found, words in zip(scores, heads, lengths, strict=True):
        assert found[:words].tolist() == one(row[:words, : words + 1]).tolist()
        assert (found[words:] == -1).all()


def test_a_transposed_view_is_read_as_it_is():
    scores = np.random.default_rng(0).standard_normal((9, 8)).T
    assert maximum_spanning_tree(scores).tolist() == maximum_spanning_tree(scores.copy()).tolist()


def test_threads_decode_side_by_side():
    scores = np.random.default_rng(1).standard_normal((50, 30, 31))
    lengths = np.full(50, 30)
    expected = maximum_spanning_trees(scores, lengths)
    found = [np.zeros(0)] * 4

    def decode(place):
        found[place] = maximum_spanning_trees(scores, lengths)

    threads = [threading.Thread(target=decode, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((heads == expected).all() for heads in found)


def test_no_words_make_no_tree():
    assert maximum_spanning_tree(np.zeros((0, 1))).tolist() == []
    assert projective_tree(np.zeros((0, 1))).tolist() == []


@pytest.mark.slow
def test_five_thousand_words():
    scores = np.random.default_rng(2).standard_normal((5000, 5001)).astype(np.float32)
    assert is_single_rooted(maximum_spanning_tree(scores))


@pytest.mark.parametrize("decode", [maximum_spanning_tree, projective_tree])
@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_scores_that_are_no_numbers_are_refused(decode, bad):
    scores = np.zeros((3, 4))
    scores[1, 3] = bad
    with pytest.raises(DataError, match="word 2 with head 3 is"):
        decode(scores)


def test_a_lonely_word_is_named():
    scores = np.zeros((3, 4))
    scores[1, [0, 1, 3]] = -np.inf
    with pytest.raises(DataError, match="word 2 has no head left"):
        maximum_spanning_tree(scores)


def test_a_bad_sentence_of_a_batch_is_named():
    scores = np.zeros((3, 2, 3))
    scores[2, :, 0] = -np.inf
    with pytest.raises(DataError, match="sentence 2 of the batch: no tree exists"):
        maximum_spanning_trees(scores, np.array([2, 2, 2]))
    with pytest.raises(DataError, match="sentence 1 of the batch has length 3"):
        maximum_spanning_trees(scores, np.array([2, 3, 2]))


def test_a_wrong_shape_is_shown():
    with pytest.raises(DataError, match=r"shape \[3, 3\]"):
        maximum_spanning_tree(np.zeros((3, 3)))


@given(scores=arc_scores(), data=st.data())
def test_given_heads_are_kept_and_the_rest_is_best(scores, data):
    trees = every_tree(len(scores))
    target = trees[data.draw(st.integers(0, len(trees) - 1))]
    free = data.draw(st.lists(st.booleans(), min_size=len(target), max_size=len(target)))
    given_heads = np.where(free, -1, target)
    kept = constrained(scores, given_heads)
    fitting = trees[((trees == given_heads) | (given_heads == -1)).all(axis=1)]
    raised = scores.copy()
    for word in np.flatnonzero(given_heads >= 0):
        if raised[word, given_heads[word]] == -np.inf:
            raised[word, given_heads[word]] = 0
    best = totals(raised, fitting).max()
    if best == -np.inf:
        with pytest.raises(DataError):
            maximum_spanning_tree(kept)
    else:
        heads = maximum_spanning_tree(kept)
        assert heads.tolist() in fitting.tolist()
        assert tree_score(raised, heads) == pytest.approx(best, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("projective", [False, True])
@pytest.mark.parametrize("words", [2, 3, 4])
def test_given_heads_are_refused_only_where_no_tree_has_them(words, projective):
    trees = (every_projective_tree if projective else every_tree)(words)
    decode = projective_tree if projective else maximum_spanning_tree
    scores = np.random.default_rng(0).standard_normal((words, words + 1))
    for heads in product(range(-1, words + 1), repeat=words):
        if any(head == word for word, head in enumerate(heads, start=1)):
            continue
        given_heads = np.array(heads)
        if ((trees == given_heads) | (given_heads == -1)).all(axis=1).any():
            found = decode(constrained(scores, given_heads, projective=projective))
            assert ((found == given_heads) | (given_heads == -1)).all()
        else:
            with pytest.raises(DataError, match="free one of"):
                constrained(scores, given_heads, projective=projective)


@pytest.mark.parametrize(
    ("heads", "message"),
    [
        ([2, 3, 1, -1], r"1 -> 2 -> 3 -> 1"),
        ([-1, 4, -1, 2], r"2 -> 4 -> 2"),
        ([0, -1, -1, 0], "words 1 and 4 are both given as root"),
        ([3, 4, -1, -1], "arcs 3 -> 1 and 4 -> 2 cross"),
        ([3, 0, -1, -1], "arcs 3 -> 1 and 0 -> 2 cross"),
        ([2, -1, 1, -1], "arc 1 -> 3 passes over word 2, which 1 hangs on"),
        ([1, -1, -1, -1], "word 1 is itself"),
        ([5, -1, -1, -1], "word 1 is 5"),
        ([-1, -1, -1], "given for 3 words"),
    ],
)
def test_impossible_given_heads_are_named(heads, message):
    with pytest.raises(DataError, match=message):
        constrained(np.zeros((4, 5)), np.array(heads), projective=True)
