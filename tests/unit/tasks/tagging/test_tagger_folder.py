"""Damaged and foreign folders are told by their file, whatever was done to them."""

import json
import random
import re

import numpy as np
import pytest
from damaged_files import damaged
from tiny_taggers import labelled, tiny

from gradus.core.errors import FormatError
from gradus.core.storage import map_tensors, write_tensors
from gradus.tasks.tagging.tagger import Tagger


@pytest.fixture(params=["everything", "crf"])
def folder(request, tmp_path):
    path = tmp_path / "model"
    tiny(request.param).save(path)
    return path


def change(folder, **content):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **content}))


def places(value, path=()):
    """Every place in a JSON value, from the outside in."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(min(len(value), 3)):
            yield (*path, key)
            yield from places(value[key], (*path, key))


WRONG = [None, 0, -1, 1.5, "x", "", True, [], {}, [[]], [None], {"a": 1}, 10**20]


def loads_or_says_why(folder):
    try:
        tagger = Tagger.load(folder)
    except FormatError as error:
        assert str(folder) in str(error)
        return
    tagger.tag(labelled(3))  # what is loaded works


def test_any_entry_of_the_config_may_be_missing_or_wrong(folder):
    text = (folder / "config.json").read_text()
    rng = random.Random(3)
    for path in list(places(json.loads(text))):
        for wrong in [WRONG, *rng.sample(WRONG, 2)]:  # the list itself: the entry is deleted
            config = json.loads(text)
            inner = config
            for key in path[:-1]:
                inner = inner[key]
            if wrong is WRONG:
                del inner[path[-1]]
            else:
                inner[path[-1]] = wrong
            (folder / "config.json").write_text(json.dumps(config))
            loads_or_says_why(folder)


NAMES = ["vocabulary.txt", "affixes.txt", "vector-words.txt", "model.safetensors", "config.json"]


@pytest.mark.parametrize("name", NAMES)
def test_any_file_may_be_missing_cut_or_changed(folder, name):
    whole = (folder / name).read_bytes()
    (folder / name).unlink()
    with pytest.raises(FormatError, match=f"{re.escape(str(folder))}.*{name}"):
        Tagger.load(folder)
    (folder / name).write_bytes(whole)
    for _ in damaged(folder / name, times=8, width=3):
        loads_or_says_why(folder)


def test_weights_of_other_shapes_are_refused(folder):
    path = folder / "model.safetensors"
    tensors = {name: np.array(value) for name, value in map_tensors(path).items()}
    for name in list(tensors)[::3]:
        write_tensors(path, {**tensors, name: np.concatenate([tensors[name]] * 2)})
        with pytest.raises(FormatError, match=f"does not fit the settings.*{re.escape(name)}"):
            Tagger.load(folder)


@pytest.mark.parametrize("labels", [None, "upos", [], {"upos": None}, {"upos": [1]}, {"upos": []}])
def test_labels_that_are_none_are_refused(folder, labels):
    change(folder, labels=labels)
    with pytest.raises(FormatError, match=re.escape(str(folder))):
        Tagger.load(folder)


def test_labels_of_another_scheme_are_refused(tmp_path):
    tiny("entities").save(tmp_path / "model")
    names = tiny("entities").labels[0].names
    wrong = ["X-PER", *names[1:]], ["PER", *names[1:]], ["L-PER", *names[1:]]
    for labels in wrong:
        change(tmp_path / "model", labels={"entity": labels})
        with pytest.raises(FormatError, match=re.escape(str(tmp_path / "model"))):
            Tagger.load(tmp_path / "model")


def test_scripts_that_are_none_are_refused(tmp_path):
    tiny("alone").save(tmp_path / "model")
    labels = {column.column: list(column.names) for column in tiny("alone").labels}
    labels["lemma"][0] = "no script"
    change(tmp_path / "model", labels=labels)
    with pytest.raises(FormatError, match="a label for lemma that is none: 'no script'"):
        Tagger.load(tmp_path / "model")


def test_a_model_of_another_task_is_refused(folder):
    change(folder, kind="parser")
    with pytest.raises(FormatError, match="of kind 'parser'; this needs 'tagger'"):
        Tagger.load(folder)


def test_a_tagger_is_replaced_only_when_asked(folder):
    tagger = Tagger.load(folder)
    with pytest.raises(FileExistsError, match="--force"):
        tagger.save(folder)
    tagger.save(folder, force=True)
    assert Tagger.load(folder).labels == tagger.labels
