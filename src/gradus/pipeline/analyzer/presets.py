"""Settings that work, by name: an analyzer in minutes on one processor, and a better one."""

from gradus.pipeline.analyzer.settings import AnalyzerConfig
from gradus.tasks.base.presets import Presets
from gradus.training.settings import TrainingConfig

#: How all of them are trained.
USUAL = {
    **{"optimizer": "adamw(0.9, 0.95)", "rate": 2e-3, "weight_decay": 0.02, "clip_norm": 5.0},
    **{"schedule": "linear", "warmup": 0.02, "average": "tail(0.6)", "metric": "score"},
}

#: Settings of the model and of its training by preset; anything else has its default.
PRESETS = Presets(
    "analyzer",
    AnalyzerConfig,
    {
        "fast": {
            "analyzer": {
                **{"encoder": "lstm(256, layers=2, dropout=0.33, half=True)", "char_dim": 48},
                **{"arc_dim": 200, "dropout": 0.33},
            },
            "training": {**USUAL, "epochs": 14, "batch_size": 32, "threads": 1},
        },
        "accurate": {
            "analyzer": {
                **{"encoder": "lstm(320, layers=2, dropout=0.33, half=True)", "char_dim": 64},
                **{"arc_dim": 256, "label_dim": 96, "dropout": 0.33},
            },
            "training": {**USUAL, "epochs": 20, "batch_size": 32},
        },
    },
)


def preset_settings(name: str) -> tuple[AnalyzerConfig, TrainingConfig]:
    """The settings of a preset: of the model, and of its training.

    >>> preset_settings("fast")[0].encoder
    'lstm(256, layers=2, dropout=0.33, half=True)'
    """
    return PRESETS.settings(name)
