"""Settings that work, by name: for short strings in minutes, and for sentences in more."""

from gradus.tasks.base.presets import Presets
from gradus.tasks.lm.conditional.settings import Seq2SeqConfig
from gradus.training.settings import TrainingConfig

#: Settings of the model and of its training by preset; anything else has its default.
PRESETS = Presets(
    "seq2seq",
    Seq2SeqConfig,
    {
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
    },
)


def preset_settings(name: str) -> tuple[Seq2SeqConfig, TrainingConfig]:
    """The settings of a preset: of the model, and of its training.

    >>> preset_settings("fast")[0].attention
    'general'
    """
    return PRESETS.settings(name)
