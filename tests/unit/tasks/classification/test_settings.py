"""Settings that contradict each other are refused before anything is read."""

import pytest

from gradus.core.errors import SettingsError
from gradus.tasks.classification.presets import PRESETS, preset_settings
from gradus.tasks.classification.settings import NEEDS, ClassifierConfig
from gradus.training.settings import TrainingConfig

#: A value other than the default of every setting that needs another one.
OTHERS = {
    **{"max_tokens": 9, "dim": 7, "vectors": "own", "frozen": True, "layers": 2, "units": 3},
    **{"activation": "tanh", "normalization": "layer_norm", "dropout": 0.1, "word_dropout": 0.1},
    "buckets": 9,
}

#: A value of what is needed, with which they have an effect.
PLENTY = {"encoder": "cnn", "layers": 1, "ngrams": 2, "vectors": "own"}


@pytest.mark.parametrize(
    ("needed", "nothing", "name"), [(*pair, name) for pair in NEEDS for name in NEEDS[pair]]
)
def test_a_setting_without_effect_is_refused(needed, nothing, name):
    given = {"ngrams": 2, name: OTHERS[name]}
    assert getattr(ClassifierConfig(**{**PLENTY, **given}), name) == OTHERS[name]
    with pytest.raises(SettingsError, match=f"^{name}=.* has no effect with {needed}={nothing!r}"):
        ClassifierConfig(**{**given, needed: nothing})


def test_synonyms_need_vectors_but_no_encoder():
    config = ClassifierConfig(encoder="none", ngrams=1, vectors="own", augment="synonym")
    assert not config.encodes
    assert config.augment == ("synonym",)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_made_of_valid_settings(name):
    model, training = preset_settings(name)
    assert isinstance(model, ClassifierConfig)
    assert isinstance(training, TrainingConfig)


def test_an_unknown_preset_is_answered_with_those_that_exist():
    with pytest.raises(SettingsError, match="'best' is unknown: choose fast or accurate"):
        preset_settings("best")
