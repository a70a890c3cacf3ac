"""The settings of a parser and of its training, from what the command line gave."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradus.cli.settings import gather_run

if TYPE_CHECKING:
    from gradus.tasks.parsing.settings import ParserConfig
    from gradus.training.settings import TrainingConfig

#: What a preset without a context gets where all arcs are scored at once: words alone, even with
#: their neighbours, do not say how far apart they stand.
GRAPH_ENCODER = "lstm(200, layers=1)"


def gather_settings(
    *,
    preset: str | None,
    file: Path | None,
    options: Mapping[str, Any],
    assignments: Sequence[str] | None,
) -> tuple["ParserConfig", "TrainingConfig"]:
    """Both settings; a system that is named alone also says what becomes of crossing arcs.

    Raises:
        SettingsError: a name is unknown, or a value is out of range.
    """
    from gradus.tasks.parsing.presets import PRESETS, answer_of

    options = dict(options)
    if options.get("system") and not options.get("nonprojective"):
        options["nonprojective"] = answer_of(options["system"])
    tables = PRESETS[preset or "fast"]
    if options.get("nonprojective") == "graph" and "encoder" not in tables["parser"]:
        tables = {**tables, "parser": {**tables["parser"], "encoder": GRAPH_ENCODER}}
    return gather_run(PRESETS, preset=tables, file=file, options=options, assignments=assignments)
