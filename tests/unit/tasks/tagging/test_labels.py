"""Labels as numbers, those that are not known, and all that a scheme needs."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tag_samples import LETTERS, sentences
from tiny_taggers import EVERYTHING, labelled, small_config

from gradus.core.errors import FormatError
from gradus.nn.losses import IGNORED
from gradus.tasks.tagging.columns import COLUMNS
from gradus.tasks.tagging.labels import Labels
from gradus.tasks.tagging.settings import TaggerConfig
from gradus.text.document import Sentence, Word
from gradus.text.entities_in_misc import with_entities


@pytest.mark.parametrize("name", EVERYTHING)
def test_numbers_stand_for_the_labels(name):
    config = small_config("everything")
    labels = Labels.learn(name, config, labelled())
    numbers = labels.numbers(labelled())
    assert IGNORED not in numbers
    said = [
        label for sentence in labelled() for label in COLUMNS[name].labels(sentence, config.scheme)
    ]
    assert labels.spelled(numbers.tolist()) == said
    assert len(set(labels.names)) == len(labels.names)


@given(upos=st.lists(st.sampled_from("ABCD_"), min_size=1))
def test_frequent_labels_come_first(upos):
    sentence = Sentence.of(["x"] * len(upos), upos=upos)
    names = Labels.learn("upos", small_config(), [sentence]).names
    assert set(names) == set(upos) - {"_"}
    counts = [upos.count(name) for name in names]
    assert counts == sorted(counts, reverse=True)


def test_what_training_lacks_or_nobody_says_is_ignored():
    labels = Labels.learn("upos", small_config(), [Sentence.of(["a"], upos=["NOUN"])])
    other = Sentence.of(["a", "b", "c"], upos=["VERB", "NOUN", "_"])
    assert labels.numbers([other]).tolist() == [IGNORED, 0, IGNORED]
    lemmas = Labels.learn("lemma", small_config(), [Sentence([Word("cats", "cat")])])
    assert lemmas.numbers([Sentence([Word("dogs", "_"), Word("dogs", "dog")])]).tolist() == [
        *(IGNORED, 0)
    ]
    assert labels.numbers([]).dtype == np.int64


@pytest.mark.parametrize("scheme", sorted(LETTERS))
@given(rows=st.lists(sentences("IOB2").filter(bool), min_size=1, max_size=4))
def test_every_type_gets_every_letter_that_is_in_use(scheme, rows):
    told = [with_entities(Sentence.of(["x"] * len(row)), row) for row in rows]
    labels = Labels.learn("entity", small_config("entities", scheme=scheme), told)
    assert labels.names[0] == "O"
    letters = {name[0] for name in labels.names[1:]}
    types = {name[2:] for name in labels.names[1:]}
    assert len(labels.names) == 1 + len(letters) * len(types)
    assert IGNORED not in labels.numbers(told)


def test_forms_with_labels_of_few_have_no_others():
    pairs = [(f"{letter}ed", letter) for letter in "abcdefghijklmnopqrstuvwxyz"]
    pairs += [("went", "go"), ("bought", "buy"), ("Bought", "buy")]
    sentence = Sentence([Word(form, lemma) for form, lemma in pairs])
    labels = Labels.learn("lemma", TaggerConfig(), [sentence])
    assert set(labels.exceptions) == {"went", "bought"}
    number = labels.index
    usual, go = number["lower||--"], number["=go"]
    words = [Sentence([Word("Went"), Word("aed"), Word("unknown")])]
    scores = torch.zeros(3, len(labels.names))
    assert labels.settled([usual] * 3, scores, words) == [go, usual, usual]
    assert Labels.learn("upos", TaggerConfig(), [sentence]).exceptions == {}


def test_of_several_exceptions_of_a_form_the_best_is_taken():
    labels = Labels("lemma", "BIOES", ("keep||", "=a", "=b"), {"x": (1, 2)})
    scores = torch.tensor([[5.0, 1.0, 2.0], [5.0, 2.0, 1.0], [0.0, 0.0, 9.0]])
    words = [Sentence([Word("x"), Word("X"), Word("x")])]
    assert labels.settled([0, 0, 1], scores, words) == [2, 1, 1]


@pytest.mark.parametrize("rows", [[], {"x": 1}, {"x": []}, {"x": [9]}, {"x": ["0"]}, {"x": [-1]}])
def test_exceptions_that_are_no_labels_are_refused(rows, tmp_path):
    lists = {"lemma": ["keep||", "=a"]}
    with pytest.raises(FormatError, match="exceptions of lemma"):
        Labels.listed("lemma", "BIOES", lists, tmp_path, {"lemma": rows})
