"""Folders of n-gram models: the same model comes back, and damage is told by its file."""

import json
import re

import numpy as np
import pytest
from damaged_files import damaged
from hypothesis import given
from hypothesis import strategies as st
from ngram_texts import DOCUMENTS, encoded, random_documents, trained

from gradus.core.errors import ExistsError, FormatError
from gradus.core.storage import map_tensors, write_tensors
from gradus.tasks.lm.ngram import NgramModel

DOCUMENT = random_documents(6, 900, 5, 40)


@pytest.fixture
def folder(tmp_path):
    trained(DOCUMENT, 3).save(tmp_path / "model")
    return tmp_path / "model"


def loads_or_says_why(folder):
    try:
        model = NgramModel.load(folder)
    except FormatError as error:
        assert str(folder) in str(error)
        return
    # what is loaded works, and is a distribution
    assert np.isfinite(model.surprisals(encoded(DOCUMENT))).all()
    every = np.flatnonzero(np.diff(model.tree.firsts)).astype(np.int32)
    logs = model.log_probabilities(every).astype(float)
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1, rtol=0, atol=1e-5)


@given(documents=DOCUMENTS, order=st.integers(1, 5))
def test_the_same_model_comes_back_bit_for_bit(documents, order, tmp_path):
    model = trained(documents, order)
    model.save(tmp_path / "model", force=True)
    again = NgramModel.load(tmp_path / "model")
    for ours, theirs in zip(model._tables, again._tables, strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.tobytes() == theirs.tobytes()
    assert again.config == model.config
    assert again.notes == model.notes
    assert again.spelling.vocabulary.words == model.spelling.vocabulary.words
    assert again.metrics == {**model.metrics, "seconds": None}


def test_large_counts_come_back(tmp_path):
    model = trained([[1] * 700, *[[2]] * 300], 2)
    model.save(tmp_path / "model")
    again = NgramModel.load(tmp_path / "model")
    assert max(again.tree.counts) == 699
    assert again.tree.counts.tolist() == model.tree.counts.tolist()


def test_figures_are_in_the_folder(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    model = NgramModel.load(folder)
    assert metrics.pop("seconds") > 0
    assert metrics == {name: model.metrics[name] for name in metrics}


def test_a_model_is_replaced_only_when_asked(folder):
    model = NgramModel.load(folder)
    with pytest.raises(ExistsError, match="--force"):
        model.save(folder)
    model.save(folder, force=True)


NAMES = ["vocabulary.txt", "model.safetensors", "config.json"]


@pytest.mark.parametrize("name", NAMES)
def test_any_file_may_be_missing_cut_or_changed(folder, name):
    whole = (folder / name).read_bytes()
    (folder / name).unlink()
    with pytest.raises(FormatError, match=f"{re.escape(str(folder))}.*{name}"):
        NgramModel.load(folder)
    (folder / name).write_bytes(whole)
    for _ in damaged(folder / name, times=60, width=1):
        loads_or_says_why(folder)


WRONG = [None, 0, -1, 1.5, "x", "", True, [], {}, [[]], 10**20]


@pytest.mark.parametrize("entry", ["settings", "family", "spelling", "kind", "version", "order"])
def test_any_entry_of_the_config_may_be_missing_or_wrong(folder, entry):
    config = json.loads((folder / "config.json").read_text())
    for wrong in [WRONG, *WRONG]:  # the list itself: the entry is deleted
        changed = json.loads(json.dumps(config))
        inner = changed["settings"] if entry == "order" else changed
        if wrong is WRONG:
            del inner[entry]
        else:
            inner[entry] = wrong
        (folder / "config.json").write_text(json.dumps(changed))
        loads_or_says_why(folder)


def tensors_of(folder):
    found = map_tensors(folder / "model.safetensors")
    return {name: np.array(values) for name, values in found.items()}


def with_tensors(folder, **changed):
    write_tensors(folder / "model.safetensors", {**tensors_of(folder), **changed})


@pytest.mark.parametrize("name", ["words", "children", "children.large", "counts", "counts.large"])
def test_arrays_of_other_sizes_and_types_are_refused(folder, name):
    tensors = tensors_of(folder)
    path, whole = folder / "model.safetensors", tensors[name]
    twice = np.concatenate([whole, whole, np.ones(1, whole.dtype)])
    for bad in (twice, whole.astype(np.float32), whole[None]):
        write_tensors(path, {**tensors, name: bad})
        with pytest.raises(FormatError, match=re.escape(str(path))):
            NgramModel.load(folder)
    del tensors[name]
    write_tensors(path, tensors)
    with pytest.raises(FormatError, match=rf"has no list {re.escape(name)}"):
        NgramModel.load(folder)


def test_words_outside_the_vocabulary_are_refused(folder):
    words = tensors_of(folder)["words"]
    for wrong in (-1, 5, 2**31 - 1):
        with_tensors(folder, words=np.array([*words[:-1], wrong], np.int32))
        with pytest.raises(FormatError, match="outside the vocabulary of 5"):
            NgramModel.load(folder)


def test_sequences_in_another_order_are_refused(folder):
    words = tensors_of(folder)["words"]
    with_tensors(folder, words=words[::-1].copy())
    with pytest.raises(FormatError, match="has no suffix, or is out of order"):
        NgramModel.load(folder)


@pytest.mark.parametrize("wrong", [-(2**63), -1, 2**63 - 1])
def test_numbers_that_lead_nowhere_are_refused(folder, wrong):
    children = tensors_of(folder)["children"]
    children[0] = 255
    with_tensors(folder, children=children, **{"children.large": np.array([wrong])})
    with pytest.raises(FormatError, match="goes on in more ways"):
        NgramModel.load(folder)


def test_counts_of_nothing_are_refused(folder):
    counts = tensors_of(folder)["counts"]
    counts[0] = 0
    with_tensors(folder, counts=counts)
    with pytest.raises(FormatError, match="need a count of at least 1"):
        NgramModel.load(folder)


def test_the_largest_counts_do_no_harm(folder):
    tensors = tensors_of(folder)
    large = np.full(len(tensors["counts"]), 2**63 - 1)
    with_tensors(folder, counts=np.full(len(large), 255, np.uint8), **{"counts.large": large})
    loads_or_says_why(folder)


def test_another_order_in_the_config_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    for order in (1, 2, 4, 10):
        config["settings"]["order"] = order
        (folder / "config.json").write_text(json.dumps(config))
        with pytest.raises(FormatError, match=r"model\.safetensors is damaged, or does not go"):
            NgramModel.load(folder)
