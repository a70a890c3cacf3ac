"""Settings that work, by name: for a first model in seconds, and for a better one in minutes."""

from gradus.tasks.base.presets import Presets
from gradus.tasks.classification.settings import ClassifierConfig
from gradus.training.settings import TrainingConfig

#: Settings of the model and of its training by preset; anything else has its default.
PRESETS = Presets(
    "classifier",
    ClassifierConfig,
    {
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
    },
)


def preset_settings(name: str) -> tuple[ClassifierConfig, TrainingConfig]:
    """The settings of a preset: of the model, and of its training.

    >>> preset_settings("fast")[0].encoder
    'none'
    """
    return PRESETS.settings(name)
