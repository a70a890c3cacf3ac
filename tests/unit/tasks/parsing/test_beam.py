"""The likeliest parses: exactly those of a graph, and those that a beam over transitions finds."""

import numpy as np
import pytest
import torch
from every_tree import every_tree, totals
from scipy.special import log_softmax, logsumexp
from tiny_parsers import KINDS, crossed, tiny, treebank

from gradus.core.errors import SettingsError
from gradus.tasks.parsing.kernels.greedy import MOVES, legal_, locate_, name_
from gradus.tasks.parsing.kernels.moves import apply_, finished
from gradus.tasks.parsing.kernels.state import HEAD, LABEL, complete_, start
from gradus.tasks.parsing.transition_decoder import TransitionDecoder
from gradus.tasks.parsing.transition_network import batch_rows
from gradus.text.document import Sentence

LONGER = [("graph-lstm", 3), ("graph-members", 3), ("graph-none", 3)]
TRANSITIONS = [kind for kind in KINDS if not kind.startswith("graph")]


def key(sentence: Sentence):
    return tuple(sentence.heads), tuple(sentence.deprels)


@pytest.mark.parametrize(("kind", "words"), [("graph", n) for n in (1, 2, 3, 4)] + LONGER)
def test_the_best_of_a_graph_are_those_of_all_trees(kind, words):
    parser = tiny(kind)
    sentence = Sentence.of([f"{letter}y" for letter in "abcd"[:words]])
    batch = parser.dataset([sentence]).batch(np.arange(1))
    scores = parser.network.arc_scores(batch)
    trees = every_tree(words)
    logs = totals(scores.arcs[0].detach().numpy(), trees)
    expected = {}
    for heads, share in zip(trees, logs - logsumexp(logs), strict=True):
        labels = scores.labels(torch.tensor([words]), torch.from_numpy(heads))
        expected[tuple(heads.tolist())] = (
            share + log_softmax(labels.detach().numpy(), 1).max(1).sum()
        )
    found = parser.best(sentence, len(trees) + 5)
    assert len(found) == len(trees)
    for tree, total in found:
        assert total == pytest.approx(expected[tuple(tree.heads)], abs=1e-4)
    shares = [total for _, total in found]
    assert shares == sorted(shares, reverse=True)
    assert parser.best(sentence, 1)[0][0].heads == parser.parse([sentence])[0].heads


@torch.no_grad()
def every_parse(kind: str, sentence: Sentence):
    """All sequences of transitions, one after another: the trees and their log probabilities.

    Scores are those that training sees, in PyTorch.
    """
    parser = tiny(kind)
    scorer, classes = parser.network.transitions, parser.classes
    batch = parser.dataset([sentence]).batch(np.arange(1))
    products, rows = parser.network.products(batch), batch_rows(batch.lengths)[0]
    (positions, labelled), system = scorer.positions, scorer.system.number
    nodes, may = np.empty(len(positions), np.int32), np.empty(MOVES, np.bool_)
    names = np.empty(len(labelled) + 1, np.int32)
    waiting, found = [(start(len(sentence)), 0.0)], []
    while waiting:
        state, total = waiting.pop()
        if finished(system, state):
            complete_(state, len(sentence), *classes.leftover.tolist())
            heads, labels = (state[row, 1 : len(sentence) + 1] for row in (HEAD, LABEL))
            found.append((heads, labels, total))
            continue
        locate_(state, positions, nodes)
        name_(system, state, nodes, labelled, names)
        seen = (torch.from_numpy(part[None]).long() for part in (rows[nodes + 1], names))
        scores = scorer._scores(products, *seen)[0].numpy()
        legal_(system, state, may)
        open_ = np.flatnonzero(may[classes.table[:, 0]])
        logs = log_softmax(scores[open_].astype(np.float64))
        for number, share in zip(open_.tolist(), logs.tolist(), strict=True):
            after = state.copy()
            apply_(system, after, *classes.table[number].tolist())
            waiting.append((after, total + share))
    return found


