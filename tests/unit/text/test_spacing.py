"""The raw text of sentences, judged by texts that were taken apart at random."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.text.conllu import format_conllu, read_conllu
from gradus.text.document import MultiwordToken, Sentence, Word, surface_tokens
from gradus.text.spacing import escaped, placed_text, raw_text, spaces_misc, unescaped

white = st.text(
    st.sampled_from(" \t\r\n\x0b\x0c\x00\x1f\x7f\x85\xa0\u2028\u2029\u3000"), max_size=4
)
forms = st.text(st.sampled_from("aé|\\s=_#-市\U0001f600"), min_size=1, max_size=4)


@given(st.lists(st.tuples(forms, white, st.booleans()), min_size=1, max_size=12), white)
def test_text_taken_apart_is_put_together_again(tokens, before):
    sentences = [Sentence([])]
    for place, (form, after, last) in enumerate(tokens):
        misc = spaces_misc(after, before if place == 0 else "")
        sentences[-1].words.append(Word(form, misc=misc))
        if last and place + 1 < len(tokens):
            sentences.append(Sentence([]))
    text = before + "".join(form + after for form, after, _ in tokens)
    assert raw_text(sentences) == text
    # in a file as well, which holds none of these signs
    lines = "".join(map(format_conllu, sentences))
    assert not set(lines) & set("\r\x0b\x0c\x00\x1f\x7f\x85\xa0\u2028\u2029\u3000")
    assert raw_text(read_conllu(lines.split("\n"))) == text
    raw = placed_text(sentences)
    assert raw.text == text
    assert [text[s:e] for s, e in zip(raw.starts, raw.ends, strict=True)] == [t[0] for t in tokens]
    assert np.flatnonzero(raw.last).tolist() == list(
        np.cumsum([len(sentence) for sentence in sentences]) - 1
    )


@given(white)
def test_escapes_have_one_meaning(spaces):
    assert unescaped(escaped(spaces)) == spaces
    assert escaped(spaces).isascii()
    assert not set(escaped(spaces)) & set(" \t|")


@pytest.mark.parametrize(
    ("misc", "spaces"),
    [
        (r"SpacesAfter=\s\s", "  "),
        (r"Gloss=x|SpacesAfter=\n\n|Id=3", "\n\n"),
        (r"SpacesAfter=\p\\\q\u00zz", "|\\\\q\\u00zz"),
        ("SpaceAfter=No", ""),
        ("SpaceAfter=Yes", " "),
        ("SpacesAfter=", ""),
        ("_", " "),
    ],
)
def test_misc_says_what_stands_behind_a_token(misc, spaces):
    assert raw_text([Sentence([Word("a", misc=misc), Word("b", misc="SpaceAfter=No")])]) == (
        f"a{spaces}b"
    )


def test_a_multiword_token_is_shown_as_it_is_written():
    token = MultiwordToken(2, 3, "du", (*["_"] * 7, "SpaceAfter=No"))
    words = [Word("pied"), Word("de", misc="SpacesAfter=\\t"), Word("le"), Word("lit")]
    sentence = Sentence(words, multiword=[token])
    assert raw_text([sentence]) == "pied dulit "
    assert placed_text([sentence]).multiword.tolist() == [False, True, False]
    assert [(t.form, t.first, t.last) for t in surface_tokens(sentence)] == [
        ("pied", 1, 1), ("du", 2, 3), ("lit", 4, 4)
    ]  # fmt: skip


@pytest.mark.parametrize("comment", ["# newdoc", "# newpar id = 3", "#newdoc id=x"])
@pytest.mark.parametrize("misc", ["_", "SpaceAfter=No"])
def test_documents_and_paragraphs_begin_behind_an_empty_line(comment, misc):
    first = Sentence([Word("a", misc=misc)], [comment])
    second = Sentence([Word("b", misc="SpaceAfter=No")], [comment])
    assert raw_text([first, second]) == "a\n\nb"
    first.words[0].misc = r"SpacesAfter=\r\n\r\n"
    assert raw_text([first, second]) == "a\r\n\r\nb"


def test_no_sentence_has_no_text():
    assert raw_text([]) == ""
    assert placed_text([]).starts.shape == (0,)


def test_each_sentence_of_a_treebank_has_the_text_that_it_says(data_folder):
    path = data_folder / "ud" / "en-ewt-2.5" / "en_ewt-ud-dev.conllu.xz"
    sentences = list(read_conllu(str(path)))
    assert all(raw_text([one]).rstrip(" ") == one.comment("text") for one in sentences)
    text = raw_text(sentences)
    assert text.count("\n\n") == sum("# newdoc" in " ".join(s.comments) for s in sentences) - 1
