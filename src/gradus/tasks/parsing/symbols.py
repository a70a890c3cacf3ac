"""What a parser knows of words and tags: vocabularies, and how a word is spelled in numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int32

from gradus.nn.embeddings import UNKNOWN
from gradus.tasks.base.words.symbols import FormSymbols, listed, numbers_of, padded_rows, row_of
from gradus.tasks.parsing.settings import ParserConfig
from gradus.text.document import NOTHING, Sentence, Word

#: The lists that ``config.json`` keeps.
LISTS = ("upos", "xpos", "features")


class Tags(NamedTuple):
    """Different combinations of tags and features, one a row."""

    upos: Int32[np.ndarray, " tags"]
    xpos: Int32[np.ndarray, " tags"]
    features: Int32[np.ndarray, "tags features"]


def tag_of(word: Word) -> tuple[str, str, str]:
    """What a word's combination of tags is known by."""
    return word.upos, word.xpos, word.feats


@dataclass
class Symbols:
    """Numbers of everything that a parser reads."""

    forms: FormSymbols
    upos: list[str]
    xpos: list[str]
    features: list[str]

    def __post_init__(self) -> None:
        self._upos, self._xpos = numbers_of(self.upos), numbers_of(self.xpos)
        self._feature = numbers_of(self.features)

    @classmethod
    def learn(cls, config: ParserConfig, sentences: Sequence[Sentence]) -> "Symbols":
        """Count what the training sentences hold."""
        tags = Counter(tag_of(word) for sentence in sentences for word in sentence.words)
        return cls(
            FormSymbols.learn(config, sentences),
            sorted({upos for upos, _, _ in tags}) if config.upos else [],
            sorted({xpos for _, xpos, _ in tags}) if config.xpos else [],
            sorted({name for *_, feats in tags for name in _names(feats)}) if config.feats else [],
        )

    def tagged(self, tags: Sequence[tuple[str, str, str]]) -> Tags:
        """Combinations of tags as numbers."""
        return Tags(
            row_of([self._upos.get(upos, UNKNOWN) for upos, _, _ in tags]),
            row_of([self._xpos.get(xpos, UNKNOWN) for _, xpos, _ in tags]),
            padded_rows(
                [
                    [self._feature[name] for name in _names(feats) if name in self._feature]
                    for *_, feats in tags
                ]
            ),
        )

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the long lists into a model folder; give the short ones."""
        return self.forms.save(folder) | {name: getattr(self, name) for name in LISTS}

    @classmethod
    def load(cls, config: ParserConfig, folder: Path, lists: Any) -> "Symbols":
        """What :meth:`save` wrote.

        Raises:
            FormatError: a list is missing or damaged.
        """
        return cls(FormSymbols.load(config, folder, lists), *listed(lists, LISTS, folder))


def _names(feats: str) -> list[str]:
    return [] if feats == NOTHING else feats.split("|")
