"""Labels as numbers, those that are not known, and all that a scheme needs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tag_samples import LETTERS, sentences
from tiny_taggers import EVERYTHING, labelled, small_config

from gradus.nn.losses import IGNORED
from gradus.tasks.tagging.columns import COLUMNS
from gradus.tasks.tagging.labels import Labels
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
