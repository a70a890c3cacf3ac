"""Attachment scores, judged by the official evaluation of CoNLL 2018 and by counting by hand."""

import copy
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from udtools.udeval import evaluate, load_conllu

from gradus.core.errors import DataError
from gradus.tasks.parsing.attachment import AttachmentReport
from gradus.tasks.parsing.comparison import FIGURES, PUNCTUATION
from gradus.text.conllu import format_conllu, read_treebank
from gradus.text.document import Sentence

RELATIONS = ("nsubj", "nsubj:pass", "obj", "det", "punct", "aux", "aux:pass", "advmod", "prep")


def corrupted(sentences, rng, share):
    """The trees with some heads and relations changed, trees with one root still."""
    result = copy.deepcopy(sentences)
    for sentence in result:
        for number, word in enumerate(sentence.words, start=1):
            if rng.random() < share:
                word.deprel = str(rng.choice(RELATIONS))
            if word.head and rng.random() < share:
                head = int(rng.integers(1, len(sentence) + 1))
                if not dominates(sentence, number, head):
                    word.head = head
    return result


def dominates(sentence, top, word):
    while word:
        if word == top:
            return True
        word = sentence.words[word - 1].head
    return False


def random_sentences(rng, count, longest=9):
    """Random trees with one root each."""
    sentences = []
    for _ in range(count):
        size = int(rng.integers(1, longest))
        order = rng.permutation(size) + 1
        heads = [0] * size
        for place in range(1, size):
            heads[order[place] - 1] = int(order[rng.integers(place)])
        deprels = [str(rng.choice(RELATIONS)) if head else "root" for head in heads]
        forms = [f"w{number}" for number in range(size)]
        sentences.append(Sentence.of(forms, heads=heads, deprels=deprels))
    return sentences


def pairs(seed, count=6, share=0.4):
    rng = np.random.default_rng(seed)
    gold = random_sentences(rng, count)
    return gold, corrupted(gold, rng, share)


def official(gold, predicted):
    """UAS, LAS and CLAS of the official program."""
    read = [
        load_conllu(io.StringIO("".join(map(format_conllu, sentences))), "", {})
        for sentences in (gold, predicted)
    ]
    scores = evaluate(*read)
    return [scores[name].f1 for name in ("UAS", "LAS", "CLAS")]


def ratio(part, whole):
    return part / whole if whole else 0.0


@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.0, 0.2, 1.0]))
def test_headline_figures_are_those_of_the_official_evaluation(seed, share):
    gold, predicted = pairs(seed, share=share)
    report = AttachmentReport.of(gold, predicted)
    assert [report.uas, report.las, report.clas] == pytest.approx(
        official(gold, predicted), abs=1e-12
    )


@pytest.mark.parametrize("treebank", ["en-ewt-2.5", "nl-lassysmall-1.4", "af-afribooms-2.2"])
def test_official_figures_of_real_trees(data_folder, treebank):
    (path,) = (data_folder / "ud" / treebank).glob("*-dev.conllu*")
    gold = read_treebank(path)[:300]
    predicted = corrupted(gold, np.random.default_rng(1), 0.2)
    report = AttachmentReport.of(gold, predicted)
    figures = [report.uas, report.las, report.clas]
    assert figures == pytest.approx(official(gold, predicted), abs=1e-12)
    assert len(set(figures)) == 3


@given(seed=st.integers(0, 10_000))
def test_other_figures_by_counting(seed):
    gold, predicted = pairs(seed)
    report = AttachmentReport.of(gold, predicted)
    words = [
        (right, found)
        for one, other in zip(gold, predicted, strict=True)
        for right, found in zip(one.words, other.words, strict=True)
    ]
    loud = [(a, b) for a, b in words if a.deprel != PUNCTUATION]
    cut = {word.deprel: word.deprel.split(":")[0] for pair in words for word in pair}
    same_head = [(a, b) for a, b in loud if a.head == b.head]
    same_arc = [(a, b) for a, b in same_head if cut[a.deprel] == cut[b.deprel]]
    full = [(a, b) for a, b in words if (a.head, a.deprel) == (b.head, b.deprel)]
    assert report.figure("las_with_subtypes") == pytest.approx(ratio(len(full), len(words)))
    assert report.figure("uas_without_punctuation") == pytest.approx(
        ratio(len(same_head), len(loud))
    )
    assert report.figure("las_without_punctuation") == pytest.approx(
        ratio(len(same_arc), len(loud))
    )
    whole = [
        all(a.head == b.head for a, b in zip(one.words, other.words, strict=True))
        for one, other in zip(gold, predicted, strict=True)
    ]
    assert report.exact_heads == pytest.approx(np.mean(whole))
    assert report.exact <= report.exact_heads


@given(seed=st.integers(0, 10_000), subtypes=st.booleans())
def test_scores_by_relation_by_counting(seed, subtypes):
    gold, predicted = pairs(seed)
    rows = AttachmentReport.of(gold, predicted).by_relation(subtypes=subtypes)

    def arcs(sentences, name):
        return {
            (index, number, word.head)
            for index, sentence in enumerate(sentences)
            for number, word in enumerate(sentence.words)
            if (word.deprel if subtypes else word.deprel.split(":")[0]) == name
        }

    for row in rows:
        right, found = arcs(gold, row.name), arcs(predicted, row.name)
        assert (row.gold, row.predicted) == (len(right), len(found))
        both = len(right & found)
        assert row.precision == pytest.approx(ratio(both, len(found)))
        assert row.recall == pytest.approx(ratio(both, len(right)))
        assert row.f1 == pytest.approx(ratio(2 * both, len(right) + len(found)))
    assert sum(row.gold for row in rows) == sum(map(len, gold))


