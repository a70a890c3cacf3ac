"""Settings come from a preset, a file, options and assignments; the later source wins."""

import pytest

from gradus.cli.settings import gather, parse_assignment, read_settings
from gradus.core.errors import SettingsError
from gradus.tasks.classification.settings import ClassifierConfig
from gradus.training.settings import TrainingConfig

KINDS = {"classifier": ClassifierConfig, "training": TrainingConfig}


def gathered(**sources):
    return gather(KINDS, **{"preset": {}, "options": {}, **sources})


def test_later_sources_win(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("[training]\nepochs = 2\nrate = 0.2\nbatch_size = 2\n")
    found = gathered(
        preset={"training": {"epochs": 1, "rate": 0.1, "batch_size": 1, "seed": 11}},
        file=file,
        options={"epochs": 3, "rate": 0.3, "dropout": None, "encoder": "cnn"},
        assignments=["epochs=4", "dropout=0.5"],
    )
    training = found["training"]
    assert (training.seed, training.batch_size, training.rate, training.epochs) == (11, 2, 0.3, 4)
    assert (found["classifier"].dropout, found["classifier"].encoder) == (0.5, "cnn")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("x=3", 3), ("x=0.5", 0.5), ("x=true", True), ("x='3'", "3"), ("x=gru(3)", "gru(3)")),
        *(("x=['swap(0.1)']", ["swap(0.1)"]), ("x=a=b", "a=b"), ("x=", "")),
    ],
)
def test_an_assignment_is_read_as_toml_or_else_as_text(text, value):
    assert parse_assignment(text) == ("x", value)


def test_none_empties_a_setting_that_can_be_empty_and_is_a_name_elsewhere():
    found = gathered(options={"vectors": "own"}, assignments=["vectors=none", "normalization=none"])
    assert found["classifier"].vectors is None
    assert found["classifier"].normalization == "none"


@pytest.mark.parametrize(
    ("sources", "text"),
    [
        ({"assignments": ["rate"]}, "write NAME=VALUE"),
        ({"assignments": ["=3"]}, "write NAME=VALUE"),
        ({"assignments": ["speed=3"]}, "there is no setting 'speed'; choose from accumulate"),
        ({"assignments": ["epochs=-1"]}, "epochs=-1 is out of range"),
        ({"options": {"epochs": "many"}}, "epochs"),
    ],
)
def test_what_cannot_be_a_setting_is_refused(sources, text):
    with pytest.raises(SettingsError, match=text):
        gathered(**sources)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"epochs = 3", "epochs is no table of this task"),
        (b"[parser]\nx = 1", r"parser is no table.*it has \[classifier\], \[training\]"),
        (b"[training", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
    ],
)
def test_a_file_that_holds_no_settings_is_refused(tmp_path, content, text):
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=text):
        read_settings(file, KINDS)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match="does not exist"):
        read_settings(tmp_path / "none.toml", KINDS)
    with pytest.raises(SettingsError, match="is a folder; name a file"):
        read_settings(tmp_path, KINDS)