@pytest.mark.parametrize(
    ("kind", "words"),
    [("defeat", 3), ("standard", 2), ("eager", 2), ("swap", 2), ("covington", 2)],
)
def test_a_full_beam_holds_every_parse_and_sums_to_one(kind, words):
    parser, sentence = tiny(kind), Sentence.of(["ax", "cy", "dz"][:words])
    parses = every_parse(kind, sentence)
    assert logsumexp([total for *_, total in parses]) == pytest.approx(0, abs=1e-5)
    batch = parser.dataset([sentence]).batch(np.arange(1))
    ranked = TransitionDecoder(parser.network).best(batch, len(parses) // 4 + 1)
    assert len(ranked) == len(parses)
    merged = {}
    for heads, labels, total in parses:
        named = parser._naming.tree(heads.copy(), labels.copy())
        pair = tuple(named.heads.tolist()), tuple(named.labels)
        merged[pair] = np.logaddexp(merged.get(pair, -np.inf), total)
    found = parser.best(sentence, len(parses))
    assert {key(tree) for tree, _ in found} == set(merged)
    for tree, total in found:
        assert total == pytest.approx(merged[key(tree)], abs=1e-4)
    assert logsumexp([total for _, total in found]) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("kind", TRANSITIONS)
def test_a_beam_of_one_is_greedy(kind, monkeypatch):
    monkeypatch.setattr("gradus.tasks.parsing.transition_decoder.BEAM", 1)
    for sentence in [*treebank(8, seed=6), crossed()]:
        (tree, total), *others = tiny(kind).best(sentence, 1)
        assert key(tree) == key(tiny(kind).parse([sentence])[0])
        assert total <= 0
        assert not others


@pytest.mark.parametrize("kind", KINDS)
def test_parses_differ_and_grow_less_likely(kind):
    for sentence in treebank(5, seed=7):
        found = tiny(kind).best(sentence, 5)
        assert len(found) <= 5
        assert len({key(tree) for tree, _ in found}) == len(found)
        logs = [total for _, total in found]
        assert logs == sorted(logs, reverse=True)
        assert logsumexp(logs) < 1e-4
        for tree, _ in found:
            assert [word.form for word in tree.words] == [word.form for word in sentence.words]
            assert tree.heads.count(0) == 1


def test_a_wider_beam_finds_no_less():
    for sentence in treebank(10, seed=8):
        narrow, wide = (tiny("defeat").best(sentence, size)[0][1] for size in (1, 64))
        assert wide >= narrow - 1e-6


def test_no_parses_are_none_to_list():
    with pytest.raises(SettingsError, match="k=0 is out of range"):
        tiny("defeat").best(crossed(), 0)


@pytest.mark.parametrize("kind", TRANSITIONS)
def test_a_wider_beam_never_ends_with_a_less_likely_parse(kind):
    parser, sentences = tiny(kind), treebank(6)
    narrow, wide = parser.parse(sentences), parser.parse(sentences, beam=8)
    assert [key(s) for s in parser.parse(sentences, beam=1)] == [key(s) for s in narrow]
    for sentence, tree in zip(sentences, wide, strict=True):
        single = parser.dataset([sentence]).batch(np.arange(1))
        ends = TransitionDecoder(parser.network, 8).trees(single)
        ranked = TransitionDecoder(parser.network).best(single, 2)  # a beam of eight as well
        assert ends.heads.tolist() == ranked[0].heads.tolist()
        assert parser._naming.tree(ends.heads, ends.labels).heads.tolist() == tree.heads


def test_a_beam_is_refused_where_it_has_no_use():
    sentences = treebank(1)
    with pytest.raises(SettingsError, match="beam=0 is out of range"):
        tiny("defeat").parse(sentences, beam=0)
    with pytest.raises(SettingsError, match="beam=4: this parser scores all arcs at once"):
        tiny("graph").parse(sentences, beam=4)
    with pytest.raises(SettingsError, match="beam=4 goes neither with keep nor with confidence"):
        tiny("defeat").parse(sentences, beam=4, confidence=True)
