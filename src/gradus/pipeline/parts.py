"""The parts of a pipeline, in the order in which they work."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from gradus.tasks.base.presets import Presets
from gradus.tasks.base.task import Task


@dataclass(frozen=True)
class Part:
    """One of the models that work one after the other; its code is imported when it is needed."""

    name: str
    about: str
    task: str  # module:class
    presets: str  # module that holds PRESETS
    train: str  # module:function

    def load(self, folder: Path) -> Task[Any]:
        """Open the part in its folder; raises as :meth:`Task.load` does."""
        task: type[Task[Any]] = _found(self.task)
        return task.load(folder)

    @property
    def settings(self) -> Presets[Any]:
        """The presets of the part."""
        found: Presets[Any] = _found(f"{self.presets}:PRESETS")
        return found

    @property
    def trainer(self) -> Any:
        """The function that trains it."""
        return _found(self.train)


#: Every part by name.
PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        Part(
            "tokenizer",
            "cuts a text into sentences and tokens",
            "gradus.tasks.tagging.tokenization.tokenizer:Tokenizer",
            "gradus.tasks.tagging.tokenization.presets",
            "gradus.tasks.tagging.tokenization.training:train_tokenizer",
        ),
        Part(
            "tagger",
            "parts of speech, features and lemmas",
            "gradus.tasks.tagging.tagger:Tagger",
            "gradus.tasks.tagging.presets",
            "gradus.tasks.tagging.training:train_tagger",
        ),
        Part(
            "parser",
            "heads and relations",
            "gradus.tasks.parsing.parser:Parser",
            "gradus.tasks.parsing.presets",
            "gradus.tasks.parsing.training:train_parser",
        ),
        Part(
            "analyzer",
            "parts of speech, features, lemmas, heads and relations, by one network",
            "gradus.pipeline.analyzer.analyzer:Analyzer",
            "gradus.pipeline.analyzer.presets",
            "gradus.pipeline.analyzer.training:train_analyzer",
        ),
        Part(
            "entities",
            "names of people, places and organizations",
            "gradus.tasks.tagging.tagger:Tagger",
            "gradus.tasks.tagging.presets",
            "gradus.tasks.tagging.training:train_tagger",
        ),
    )
}


def part_of(name: str) -> Part:
    """The part of a name; a second and third of a kind are numbered, as ``analyzer-2``.

    >>> part_of("analyzer-2").name
    'analyzer'
    """
    return PARTS[name.partition("-")[0]]


def _found(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
