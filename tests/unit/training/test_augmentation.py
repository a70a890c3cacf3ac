"""Transforms change words, never lose them all, and follow from their random numbers alone."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import SettingsError
from gradus.training.augmentation import (
    TRANSFORMS,
    compose,
    swap,
    synonym,
    transform_of,
    word_dropout,
)
from gradus.vectors.table import WordVectors

TOKENS = st.lists(st.sampled_from([f"w{number}" for number in range(12)]), max_size=30)
SEEDS = st.integers(0, 1000)


class Ring:
    """Words on a ring: ``w3`` has the neighbours ``w4`` (near) and ``w5`` (less near)."""

    def __init__(self):
        self.asked = Counter()

    def __contains__(self, word):
        return word != "w0"

    def most_similar(self, word, *, n):
        self.asked[word] += 1
        place = int(word[1:])
        return [(f"w{place + 1}", 0.9), (f"w{place + 2}", 0.6), (f"w{place + 3}", 0.4)][:n]


def rng(seed=1):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("name", list(TRANSFORMS))
@given(tokens=TOKENS, seed=SEEDS)
def test_a_transform_keeps_its_input_and_follows_from_the_seed(name, tokens, seed):
    before = list(tokens)
    transform = TRANSFORMS.make(name, vectors=Ring())
    changed = transform(tokens, rng=rng(seed))
    assert tokens == before
    assert changed == transform(tuple(tokens), rng=rng(seed))
    assert bool(changed) == bool(tokens)


@given(tokens=TOKENS, share=st.floats(0, 0.99), seed=SEEDS)
def test_dropped_words_leave_the_others_in_their_order(tokens, share, seed):
    left = iter(tokens)
    assert all(word in left for word in word_dropout(share)(tokens, rng=rng(seed)))


def test_the_share_of_dropped_words_is_the_one_asked_for():
    left = word_dropout(0.3)(["w"] * 20_000, rng=rng())
    assert len(left) / 20_000 == pytest.approx(0.7, abs=0.02)


@given(tokens=TOKENS, pairs=st.integers(0, 5), seed=SEEDS)
def test_swaps_keep_every_word_and_move_it_little(tokens, pairs, seed):
    numbered = [f"{place} {word}" for place, word in enumerate(tokens)]
    swapped = swap(pairs)(numbered, rng=rng(seed))
    assert sorted(swapped) == sorted(numbered)
    for place, word in enumerate(swapped):
        assert abs(place - int(word.split()[0])) <= pairs
    if pairs == 1 and len(tokens) > 1:
        assert sum(one != other for one, other in zip(swapped, numbered, strict=True)) == 2


@given(tokens=TOKENS, seed=SEEDS)
def test_synonyms_are_near_words_and_others_stay(tokens, seed):
    replaced = synonym(0.7, near=3, least=0.5, vectors=Ring())(tokens, rng=rng(seed))
    assert len(replaced) == len(tokens)
    for old, new in zip(tokens, replaced, strict=True):
        number = int(old[1:])
        assert new in {old} if old == "w0" else {old, f"w{number + 1}", f"w{number + 2}"}


def test_neighbours_are_looked_up_once():
    ring = Ring()
    transform = synonym(0.9, vectors=ring)
    for seed in range(5):
        transform([f"w{number}" for number in range(12)] * 3, rng=rng(seed))
    assert set(ring.asked.values()) == {1} and len(ring.asked) == 11


def test_synonyms_come_from_a_table_of_vectors():
    angles = np.array([0.0, 0.1, 2.0, 2.1])
    words = WordVectors(
        ["film", "movie", "dull", "boring"], np.stack([np.cos(angles), np.sin(angles)], axis=1)
    )
    transform = transform_of(["synonym(0.99, near=2)"], vectors=words)
    assert transform(["film", "boring", "?"], rng=rng()) == ["movie", "dull", "?"]


@given(tokens=TOKENS, seed=SEEDS)
def test_transforms_are_applied_in_turn(tokens, seed):
    one, two = word_dropout(0.4), swap(2)
    shared = rng(seed)
    expected = two(one(tokens, rng=shared), rng=shared)
    assert compose(one, two)(tokens, rng=rng(seed)) == expected
    assert transform_of(["word_dropout(0.4)", "swap(2)"])(tokens, rng=rng(seed)) == expected
    assert compose()(tokens, rng=rng(seed)) == tokens


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("word_dropout(1)", "share=1 is out of range"),
        ("synonym(-0.1)", "share=-0.1 is out of range"),
        ("synonym(0.1, near=0)", "near=0 is out of range"),
        ("swap(-1)", "pairs=-1 is out of range"),
        ("synonym", "word vectors, but there are none; name some with --vectors"),
        ("synonyms", "transform 'synonyms' is unknown, perhaps 'synonym'"),
        ("swap(share=1)", "it takes pairs=1"),
    ],
)
def test_wrong_settings_are_explained(line, text):
    with pytest.raises(SettingsError, match=text):
        transform_of([line])