@given(seed=st.integers(0, 10_000))
def test_scores_by_length_by_counting(seed):
    gold, predicted = pairs(seed)
    rows = {row.name: row for row in AttachmentReport.of(gold, predicted).by_length}
    classes = {"root": {0}, "1": {1}, "2": {2}, "3-6": {3, 4, 5, 6}, "7+": set(range(7, 99))}

    def arcs(sentences, lengths):
        return {
            (index, number, word.head)
            for index, sentence in enumerate(sentences)
            for number, word in enumerate(sentence.words, start=1)
            if (abs(word.head - number) if word.head else 0) in lengths
        }

    assert list(rows) == list(classes)
    for name, lengths in classes.items():
        right, found = arcs(gold, lengths), arcs(predicted, lengths)
        assert rows[name].precision == pytest.approx(ratio(len(right & found), len(found)))
        assert rows[name].recall == pytest.approx(ratio(len(right & found), len(right)))


@given(seed=st.integers(0, 10_000))
def test_crossing_by_dominance(seed):
    gold, predicted = pairs(seed)

    def crossing(sentence, number):
        head = sentence.words[number - 1].head
        between = range(min(head, number) + 1, max(head, number)) if head else ()
        return any(not dominates(sentence, head, word) for word in between)

    def arcs(sentences):
        return {
            (index, number, sentence.words[number - 1].head)
            for index, sentence in enumerate(sentences)
            for number in range(1, len(sentence) + 1)
            if crossing(sentence, number)
        }

    def all_arcs(sentences):
        return {
            (index, number, word.head)
            for index, sentence in enumerate(sentences)
            for number, word in enumerate(sentence.words, start=1)
        }

    report = AttachmentReport.of(gold, predicted)
    row = report.by_crossing[1]
    right, found = arcs(gold), arcs(predicted)
    assert (row.name, row.gold, row.predicted) == ("non-projective", len(right), len(found))
    assert row.recall == pytest.approx(ratio(len(right & all_arcs(predicted)), len(right)))
    assert row.precision == pytest.approx(ratio(len(found & all_arcs(gold)), len(found)))
    crossed = {index for index, _, _ in right}
    for group, members in zip(
        report.by_projectivity, ({*range(len(gold))} - crossed, crossed), strict=True
    ):
        assert group.sentences == len(members)
        if members:
            part = AttachmentReport.of(*([side[i] for i in members] for side in (gold, predicted)))
            assert (group.uas, group.las, group.exact) == pytest.approx(
                (part.uas, part.las, part.exact)
            )


def test_a_perfect_parse_and_its_plain_values():
    gold, _ = pairs(3)
    report = AttachmentReport.of(gold, gold)
    values = report.to_dict()
    assert json.loads(json.dumps(values)) == values
    assert all(values[name] == 1 for name in FIGURES)
    assert values["exact"] == 1
    assert "UAS 100.00%" in report._repr_html_()


def test_figures_of_nothing_that_counts_are_zero():
    dot = [Sentence.of(["."], heads=[0], deprels=["punct"])]
    report = AttachmentReport.of(dot, dot)
    assert report.clas == report.figure("las_without_punctuation") == 0
    assert report.by_projectivity[1].sentences == report.by_projectivity[1].las == 0


def words(*forms, heads=None):
    return Sentence.of(
        forms, heads=heads or [0, *[1] * (len(forms) - 1)], deprels=["x"] * len(forms)
    )


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        ([], [], "no sentence to measure on"),
        ([words("a")], [], "1 gold sentences came with 0 predicted"),
        ([words("a")] * 2, [words("a"), words("b")], "sentence 2, word 1: 'a' in the gold .*'b'"),
        ([words("a")], [words("a", "b")], "sentence 1: 1 words in the gold tree, 2 in"),
        (
            [words("a", "b")],
            [words("a", "b", heads=[0, None])],
            "word 2 .'b'. has no head in the p",
        ),
        ([words("a", heads=[7])], [words("a")], "word 1 .'a'. has the head 7 of 1 words in the go"),
    ],
)
def test_trees_that_cannot_be_compared(gold, predicted, message):
    with pytest.raises(DataError, match=message):
        AttachmentReport.of(gold, predicted)


def test_the_sentence_is_named_in_errors():
    gold, other = words("a"), words("b")
    gold.comments.append("# sent_id = news-7")
    with pytest.raises(DataError, match=r"sentence 1 \(news-7\), word 1"):
        AttachmentReport.of([gold], [other])


def test_a_circle_has_figures_but_no_crossings():
    gold, circle = words("a", "b", "c"), words("a", "b", "c", heads=[0, 3, 2])
    report = AttachmentReport.of([gold, gold], [gold, circle])
    assert report.uas == pytest.approx(4 / 6)
    with pytest.raises(DataError, match="sentence 2 of the predicted trees"):
        _ = report.by_crossing


def test_no_such_figure():
    report = AttachmentReport.of([words("a")], [words("a")])
    with pytest.raises(DataError, match=r"no figure is called 'f1'; known: uas, las"):
        report.figure("f1")
