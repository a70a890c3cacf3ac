"""Oracles, judged by brute force: the arcs that the best end still in reach lacks."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transition_walks import compared, every_configuration, projective_trees, rebuilt
from tree_samples import all_trees, random_tree

from gradus.tasks.parsing.kernels.oracles import projective_order, projective_parts
from gradus.tasks.parsing.systems import SYSTEMS
from gradus.tasks.parsing.trees import is_projective

systems = pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
exact = pytest.mark.parametrize(
    "system", [SYSTEMS["eager"], SYSTEMS["hybrid"]], ids=lambda s: s.name
)

PLAIN_MOVES = SYSTEMS["hybrid"].moves


def sizes(usual, thorough):
    """Sizes of trees, the last of them for a patient machine."""
    return pytest.mark.parametrize(
        "words", [*range(1, usual + 1), pytest.param(thorough, marks=pytest.mark.slow)]
    )


def rooted(heads):
    """The array that oracles take, with an entry for the root."""
    return np.array([-1, *heads], dtype=np.int32)


@cache
def trees_for(name, words):
    """All trees that a system can build."""
    if SYSTEMS[name].projective:
        return list(projective_trees(words))
    return [rooted(heads) for heads in all_trees(words)]


def partly(trees):
    """Every way to want only some of the arcs of some tree."""
    found = {}
    for tree in trees:
        for mask in range(2 ** (len(tree) - 1)):
            wanted = tree.copy()
            wanted[1:][(mask >> np.arange(len(tree) - 1)) & 1 == 0] = -1
            found[wanted.tobytes()] = wanted
    return list(found.values())


def missed(gold, heads):
    return int(((gold >= 0) & (gold != heads)).sum())


@pytest.mark.parametrize("words", range(1, 7))
def test_projective_trees_are_enumerated(words):
    found = {tuple(tree[1:].tolist()) for tree in projective_trees(words)}
    assert found == {heads for heads in all_trees(words) if is_projective(np.array(heads))}


@systems
@sizes(6, 7)
def test_any_transitions_without_cost_rebuild_every_tree(system, words):
    rng = np.random.default_rng(words)
    pool = trees_for(system.name, words)[:: 1 if words < 7 or system.projective else 10]
    wrong = [gold for gold in pool for _ in range(3) if missed(gold, rebuilt(system, gold, rng))]
    assert not wrong, wrong[0]


@systems
@given(words=st.integers(1, 25), seed=st.integers(0, 2**32 - 1), window=st.integers(1, 3))
def test_longer_trees_are_rebuilt(system, words, seed, window):
    heads = random_tree(words, seed, window)
    if not system.projective or is_projective(heads):
        gold = rooted(heads)
        assert missed(gold, rebuilt(system, gold, np.random.default_rng(seed))) == 0


@systems
@sizes(4, 5)
def test_wanted_arcs_are_kept_while_other_words_are_free(system, words):
    rng = np.random.default_rng(words)
    wrong = [
        gold
        for gold in partly(trees_for(system.name, words))
        for _ in range(3)
        if missed(gold, rebuilt(system, gold, rng))
    ]
    assert not wrong, wrong[0]


@exact
@sizes(5, 6)
def test_costs_are_the_arcs_put_out_of_reach(system, words):
    graph = every_configuration(system, words)
    for gold in projective_trees(words):
        said, true = compared(system, graph, gold)
        assert (said == true).all(), gold


@exact
@sizes(4, 5)
def test_costs_are_exact_where_only_some_arcs_are_wanted(system, words):
    graph = every_configuration(system, words)
    for gold in partly(projective_trees(words)):
        said, true = compared(system, graph, gold)
        assert (said == true).all(), gold


@exact
@sizes(4, 5)
def test_costs_of_crossing_trees_count_arcs_one_by_one(system, words):
    # arcs that are in reach each by itself may exclude each other, which such a count cannot see
    graph = every_configuration(system, words)
    for heads in all_trees(words):
        gold = rooted(heads)
        said, _ = compared(system, graph, gold)
        alone = [np.where(np.arange(words + 1) == d, gold, -1) for d in range(1, words + 1)]
        assert (said == sum(compared(system, graph, one)[1] for one in alone)).all()


@sizes(5, 6)
def test_swap_hybrid_without_swaps_costs_what_it_costs_the_hybrid(words):
    system = SYSTEMS["swap-hybrid"]
    graph = every_configuration(system, words, PLAIN_MOVES)
    for gold in projective_trees(words):
        said, true = compared(system, graph, gold)
        assert (said == true).all(), gold


@pytest.mark.parametrize("words", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["standard", "swap-standard", "covington"])
def test_a_static_oracle_names_one_transition_in_every_configuration(name, words):
    system = SYSTEMS[name]
    graph = every_configuration(system, words)
    for gold in trees_for(system.name, words):
        said, _ = compared(system, graph, gold)
        assert (said == 0).sum() == (~graph.ends).sum()


def read(gold, node=0):
    """The nodes of a tree from left to right, had it no crossing arcs."""
    below = [d for d in range(1, len(gold)) if gold[d] == node]
    before = [x for d in below if d < node for x in read(gold, d)]
    return [*before, node, *(x for d in below if d > node for x in read(gold, d))]


def components(gold):
    """The topmost node of the part that arc-standard builds around each node without a swap."""
    stack, heads = [], {}
    for node in range(len(gold)):
        stack.append(node)
        while len(stack) > 1:
            pairs = [(stack[-1], stack[-2]), (stack[-2], stack[-1])]
            wanted = [
                (head, dependent)
                for head, dependent in pairs
                if gold[dependent] == head
                and all(heads.get(d) == dependent for d in np.flatnonzero(gold == dependent))
                and (head != 0 or node == len(gold) - 1)
            ]
            if not wanted:
                break
            head, dependent = wanted[0]
            heads[dependent] = head
            stack.remove(dependent)

    def topmost(node):
        return topmost(heads[node]) if node in heads else node

    return [topmost(node) for node in range(len(gold))]


@pytest.mark.parametrize("words", range(1, 6))
def test_order_and_parts_follow_their_definitions(words):
    for heads in all_trees(words):
        gold = rooted(heads)
        assert np.argsort(projective_order(gold)).tolist() == read(gold)
        assert projective_parts(gold).tolist() == components(gold)
        if is_projective(np.array(heads)):
            assert projective_order(gold).tolist() == list(range(words + 1))


@pytest.mark.parametrize("words", range(1, 5))
def test_part_of_a_projective_tree_asks_for_no_swap(words):
    for gold in partly(projective_trees(words)):
        assert projective_order(gold).tolist() == list(range(words + 1))


@given(heads=st.lists(st.integers(-1, 6), min_size=6, max_size=6))
def test_what_is_no_tree_is_ordered_too(heads):
    gold = rooted(heads)
    assert len(projective_order(gold)) == len(projective_parts(gold)) == len(gold)
