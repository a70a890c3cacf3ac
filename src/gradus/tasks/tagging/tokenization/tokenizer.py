"""A learned tokenizer: raw text to sentences, as a treebank has them."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from gradus.core.config import from_dict
from gradus.core.errors import FormatError
from gradus.core.storage import CONFIG
from gradus.tasks.base.task import Task
from gradus.tasks.tagging.tokenization.building import MULTIWORD, MULTIWORD_SENTENCE, Builder
from gradus.tasks.tagging.tokenization.cutter import Cutter
from gradus.tasks.tagging.tokenization.dataset import LabelledText, gold_labels
from gradus.tasks.tagging.tokenization.expansions import Expansions
from gradus.tasks.tagging.tokenization.labelling import best_labels, text_scores
from gradus.tasks.tagging.tokenization.network import TokenizerBatch, TokenizerNetwork
from gradus.tasks.tagging.tokenization.numbers import Numbering
from gradus.tasks.tagging.tokenization.report import TokenizationReport
from gradus.tasks.tagging.tokenization.segments import Segment, segments
from gradus.tasks.tagging.tokenization.settings import TokenizerConfig
from gradus.tasks.tagging.tokenization.splitter import Splitter
from gradus.tasks.tagging.tokenization.symbols import Symbols
from gradus.tasks.tagging.tokenization.tags import Tags
from gradus.text.document import Sentence
from gradus.text.spacing import placed_text, raw_text
from gradus.training.objective import Dataset


class Tokenizer(Splitter, Task[Sequence[Sentence]]):
    """Cuts a text into sentences, tokens and the words of multiword tokens.

    Train one with :func:`~gradus.tasks.tagging.tokenization.training.train_tokenizer`, or open one
    with :meth:`load`.
    """

    kind = "tokenizer"
    version = 1

    def __init__(
        self,
        config: TokenizerConfig,
        symbols: Symbols,
        cutter: Cutter,
        expansions: Expansions,
        tags: Tags,
        *,
        joins: bool,
        generator: torch.Generator | None = None,
    ) -> None:
        self.config, self.symbols, self.cutter = config, symbols, cutter
        self.expansions, self.tags = expansions, tags
        self.joins = joins  # whether a token may hold a space
        labels = (MULTIWORD_SENTENCE if expansions.table else MULTIWORD - 1) + 1
        self.model: nn.Module = TokenizerNetwork(
            config, symbols.sizes, labels, tags.sizes, generator
        )
        self.metrics: dict[str, Any] = {}  # of the run that trained it

    @property
    def cutting(self) -> Cutter:
        """What cuts a text into pieces."""
        return self.cutter

    def expand(self, form: str) -> list[str] | None:
        """The words of a multiword token; None if nothing is known."""
        return self.expansions.words(form)

    def labels(self, parts: Sequence[Segment]) -> list[list[int]]:
        """What each piece of some paragraphs is the end of."""
        numbers = self._numbering.numbers(parts)
        scores = text_scores(cast(TokenizerNetwork, self.model), numbers)
        return self._split(scores, numbers.gaps[:, 1], parts)

    def report(self, sentences: Sequence[Sentence]) -> TokenizationReport:
        """Precision, recall and F1 on the raw text of sentences.

        Raises:
            DataError: there is no sentence.
        """
        return TokenizationReport.of(sentences, self.sentences(raw_text(sentences)))

    def dataset(self, examples: Sequence[Sentence]) -> LabelledText:
        """The text of sentences as numbers, with what there is to learn."""
        return self._labelled(examples, Numbering(self.symbols), seed=0)

    def training_set(self, sentences: Sequence[Sentence], *, seed: int) -> LabelledText:
        """The text that the symbols were learnt from; ``seed`` moves the stretches of it."""
        return self._labelled(sentences, Numbering(self.symbols, met=True), seed=seed)

    def _labelled(
        self, sentences: Sequence[Sentence], numbering: Numbering, *, seed: int
    ) -> LabelledText:
        raw = placed_text(sentences)
        parts = list(segments([raw.text], self.cutter))
        return LabelledText(
            sentences,
            parts,
            numbering.numbers(parts),
            gold_labels(raw, parts, self.tags.numbers(sentences)),
            self.config.stretch,
            seed,
            lambda others: self._labelled(others, numbering, seed=seed),
        )

    def loss(self, model: nn.Module, batch: TokenizerBatch) -> Float[Tensor, ""]:
        """Mean of ``-log P`` of the right labels."""
        return cast(TokenizerNetwork, model).loss(batch)

    def weight(self, batch: TokenizerBatch) -> float:
        """The number of pieces."""
        return float(batch.lengths.sum())

    def evaluate(self, model: nn.Module, data: Dataset) -> dict[str, float]:
        """Loss in nats, F1 of tokens, words and sentences, and the mean of the last two."""
        text = cast(LabelledText, data)
        scores = text_scores(cast(TokenizerNetwork, model), text.numbers)
        losses = -torch.log_softmax(torch.from_numpy(scores), 1).numpy()
        loss = losses[np.arange(len(scores)), text.labels].mean()
        labels = self._split(scores, text.numbers.gaps[:, 1], text.parts)
        report = TokenizationReport.of(text.sentences, self._built(text.parts, labels))
        return {
            "loss": float(loss),
            "tokens_f1": report.tokens.f1,
            "words_f1": report.words.f1,
            "sentences_f1": report.sentences.f1,
            "mean_f1": (report.words.f1 + report.sentences.f1) / 2,
        }

    def write_texts(self, folder: Path) -> dict[str, Any]:
        """Write the vocabularies; cuts and expansions go to the config."""
        self.symbols.save(folder)
        return {
            "cutter": self.cutter.to_dict(),
            "expansions": self.expansions.to_dict(),
            "tags": self.tags.to_dict(),
            "joins": self.joins,
        }

    @classmethod
    def rebuild(cls, folder: Path, config: dict[str, Any]) -> "Tokenizer":
        """The tokenizer with fresh weights."""
        joins = config["joins"]
        if not isinstance(joins, bool):
            raise FormatError(
                f"{folder / CONFIG}: joins={joins!r} is neither true nor false; it is damaged"
            )
        try:
            cutter = Cutter.from_dict(config["cutter"])
            expansions = Expansions.from_dict(config["expansions"])
            tags = Tags.from_dict(config["tags"])
        except FormatError as error:
            raise FormatError(f"{folder / CONFIG} is damaged: {error}") from None
        settings = from_dict(TokenizerConfig, config["settings"])
        return cls(settings, Symbols.load(folder), cutter, expansions, tags, joins=joins)

    @cached_property
    def _numbering(self) -> Numbering:
        return Numbering(self.symbols)

    def _split(
        self,
        scores: Float[np.ndarray, "pieces labels"],
        kinds: Int64[np.ndarray, " pieces"],
        parts: Sequence[Segment],
    ) -> list[list[int]]:
        labels = best_labels(scores, kinds, joins=self.joins, bias=self.config.bias).tolist()
        found = []
        at = 0
        for part in parts:
            found.append(labels[at : at + len(part)])
            at += len(part)
        return found

    def _built(self, parts: Iterable[Segment], labels: Iterable[list[int]]) -> list[Sentence]:
        builder = Builder(self.expand)
        found = [
            sentence
            for part, row in zip(parts, labels, strict=True)
            for sentence in builder.take(part, row)
        ]
        return [*found, *builder.finish()]
