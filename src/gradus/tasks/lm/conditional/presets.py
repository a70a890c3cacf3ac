"""Settings that work, by name: for short strings in minutes, and for sentences in more."""

from typing import Any

from gradus.core.errors import SettingsError
from gradus.tasks.lm.conditional.settings import Seq2SeqConfig
from gradus.training.settings import TrainingConfig

#: Settings of the model and of its training by preset; anything else has its default.
PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "fast": {
        "seq2seq": {"dropout": 0.2},
        "training": {
            **{"epochs": 20, "batch_size": 64, "optimizer": "adam", "rate": 3e-3},
            **{"schedule": "linear", "clip_norm": 1.0, "metric": "loss", "threads": 1},
        },
    },
    "accurate": {
        "seq2seq": {
            **{"cell": "lstm", "dim": 256, "hidden": 512, "layers": 2, "feeding": True},
            **{"dropout": 0.3, "word_dropout": 0.02, "smoothing": 0.1},
        },
        "training": {
            **{"epochs": 30, "batch_size": 64, "optimizer": "adam", "rate": 1e-3},
            **{"schedule": "linear", "warmup": 0.02, "clip_norm": 1.0, "metric": "loss"},
        },
    },
}


def named_preset(name: str) -> dict[str, dict[str, Any]]:
    """The settings of a preset by table; :class:`SettingsError` names all presets."""
    if name not in PRESETS:
        raise SettingsError(f"preset {name!r} is unknown: choose {' or '.join(PRESETS)}")
    return PRESETS[name]


def preset_settings(name: str) -> tuple[Seq2SeqConfig, TrainingConfig]:
    """The settings of a preset: of the model, and of its training.

    >>> preset_settings("fast")[0].attention
    'general'
    """
    tables = named_preset(name)
    return Seq2SeqConfig(**tables["seq2seq"]), TrainingConfig(**tables["training"])
