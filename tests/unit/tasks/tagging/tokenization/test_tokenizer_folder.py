"""Damaged and foreign folders are told by their file, whatever was done to them."""

import json

import pytest
from model_folders import Checks
from tiny_tokenizers import tiny

from gradus.core.errors import FormatError
from gradus.tasks.tagging.tokenization.tokenizer import Tokenizer

FILES = (
    *("words.txt", "endings.txt", "beginnings.txt", "shapes.txt", "cases.txt"),
    *("model.safetensors", "config.json"),
)


@pytest.fixture
def folder(tmp_path):
    tiny().save(tmp_path / "model")
    return tmp_path / "model"


CHECKS = Checks(
    Tokenizer.load, lambda tokenizer: tokenizer.sentences("Del mar, cannot 'm darlo don't.")
)


def test_any_entry_of_the_config_may_be_missing_or_wrong(folder):
    CHECKS.any_entry(folder, values=4, deep=2)


@pytest.mark.parametrize("name", FILES)
def test_any_file_may_be_missing_cut_or_changed(folder, name):
    CHECKS.any_file(folder, name, times=10)


def test_a_model_of_another_task_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "kind": "parser"}))
    with pytest.raises(FormatError, match="of kind 'parser'; this needs 'tokenizer'"):
        Tokenizer.load(folder)
