"""The settings of a classifier and of its training, from what the command line gave."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradus.cli.settings import gather_run

if TYPE_CHECKING:
    from gradus.tasks.classification.settings import ClassifierConfig
    from gradus.training.settings import TrainingConfig


def gather_settings(
    *,
    preset: str | None,
    file: Path | None,
    options: Mapping[str, Any],
    assignments: Sequence[str] | None,
) -> tuple["ClassifierConfig", "TrainingConfig"]:
    """Both settings; without a preset, an encoder or vectors ask for ``accurate``.

    Raises:
        SettingsError: a name is unknown, or a value is out of range.
    """
    from gradus.tasks.classification.presets import PRESETS

    reads = options.get("encoder") not in (None, "none") or options.get("vectors")
    return gather_run(
        PRESETS,
        preset=PRESETS[preset or ("accurate" if reads else "fast")],
        file=file,
        options=options,
        assignments=assignments,
    )
