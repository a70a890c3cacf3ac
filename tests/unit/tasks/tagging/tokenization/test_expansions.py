"""Words of multiword tokens: those of the treebank, and rules for tokens that it lacks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_tokenizers import sentence

from gradus.core.errors import FormatError
from gradus.tasks.tagging.tokenization.expansions import Expansions
from gradus.text.document import MultiwordToken, Sentence


def taught(*tokens):
    """Sentences of one multiword token each: its form, then its words."""
    sentences = []
    for token in tokens:
        form, *words = token.split()
        one = Sentence.of(words)
        one.multiword.append(MultiwordToken(1, len(words), form))
        sentences.append(one)
    return sentences


SPANISH = ("darlo dar lo", "verlo ver lo", "darme dar me", "verme ver me", "dámelo da me lo")
FRENCH = ("du de le", "des de les", "au à le")


def test_tokens_of_the_treebank_have_its_words():
    expansions = Expansions.learn(taught(*FRENCH, *SPANISH))
    assert expansions.words("du") == ["de", "le"]
    assert expansions.words("Au") == ["À", "le"]
    assert expansions.words("DU") == ["DE", "LE"]
    assert expansions.words("dámelo") == ["da", "me", "lo"]


def test_the_most_frequent_words_win():
    expansions = Expansions.learn(taught("des de les", "des de des", "des de les"))
    assert expansions.words("des") == ["de", "les"]


def test_rules_carry_over_to_other_tokens():
    expansions = Expansions.learn(taught(*SPANISH))
    assert expansions.words("Comerlo") == ["Comer", "lo"]
    assert expansions.words("OÍRME") == ["OÍR", "ME"]
    assert expansions.words("gato") is None
    assert expansions.words("lo") is None  # nothing would be left


def test_one_token_teaches_no_rule():
    assert Expansions.learn(taught("darlo dar lo")).rules == {}


def test_no_multiword_token_costs_nothing():
    expansions = Expansions.learn([sentence("Go on~!")])
    assert expansions == Expansions()
    assert expansions.words("Go") is None


letters = st.text(st.sampled_from("abcé"), min_size=1, max_size=4)
tokens = st.lists(
    st.tuples(letters, st.lists(letters, min_size=2, max_size=3)), min_size=1, max_size=8
)


@given(tokens, letters)
def test_what_is_known_is_given_back_and_the_rest_keeps_its_beginning(given_tokens, other):
    sentences = taught(*(" ".join([form, *words]) for form, words in given_tokens))
    expansions = Expansions.learn(sentences)
    for form, _ in given_tokens:
        rivals = [words for rival, words in given_tokens if rival == form]
        assert expansions.words(form) in rivals
        assert rivals.count(expansions.words(form)) == max(map(rivals.count, rivals))
    found = expansions.words(other)
    assert found is None or (len(found) > 1 and all(found))
    again = Expansions.from_dict(json.loads(json.dumps(expansions.to_dict())))
    assert again == expansions


@pytest.mark.parametrize(
    "values",
    [None, [], {}, {"table": {}}, {"table": {"a": ["b"]}, "rules": {}}, {"table": {}, "rules": []}],
)
def test_what_is_no_expansion_is_refused(values):
    with pytest.raises(FormatError, match="no table of words and rules"):
        Expansions.from_dict(values)
