"""Figures of predicted spans, judged by seqeval, by the definition of conlleval and by hand."""

import itertools
import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval import scheme as peer_schemes
from seqeval.metrics import accuracy_score, sequence_labeling, v1
from tag_samples import LETTERS, tags

from gradus.core.errors import DataError
from gradus.tasks.tagging.span_scores import SpanReport
from gradus.text.columns import read_columns

PEERS = {
    "IOB1": peer_schemes.IOB1,
    "IOB2": peer_schemes.IOB2,
    "BIOES": peer_schemes.IOBES,
    "BILOU": peer_schemes.BILOU,
}
TO_SEQEVAL = str.maketrans("LU", "ES")


@st.composite
def gold_and_predicted(draw, schemes=tuple(LETTERS)):
    """A scheme and the tags of some sentences, gold ones and predicted ones, both often broken."""
    scheme = draw(st.sampled_from(schemes))
    tag = tags(scheme)
    gold, predicted = [], []
    for _ in range(draw(st.integers(1, 5))):
        # mostly the gold tag again, so that some spans are right
        row = draw(st.lists(st.tuples(tag, tag, st.integers(0, 3)), max_size=8))
        gold.append([one for one, _, _ in row])
        predicted.append([other if lot == 0 else one for one, other, lot in row])
    return scheme, gold, predicted


filled = gold_and_predicted().filter(lambda drawn: any(drawn[1]))


def assert_figures_are(report, judge):
    """That all figures are those of seqeval, which ``judge`` gives for each way to average."""
    for average, prefix in (("micro", ""), ("macro", "macro_")):
        if report.types or average == "micro":  # it warns of the mean over no types
            found = [getattr(report, prefix + name) for name in ("precision", "recall", "f1")]
            assert found == pytest.approx(judge(average=average)[:3])
    by_type = zip(*judge(average=None), strict=True)
    rows = sorted(report.types, key=lambda row: row.name)
    assert [row[1:5] for row in rows] == [pytest.approx(row) for row in by_type]


@given(filled)
def test_lenient_figures_are_those_of_seqeval(drawn):
    _, gold, predicted = drawn
    known = [
        [[tag[0].translate(TO_SEQEVAL) + tag[1:] for tag in row] for row in rows]
        for rows in (gold, predicted)
    ]
    report = SpanReport.of(gold, predicted)
    judge = sequence_labeling.precision_recall_fscore_support
    assert_figures_are(report, partial(judge, *known, zero_division=0))
    assert report.accuracy == pytest.approx(accuracy_score(gold, predicted))


@given(filled)
def test_strict_figures_are_those_of_seqeval(drawn):
    scheme, gold, predicted = drawn
    report = SpanReport.of(gold, predicted, scheme)
    judge = partial(v1.precision_recall_fscore_support, scheme=PEERS[scheme], zero_division=0)
    assert_figures_are(report, partial(judge, gold, predicted))


def conlleval(gold, predicted):
    """Gold, predicted and right chunks and right tags, counted as the script of CoNLL-2000 does.

    It walks over the words once, a word outside between sentences, and never lists the chunks: one
    is right if it begins in both columns at once with one type, and ends in both at once.
    """
    counts = dict.fromkeys(("gold", "predicted", "right", "tags"), 0)
    walking = False
    before = ("O", ""), ("O", "")
    for pair in boundaries(gold, predicted):
        ended = [ends(old, new) for old, new in zip(before, pair, strict=True)]
        begun = [begins(old, new) for old, new in zip(before, pair, strict=True)]
        if walking and all(ended):
            counts["right"] += 1
            walking = False
        elif walking and (any(ended) or pair[0][1] != pair[1][1]):
            walking = False
        if all(begun) and pair[0][1] == pair[1][1]:
            walking = True
        counts["gold"] += begun[0]
        counts["predicted"] += begun[1]
        before = pair
    counts["tags"] = sum(one == other for rows in zip(gold, predicted, strict=True)
                         for one, other in zip(*rows, strict=True))  # fmt: skip
    return counts


def boundaries(gold, predicted):
    """Letter and type of the gold and of the predicted tag of each word."""
    for rows in zip(gold, predicted, strict=True):
        for pair in itertools.chain(zip(*rows, strict=True), [("O", "O")]):
            yield tuple((tag[0], tag[2:]) for tag in pair)


