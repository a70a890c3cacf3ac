"""Settings of a neural run from what a person gave: a preset, a file, options, single settings."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gradus.core.config import NOTHING, describe, from_dict, may_be_none
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.tasks.base.presets import Presets, Tables
    from gradus.training.settings import TrainingConfig

C = TypeVar("C")

#: Values by setting.
Values = dict[str, Any]


def gather(
    kinds: Mapping[str, type],
    *,
    preset: "Tables",
    file: Path | None = None,
    options: Mapping[str, Any],
    assignments: Sequence[str] = (),
) -> dict[str, Any]:
    """Settings of each of ``kinds``; later sources win: preset, file, options, assignments.

    Options that are None were not given.

    Raises:
        SettingsError: a name is unknown, or a value is out of range.
    """
    values: dict[str, Values] = {table: dict(preset.get(table, {})) for table in kinds}
    for table, found in (read_settings(file, kinds) if file else {}).items():
        values[table] |= {key: _emptied(kinds[table], key, found[key]) for key in found}
    for name, value in options.items():
        if value is not None:
            values[table_of(name, kinds)][name] = value
    for assignment in assignments:
        name, value = parse_assignment(assignment)
        table = table_of(name, kinds)
        values[table][name] = _emptied(kinds[table], name, value)
    return {table: from_dict(kind, values[table]) for table, kind in kinds.items()}


def gather_run(
    presets: "Presets[C]",
    *,
    preset: "Tables",
    file: Path | None,
    options: Mapping[str, Any],
    assignments: Sequence[str] | None,
) -> "tuple[C, TrainingConfig]":
    """The settings of a model and of its training, as :func:`gather` finds them.

    Raises:
        SettingsError: a name is unknown, or a value is out of range.
    """
    found = gather(
        presets.kinds, preset=preset, file=file, options=options, assignments=assignments or ()
    )
    return found[presets.kind], found["training"]


def read_settings(path: Path, kinds: Mapping[str, type]) -> dict[str, Values]:
    """The tables of a TOML file such as the ``settings.toml`` of a model folder.

    Raises:
        SettingsError: the file is missing or no TOML, or has a table that the task does not know.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError) as error:
        what = "is a folder" if isinstance(error, IsADirectoryError) else "does not exist"
        raise SettingsError(f"{path} {what}; name a file of settings in TOML") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from None
    alien = [name for name in tables if name not in kinds or not isinstance(tables[name], dict)]
    if alien:
        raise SettingsError(
            f"{path}: {', '.join(alien)} is no table of this task; "
            f"it has {', '.join(f'[{table}]' for table in kinds)}"
        )
    return tables


def parse_assignment(text: str) -> tuple[str, Any]:
    """``name=value`` as a pair; the value is read as TOML, and as plain text where it is none.

    >>> parse_assignment("dropout=0.3"), parse_assignment("encoder=cnn(100)")
    (('dropout', 0.3), ('encoder', 'cnn(100)'))
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise SettingsError(f"--set {text}: write NAME=VALUE, such as --set dropout=0.3")
    try:
        return name, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name, value


def table_of(name: str, kinds: Mapping[str, type]) -> str:
    """The table that has the setting ``name``; :class:`SettingsError` lists all settings."""
    for table, kind in kinds.items():
        if name in describe(kind):
            return table
    known = ", ".join(sorted(name for kind in kinds.values() for name in describe(kind)))
    raise SettingsError(f"there is no setting {name!r}; choose from {known}")


def _emptied(kind: type, name: str, value: Any) -> Any:
    return None if value == NOTHING and may_be_none(kind, name) else value
