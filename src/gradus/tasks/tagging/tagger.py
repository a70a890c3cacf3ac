"""A tagger: it says of each word what it has learnt, measures itself, and lives in a folder."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.core.collection import uncollected
from gradus.core.config import from_dict
from gradus.tasks.base.task import Task
from gradus.tasks.base.words.batches import small_batches
from gradus.tasks.base.words.sources import chunks
from gradus.tasks.base.words.symbols import FormSymbols
from gradus.tasks.tagging.columns import COLUMNS
from gradus.tasks.tagging.dataset import TaggedSentences, TaggerBatch
from gradus.tasks.tagging.labels import Labels, exceptions_of, settled
from gradus.tasks.tagging.network import TaggerNetwork
from gradus.tasks.tagging.report import TaggingReport
from gradus.tasks.tagging.settings import TaggerConfig
from gradus.text.document import Sentence, Word
from gradus.training.objective import Dataset, moved


class _Answer(NamedTuple):
    """What a network says of a batch."""

    indices: list[int]
    batch: TaggerBatch
    scores: list[Tensor]
    found: list[list[int]]


class Tagger(Task[Sequence[Sentence]]):
    """Gives each word of a sentence its part of speech, features, lemma, or entity.

    Train one with :func:`~gradus.tasks.tagging.train_tagger`, or open one with :meth:`load`.
    """

    kind = "tagger"
    version = 1

    def __init__(
        self,
        config: TaggerConfig,
        symbols: FormSymbols,
        labels: Sequence[Labels],
        model: TaggerNetwork,
    ) -> None:
        self.config, self.symbols, self.labels = config, symbols, list(labels)
        self.model = model
        self.metrics: dict[str, Any] = {}  # of the run that trained it

    @property
    def network(self) -> TaggerNetwork:
        """The model."""
        return cast(TaggerNetwork, self.model)

    def tag(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        """New sentences with the columns that the tagger knows; everything else is as it was."""
        with uncollected():
            tagged: dict[int, Sentence] = {}
            for answer in self._answers(self.network, self.dataset(sentences)):
                tagged.update(zip(answer.indices, self._written(answer), strict=True))
            return [tagged[index] for index in range(len(sentences))]

    def stream(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        """Tag any number of sentences in constant memory, as :meth:`tag` does."""
        for chunk in chunks(sentences):
            yield from self.tag(chunk)

    def report(self, sentences: Sequence[Sentence]) -> TaggingReport:
        """All figures on sentences with gold labels."""
        return TaggingReport.of(sentences, self.tag(sentences), self.config.columns)

    def dataset(self, examples: Sequence[Sentence]) -> TaggedSentences:
        """Sentences as numbers, without their labels."""
        return TaggedSentences.of(self.symbols, examples)

    def training_set(self, examples: Sequence[Sentence]) -> TaggedSentences:
        """Sentences as numbers with the labels to learn."""
        return TaggedSentences.of(self.symbols, examples, self.labels)

    def loss(self, model: nn.Module, batch: TaggerBatch) -> Float[Tensor, ""]:
        """The sum over columns of ``-log P`` of the right labels, mean over words, in nats."""
        network = cast(TaggerNetwork, model)
        return network.loss(network(batch), batch)

    def weight(self, batch: TaggerBatch) -> float:
        """The number of words."""
        return float(len(batch.form))

    def evaluate(self, model: nn.Module, data: Dataset) -> dict[str, float]:
        """Loss in nats, a figure of each column, and ``score``, their mean."""
        network, total, words = cast(TaggerNetwork, model), 0.0, 0.0
        gold: list[Sentence] = []
        tagged: list[Sentence] = []
        for answer in self._answers(network, data):
            weight = self.weight(answer.batch)
            total += float(network.loss(answer.scores, answer.batch)) * weight
            words += weight
            gold += answer.batch.sentences
            tagged += self._written(answer)
        report = TaggingReport.of(gold, tagged, self.config.columns)
        return {"loss": total / words, **report.figures, "score": report.score}

    def write_texts(self, folder: Path) -> dict[str, Any]:
        """Write the vocabularies; labels go to the config."""
        labels = {column.column: list(column.names) for column in self.labels}
        return {
            "labels": labels,
            "exceptions": exceptions_of(self.labels),
            "symbols": self.symbols.save(folder),
        }

    @classmethod
    def rebuild(cls, folder: Path, config: dict[str, Any]) -> "Tagger":
        """The tagger with fresh weights."""
        settings = from_dict(TaggerConfig, config["settings"])
        lists = config["labels"]
        labels = [
            Labels.listed(column, settings.scheme, lists, folder, config.get("exceptions"))
            for column in settings.columns
        ]
        symbols = FormSymbols.load(settings, folder, config["symbols"])
        return cls(settings, symbols, labels, TaggerNetwork(settings, symbols, labels))

    @torch.no_grad()
    def _answers(self, network: TaggerNetwork, data: Dataset) -> Iterator[_Answer]:
        """What the network says of data, batch by batch."""
        for indices in small_batches(data.sizes):
            batch = self._placed(data.batch(indices))
            scores = network(batch)
            found = settled(self.labels, network.best(scores, batch), scores, batch.sentences)
            yield _Answer(indices.tolist(), batch, scores, found)

    def _written(self, answer: _Answer) -> list[Sentence]:
        """The sentences of a batch with their labels."""
        return with_labels(answer.batch.sentences, self.labels, answer.found)

    def _placed(self, batch: TaggerBatch) -> TaggerBatch:
        """A batch where the model is."""
        return cast(TaggerBatch, moved(batch, next(self.model.parameters()).device))


def with_labels(
    sentences: Sequence[Sentence], labels: Sequence[Labels], found: Sequence[Sequence[int]]
) -> list[Sentence]:
    """New sentences whose words have the label of each column, by number, one after the other."""
    written, begin = [], 0
    for old in sentences:
        words = [
            Word(w.form, w.lemma, w.upos, w.xpos, w.feats, w.head, w.deprel, w.deps, w.misc)
            for w in old.words
        ]
        for column, numbers in zip(labels, found, strict=True):
            own = column.spelled(numbers[begin : begin + len(words)])
            COLUMNS[column.column].write_(words, own)
        begin += len(words)
        # dataclasses.replace would cost as much as the words of a short sentence
        written.append(Sentence(words, old.comments, old.multiword, old.empty, old.line))
    return written
