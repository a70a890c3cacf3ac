"""Columns as labels and back: what is written is what the sentences said."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tag_samples import LETTERS, sentences
from tiny_taggers import EVERYTHING, labelled

from gradus.core.errors import DataError
from gradus.tasks.tagging.columns import COLUMNS
from gradus.tasks.tagging.edit_scripts import UNCHANGED
from gradus.text.document import Sentence, Word
from gradus.text.entities_in_misc import entity_spans, with_entities
from gradus.text.spans import spans_of, tag_faults

SCHEMES = sorted(LETTERS)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=6)
WORDS = st.builds(
    Word,
    form=TEXT,
    lemma=TEXT,
    upos=st.sampled_from(["NOUN", "_"]),
    xpos=TEXT,
    feats=st.sampled_from(["_", "Number=Plur"]),
    misc=st.sampled_from(["_", "SpaceAfter=No"]),
)


def blank(sentence):
    """A copy whose columns are empty."""
    copied = deepcopy(sentence)
    for word in copied.words:
        word.lemma = word.upos = word.xpos = word.feats = "_"
    return with_entities(copied, ["O"] * len(copied))


@pytest.mark.parametrize("scheme", SCHEMES)
@given(words=st.lists(WORDS, min_size=1, max_size=6), data=st.data())
def test_what_columns_say_can_be_written_again(scheme, words, data):
    tags = data.draw(sentences("IOB2"))[: len(words)]
    sentence = with_entities(Sentence(words), tags + ["O"] * (len(words) - len(tags)))
    written = blank(sentence)
    for name, column in COLUMNS.items():
        unsaid = UNCHANGED if name == "lemma" else "_"
        column.write_(written.words, [one or unsaid for one in column.labels(sentence, scheme)])
    for word, old in zip(written.words, sentence.words, strict=True):
        assert (word.upos, word.xpos, word.feats) == (old.upos, old.xpos, old.feats)
        assert word.lemma == old.lemma or old.lemma == "_"
    assert entity_spans(written) == entity_spans(sentence)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(tags=st.sampled_from(SCHEMES).flatmap(sentences).filter(bool))
def test_entities_are_learnt_in_the_scheme_that_is_asked_for(scheme, tags):
    sentence = with_entities(Sentence.of(["x"] * len(tags)), tags)
    labels = COLUMNS["entity"].labels(sentence, scheme)
    assert not tag_faults(labels, scheme)
    assert spans_of(labels) == spans_of(tags)


@given(tags=sentences("BIOES").filter(bool))
def test_any_tags_are_written_as_iob2_without_a_fault(tags):
    sentence = Sentence.of(["x"] * len(tags))
    sentence.words[0].misc = "NER=B-OLD|SpaceAfter=No"
    COLUMNS["entity"].write_(sentence.words, tags)
    assert entity_spans(sentence) == spans_of(tags)
    assert not tag_faults(COLUMNS["entity"].shown(sentence), "IOB2")
    assert sentence.words[0].misc.endswith("SpaceAfter=No")


def test_an_underscore_is_no_lemma_unless_the_form_is_one():
    sentence = Sentence([Word("cats", "_"), Word("_", "_"), Word("cats", "cat")])
    labels = COLUMNS["lemma"].labels(sentence, "")
    assert labels[0] is None
    assert labels[1] is not None
    assert labels[2] != labels[1]
    assert COLUMNS["lemma"].absent([Sentence(sentence.words[:2])])
    assert not COLUMNS["lemma"].absent([sentence])


def test_no_features_are_a_value_and_no_part_of_speech_is_none():
    sentence = Sentence([Word("a"), Word("b", upos="X", feats="A=B")])
    assert COLUMNS["upos"].labels(sentence, "") == [None, "X"]
    assert COLUMNS["feats"].labels(sentence, "") == ["_", "A=B"]


def test_a_script_that_does_not_fit_leaves_the_form():
    cut_six = COLUMNS["lemma"].labels(Sentence([Word("abcdefgh", "ab")]), "")[0]
    words = [Word("x")]
    COLUMNS["lemma"].write_(words, [cut_six])
    assert words[0].lemma == "x"


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_column_is_absent_only_where_no_word_has_it(name):
    said, silent = labelled(), [blank(sentence) for sentence in labelled()]
    column = COLUMNS[name]
    assert not column.absent(said)
    assert not column.absent([*silent, *said])
    assert column.absent(silent)
    assert column.absent([])
    assert column.shown(said[1]) != column.shown(silent[1])


def test_what_is_no_tag_is_told_with_its_sentence():
    sentence = Sentence([Word("x", misc="NER=PER")], comments=["# sent_id = s1"])
    with pytest.raises(DataError, match="sentence s1 has NER= in MISC: 'PER' is no tag"):
        COLUMNS["entity"].labels(sentence, "IOB2")
