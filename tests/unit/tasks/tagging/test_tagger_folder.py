"""Damaged and foreign folders are told by their file, whatever was done to them."""

import re

import pytest
from model_folders import WORD_FILES, Checks, change
from tiny_taggers import labelled, tiny

from gradus.core.errors import FormatError
from gradus.tasks.tagging.tagger import Tagger


@pytest.fixture(params=["everything", "crf"])
def folder(request, tmp_path):
    path = tmp_path / "model"
    tiny(request.param).save(path)
    return path


CHECKS = Checks(Tagger.load, lambda tagger: tagger.tag(labelled(3)))


def test_any_entry_of_the_config_may_be_missing_or_wrong(folder):
    CHECKS.any_entry(folder, values=2)


@pytest.mark.parametrize("name", WORD_FILES)
def test_any_file_may_be_missing_cut_or_changed(folder, name):
    CHECKS.any_file(folder, name, times=8)


def test_weights_of_other_shapes_are_refused(folder):
    CHECKS.other_shapes(folder, step=3)


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
