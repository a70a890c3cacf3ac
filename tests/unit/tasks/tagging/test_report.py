"""Figures of tags by hand, by the official evaluation's rules and by seqeval, through files too."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from tag_samples import sentences
from tiny_taggers import EVERYTHING, labelled, tiny

from gradus.core.errors import DataError
from gradus.tasks.tagging.report import TaggingReport
from gradus.text.columns import TaggedSentence, read_columns, write_columns
from gradus.text.document import Sentence, Word
from gradus.text.entities_in_misc import entity_tags, with_entities

GOLD = [
    Sentence(
        [
            Word("Cats", "cat", "NOUN", "NNS", "Number=Plur"),
            Word("see", "_", "VERB", "VBP", "_"),
            Word("Oslo", "Oslo", "PROPN", "NNP", "Number=Sing", misc="NER=B-LOC"),
            Word(".", ".", "PUNCT", ".", "_"),
        ]
    )
]
FOUND = [
    Sentence(
        [
            Word("Cats", "cat", "NOUN", "NNS", "Number=Sing", misc="NER=B-PER"),
            Word("see", "saw", "NOUN", "VBP", "_"),
            Word("Oslo", "oslo", "NOUN", "NNP", "Number=Sing", misc="NER=B-LOC"),
            Word(".", ".", "PUNCT", ".", "_"),
        ]
    )
]


def test_figures_by_hand():
    report = TaggingReport.of(GOLD, FOUND, EVERYTHING)
    assert report.figures == {
        **{"upos": 0.5, "xpos": 1.0, "feats": 0.75, "lemma": 0.75},
        **{"entity": pytest.approx(2 / 3), "alltags": 0.25},
    }
    assert report.score == pytest.approx((0.5 + 1.0 + 0.75 + 0.75 + 2 / 3) / 5)
    assert report.confusions("upos") == [("PROPN", "NOUN", 1), ("VERB", "NOUN", 1)]
    assert report.confusions("lemma") == [("Oslo", "oslo", 1)]  # a lemma not said is never wrong
    assert report.confusions("entity") == [("O", "PER", 1)]
    assert report.confusions("xpos") == []
    assert report.confusions("upos", 1) == [("PROPN", "NOUN", 1)]


def test_all_tags_are_those_that_are_there():
    assert "alltags" not in TaggingReport.of(GOLD, FOUND, ["upos", "lemma"]).figures
    assert TaggingReport.of(GOLD, FOUND, ["upos", "feats"]).figures["alltags"] == 0.25


@given(
    pairs=st.lists(
        st.tuples(sentences("IOB2"), sentences("IOB2")).filter(lambda pair: pair[0]), min_size=1
    )
)
def test_f1_is_that_of_seqeval_through_files_and_words(pairs, tmp_path_factory):
    gold = [tags for tags, _ in pairs]
    guesses = [(other + ["O"] * len(tags))[: len(tags)] for tags, other in pairs]
    folder, read = tmp_path_factory.mktemp("columns"), []
    for name, rows in (("gold", gold), ("found", guesses)):
        rows = [TaggedSentence(["w"] * len(tags), tags) for tags in rows]
        write_columns(rows, folder / name)
        corpus = read_columns(folder / name)
        read.append([with_entities(Sentence.of(one.words), one.tags) for one in corpus])
    report = TaggingReport.of(*read, ["entity"])
    assert report.figures["entity"] == pytest.approx(f1_score(gold, guesses, zero_division=0))


def test_f1_of_a_tagger_is_that_of_seqeval():
    tagger = tiny("entities")
    gold, found = labelled(30, seed=4), tagger.tag(labelled(30, seed=4))
    expected = f1_score(list(map(entity_tags, gold)), list(map(entity_tags, found)))
    assert tagger.report(gold).figures == {"entity": pytest.approx(expected)}


def test_a_report_is_plain_for_json_and_safe_for_notebooks():
    report = TaggingReport.of(GOLD, FOUND, EVERYTHING)
    values = json.loads(json.dumps(report.to_dict()))
    assert (values["words"], values["upos"], values["entities"]["gold"]) == (4, 0.5, 1)
    assert "upos 50.00%" in repr(report)
    assert "<td>50.00%</td>" in report._repr_html_()


@pytest.mark.parametrize(
    ("gold", "found", "text"),
    [
        (GOLD, FOUND * 2, "1 gold sentences came with 2 predicted ones"),
        (GOLD, [Sentence.of(["Cats"])], "sentence 1 has other words in the gold file"),
        ([], [], "no word to measure on"),
    ],
)
def test_what_cannot_be_measured_is_refused(gold, found, text):
    with pytest.raises(DataError, match=text):
        TaggingReport.of(gold, found, ["upos"])
