"""Settings that work, by name: from an hour on a laptop's processor to days."""

from gradus.tasks.base.presets import Presets
from gradus.tasks.lm.settings import LanguageModelConfig
from gradus.training.settings import TrainingConfig

#: Settings of the model and of its training by preset; anything else has its default.
PRESETS = Presets(
    "lm",
    LanguageModelConfig,
    {
        "small": {
            "lm": {
                **{"dim": 320, "hidden": 320, "tie": True, "softmax": "sampled(2048)", "steps": 35},
                **{"embedding_dropout": 0.05, "input_dropout": 0.4},
                **{"hidden_dropout": 0.4, "output_dropout": 0.4},
            },
            "training": {
                **{"epochs": 16, "batch_size": 32, "optimizer": "sparse_adam", "rate": 3e-3},
                **{
                    "schedule": "linear",
                    "clip_norm": 1.0,
                    "precision": "fast",
                    "evaluate_every": 2.0,
                },
            },
        },
        "medium": {
            "lm": {
                **{"dim": 650, "hidden": 650, "tie": True, "softmax": "full", "steps": 35},
                **{"input_dropout": 0.5, "hidden_dropout": 0.5, "output_dropout": 0.5},
            },
            "training": {
                **{"epochs": 40, "batch_size": 20, "optimizer": "sgd", "rate": 20.0},
                **{"schedule": "plateau(factor=0.25, patience=0)", "clip_norm": 0.25},
            },
        },
        "awd": {
            "lm": {
                **{"dim": 400, "hidden": 1150, "layers": 3, "tie": True, "softmax": "full"},
                **{"steps": 70, "embedding_dropout": 0.1, "input_dropout": 0.65},
                **{"hidden_dropout": 0.2, "output_dropout": 0.4, "weight_drop": 0.5},
                **{"activity": 2.0, "slowness": 1.0},
            },
            "training": {
                **{"epochs": 750, "batch_size": 80, "optimizer": "sgd", "rate": 30.0},
                **{"weight_decay": 1.2e-6, "clip_norm": 0.25, "average": "triggered(5)"},
            },
        },
        "char": {
            "lm": {
                **{"level": "char", "dim": 64, "hidden": 512, "layers": 2, "steps": 100},
                **{"input_dropout": 0.0, "hidden_dropout": 0.1, "output_dropout": 0.1},
            },
            "training": {
                **{"epochs": 10, "batch_size": 32, "optimizer": "adam", "rate": 2e-3},
                **{"schedule": "linear", "clip_norm": 1.0},
            },
        },
    },
)


def preset_settings(name: str) -> tuple[LanguageModelConfig, TrainingConfig]:
    """The settings of a preset: of the model, and of its training.

    >>> preset_settings("small")[0].tie
    True
    """
    return PRESETS.settings(name)