def ends(old, new):
    (letter, kind), (next_letter, next_kind) = old, new
    return letter + next_letter in ("BB", "BO", "IB", "IO") or (letter != "O" and kind != next_kind)


def begins(old, new):
    (letter, kind), (next_letter, next_kind) = old, new
    known = letter + next_letter in ("BB", "IB", "OB", "OI")
    return known or (next_letter != "O" and kind != next_kind)


@given(gold_and_predicted(("IOB1", "IOB2")).filter(lambda drawn: any(drawn[1])))
def test_figures_are_those_of_conlleval(drawn):
    _, gold, predicted = drawn
    report = SpanReport.of(gold, predicted)
    counts = conlleval(gold, predicted)
    overall = report.overall
    assert (overall.gold, overall.predicted, overall.right) == (
        counts["gold"], counts["predicted"], counts["right"],
    )  # fmt: skip
    assert report.right_tags == counts["tags"]
    precision, recall = report.precision, report.recall
    if precision + recall:
        assert report.f1 == pytest.approx(2 * precision * recall / (precision + recall))


def test_figures_by_hand():
    gold = [["B-PER", "I-PER", "O", "B-LOC"], ["B-LOC", "O"], ["O"]]
    predicted = [["B-PER", "O", "O", "B-LOC"], ["B-PER", "O"], ["B-ORG"]]
    report = SpanReport.of(gold, predicted)
    assert (report.precision, report.recall) == (1 / 4, 1 / 3)
    assert report.f1 == pytest.approx(2 / 7)
    assert [row.name for row in report.types] == ["LOC", "PER", "ORG"]
    assert report.types[0][1:] == (1.0, 0.5, pytest.approx(2 / 3), 2, 1, 1)
    assert report.macro_f1 == pytest.approx(2 / 9)
    assert report.accuracy == 4 / 7
    assert report.counts.tolist() == [[2, 2, 1], [1, 1, 0], [0, 1, 0]]
    assert report.worst() == [0, 1, 2]
    assert report.worst(1) == [0]


def test_broken_tags_count_as_spans_only_without_a_scheme():
    gold, predicted = [["B-PER", "I-PER", "O"]], [["I-PER", "I-PER", "O"]]
    assert SpanReport.of(gold, predicted).f1 == 1
    strict = SpanReport.of(gold, predicted, "IOB2")
    assert (strict.f1, strict.overall.predicted) == (0, 0)


def test_real_tags_give_all_figures_of_one(data_folder):
    gold = [sentence.tags for sentence in read_columns(data_folder / "ner/wnut17/dev.conll")]
    report = SpanReport.of(gold, gold, "IOB2")
    assert (report.f1, report.macro_f1, report.accuracy) == (1, 1, 1)
    assert {row.name: row.gold for row in report.types} == {
        "person": 470, "product": 114, "creative-work": 105, "location": 74, "group": 39,
        "corporation": 34,
    }  # fmt: skip


def test_the_report_is_plain_for_json_and_safe_for_notebooks():
    report = SpanReport.of([["B-<b>", "O"]], [["B-<b>", "B-x"]])
    values = json.loads(json.dumps(report.to_dict()))
    assert (values["precision"], values["right"], values["accuracy"]) == (0.5, 1, 0.5)
    assert [row["name"] for row in values["types"]] == ["<b>", "x"]
    page = report._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_no_span_at_all_gives_zeros():
    report = SpanReport.of([["O"]], [["O"]])
    assert (report.f1, report.macro_f1, report.types, report.accuracy) == (0, 0, [], 1)


@pytest.mark.parametrize(
    ("gold", "predicted", "text"),
    [
        ([["O"]], [["O"], ["O"]], "1 sentences have gold tags and 2 have predicted ones"),
        ([["O"], ["O"]], [["O"], []], "sentence 2 has 1 gold and 0 predicted tags"),
        ([[]], [[]], "no word to measure on"),
        ([["O"], ["O"]], [["O"], ["B"]], "sentence 2 of the predicted tags: 'B' is no tag"),
        ([["L-x"]], [["O"]], "sentence 1 of the gold tags: the tag 'L-x' has the letter L"),
    ],
)
def test_what_cannot_be_measured_is_refused(gold, predicted, text):
    with pytest.raises(DataError, match=text):
        SpanReport.of(gold, predicted, "IOB2")
