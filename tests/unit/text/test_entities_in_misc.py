"""Entities in MISC: what is marked is found again, and everything else stays."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tag_samples import tags

from gradus.core.errors import DataError
from gradus.text.conllu import format_conllu, read_conllu
from gradus.text.document import EmptyNode, MultiwordToken, Sentence, Word
from gradus.text.entities_in_misc import entity_spans, entity_tags, with_entities
from gradus.text.placing import entities_of
from gradus.text.spans import spans_of, tags_of


@given(st.sampled_from(["IOB2", "BIOES"]).flatmap(lambda one: st.lists(tags(one), min_size=1)))
def test_what_is_marked_is_found_after_writing_and_reading(drawn):
    sentence = with_entities(Sentence.of(["w"] * len(drawn)), drawn)
    (read,) = read_conllu(format_conllu(sentence).split("\n"))
    assert entity_spans(read) == spans_of(drawn)
    assert entity_tags(read) == tags_of(spans_of(drawn), len(drawn))
    found = [(one.first - 1, one.last, one.type) for one in entities_of(read)]
    assert found == spans_of(drawn)


def test_the_sentence_given_stays_and_all_else_is_kept():
    sentence = Sentence(
        [Word("a", misc="SpaceAfter=No|NER=B-LOC"), Word("b"), Word("c", misc="NER=B-ORG")],
        ["# text = ab c"],
        [MultiwordToken(1, 2, "ab")],
        [EmptyNode(1, 1)],
        line=7,
    )
    before = copy.deepcopy(sentence)
    changed = with_entities(sentence, ["O", "B-PER", "O"])
    assert sentence == before
    assert [word.misc for word in changed.words] == ["SpaceAfter=No", "NER=B-PER", "_"]
    assert (changed.comments, changed.multiword, changed.empty, changed.line) == (
        before.comments,
        before.multiword,
        before.empty,
        7,
    )
    changed.comments.append("# more")
    changed.words[1].form = "x"
    assert sentence == before


def test_an_entity_has_the_text_of_whole_tokens():
    words = [Word("in"), Word("dem"), Word("Haus", misc=r"SpacesAfter=\n\s"), Word("Bonn")]
    sentence = Sentence(words, multiword=[MultiwordToken(1, 2, "im")])
    tags = ["O", "B-LOC", "I-LOC", "I-LOC"]
    (entity,) = entities_of(with_entities(sentence, tags))
    assert (entity.text, entity.start, entity.end) == ("im Haus\n Bonn", 0, 13)
    assert [word.form for word in entity.words] == ["dem", "Haus", "Bonn"]


def test_tags_that_are_none():
    sentence = Sentence([Word("a", misc="NER=person")], ["# sent_id = s1"])
    with pytest.raises(DataError, match=r"sentence s1 has NER= in MISC: .*'person'"):
        entities_of(sentence)
    with pytest.raises(DataError, match="2 tags came with a sentence of 1 words"):
        with_entities(sentence, ["O", "O"])
