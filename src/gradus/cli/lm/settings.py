"""The settings of a neural language model and its training, from what the command line gave."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradus.cli.settings import gather

if TYPE_CHECKING:
    from gradus.tasks.lm.settings import LanguageModelConfig
    from gradus.training.settings import TrainingConfig


def gather_settings(
    *,
    preset: str | None,
    file: Path | None,
    options: Mapping[str, Any],
    assignments: Sequence[str] | None,
) -> tuple["LanguageModelConfig", "TrainingConfig"]:
    """Both settings; characters have a preset of their own, and a window may be of another width.

    Raises:
        SettingsError: a name is unknown, or a value is out of range.
    """
    from gradus.tasks.lm.presets import named_preset
    from gradus.tasks.lm.settings import LanguageModelConfig
    from gradus.training.settings import TrainingConfig

    tables = named_preset(preset or ("char" if options.get("level") == "char" else "small"))
    if options.get("model") == "window":
        dim = options.get("dim") or tables["lm"]["dim"]
        hidden = options.get("hidden") or dim
        tables = {**tables, "lm": {**tables["lm"], "hidden": hidden, "tie": hidden == dim}}
    found = gather(
        {"lm": LanguageModelConfig, "training": TrainingConfig},
        preset=tables,
        file=file,
        options=options,
        assignments=assignments or (),
    )
    return found["lm"], found["training"]
