"""Damaged and foreign folders are told by their file, whatever was done to them."""

import json
import random
import re
import shutil

import numpy as np
import pytest
from damaged_files import damaged
from tiny_parsers import tiny, treebank

from gradus.core.errors import FormatError
from gradus.core.storage import map_tensors, write_tensors
from gradus.tasks.parsing.parser import Parser

KINDS = ["defeat", "graph"]


@pytest.fixture(params=KINDS)
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
        parser = Parser.load(folder)
    except FormatError as error:
        assert str(folder) in str(error)
        return
    parser.parse(treebank(3))  # what is loaded works


def test_any_entry_of_the_config_may_be_missing_or_wrong(folder):
    text = (folder / "config.json").read_text()
    everywhere = list(places(json.loads(text)))
    rng = random.Random(3)
    for path in everywhere:
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
        Parser.load(folder)
    (folder / name).write_bytes(whole)
    for _ in damaged(folder / name, times=10, width=3):
        loads_or_says_why(folder)


def test_weights_of_other_shapes_are_refused(folder):
    path = folder / "model.safetensors"
    tensors = {name: np.array(value) for name, value in map_tensors(path).items()}
    for name in list(tensors)[::3]:
        bad = {**tensors, name: np.concatenate([tensors[name]] * 2)}
        write_tensors(path, bad)
        with pytest.raises(FormatError, match=f"does not fit the settings.*{re.escape(name)}"):
            Parser.load(folder)


def test_a_list_of_labels_that_lost_one_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    change(folder, labels=config["labels"][:-1])
    with pytest.raises(FormatError, match=re.escape(str(folder))):
        Parser.load(folder)


@pytest.mark.parametrize("labels", [None, "root", [1], {"root": 0}])
def test_labels_of_another_type_are_refused(folder, labels):
    change(folder, labels=labels)
    with pytest.raises(FormatError, match=r"config\.json has no list of labels"):
        Parser.load(folder)


@pytest.mark.parametrize(
    "classes", [None, [], [[0]], [[0, -1]], [[9, 0]], [["0", -1]], [[1, 99]], [[0, -1, 2]]]
)
def test_classes_that_are_none_are_refused(classes, tmp_path):
    tiny("defeat").save(tmp_path / "model")
    change(tmp_path / "model", classes=classes)
    with pytest.raises(FormatError, match=r"config\.json is damaged"):
        Parser.load(tmp_path / "model")


def test_a_model_of_another_task_is_refused(folder, tmp_path):
    change(folder, kind="classifier")
    with pytest.raises(FormatError, match="of kind 'classifier'; this needs 'parser'"):
        Parser.load(folder)


def test_a_parser_is_replaced_only_when_asked(folder, tmp_path):
    parser = Parser.load(folder)
    with pytest.raises(FileExistsError, match="--force"):
        parser.save(folder)
    parser.save(folder, force=True)
    shutil.move(folder, tmp_path / "elsewhere")
    assert Parser.load(tmp_path / "elsewhere").labels == parser.labels
