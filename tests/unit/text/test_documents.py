"""What a document says of itself: text, tokens, entities, plain values, and pages."""

import json
import re
from xml.etree import ElementTree

import pytest

from gradus.core.errors import DataError
from gradus.text.document import MultiwordToken, Sentence, Word
from gradus.text.document_page import GROUNDS, INK, ground
from gradus.text.documents import Document
from gradus.text.entities_in_misc import with_entities


def berlin():
    """Two sentences with a multiword token, an entity in each, and a line end between them."""
    first = Sentence(
        [
            Word("Ada", "Ada", "PROPN", "NE", "Case=Nom|Number=Sing", 2, "nsubj"),
            Word("lebt", "leben", "VERB", head=0, deprel="root"),
            Word("in", head=5, deprel="case"),
            Word("dem", head=5, deprel="det"),
            Word("Wald", head=2, deprel="obl", misc="SpaceAfter=No"),
            Word(".", head=2, deprel="punct", misc=r"SpacesAfter=\n\n"),
        ],
        ["# sent_id = s1"],
        [MultiwordToken(3, 4, "im")],
    )
    second = Sentence.of(["In", "New", "York", "?"])
    second.words[2].misc = "SpaceAfter=No"
    second.words[3].misc = "SpaceAfter=No"
    return [
        with_entities(first, ["B-PER", "O", "O", "O", "O", "O"]),
        with_entities(second, ["O", "B-LOC", "I-LOC", "O"]),
    ]


def test_tokens_and_entities_stand_where_they_say():
    document = Document.of(berlin())
    assert document.text == str(document) == "Ada lebt im Wald.\n\nIn New York?"
    assert [token.text for token in document.tokens] == (
        ["Ada", "lebt", "im", "Wald", ".", "In", "New", "York", "?"]
    )
    for part in (*document.tokens, *document.entities):
        assert document.text[part.start : part.end] == part.text
    assert [token.space_after for token in document.tokens] == (
        [" ", " ", " ", "", "\n\n", " ", " ", "", ""]
    )
    token = document.tokens[2]
    assert (token.first, token.last, [word.form for word in token.words]) == (3, 4, ["in", "dem"])
    found = [(entity.type, entity.text, entity.sentence) for entity in document.entities]
    assert found == [("PER", "Ada", 0), ("LOC", "New York", 1)]
    assert [word.form for word in document.entities[1].words] == ["New", "York"]


def test_a_document_is_a_row_of_sentences():
    sentences = berlin()
    document = Document.of(iter(sentences))
    assert list(document) == sentences
    assert (len(document), document[1], document[-1]) == (2, sentences[1], sentences[1])
    assert [word.form for word in document.words[:3]] == ["Ada", "lebt", "in"]
    assert repr(document) == "Document(2 sentences, 10 words: 'Ada lebt im Wald. In New York?')"


def test_a_long_text_is_cut_in_the_line_about_it():
    document = Document.of([Sentence.of(["abcd"] * 30)])
    assert repr(document) == f"Document(1 sentence, 30 words: '{'abcd ' * 7}abcd…')"


def test_conllu_comes_back(tmp_path):
    document = Document.of(berlin())
    path = tmp_path / "a.conllu"
    path.write_text(document.to_conllu())
    again = Document.from_conllu(path)
    assert (again.to_conllu(), again.text) == (document.to_conllu(), document.text)
    assert again.to_dict() == document.to_dict()


def test_plain_values_are_those_of_json():
    values = Document.of(berlin()).to_dict()
    assert json.loads(json.dumps(values)) == values
    first, second = values["sentences"]
    assert (first["id"], second["id"]) == ("s1", None)
    assert first["words"][0] == {
        **{"id": 1, "form": "Ada", "lemma": "Ada", "upos": "PROPN", "xpos": "NE"},
        **{"feats": {"Case": "Nom", "Number": "Sing"}, "head": 2, "deprel": "nsubj"},
        **{"deps": None, "misc": "NER=B-PER"},
    }
    assert second["words"][0] == {
        **{"id": 1, "form": "In", "lemma": None, "upos": None, "xpos": None, "feats": None},
        **{"head": None, "deprel": None, "deps": None, "misc": None},
    }
    assert [token["words"] for token in first["tokens"]] == [[1], [2], [3, 4], [5], [6]]
    assert second["entities"] == [
        {"type": "LOC", "text": "New York", "start": 22, "end": 30, "words": [2, 3]}
    ]
    for sentence in values["sentences"]:
        assert values["text"][sentence["start"] : sentence["end"]] == sentence["text"]


