"""Settings that work, by name: a parser in minutes on one processor, and a better one."""

from gradus.tasks.base.presets import Presets
from gradus.tasks.parsing.settings import CROSSING, ParserConfig
from gradus.training.settings import TrainingConfig

#: Settings of the model and of its training by preset; anything else has its default.
PRESETS = Presets(
    "parser",
    ParserConfig,
    {
        "fast": {
            "parser": {},
            "training": {
                **{"epochs": 12, "batch_size": 16, "optimizer": "adamw", "rate": 2e-3},
                **{"weight_decay": 0.1, "schedule": "linear", "clip_norm": 5.0, "metric": "las"},
                **{"threads": 1},
            },
        },
        "accurate": {
            "parser": {
                **{"nonprojective": "graph", "members": 3, "char_dim": 64, "dropout": 0.33},
                **{"encoder": "lstm(320, layers=2, dropout=0.33, half=True)"},
            },
            "training": {
                **{"epochs": 20, "batch_size": 32, "optimizer": "adamw(0.9, 0.95)", "rate": 2e-3},
                **{"weight_decay": 0.02, "schedule": "linear", "warmup": 0.02, "clip_norm": 5.0},
                **{"metric": "las", "average": "tail(0.6)"},
            },
        },
    },
)


def answer_of(system: str) -> str:
    """What a transition system makes of arcs that cross, where nothing else is said.

    >>> answer_of("eager"), answer_of("swap-standard")
    ('defeat', 'swap')
    """
    return next((name for name, fitting in CROSSING.items() if system in fitting), "defeat")


def preset_settings(name: str) -> tuple[ParserConfig, TrainingConfig]:
    """The settings of a preset: of the model, and of its training.

    >>> preset_settings("fast")[0].hidden
    256
    """
    return PRESETS.settings(name)
