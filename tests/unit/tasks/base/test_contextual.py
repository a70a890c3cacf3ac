"""Contextual vectors: states of two language models, judged by one LSTM step after another."""

import json
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from contextual import WORDS, saved, small
from hypothesis import given
from hypothesis import strategies as st
from model_folders import Checks, change
from toys import same_bits

from gradus.core.errors import FormatError, SettingsError
from gradus.tasks.base.words import contextual
from gradus.tasks.base.words.contextual import END, OTHER, ContextualConfig, ContextualVectors


@pytest.fixture(scope="module", autouse=True)
def in_full():
    """Processors that have bfloat16 would round."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contextual, "half_where_fast", lambda device: nullcontext())
        yield


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def states(vectors, ids):
    """The states of all layers after each token, by the equations of an LSTM."""
    weights = {name: value.double().numpy() for name, value in vectors.state_dict().items()}
    inputs = weights["table.weight"][ids]
    found = []
    for layer, _ in enumerate(vectors.layers):
        ours, above, *biases = (
            weights[f"layers.{layer}.{name}_l0"]
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        h = c = np.zeros(above.shape[1])
        outputs = []
        for x in inputs:
            i, f, g, o = np.split(ours @ x + above @ h + sum(biases), 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            outputs.append(h)
        inputs = np.array(outputs)
        found.append(inputs)
    return np.concatenate(found, 1)


def expected(vectors, ids):
    """What both know at each word: one has read up to it, the other down to it."""
    end = WORDS.index(END)
    ahead = states(vectors.ahead, [end, *ids])[1:]
    back = states(vectors.back, [end, *reversed(ids)])[1:][::-1]
    return np.concatenate([ahead, back], 1)


@given(st.lists(st.lists(st.integers(0, len(WORDS) - 1), min_size=1, max_size=9), min_size=1))
def test_vectors_are_the_states_of_each_sentence_alone(sentences):
    vectors = small()
    ids = torch.tensor([number for sentence in sentences for number in sentence])
    found = vectors(ids, torch.tensor([len(sentence) for sentence in sentences]))
    wanted = np.concatenate([expected(vectors, sentence) for sentence in sentences])
    np.testing.assert_allclose(found.numpy(), wanted, atol=1e-5)
    assert found.shape[1] == vectors.width == 14


def test_forms_are_known_in_small_letters_and_without_blanks():
    words = small().words
    named = [WORDS[number] for number in words.numbers(["A", "a", "BX", "b x", "zzz", "", END])]
    assert named == ["a", "a", "bx", "bx", OTHER, OTHER, END]


def test_they_stay_as_they_are():
    vectors = small()
    assert not any(weight.requires_grad for weight in vectors.parameters())
    assert not vectors(torch.tensor([1, 2]), torch.tensor([2])).requires_grad


def test_what_was_saved_is_loaded(tmp_path):
    vectors = small()
    vectors.save(tmp_path / "contexts")
    loaded = ContextualVectors.load(tmp_path / "contexts")
    assert same_bits(loaded, vectors)
    assert loaded.words == vectors.words


def use(vectors):
    vectors(torch.from_numpy(vectors.words.numbers(["a", "zzz"])), torch.tensor([2]))


CHECKS = Checks(ContextualVectors.load, use)


def test_any_entry_of_the_config_may_be_wrong(tmp_path):
    saved(tmp_path / "contexts")
    CHECKS.any_entry(tmp_path / "contexts", values=4)


def test_a_folder_that_lacks_what_it_needs_says_so(tmp_path):
    folder = tmp_path / "contexts"
    saved(folder)
    text = (folder / "contextual-words.txt").read_text()
    (folder / "contextual-words.txt").write_text(text.replace(f"{END}\t", "eos\t"))
    with pytest.raises(FormatError, match=f"{folder}.*lacks {END} or {OTHER}.*damaged"):
        ContextualVectors.load(folder)
    (folder / "contextual-words.txt").write_text("")
    with pytest.raises(FormatError, match=str(folder)):
        ContextualVectors.load(folder)
    (folder / "contextual-words.txt").unlink()
    with pytest.raises(FormatError, match=r"contextual-words.txt.*missing"):
        ContextualVectors.load(folder)
    saved(tmp_path / "other", widths=(4, 4))
    settings = json.loads((tmp_path / "other" / "config.json").read_text())["settings"]
    saved(tmp_path / "third")
    change(tmp_path / "third", settings=settings)
    with pytest.raises(FormatError, match="does not fit the settings"):
        ContextualVectors.load(tmp_path / "third")


def test_sizes_are_checked():
    with pytest.raises(SettingsError, match="widths"):
        ContextualConfig(widths=())
    with pytest.raises(SettingsError, match="widths"):
        ContextualConfig(widths=(3, 0))
