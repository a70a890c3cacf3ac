"""Damaged and foreign folders are told by their file, whatever was done to them."""

import json
import random
import re

import pytest
from damaged_files import damaged
from tiny_tokenizers import tiny

from gradus.core.errors import FormatError
from gradus.tasks.tagging.tokenization.tokenizer import Tokenizer

WRONG = [None, 0, -1, 1.5, "x", True, [], {}, [[]], {"a": 1}, {"a": [1]}, 10**20]
FILES = (
    *("words.txt", "endings.txt", "beginnings.txt", "shapes.txt", "cases.txt"),
    *("model.safetensors", "config.json"),
)


@pytest.fixture
def folder(tmp_path):
    tiny().save(tmp_path / "model")
    return tmp_path / "model"


def loads_or_says_why(folder):
    try:
        tokenizer = Tokenizer.load(folder)
    except FormatError as error:
        assert str(folder) in str(error)
        return
    tokenizer.sentences("Del mar, cannot 'm darlo don't.")  # what is loaded works


def places(value, path=()):
    if isinstance(value, dict | list):
        for key in list(value)[:4] if isinstance(value, dict) else range(min(len(value), 2)):
            yield (*path, key)
            yield from places(value[key], (*path, key))


def test_any_entry_of_the_config_may_be_missing_or_wrong(folder):
    text = (folder / "config.json").read_text()
    rng = random.Random(3)
    for path in list(places(json.loads(text))):
        for wrong in [WRONG, *rng.sample(WRONG, 4)]:  # the list itself: the entry is deleted
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


@pytest.mark.parametrize("name", FILES)
def test_any_file_may_be_missing_cut_or_changed(folder, name):
    whole = (folder / name).read_bytes()
    (folder / name).unlink()
    with pytest.raises(FormatError, match=f"{re.escape(str(folder))}.*{name}"):
        Tokenizer.load(folder)
    (folder / name).write_bytes(whole)
    for _ in damaged(folder / name, times=10, width=3):
        loads_or_says_why(folder)


def test_a_model_of_another_task_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "kind": "parser"}))
    with pytest.raises(FormatError, match="of kind 'parser'; this needs 'tokenizer'"):
        Tokenizer.load(folder)
