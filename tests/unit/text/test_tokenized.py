import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from gradus.core.errors import SettingsError
from gradus.text import tokenized
from gradus.text.tokenized import CUTS, TokenizedTexts, tokenize_texts
from gradus.text.tokenizers import TOKENIZERS
from gradus.text.wordtable import WordTable

# letters whose lower case is longer or ASCII, signs that join, near-blanks, half a pair, and NUL
ODD = "aBİKßΣς日本\U0001f600\u0301_09'’‘-.,!<>/\n\t \x1c\x85\u2028\u200b\ud800\0"
characters = st.one_of(st.sampled_from(ODD), st.characters())
pieces = st.one_of(
    st.text(characters, max_size=12),
    st.sampled_from(["<br />", "<b>", "don't", "''", "it’s ", "a<3", "1,000.5", "eight888"]),
    st.text("aB", min_size=6, max_size=27),
)
texts = st.lists(pieces, max_size=12).map("".join)


@pytest.mark.parametrize("name", CUTS)
@given(batch=st.lists(texts, max_size=6))
@example(batch=["x\0y", "b"])
@example(batch=["half a pair \ud800", "b"])
def test_compiled_code_cuts_as_the_tokenizer_does(name, batch):
    split = TOKENIZERS.make(name)
    found = tokenize_texts(batch, name)
    assert list(found) == [split(text) for text in batch]


@pytest.mark.parametrize("name", CUTS)
@given(batch=st.lists(texts, max_size=6))
def test_words_are_numbered_in_the_order_in_which_they_come(name, batch):
    found = tokenize_texts(batch, name)
    words = [word for text in batch for word in TOKENIZERS.make(name)(text)]
    assert found.words == list(dict.fromkeys(words))
    assert found.counts.tolist() == [words.count(word) for word in found.words]


@given(batch=st.lists(texts, max_size=8), block=st.integers(1, 3))
def test_neither_blocks_nor_a_growing_table_change_anything(batch, block):
    whole = tokenize_texts(batch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenized, "BLOCK", block)
        patch.setattr(tokenized, "WordTable", lambda: WordTable(words=1, letters=32))
        parts = tokenize_texts(batch)
    assert parts.words == whole.words
    assert_array_equal(parts.ids, whole.ids)
    assert_array_equal(parts.offsets, whole.offsets)


def test_the_kind_of_a_character_is_what_regular_expressions_say():
    kinds = CUTS["words"].kinds()
    letters = [code for code in range(0x110000) if kinds[code] == tokenized.LETTER]
    spaces = [code for code in range(0x110000) if kinds[code] == tokenized.SPACE]
    assert all(chr(code).isalnum() or chr(code) == "_" for code in letters)
    assert spaces == [code for code in range(0x110000) if chr(code).isspace()]
    others = set(range(0x110000)) - set(letters)
    assert not any(chr(code).isalnum() for code in others)


def test_numbers_of_another_vocabulary_take_the_place_of_the_own():
    found = tokenize_texts(["a b a", "c"], "space")
    assert found.renumbered({"b": 7, "a": 3}, absent=-1).tolist() == [3, 7, 3, -1]
    assert tokenize_texts([]).renumbered({}, absent=-1).tolist() == []


@given(batch=st.lists(st.lists(st.sampled_from("abc"), max_size=4), max_size=4))
def test_texts_that_are_cut_already_come_back_as_they_were(batch):
    found = TokenizedTexts.of(batch)
    assert [found[number] for number in range(len(found))] == list(found) == batch
    with pytest.raises(IndexError):
        found[len(batch)]


def test_every_tokenizer_numbers_texts():
    for name in TOKENIZERS:
        assert tokenize_texts(["a b", ""], name).offsets.tolist() == [0, 2, 2]


def test_an_unknown_tokenizer_is_told():
    with pytest.raises(SettingsError, match="'word' is unknown, perhaps 'words'"):
        tokenize_texts(["a"], "word")


def test_empty_texts_have_no_words():
    found = tokenize_texts(["", "<br />", "\n"])
    assert (found.words, found.offsets.tolist()) == ([], [0, 0, 0, 0])
    assert found.ids.dtype == np.int32
