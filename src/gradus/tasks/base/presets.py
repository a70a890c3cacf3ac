"""Presets: settings that work, by name, the same way for every task."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gradus.core.errors import SettingsError
from gradus.training.settings import TrainingConfig

C = TypeVar("C")

#: Settings by table: those of the model, and those of its training.
Tables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Presets(Mapping[str, Tables], Generic[C]):
    """The presets of a task; anything that they do not say has its default.

    >>> from gradus.tasks.classification.settings import ClassifierConfig
    >>> presets = Presets("classifier", ClassifierConfig, {"tiny": {"training": {"epochs": 1}}})
    >>> list(presets), presets.settings("tiny")[1].epochs
    (['tiny'], 1)
    >>> presets["huge"]
    Traceback (most recent call last):
    gradus.core.errors.SettingsError: preset 'huge' is unknown: choose tiny
    """

    kind: str  # the table of the model's settings
    config: type[C]
    tables: Mapping[str, Tables]

    @property
    def kinds(self) -> dict[str, type]:
        """The classes of settings by table."""
        return {self.kind: self.config, "training": TrainingConfig}

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def __getitem__(self, name: str) -> Tables:
        """The settings of a preset by table; :class:`SettingsError` names all presets."""
        if name not in self.tables:
            raise SettingsError(f"preset {name!r} is unknown: choose {' or '.join(self.tables)}")
        return self.tables[name]

    def settings(self, name: str) -> tuple[C, TrainingConfig]:
        """The settings of a preset: of the model, and of its training."""
        tables = self[name]
        training = TrainingConfig(**tables.get("training", {}))
        return self.config(**tables.get(self.kind, {})), training
