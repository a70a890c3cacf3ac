"""What vectors are worth to a task: vectors that tell entities beat random ones."""

import json
from statistics import mean, stdev

import numpy as np
import pytest

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.tagging.vector_scores import VectorScores, score_vectors
from gradus.text.document import Sentence
from gradus.text.entities_in_misc import with_entities
from gradus.vectors.table import WordVectors

NAMES, OTHERS = [f"Name{n}" for n in range(40)], [f"word{n}" for n in range(40)]


def corpus(names, others, count, seed):
    """Sentences in which every name is an entity, and no other word is."""
    rng = np.random.default_rng(seed)
    sentences = []
    for _ in range(count):
        named = rng.random(5) < 0.4
        forms = [str(rng.choice(names if one else others)) for one in named]
        sentences.append(
            with_entities(Sentence.of(forms), ["B-X" if one else "O" for one in named])
        )
    return sentences


TRAIN, DEV = corpus(NAMES[:20], OTHERS[:20], 150, 1), corpus(NAMES[20:], OTHERS[20:], 20, 2)

MET = {word.form for sentence in (*TRAIN, *DEV) for word in sentence.words}


def table(*, telling, words=(*NAMES, *OTHERS)):
    """Vectors of which one number may tell names from other words."""
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(len(words), 8)).astype(np.float32)
    if telling:
        vectors[:, 0] = [3 if word.startswith("N") else -3 for word in words]
    return WordVectors(list(words), vectors)


def test_vectors_that_tell_names_find_names_never_met():
    scores = score_vectors(table(telling=True), TRAIN, DEV, seeds=2, epochs=20)
    assert scores.mean > 0.9
    assert scores.random_mean < 0.5
    assert (scores.coverage, scores.words) == (1.0, len(MET))
    again = score_vectors(table(telling=True), TRAIN, DEV, seeds=2, epochs=20)
    assert again == scores


def test_a_table_without_the_words_is_told():
    far = table(telling=True, words=[f"far{n}" for n in range(9)])
    with pytest.raises(DataError, match="none of the words"):
        score_vectors(far, TRAIN, DEV, seeds=1)


def test_words_in_capitals_fall_back_to_small_letters():
    small = table(telling=True, words=[word.lower() for word in (*NAMES, *OTHERS)])
    assert score_vectors(small, TRAIN, DEV, seeds=1, epochs=1).coverage == 1.0


def test_figures_are_means_and_deviations():
    scores = VectorScores((0.5, 0.6, 0.9), (0.1,), coverage=0.5, words=2)
    assert scores.mean == pytest.approx(mean(scores.f1))
    assert scores.spread == pytest.approx(stdev(scores.f1))
    assert (scores.random_mean, scores.random_spread) == (0.1, 0.0)
    values = json.loads(json.dumps(scores.to_dict()))
    assert (values["vectors"]["f1"], values["random"]["mean"]) == ([0.5, 0.6, 0.9], 0.1)


def test_there_is_at_least_one_seed():
    with pytest.raises(SettingsError, match="seeds=0 is out of range"):
        score_vectors(table(telling=True), TRAIN, DEV, seeds=0)
