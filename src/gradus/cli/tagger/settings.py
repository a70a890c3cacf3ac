"""The settings of a tagger and of its training, from what the command line gave."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradus.cli.settings import gather_run
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.tasks.tagging.settings import TaggerConfig
    from gradus.training.settings import TrainingConfig

#: What each kind of tagger says of a word.
KINDS = {"tags": ("upos", "xpos", "feats", "lemma"), "ner": ("entity",)}


def gather_settings(
    *,
    preset: str | None,
    kind: str | None,
    columns: str | None,
    file: Path | None,
    options: Mapping[str, Any],
    assignments: Sequence[str] | None,
) -> tuple["TaggerConfig", "TrainingConfig"]:
    """Both settings; the columns are those of ``kind``, or named one by one.

    Raises:
        SettingsError: a name is unknown, a value is out of range, or columns are named twice.
    """
    from gradus.tasks.tagging.presets import PRESETS

    options = {**options, "columns": chosen_columns(kind, columns)}
    return gather_run(
        PRESETS, preset=PRESETS[preset or "fast"], file=file, options=options,
        assignments=assignments,
    )  # fmt: skip


def chosen_columns(kind: str | None, columns: str | None) -> tuple[str, ...] | None:
    """The columns that a person asked for, None for the usual ones.

    >>> chosen_columns("ner", None), chosen_columns(None, "upos, lemma")
    (('entity',), ('upos', 'lemma'))
    """
    if kind is not None and columns is not None:
        raise SettingsError(
            f"--kind {kind} and --columns {columns} both say what is learnt; leave one of them out"
        )
    if kind is not None and kind not in KINDS:
        raise SettingsError(f"--kind {kind} is unknown: choose {' or '.join(KINDS)}")
    if kind is not None:
        return KINDS[kind]
    return None if columns is None else tuple(name.strip() for name in columns.split(","))
