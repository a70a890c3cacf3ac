"""Trees and the sentences that say why heads are none; the judges are counting and climbing."""

from itertools import product

import pytest

from gradus.text.trees import find_cycle, find_tree_fault, tree_fault


def hangs_below_one_root(heads):
    """Climb from every word; whoever needs more steps than there are words goes in circles."""
    for word in range(1, len(heads) + 1):
        for _ in heads:
            word = heads[word - 1] if word else 0
        if word:
            return False
    return heads.count(0) == 1


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_trees_are_found_among_all_heads(size):
    trees = 0
    for heads in product(range(size + 1), repeat=size):
        is_tree = tree_fault(heads) is None
        assert is_tree == hangs_below_one_root(heads)
        trees += is_tree
    assert trees == size ** (size - 1)  # Cayley's number of rooted trees


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_cycles_are_cycles_and_none_is_missed(size):
    for heads in product(range(size + 1), repeat=size):
        cycle = find_cycle(heads)
        if cycle:
            assert [heads[word - 1] for word in cycle] == [*cycle[1:], cycle[0]]
            assert cycle[0] == min(cycle)
            assert len(set(cycle)) == len(cycle)
        else:
            assert hangs_below_one_root(heads) or heads.count(0) > 1


@pytest.mark.parametrize(
    ("heads", "text", "word"),
    [
        ([], "there is no word", 0),
        ([0, 1, 0], "words 1 and 3 are both roots", 3),
        ([0, 0, 0, 1], "words 1, 2, 3 are all roots", 2),
        ([0] * 12, "words 1, 2, 3, 4, 5, 6, 7, 8 and 4 more are all roots", 2),
        ([0, 5, 1, 2, 4], "words 2, 5, 4 form a cycle", 2),
        ([2, 1], "no word is the root: words 1, 2 form a cycle", 1),
        ([0, 2], "word 2 is its own head", 2),
        ([0, 3], "word 2 has head 3, which is no word of 2", 2),
        ([0, -1], "word 2 has head -1, which is no word of 2", 2),
    ],
)
def test_faults_name_the_words(heads, text, word):
    assert tree_fault(heads) == text
    assert find_tree_fault(heads) == (text, word)


@pytest.mark.parametrize("size", [100_000])
def test_long_chains_and_cycles_take_linear_time(size):
    chain = list(range(size))
    assert tree_fault(chain) is None
    assert tree_fault([*chain[1:], 0]) == "word 1 is its own head"
    assert f"{size - 8} more form a cycle" in tree_fault([size, *chain[1:]])
