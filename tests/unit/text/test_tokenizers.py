"""Tokenizers: what is a word, and that nothing but blanks and markup is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.text.tokenizers import TOKENIZERS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't!", ["don't", "!"]),
        ("a<br /><br />b", ["a", "b"]),
        ("1 < 2 and 3 > 2", ["1", "<", "2", "and", "3", ">", "2"]),
        ("Zürich, ÉTÉ 10/10", ["zürich", ",", "été", "10", "/", "10"]),
        ("it’s 'quoted'", ["it’s", "'", "quoted", "'"]),
        ("", []),
    ],
)
def test_words_and_signs_stand_apart(text, words):
    assert TOKENIZERS.make("words")(text) == words


@given(text=st.text(alphabet=st.characters(exclude_characters="<"), max_size=60))
def test_only_blanks_are_lost(text):
    kept = "".join(TOKENIZERS.make("words")(text))
    assert kept == "".join(text.lower().split())


@given(text=st.text(max_size=60))
def test_no_word_is_empty_or_holds_a_blank(text):
    for name in TOKENIZERS:
        assert all(word and not word.isspace() for word in TOKENIZERS.make(name)(text))
