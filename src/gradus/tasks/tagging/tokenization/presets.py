"""Settings that work, by name: a small tokenizer, in two minutes on one processor."""

from gradus.tasks.base.presets import Presets
from gradus.tasks.tagging.tokenization.settings import TokenizerConfig

#: Settings of the model and of its training by preset; anything else has its default.
PRESETS = Presets(
    "tokenizer",
    TokenizerConfig,
    {
        "fast": {
            "tokenizer": {},
            "training": {
                **{"epochs": 20, "batch_size": 32, "optimizer": "adamw", "rate": 5e-3},
                **{"weight_decay": 0.1, "schedule": "linear", "clip_norm": 5.0},
                **{"average": "tail(0.5)", "metric": "mean_f1", "threads": 1},
                **{"evaluate_every": 5},
            },
        },
    },
)