def test_nothing_is_a_document_too():
    document = Document.of([])
    assert (document.text, document.tokens, document.entities, len(document)) == ("", (), (), 0)
    assert document.to_dict() == {"text": "", "sentences": []}
    assert repr(document) == "Document(0 sentences, 0 words: '')"
    assert page(document) is not None


def test_sentences_without_words_keep_their_place():
    document = Document.of([Sentence([]), Sentence.of(["a"]), Sentence([]), Sentence.of(["b"])])
    assert [token.sentence for token in document.tokens] == [1, 3]
    assert [document.text[token.start] for token in document.tokens] == ["a", "b"]


def test_tags_that_are_none_are_told_where_entities_are_asked_for():
    document = Document.of([Sentence([Word("a", misc="NER=x")])])
    assert repr(document) == "Document(1 sentence, 1 word: 'a')"
    with pytest.raises(DataError, match="NER= in MISC"):
        _ = document.entities


def page(document):
    """The part of a page, read as XML, so that all of it is closed and escaped."""
    return ElementTree.fromstring(f"<div>{document._repr_html_().replace(' open>', '>')}</div>")


def test_the_page_marks_entities_in_the_running_text_and_draws_trees():
    read = page(Document.of(berlin()))
    text, *trees = list(read)
    marks = [("".join(mark.itertext()), mark.tail) for mark in text.iter("mark")]
    assert marks == [("Ada PER", " lebt im Wald.\n\nIn "), ("New York LOC", "?")]
    assert [tree.find("summary").text for tree in trees] == ["s1: Ada lebt im Wald."]
    assert "http" not in Document.of(berlin())._repr_html_().replace("http://www.w3.org/", "")


def test_a_page_escapes_what_it_shows():
    sentence = with_entities(Sentence.of(["<b>&", "\x1b[31m", "x"]), ["B-<i>", "O", "O"])
    read = page(Document.of([sentence]))
    assert "".join(read.itertext()).split() == ["<b>&", "<i>", "�[31m", "x"]


def test_two_entities_of_one_token_are_one_mark():
    sentence = Sentence([Word("a"), Word("b"), Word("c")], multiword=[MultiwordToken(1, 2, "ab")])
    document = Document.of([with_entities(sentence, ["B-PER", "B-LOC", "I-LOC"])])
    (text,) = page(document)
    assert "".join(text.itertext()) == "ab PER c LOC"


def test_a_long_document_is_cut():
    document = Document.of([Sentence.of([f"w{number}"]) for number in range(2011)])
    text = "".join(page(document).itertext())
    assert "w9" in text
    assert "w10" not in text
    assert "2,001 more sentences" in text


def luminance(colour):
    """Relative luminance as the Web Content Accessibility Guidelines define it."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
              for share in shares]  # fmt: skip
    return sum(map(float.__mul__, (0.2126, 0.7152, 0.0722), linear))


@pytest.mark.parametrize("colour", GROUNDS)
def test_marks_are_readable(colour):
    assert re.fullmatch("#[0-9a-f]{6}", colour)
    assert (luminance(colour) + 0.05) / (luminance(INK) + 0.05) > 7  # the highest grade, AAA


def test_common_types_differ_and_any_type_has_a_colour():
    assert len({ground(kind) for kind in ("PER", "LOC", "ORG", "MISC")}) == 4
    assert ground("creative-work") == ground("creative-work")
    assert ground("\ud800") in GROUNDS
