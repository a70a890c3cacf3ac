"""Raw text in, documents out: a tokenizer, a tagger, a parser and a finder of entities in a row."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from gradus.core.collection import uncollected
from gradus.core.errors import FormatError, SettingsError
from gradus.core.storage import CONFIG, METRICS, model_file, read_config, read_json
from gradus.pipeline.analyzer.analyzer import Analyzer
from gradus.pipeline.analyzer.committee import Committee
from gradus.pipeline.parts import PARTS, part_of
from gradus.tasks.base.words.sources import chunks
from gradus.tasks.parsing.parser import Parser
from gradus.tasks.tagging.tagger import Tagger
from gradus.tasks.tagging.tokenization.splitter import Splitter
from gradus.text.document import Sentence
from gradus.text.documents import Document

KIND, VERSION = "pipeline", 1

#: Characters of texts that are read ahead.
CHARACTERS = 1 << 16


class Pipeline:
    """Parts that work one after the other on a text; any but the tokenizer may be missing.

    An analyzer is a tagger and a parser in one, and takes the place of both.
    Open one with :func:`gradus.load`, or train one with
    :func:`~gradus.pipeline.train_pipeline`.
    """

    def __init__(
        self,
        tokenizer: Splitter,
        *,
        tagger: Tagger | None = None,
        parser: Parser | None = None,
        analyzer: Analyzer | Committee | None = None,
        entities: Tagger | None = None,
        about: dict[str, Any] | None = None,
        metrics: dict[str, Any] | None = None,
    ) -> None:
        self.tokenizer, self.entities = tokenizer, entities
        self.tagger, self.parser, self.analyzer = tagger, parser, analyzer
        self.about = about or {}  # what a person wrote of it: its language, data and licence
        self.metrics = metrics or {}  # of the run that trained it, and its scores

    @classmethod
    def load(cls, path: Path | str) -> "Pipeline":
        """Open the folder of a pipeline; no code in it is run.

        Raises:
            FormatError: the folder is missing, damaged, of another kind or newer than this Gradus.
        """
        folder = Path(path)
        config = read_config(folder, kind=KIND, version=VERSION)
        names = config.get("parts")
        if (
            not isinstance(names, list)
            or "tokenizer" not in names
            or not all(isinstance(name, str) and _is_part(name) for name in names)
        ):
            raise FormatError(f"{folder / CONFIG} has no list of parts; the folder is damaged")
        if "analyzer" in names and {"tagger", "parser"} & set(names):
            raise FormatError(
                f"{folder / CONFIG} names an analyzer beside a tagger or a parser, whose work it "
                "does; the folder is damaged"
            )
        parts: dict[str, Any] = {}
        members: list[Analyzer] = []
        for name in names:
            task = part_of(name).load(folder / name)
            if isinstance(task, Analyzer):
                members.append(task)
            else:
                parts[name] = task
        if members:
            parts["analyzer"] = members[0] if len(members) == 1 else Committee(members)
        about = config.get("about")
        path = model_file(folder, METRICS)
        metrics = read_json(path) if path.is_file() else {}
        if not isinstance(metrics, dict):
            raise FormatError(f"{path} is no table of figures; the file is damaged")
        return cls(
            **parts,
            about=about if isinstance(about, dict) else {},
            metrics=metrics,
        )

    def __call__(self, text: str) -> Document:
        """The document of a text; of nothing but white space, one without sentences."""
        return next(self.pipe([text]))

    def pipe(self, texts: Iterable[str]) -> Iterator[Document]:
        """The documents of any number of texts, in order; small ones are worked on together."""
        rest = iter(texts)
        while chunk := list(_about(rest, CHARACTERS)):
            with uncollected():
                cut = [self.tokenizer.sentences(text) for text in chunk]
                done = iter(list(self.annotate([one for part in cut for one in part])))
                documents = [Document.of(islice(done, len(part))) for part in cut]
            yield from documents

    def stream(self, blocks: Iterable[str]) -> Iterator[Sentence]:
        """The sentences of one text of any length, in constant memory; blocks may end anywhere."""
        return self.annotate(self.tokenizer.stream(blocks))

    def annotate(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        """Sentences whose words are known, with everything that the other parts say of them."""
        for chunk in chunks(sentences):
            with uncollected():
                done = self._annotated(chunk)
            yield from done

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts that are there, in the order in which they work."""
        return tuple(name for name in PARTS if getattr(self, name) is not None)

    def without(self, names: Sequence[str]) -> "Pipeline":
        """The same without some parts.

        Raises:
            SettingsError: there is no such part, or it is the tokenizer.
        """
        for name in names:
            if name not in PARTS or name == "tokenizer":
                others = ", ".join(name for name in PARTS if name != "tokenizer")
                raise SettingsError(f"{name!r} is no part to leave out: choose from {others}")
            if self.analyzer is not None and name in ("tagger", "parser"):
                raise SettingsError(
                    f"{name!r} cannot be left out: tags and trees of this pipeline come from one "
                    "network; leave out both (analyzer), or neither"
                )
        kept = {name: getattr(self, name) for name in self.parts if name not in names}
        return Pipeline(**kept, about=self.about, metrics=self.metrics)

    def __repr__(self) -> str:
        name = self.about.get("name")
        return f"Pipeline({f'{name}: ' if name else ''}{', '.join(self.parts)})"

    def _annotated(self, sentences: list[Sentence]) -> list[Sentence]:
        if self.tagger is not None:
            sentences = self.tagger.tag(sentences)
        if self.parser is not None:
            sentences = self.parser.parse(sentences)
        if self.analyzer is not None:
            sentences = self.analyzer.annotate(sentences)
        if self.entities is not None:
            sentences = self.entities.tag(sentences)
        return sentences


def _is_part(name: str) -> bool:
    """Whether a folder may have such a part: one of each kind, but any number of analyzers."""
    return name in PARTS or re.fullmatch(r"analyzer-[1-9][0-9]?", name) is not None


def _about(texts: Iterator[str], characters: int) -> Iterator[str]:
    """Texts until they have so many characters together."""
    while characters > 0:
        text = next(texts, None)
        if text is None:
            return
        characters -= max(1, len(text))
        yield text
