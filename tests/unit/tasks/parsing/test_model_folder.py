"""Damaged and foreign folders are told by their file, whatever was done to them."""

import json
import re
import shutil

import pytest
from model_folders import WORD_FILES, Checks, change
from tiny_parsers import tiny, treebank

from gradus.core.errors import FormatError
from gradus.tasks.parsing.parser import Parser

KINDS = ["defeat", "graph"]


@pytest.fixture(params=KINDS)
def folder(request, tmp_path):
    path = tmp_path / "model"
    tiny(request.param).save(path)
    return path


CHECKS = Checks(Parser.load, lambda parser: parser.parse(treebank(3)))


def test_any_entry_of_the_config_may_be_missing_or_wrong(folder):
    CHECKS.any_entry(folder, values=2)


@pytest.mark.parametrize("name", WORD_FILES)
def test_any_file_may_be_missing_cut_or_changed(folder, name):
    CHECKS.any_file(folder, name, times=10)


def test_weights_of_other_shapes_are_refused(folder):
    CHECKS.other_shapes(folder, step=3)


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
