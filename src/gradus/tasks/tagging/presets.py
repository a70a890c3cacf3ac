"""Settings that work, by name: a tagger in minutes on one processor, and a better one."""

from gradus.tasks.base.presets import Presets
from gradus.tasks.tagging.settings import TaggerConfig
from gradus.training.settings import TrainingConfig

#: How all of them are trained.
USUAL = {
    **{"optimizer": "adamw(0.9, 0.95)", "rate": 2e-3, "weight_decay": 0.02, "clip_norm": 5.0},
    **{"schedule": "linear", "warmup": 0.02, "average": "tail(0.6)", "metric": "score"},
}

#: Settings of the model and of its training by preset; anything else has its default.
PRESETS = Presets(
    "tagger",
    TaggerConfig,
    {
        "fast": {
            "tagger": {"encoder": "lstm(200, layers=1, half=True)"},
            "training": {**USUAL, "epochs": 12, "batch_size": 32, "threads": 1},
        },
        "accurate": {
            "tagger": {"encoder": "lstm(320, layers=2, dropout=0.4, half=True)", "char_dim": 64},
            "training": {**USUAL, "epochs": 14, "batch_size": 32},
        },
        "window": {
            "tagger": {"encoder": "window(150, reach=2)", "affix_dim": 0},
            "training": {**USUAL, "epochs": 12, "batch_size": 32, "threads": 1},
        },
    },
)


def preset_settings(name: str) -> tuple[TaggerConfig, TrainingConfig]:
    """The settings of a preset: of the model, and of its training.

    >>> preset_settings("fast")[0].encoder
    'lstm(200, layers=1, half=True)'
    """
    return PRESETS.settings(name)
