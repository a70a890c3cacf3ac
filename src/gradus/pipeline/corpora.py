"""What a pipeline learns from: a treebank, entities, and sentences of both to be measured on."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.base.words.sources import Source
from gradus.tasks.parsing.targets import described, tree_of
from gradus.tasks.tagging.columns import COLUMNS
from gradus.tasks.tagging.reading import read_sentences
from gradus.text.conllu import format_conllu, write_conllu
from gradus.text.document import Sentence
from gradus.text.entities_in_misc import entity_spans
from gradus.text.trees import tree_fault

#: What a tagger says of words; entities have a tagger of their own.
TAGS = tuple(name for name, column in COLUMNS.items() if not column.spans)

#: The corpora.
NAMES = ("train", "dev", "ner", "ner_dev")

#: The files that the jobs of a training read, by name; None where there is none.
Files = Mapping[str, Path | None]


@dataclass(frozen=True)
class Corpora:
    """What a pipeline learns from, read and checked."""

    train: list[Sentence]
    dev: list[Sentence]
    ner: list[Sentence]
    ner_dev: list[Sentence]

    @classmethod
    def read(
        cls, treebank: Source, dev: Source | None, ner: Source | None, ner_dev: Source | None
    ) -> "Corpora":
        """Read all files.

        Raises:
            DataError: one holds no sentence, or that of entities none.
            FormatError: one is not of its format.
            SettingsError: there are dev entities and no others.
        """
        if ner is None and ner_dev is not None:
            raise SettingsError("entities to measure on came without entities to learn from")
        found = [
            [] if source is None else read_sentences(source, columns)
            for source, columns in (
                *((treebank, TAGS), (dev, TAGS)),
                *((ner, ("entity",)), (ner_dev, ("entity",))),
            )
        ]
        names = ("the treebank", "dev", "the file of entities", "the dev file of entities")
        for name, source, sentences in zip(
            names, (treebank, dev, ner, ner_dev), found, strict=True
        ):
            if source is not None and not sentences:
                raise DataError(f"{name} holds no sentence; name a file with at least one")
        # now, not when the other parts have been trained
        marked, _ = ([len(entity_spans(one)) for one in sentences] for sentences in found[2:])
        if ner is not None and not any(marked):
            raise DataError(f"{names[2]} marks no entity; name a file that does, or leave it out")
        return cls(*found)

    def has_trees(self) -> bool:
        """Whether every word of the treebank has a head, so that trees can be learnt.

        Raises:
            DataError: the heads of a sentence are no tree, or only dev lacks some.
        """
        if any(None in sentence.heads for sentence in self.train):
            return False
        for name, sentences in (("the treebank", self.train), ("dev", self.dev)):
            for sentence in sentences:
                if None in sentence.heads:
                    raise DataError(
                        f"{name} has a word without a head in {described(sentence)}, but the "
                        "treebank has trees; name another dev, or leave it out"
                    )
                fault = tree_fault(tree_of(sentence).heads.tolist())
                if fault is not None:
                    raise DataError(f"{name} has no tree in {described(sentence)}: {fault}")
        return True

    def written(self, folder: Path) -> Files:
        """The files that the jobs read, each written once."""
        folder.mkdir(exist_ok=True)
        files: dict[str, Path | None] = {}
        for name in NAMES:
            sentences = getattr(self, name)
            files[name] = folder / f"{name}.conllu" if sentences else None
            if sentences and not (folder / f"{name}.conllu").exists():
                write_conllu(sentences, folder / f"{name}.conllu")
        return files

    def identity(self) -> dict[str, str]:
        """A checksum of each file: a run is resumed on the data it began with."""
        return {
            name: f"{len(found)} sentences with checksum {_checksum(found):08x}"
            for name in NAMES
            if (found := getattr(self, name))
        }


def _checksum(sentences: Sequence[Sentence]) -> int:
    found = 0
    for sentence in sentences:
        found = zlib.crc32(format_conllu(sentence).encode(), found)
    return found
