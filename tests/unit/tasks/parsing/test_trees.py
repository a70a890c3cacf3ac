"""Measures of trees, judged by brute force from their definitions on every small tree."""

from itertools import combinations

import numpy as np
import pytest
from tree_samples import all_trees, random_tree

from gradus.core.errors import DataError
from gradus.tasks.parsing.tree_report import treebank_report
from gradus.tasks.parsing.trees import (
    crossing_arcs,
    edge_degree,
    gap_degree,
    gap_degrees,
    is_planar,
    is_projective,
    is_well_nested,
    nonprojective_arcs,
    tree_of,
)
from gradus.text.document import Sentence


class Judge:
    """The definitions, word by word."""

    def __init__(self, heads):
        self.heads = heads
        self.words = range(1, len(heads) + 1)
        self.yields = {node: {w for w in self.words if self.over(node, w)} for node in self.words}

    def over(self, above, word):
        """Whether ``above`` dominates ``word``; every word dominates itself."""
        while word != above and word:
            word = self.heads[word - 1]
        return word == above

    def arcs(self, root):
        return [(h, w) for w, h in enumerate(self.heads, start=1) if h or root]

    def crossings(self, root):
        spans = [sorted(arc) for arc in self.arcs(root)]
        return sum(a < c < b < d or c < a < d < b for (a, b), (c, d) in combinations(spans, 2))

    def between(self, head, word):
        return range(min(head, word) + 1, max(head, word))

    def wild(self):
        return [not all(self.over(h, k) for k in self.between(h, w)) for h, w in self.arcs(True)]

    def gaps(self):
        return [
            sum(w + 1 not in words for w in words) - 1
            for words in (self.yields[node] for node in self.words)
        ]

    def well_nested(self):
        for one, other in combinations(self.words, 2):
            a, b = self.yields[one], self.yields[other]
            if not a & b and any(
                (w in a, x in a, y in a, z in a) in ((1, 0, 1, 0), (0, 1, 0, 1))
                for w, x, y, z in combinations(sorted(a | b), 4)
            ):
                return False
        return True

    def edges(self):
        degree = 0
        for head, word in self.arcs(True):
            inside = self.between(head, word)
            pieces = {self.top(k, inside) for k in inside}
            degree = max(degree, sum(not self.over(head, top) for top in pieces))
        return degree

    def top(self, word, inside):
        while self.heads[word - 1] in inside:
            word = self.heads[word - 1]
        return word


def check(heads):
    judge, given = Judge(heads), np.array(heads)
    assert crossing_arcs(given) == judge.crossings(root=True), heads
    assert crossing_arcs(given, root=False) == judge.crossings(root=False), heads
    assert nonprojective_arcs(given).tolist() == judge.wild(), heads
    assert is_projective(given) == (not any(judge.wild())), heads
    assert is_planar(given) == (judge.crossings(root=False) == 0), heads
    assert gap_degrees(given).tolist() == judge.gaps(), heads
    assert gap_degree(given) == max(judge.gaps()), heads
    assert edge_degree(given) == judge.edges(), heads
    assert is_well_nested(given) == judge.well_nested(), heads


@pytest.mark.parametrize(("words", "trees"), [(1, 1), (2, 2), (3, 9), (4, 64), (5, 625)])
def test_every_tree_of_up_to_five_words_has_the_measures_of_the_definitions(words, trees):
    found = list(all_trees(words))
    assert len(found) == trees  # Cayley: n to the n-1
    for heads in found:
        check(heads)


@pytest.mark.slow
def test_every_tree_of_six_words_has_the_measures_of_the_definitions():
    found = list(all_trees(6))
    assert len(found) == 6**5
    for heads in found:
        check(heads)


@pytest.mark.parametrize("words", [2, 3, 4])
def test_trees_with_several_words_under_the_root_have_them_too(words):
    found = list(all_trees(words, roots=words))
    assert len(found) == (words + 1) ** (words - 1)
    for heads in found:
        check(heads)


@pytest.mark.parametrize("seed", range(40))
def test_larger_trees_have_the_measures_of_the_definitions(seed):
    check(tuple(random_tree(7 + seed % 6, seed, window=(None, 1, 3)[seed % 3]).tolist()))


@pytest.mark.parametrize("window", [None, 1, 3])
def test_a_sentence_of_5000_words_has_a_report(window):
    heads = random_tree(5000, 1, window)
    report = treebank_report([heads])
    assert report.longest == 5000


def test_an_empty_sentence_has_nothing_that_crosses():
    empty = np.zeros(0, dtype=np.int64)
    assert is_projective(empty)
    assert gap_degree(empty) == edge_degree(empty) == 0
    assert is_well_nested(empty)


@pytest.mark.parametrize(
    ("heads", "message"),
    [
        ([0, 3, 2], "words 2, 3 form a cycle"),
        ([2, 3, 4, 3], "words 3, 4 form a cycle"),
        ([0, 2], "words 2 form a cycle"),
        ([0, 5], "word 2 has head 5, but the sentence has 2 words"),
        ([-1, 0], "word 1 has head -1"),
    ],
)
def test_what_is_no_tree_is_refused_with_the_reason(heads, message):
    for measure in (nonprojective_arcs, gap_degree, edge_degree, is_well_nested):
        with pytest.raises(DataError, match=message):
            measure(np.array(heads))
    with pytest.raises(DataError, match=f"tree 2: {message}"):
        treebank_report([np.array([0]), np.array(heads)])


def test_a_sentence_without_heads_is_refused_with_its_line():
    sentence = Sentence.of(["Cats", "sleep"], heads=[2, None])
    sentence.line = 7
    with pytest.raises(DataError, match=r"line 7: word 2 \(sleep\) has no head"):
        tree_of(sentence)


def test_a_report_adds_up_the_measures_of_its_trees():
    trees = [np.array(heads) for heads in all_trees(4)]
    judges = [Judge(tuple(heads.tolist())) for heads in trees]
    report = treebank_report(trees)
    assert (report.sentences, report.words, report.longest) == (64, 256, 4)
    assert report.nonprojective_sentences == sum(any(judge.wild()) for judge in judges)
    assert report.nonprojective_arcs == sum(sum(judge.wild()) for judge in judges)
    assert report.crossing_arcs == sum(judge.crossings(root=True) for judge in judges)
    assert report.planar == sum(judge.crossings(root=False) == 0 for judge in judges)
    assert report.well_nested == sum(judge.well_nested() for judge in judges)
    assert sum(report.gap_degrees.values()) == sum(report.edge_degrees.values()) == 64
    for degree, count in report.gap_degrees.items():
        assert count == sum(max(judge.gaps()) == degree for judge in judges)
    lengths = [abs(h - w) for judge in judges for h, w in judge.arcs(root=False)]
    assert report.mean_arc_length == pytest.approx(np.mean(lengths))
    assert report.to_dict()["planar_share"] == report.planar / 64


def test_a_report_on_nothing_is_refused():
    with pytest.raises(DataError, match="no tree to measure"):
        treebank_report([])


def test_one_word_has_no_arc_length():
    assert treebank_report([np.array([0])]).mean_arc_length == 0
