"""The settings of a neural language model and its training, from what the command line gave."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradus.cli.settings import gather_run
from gradus.core.errors import SettingsError

#: The models that an option has an effect on, where that is not all of them.
FOR = {"window": ("window",), "layers": ("rnn", "gru", "lstm")}

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
    from gradus.tasks.lm.presets import PRESETS

    kind = options.get("model") or "lstm"
    idle = [name for name, kinds in FOR.items() if options.get(name) and kind not in kinds]
    if idle:
        raise SettingsError(
            f"--{idle[0]} is for --model {' and '.join(FOR[idle[0]])}; a {kind} model has no use "
            "for it"
        )

    tables = PRESETS[preset or ("char" if options.get("level") == "char" else "small")]
    if options.get("model") == "window":
        dim = options.get("dim") or tables["lm"]["dim"]
        hidden = options.get("hidden") or dim
        tables = {**tables, "lm": {**tables["lm"], "hidden": hidden, "tie": hidden == dim}}
    return gather_run(PRESETS, preset=tables, file=file, options=options, assignments=assignments)
