"""The cache of the words before: judged by a plain loop over tokens, in NumPy."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ngram_texts import encoded, random_documents, trained
from numpy.testing import assert_allclose
from random_language_models import KINDS, WORDS, random_model, random_text

from gradus.core.errors import SettingsError
from gradus.tasks.lm import cache as cache_module
from gradus.tasks.lm.cache import CacheConfig, cached_surprisals, parse_cache
from gradus.tasks.lm.cache_tuning import SHARPNESSES, WEIGHTS, tune_cache
from gradus.tasks.lm.spelling import EncodedText


def plain_cache(model, text, config):
    """The definition, token by token."""
    found = []
    for begin, end in zip(text.bounds[:-1], text.bounds[1:], strict=True):
        state, known = model.begin(1), []
        for token in text.ids[begin:end].tolist():
            p = math.exp(model.log_probabilities(state)[0, token])
            h = state.states[0].double().numpy()
            known = known[-config.size :]
            if known:
                likeness = np.array([config.sharpness * (h @ other) for other, _ in known])
                shares = np.exp(likeness - likeness.max())
                same = np.array([word == token for _, word in known])
                q = shares[same].sum() / shares.sum()
                p = (1 - config.weight) * p + config.weight * q
            found.append(-math.log(p))
            known.append((h, token))
            state = model.advance(state, np.array([token]))
    return np.array(found)


@given(
    kind=st.sampled_from(list(KINDS)),
    lengths=st.lists(st.integers(0, 14), min_size=1, max_size=5).filter(any),
    size=st.integers(1, 16),
    weight=st.floats(0, 0.95),
    sharpness=st.floats(0, 3),
)
def test_a_cache_is_what_a_plain_loop_gives(kind, lengths, size, weight, sharpness):
    model, text = random_model(kind), random_text(*lengths)
    config = CacheConfig(size=size, weight=weight, sharpness=sharpness)
    assert_allclose(
        cached_surprisals(model, text, config), plain_cache(model, text, config), rtol=1e-4
    )


@pytest.mark.parametrize("size", [30, 2000])
def test_stretches_and_blocks_join(size, monkeypatch):
    monkeypatch.setattr(cache_module, "NUMBERS", 1)  # a document at a time
    model, text = random_model("lstm"), random_text(300, 140, 7)
    config = CacheConfig(size=size, weight=0.4, sharpness=0.8)
    assert_allclose(
        cached_surprisals(model, text, config), plain_cache(model, text, config), rtol=1e-4
    )


@given(
    kind=st.sampled_from(list(KINDS)),
    length=st.integers(0, 12),
    size=st.integers(1, 8),
    weight=st.floats(0, 0.95),
)
def test_the_probabilities_of_all_next_tokens_sum_to_one(kind, length, size, weight):
    model, text = random_model(kind), random_text(length + 1)
    config = CacheConfig(size=size, weight=weight)
    surprisals = []
    for token in range(len(WORDS)):
        ids = np.array([*text.ids[:-1], token], dtype=np.int32)
        surprisals.append(cached_surprisals(model, EncodedText(ids, text.bounds, 1), config)[-1])
    assert np.exp(-np.array(surprisals)).sum() == pytest.approx(1, abs=1e-5)


def test_without_weight_or_a_past_there_is_the_model_alone():
    model, text = random_model("gru"), random_text(40, 1, 12)
    plain = model.surprisals(text)
    assert_allclose(cached_surprisals(model, text, CacheConfig(weight=0)), plain, rtol=1e-5)
    first = text.bounds[:-1]
    assert_allclose(cached_surprisals(model, text)[first], plain[first], rtol=1e-5)


def test_without_sharpness_the_cache_counts_words():
    model, text = random_model("lstm"), random_text(50)
    config = CacheConfig(size=20, weight=0.5, sharpness=0)
    place, plain = 40, math.exp(-model.surprisals(text)[40])
    share = np.mean(text.ids[place - 20 : place] == text.ids[place])
    expected = -math.log(0.5 * plain + 0.5 * share)
    assert cached_surprisals(model, text, config)[place] == pytest.approx(expected, rel=1e-5)


def test_tuning_finds_what_each_setting_alone_gives():
    model = random_model("lstm")
    ids = np.tile(random_text(9).ids, 8)  # a text that repeats itself
    text = EncodedText(ids, np.array([0, len(ids)]), len(ids))
    tuning = tune_cache(model, text, size=30, weights=(0.1, 0.6), sharpnesses=(0.0, 30.0))
    alone = {
        (weight, sharpness): np.exp(
            cached_surprisals(
                model, text, CacheConfig(size=30, weight=weight, sharpness=sharpness)
            ).mean()
        )
        for weight, sharpness in [(0.0, 0.0), (0.1, 0.0), (0.6, 0.0), (0.1, 30.0), (0.6, 30.0)]
    }
    assert {trial[:2]: trial.perplexity for trial in tuning.trials} == pytest.approx(alone)
    best = tuning.best
    assert (best.weight, best.sharpness) == min(alone, key=alone.get) != (0.0, 0.0)
    assert best.size == 30
    assert json.loads(json.dumps(tuning.to_dict(), allow_nan=False))["best"]["size"] == 30


def test_a_cache_that_does_not_help_is_tuned_away():
    model, text = (
        random_model("lstm", scale=0.0),
        EncodedText(np.arange(len(WORDS), dtype=np.int32), np.array([0, len(WORDS)]), 1),
    )  # no word comes twice
    tuning = tune_cache(model, text)
    assert tuning.best.weight == 0
    assert len(tuning.trials) == 1 + len(WEIGHTS) * len(SHARPNESSES)


def test_settings_are_read_from_a_line():
    assert parse_cache("2000,0.1,0.3") == CacheConfig()
    assert parse_cache("50") == CacheConfig(size=50)
    assert parse_cache(" 50, 0.2 ") == CacheConfig(size=50, weight=0.2)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("", "write size,weight,sharpness, as in 2000,0.1,0.3"),
        ("many", "'many' is no file, and no numbers"),
        ("1,0.1,0.3,4", "no numbers"),
        ("0", "size=0"),
        ("10,1", "weight=1"),
        ("10,nan", "weight=nan"),
        ("10,0.1,-1", "sharpness=-1"),
        ("10,0.1,inf", "sharpness=inf"),
    ],
)
def test_a_line_that_cannot_be_read_is_explained(line, text):
    with pytest.raises(SettingsError, match=text):
        parse_cache(line)


def test_a_model_without_states_has_no_cache():
    documents = random_documents(1, 30)
    model, text = trained(documents, 3), encoded(documents)
    for ask in (cached_surprisals, tune_cache):
        with pytest.raises(SettingsError, match=r"3-gram.* has none"):
            ask(model, text)
    with pytest.raises(SettingsError, match="weight=2"):
        tune_cache(random_model("lstm"), random_text(5), weights=(2.0,))
