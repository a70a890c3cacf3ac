"""What a tokenizer's network sees of words, and what it learns beside."""

from hypothesis import given
from hypothesis import strategies as st
from tiny_tokenizers import sentence, small_config

from gradus.nn.embeddings import UNKNOWN
from gradus.nn.losses import IGNORED
from gradus.tasks.tagging.tokenization.symbols import FILES, Symbols, features
from gradus.tasks.tagging.tokenization.tags import Tags
from gradus.text.document import Sentence


@given(st.text(min_size=1, max_size=300))
def test_every_form_has_features(form):
    found = features(form)
    assert len(found) == len(FILES)
    assert all(found)


def test_what_was_met_too_seldom_is_unknown():
    symbols = Symbols.learn(small_config(min_count=2), ["the", "The", "cat", "3", "7"])
    the, number, cat = symbols.rows(["THE", "9", "cat"])[:, 0]
    assert the > UNKNOWN
    assert number > UNKNOWN  # numbers are one word for each length
    assert cat == UNKNOWN
    assert symbols.sizes[0] == 2 + 2


def test_only_the_most_frequent_words_are_known():
    symbols = Symbols.learn(small_config(words=1, affixes=0), ["a", "b", "b"])
    assert symbols.names[0] == ["b"]
    assert symbols.names[1] == []


def test_tags_of_a_token_are_those_of_its_last_word():
    one = sentence("de=el mar")
    for word, tag in zip(one.words, ("ADP", "DET", "NOUN"), strict=True):
        word.upos, word.deprel = tag, "obl:x"
    tags = Tags.learn([one])
    assert tags == Tags(["ADP", "DET", "NOUN"], ["obl"])
    assert tags.numbers([one]).tolist() == [[1, 0], [2, 0]]
    assert tags.numbers([Sentence.of(["x"])]).tolist() == [[IGNORED, IGNORED]]
    assert Tags.from_dict(tags.to_dict()) == tags
