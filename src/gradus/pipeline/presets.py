"""Settings that work, by name: a pipeline in minutes on one processor, and a better one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gradus.core.config import describe, from_dict
from gradus.core.errors import SettingsError
from gradus.pipeline.parts import PARTS
from gradus.training.settings import TrainingConfig

#: Settings of a part by name; what they say of the model and of its training lies side by side.
Changes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Recipe:
    """How each part of a pipeline is made."""

    presets: Mapping[str, str]  # of each part, the preset that it begins with
    changes: Changes  # and what is different here
    share: bool  # whether one analyzer does the work of a tagger and a parser
    members: int  # analyzers that decide together
    folds: int  # parts of the treebank, each tagged by a tagger that has not seen it
    folded: str  # the recipe of those taggers


#: Every preset by name. A parser learns from tags as a tagger gives them, so `folds` matter more
#: than the parser's own settings.
RECIPES: Mapping[str, Recipe] = {
    "fast": Recipe(
        presets=dict.fromkeys(PARTS, "fast"),
        changes={"tagger": {"char_dim": 48}, "entities": {"char_dim": 48}},
        share=True,
        members=1,
        folds=2,
        folded="fast",
    ),
    "accurate": Recipe(
        presets={
            **dict.fromkeys(PARTS, "fast"),
            **dict.fromkeys(("tagger", "parser", "analyzer"), "accurate"),
        },
        changes={"entities": {"char_dim": 48}},
        share=True,
        members=2,
        folds=2,
        folded="fast",
    ),
}


def recipe(name: str) -> Recipe:
    """The preset of a name; :class:`SettingsError` names all.

    >>> recipe("fast").folds
    2
    """
    if name not in RECIPES:
        raise SettingsError(f"preset {name!r} is unknown: choose {' or '.join(RECIPES)}")
    return RECIPES[name]


def part_settings(
    part: str, preset: str, *changes: Mapping[str, Any]
) -> tuple[Any, TrainingConfig]:
    """The settings of a part and of its training: a preset, and changes of which the last wins.

    >>> part_settings("tagger", "fast", {"epochs": 3}, {"char_dim": 16})[1].epochs
    3

    Raises:
        SettingsError: a name is unknown, or a value is out of range.
    """
    presets = PARTS[part].settings
    tables = {name: dict(presets[preset].get(name, {})) for name in presets.kinds}
    for values in changes:
        for name, value in values.items():
            homes = [table for table, kind in presets.kinds.items() if name in describe(kind)]
            if not homes:
                known = ", ".join(
                    sorted(name for kind in presets.kinds.values() for name in describe(kind))
                )
                raise SettingsError(f"the {part} has no setting {name!r}; choose from {known}")
            tables[homes[0]][name] = value
    made: list[Any] = [from_dict(kind, tables[table]) for table, kind in presets.kinds.items()]
    return made[0], made[1]
