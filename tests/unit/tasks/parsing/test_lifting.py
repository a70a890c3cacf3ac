"""Pseudo-projective trees: what is lifted is projective, what is brought back is a tree."""

import lzma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_samples import all_trees, random_tree

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.parsing.lifting import SCHEMES, deprojectivize, projectivize
from gradus.tasks.parsing.trees import gap_degree, is_projective, nonprojective_arcs

EVERY_SCHEME = pytest.mark.parametrize("scheme", SCHEMES)


def above(heads, word):
    """The heads of a word up to the root."""
    while word:
        word = heads[word - 1]
        yield word


def lifted_by_definition(heads):
    """One lift after another, each found by looking at every word between."""
    heads = list(heads)
    while True:
        wild = [
            (abs(head - word), word)
            for word, head in enumerate(heads, start=1)
            if any(head not in above(heads, k) for k in between(word, head))
        ]
        if not wild:
            return heads
        _, word = min(wild)
        heads[word - 1] = heads[heads[word - 1] - 1]


def between(word, head):
    return range(min(word, head) + 1, max(word, head))


def names(words):
    """A label for every word, so that the labels alone tell its head."""
    return [f"r{word}" for word in range(1, words + 1)]


def check_lift(heads):
    given_heads = np.array(heads)
    for scheme in SCHEMES:
        lifted, marked = projectivize(given_heads, names(len(heads)), scheme)
        assert lifted.tolist() == lifted_by_definition(heads)
        assert is_projective(lifted)
        assert (lifted == 0).tolist() == (given_heads == 0).tolist()
        if is_projective(given_heads):
            assert lifted.tolist() == list(heads)
            assert marked == names(len(heads))
        restored, plain = deprojectivize(lifted, marked, scheme)
        assert plain == names(len(heads))
        assert gap_degree(restored) >= 0  # a tree
        if SCHEMES[scheme].head and not SCHEMES[scheme].path:
            assert restored.tolist() == list(heads)  # every head has a name of its own


@pytest.mark.parametrize("words", [1, 2, 3, 4, 5])
def test_every_small_tree_is_lifted_as_defined_and_brought_back(words):
    for heads in all_trees(words):
        check_lift(heads)


@pytest.mark.slow
def test_every_tree_of_six_words_is_lifted_as_defined_and_brought_back():
    for heads in all_trees(6):
        check_lift(heads)


def test_arguments_come_back_unchanged():
    heads, labels = np.array([2, 4, 4, 0, 2]), names(5)
    lifted, marked = projectivize(heads, labels)
    deprojectivize(lifted, marked)
    assert lifted.tolist() == [2, 4, 4, 0, 4]
    assert heads.tolist() == [2, 4, 4, 0, 2]
    assert labels == names(5)


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("head", ["det", "nsubj", "aux", "root", "nmod↑nsubj"]),
        ("path", ["det", "nsubj↓", "aux", "root", "nmod↑"]),
        ("head+path", ["det", "nsubj↓", "aux", "root", "nmod↑nsubj"]),
    ],
)
def test_labels_keep_what_the_scheme_says(scheme, expected):
    labels = ["det", "nsubj", "aux", "root", "nmod"]
    _, marked = projectivize(np.array([2, 4, 4, 0, 2]), labels, scheme)
    assert marked == expected


def test_a_word_may_be_lifted_and_lifted_over():
    # word 5 hangs on 1, which hangs on 4 across the root; 5 goes up twice
    heads, labels = np.array([4, 0, 2, 3, 1]), ["a", "root", "b", "c", "d"]
    lifted, marked = projectivize(heads, labels, "head+path")
    assert is_projective(lifted)
    assert any("↑" in label and label.endswith("↓") for label in marked)


@EVERY_SCHEME
@given(
    words=st.integers(1, 12),
    seed=st.integers(0, 10_000),
    labels=st.lists(st.text("ab↑↓", max_size=4), min_size=12, max_size=12),
)
def test_any_labels_give_a_tree_with_the_same_root(scheme, words, seed, labels):
    heads = random_tree(words, seed)
    restored, plain = deprojectivize(heads, labels[:words], scheme)
    nonprojective_arcs(restored)  # refuses what is no tree
    assert (restored == 0).tolist() == (heads == 0).tolist()
    assert not any("↑" in label for label in plain)


def dutch(data_folder, sentences):
    path = data_folder / "ud" / "nl-lassysmall-1.4" / "nl_lassysmall-ud-train.conllu.xz"
    text = lzma.decompress(path.read_bytes()).decode()
    for block in text.strip().split("\n\n")[:sentences]:
        rows = [line.split("\t") for line in block.split("\n") if line[0] != "#"]
        rows = [row for row in rows if row[0].isdigit()]
        yield np.array([int(row[6]) for row in rows]), [row[7] for row in rows]


@pytest.mark.parametrize(
    ("scheme", "share", "sentences"),
    [("head", 0.975, 1000), ("path", 0.975, 1000), ("head+path", 0.99, None)],
)
def test_dutch_trees_come_back(data_folder, scheme, share, sentences):
    same = words = 0
    for heads, labels in dutch(data_folder, sentences):
        lifted, marked = projectivize(heads, labels, scheme)
        assert is_projective(lifted)
        restored, plain = deprojectivize(lifted, marked, scheme)
        assert plain == labels
        assert (restored == 0).sum() == 1
        same += int((restored == heads).sum())
        words += len(heads)
    assert same / words >= share


def test_labels_that_hold_a_mark_are_refused():
    with pytest.raises(DataError, match=r"word 2 has the label 'obj↑', but ↑ and ↓ mark"):
        projectivize(np.array([2, 0]), ["a", "obj↑"])


def test_a_label_too_few_is_refused():
    for function in (projectivize, deprojectivize):
        with pytest.raises(DataError, match="1 labels came with 2 heads"):
            function(np.array([2, 0]), ["a"])


def test_an_unknown_scheme_is_refused_with_those_there_are():
    for function in (projectivize, deprojectivize):
        with pytest.raises(SettingsError, match=r"'up'; choose head, path, head\+path"):
            function(np.array([0]), ["root"], "up")
