"""Settings that work, by name: for a first model in seconds, and for a better one in minutes."""

from typing import Any

from gradus.core.errors import SettingsError
from gradus.tasks.classification.settings import ClassifierConfig
from gradus.training.settings import TrainingConfig

#: Settings of the model and of its training by preset; anything else has its default.
PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "fast": {
        "classifier": {"encoder": "none", "ngrams": 2},
        "training": {
            **{"epochs": 2, "batch_size": 256, "optimizer": "adagrad", "rate": 0.0125},
            **{"schedule": "linear", "metric": "accuracy", "threads": 1},
        },
    },
    "accurate": {
        "classifier": {
            **{"encoder": "lstm(64, bidirectional=True, pooling='max')", "vectors": "own"},
            **{"ngrams": 2, "dropout": 0.5, "max_tokens": 300},
        },
        "training": {
            **{"epochs": 3, "batch_size": 32, "optimizer": "sparse_adam", "rate": 2e-3},
            **{"schedule": "linear", "metric": "accuracy"},
        },
    },
}


def named_preset(name: str) -> dict[str, dict[str, Any]]:
    """The settings of a preset by table; :class:`SettingsError` names all presets."""
    if name not in PRESETS:
        raise SettingsError(f"preset {name!r} is unknown: choose {' or '.join(PRESETS)}")
    return PRESETS[name]


def preset_settings(name: str) -> tuple[ClassifierConfig, TrainingConfig]:
    """The settings of a preset: of the model, and of its training.

    >>> preset_settings("fast")[0].encoder
    'none'
    """
    tables = named_preset(name)
    return ClassifierConfig(**tables["classifier"]), TrainingConfig(**tables["training"])
