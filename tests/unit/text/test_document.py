"""What a sentence says about itself."""

import pytest

from gradus.text.document import MultiwordToken, Sentence, Word


def test_text_is_that_of_the_comment():
    sentence = Sentence([Word("Go")], ["# text_en = Walk", "#text=Go  on = now ", "# text = No"])
    assert sentence.text == "Go  on = now"


def test_text_is_put_together_from_tokens():
    words = [
        Word("Voy", misc="SpaceAfter=No"),
        Word("a", misc="SpaceAfter=No"),  # inside a token: says nothing about the text
        Word("el"),
        Word("mar", misc="Gloss=sea|SpaceAfter=No"),
        Word("."),
    ]
    token = MultiwordToken(2, 3, "al", ("_",) * 8)
    glued = MultiwordToken(2, 3, "al", ("_",) * 7 + ("SpaceAfter=No",))
    assert Sentence(words, multiword=[token]).text == "Voyal mar."
    assert Sentence(words, multiword=[glued]).text == "Voyalmar."


@pytest.mark.parametrize(
    ("comments", "name"),
    [
        (["# sent_id = weblog-1"], "weblog-1"),
        (["# newpar id = p1", "#sent_id=2"], "2"),
        (["# sent_id"], None),
        ([], None),
    ],
)
def test_sent_id(comments, name):
    assert Sentence([Word("Go")], comments).sent_id == name


def test_heads_and_relations_are_those_given():
    sentence = Sentence.of(["a", "b"], upos=["X", "Y"], heads=[None, 1], deprels=["p", "q"])
    assert (sentence.heads, sentence.deprels) == ([None, 1], ["p", "q"])
    assert [word.upos for word in sentence.words] == ["X", "Y"]
    with pytest.raises(ValueError, match="shorter"):
        Sentence.of(["a", "b"], heads=[0])
