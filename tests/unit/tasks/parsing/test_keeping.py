"""Heads that a sentence has are kept, others added; and how sure a parser is of each arc."""

import lzma
from itertools import islice

import numpy as np
import pytest
from every_tree import every_tree, log_sum_and_marginals
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_parsers import KINDS, arcs, tiny, treebank
from tree_samples import leads_up, random_tree

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.parsing.targets import heads_of
from gradus.tasks.parsing.trees import is_projective
from gradus.text.conllu import read_conllu
from gradus.text.document import Sentence

KEEPING = ["defeat", "eager", "pseudo", "window", "graph"]
keeping_kinds = pytest.mark.parametrize("kind", KEEPING)


def partly(heads, known, labels=("given",)) -> Sentence:
    """A sentence that has the heads of some of its words, and no other."""
    names = [labels[place % len(labels)] for place in range(len(heads))]
    return Sentence.of(
        [f"w{place}" for place in range(len(heads))],
        heads=[head if there else None for head, there in zip(heads, known, strict=True)],
        deprels=[name if there else "_" for name, there in zip(names, known, strict=True)],
    )


def check(kind: str, sentences: list[Sentence]) -> None:
    plain = {label.split("↑")[0].rstrip("↓") for label in tiny(kind).labels}
    for before, after in zip(sentences, tiny(kind).parse(sentences, keep=True), strict=True):
        assert all(leads_up(after.heads, word) for word in range(len(after)))
        assert after.heads.count(0) == 1
        for had, has in zip(before.words, after.words, strict=True):
            assert has.head is not None
            assert had.head in (None, has.head)
            assert has.deprel == had.deprel if had.deprel != "_" else has.deprel in plain


@keeping_kinds
@settings(max_examples=15)
@given(data=st.data())
def test_given_heads_and_relations_are_kept(kind, data):
    heads = random_tree(data.draw(st.integers(1, 12)), data.draw(st.integers(0, 999)), window=2)
    if not kind.startswith("graph") and not is_projective(heads):
        return
    known = data.draw(st.lists(st.booleans(), min_size=len(heads), max_size=len(heads)))
    check(kind, [partly(heads.tolist(), known)])


@keeping_kinds
def test_parts_of_real_trees_are_kept(kind, data_folder):
    path = data_folder / "ud" / "nl-lassysmall-1.4" / "nl_lassysmall-ud-dev.conllu.xz"
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        sentences = list(islice(read_conllu(lines), 100))
    rng, parts = np.random.default_rng(5), []
    for sentence in sentences:
        heads = heads_of(sentence)
        if kind.startswith("graph") or is_projective(heads):
            parts.append(partly(heads.tolist(), rng.random(len(heads)) < rng.random()))
    assert len(parts) > 50
    check(kind, parts)


@keeping_kinds
def test_whole_trees_come_back_and_bare_sentences_are_parsed_as_ever(kind):
    parser, trees = tiny(kind), treebank(crossing=False)
    assert parser.parse(trees, keep=True) == trees
    bare = [Sentence.of([word.form for word in sentence.words]) for sentence in trees]
    assert arcs(parser.parse(bare, keep=True)) == arcs(parser.parse(bare))


@pytest.mark.parametrize("kind", ["standard", "swap", "swap-standard", "covington"])
def test_other_systems_promise_nothing(kind):
    with pytest.raises(SettingsError, match=r"cannot promise to keep arcs; train one with hybrid"):
        tiny(kind).parse(treebank(), keep=True)


IMPOSSIBLE = {
    "cycle": ([2, 1, None], "cycle: 1 -> 2 -> 1"),
    "two roots": ([0, None, 0], "words 1 and 3 are both given as root"),
    "crossing": ([3, 4, None, None], "cross"),
}


@pytest.mark.parametrize("kind", ["defeat", "eager", "graph"])
@pytest.mark.parametrize("fault", IMPOSSIBLE)
def test_impossible_heads_are_refused_with_the_sentence(kind, fault):
    heads, message = IMPOSSIBLE[fault]
    bad = Sentence.of(["one", "two", "three", "four"][: len(heads)], heads=heads)
    bad.line = 17
    sentences = [*treebank(crossing=False), bad]
    if (kind, fault) == ("graph", "crossing"):
        (parsed,) = tiny(kind).parse([bad], keep=True)
        assert parsed.heads[:2] == [3, 4]
        return
    with pytest.raises(DataError, match=rf'sentence "one two three.*", line 17: .*{message}'):
        tiny(kind).parse(sentences, keep=True)


@pytest.mark.parametrize("kind", KINDS)
def test_an_arc_has_a_probability_and_the_rest_of_misc_stays(kind):
    sentences = treebank(20, seed=4)
    for place, sentence in enumerate(sentences):
        for word in sentence.words:
            word.misc = ("_", "SpaceAfter=No", "A=1|B=2", "Confidence=0.100|C=3")[place % 4]
    plain, sure = (tiny(kind).parse(sentences, confidence=flag) for flag in (False, True))
    assert arcs(plain) == arcs(sure)
    for before, after in zip(sentences, sure, strict=True):
        for had, has in zip(before.words, after.words, strict=True):
            kept, share = has.misc.removeprefix("Confidence=").rpartition("|Confidence=")[::2]
            assert kept == had.misc.removeprefix("_").removeprefix("Confidence=0.100|")
            assert 0 <= float(share.removeprefix("Confidence=")) <= 1
    assert tiny(kind).parse(sure, confidence=True) == sure


@pytest.mark.parametrize("words", [1, 2, 3, 4])
@pytest.mark.parametrize("keep", [False, True])
def test_the_probability_of_an_arc_of_a_graph_is_its_share_of_all_trees(words, keep):
    parser = tiny("graph")
    sentence = Sentence.of([f"{letter}x" for letter in "abcd"[:words]])
    batch = parser.dataset([sentence]).batch(np.arange(1))
    scores = parser.network.arc_scores(batch).arcs[0].detach().double().numpy()
    if keep and words > 1:
        sentence.words[0].head = words
        scores[0, :words] = -np.inf
    _, marginals = log_sum_and_marginals(scores)
    (tree,) = parser.trees(
        [sentence], given=[heads_of(sentence)] if keep else None, confidence=True
    )
    assert tree.sure == pytest.approx(marginals[np.arange(words), tree.heads], abs=1e-5)
    assert tuple(tree.heads.tolist()) in set(map(tuple, every_tree(words).tolist()))
