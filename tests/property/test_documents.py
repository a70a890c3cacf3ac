"""Texts at random, cut anywhere: the document gives each back, and every offset is right."""

import json

from hypothesis import given
from hypothesis import strategies as st

from gradus.pipeline.formats import FORMATS, formatted
from gradus.text.document import MultiwordToken, Sentence, Word
from gradus.text.documents import Document
from gradus.text.entities_in_misc import with_entities
from gradus.text.spacing import spaces_misc

gaps = st.sampled_from(["", " ", " ", "\n", "\n\n", "\t", "  ", "\r\n", "\u00a0", " \u2028"])
forms = st.text("aé漢\U0001f600|\\=_", min_size=1, max_size=3)
tags = st.sampled_from(["O", "B-PER", "I-PER", "B-LOC"])


@st.composite
def texts(draw):
    """A text, and its sentences as plain values: form, gap behind, words' tags, of each token."""
    token = st.tuples(forms, gaps, st.lists(tags, min_size=1, max_size=3))
    return draw(gaps), draw(st.lists(st.lists(token, min_size=1, max_size=4), max_size=4))


def built(leading, drawn):
    """The text, and the sentences that tell it."""
    text, sentences = leading, []
    for tokens in drawn:
        words, multiword, marks = [], [], []
        for form, gap, entity in tokens:
            misc = spaces_misc(gap, before="" if text != leading or sentences else leading)
            if len(entity) > 1:
                first = len(words) + 1
                rest = (*["_"] * 7, misc)
                multiword.append(MultiwordToken(first, first + len(entity) - 1, form, rest))
                words += [Word("w") for _ in entity]
            else:
                words.append(Word(form, misc=misc))
            marks += entity
            text += form + gap
        sentences.append(with_entities(Sentence(words, multiword=multiword), marks))
    return (text, sentences) if sentences else ("", [])


@given(texts())
def test_the_text_and_all_places_in_it(drawn):
    text, sentences = built(*drawn)
    document = Document.of(sentences)
    assert document.text == text
    assert [token.text for token in document.tokens] == [
        form for tokens in drawn[1] for form, _, _ in tokens
    ]
    for part in (*document.tokens, *document.entities):
        assert text[part.start : part.end] == part.text
    rest = "".join(token.text + token.space_after for token in document.tokens)
    assert text.endswith(rest)
    numbers = [
        (place, number)
        for place, sentence in enumerate(sentences)
        for number in range(1, len(sentence) + 1)
    ]
    assert numbers == [
        (token.sentence, number)
        for token in document.tokens
        for number in range(token.first, token.last + 1)
    ]


@given(texts())
def test_formats_for_programs_say_what_the_document_says(drawn):
    _, sentences = built(*drawn)
    document = Document.of(sentences)
    lines = "".join(formatted(iter(sentences), "json")).split("\n")
    assert list(map(json.loads, lines[:-1])) == document.to_dict()["sentences"]
    assert "".join(formatted(iter(sentences), "conllu")) == document.to_conllu()
    _, *rows, end = "".join(formatted(iter(sentences), "spans")).split("\n")
    assert end == ""
    assert [row.split("\t")[:4] for row in rows] == [
        [str(entity.sentence + 1), str(entity.start), str(entity.end), entity.type]
        for entity in document.entities
    ]


@given(texts())
def test_every_format_is_written_and_conllu_comes_back(drawn):
    text, sentences = built(*drawn)
    for name in FORMATS:
        written = "".join(formatted(sentences, name, width=30))
        assert written.endswith("\n") or not sentences
    if sentences:
        lines = Document.of(sentences).to_conllu().split("\n")
        again = Document.from_conllu(lines)
        assert (again.text, again.to_dict()) == (text, Document.of(sentences).to_dict())


@given(texts())
def test_every_document_has_a_page(drawn):
    document = Document.of(built(*drawn)[1])
    assert document._repr_html_().count("<mark") <= len(document.entities)
