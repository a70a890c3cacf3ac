"""An analyzer: tags and trees by one network; it measures itself, and lives in a folder."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.core.collection import uncollected
from gradus.core.config import from_dict
from gradus.pipeline.analyzer.dataset import AnalyzedSentences, AnalyzerBatch
from gradus.pipeline.analyzer.network import AnalyzerNetwork, KnownStates
from gradus.pipeline.analyzer.settings import AnalyzerConfig
from gradus.tasks.base.task import Task
from gradus.tasks.base.words.batches import small_batches
from gradus.tasks.base.words.sources import chunks
from gradus.tasks.base.words.symbols import FormSymbols, listed
from gradus.tasks.parsing.attachment import AttachmentReport
from gradus.tasks.parsing.classes import Classes
from gradus.tasks.parsing.naming import Naming
from gradus.tasks.parsing.parser import make_decoder
from gradus.tasks.parsing.targets import Tree, no_trees, tree_arrays
from gradus.tasks.tagging.dataset import TaggedSentences
from gradus.tasks.tagging.labels import Labels, exceptions_of, settled
from gradus.tasks.tagging.report import TaggingReport
from gradus.tasks.tagging.tagger import with_labels
from gradus.text.document import Sentence
from gradus.training.objective import Dataset, moved


class _Answer(NamedTuple):
    """What a network says of a batch."""

    indices: list[int]
    batch: AnalyzerBatch
    states: Tensor
    scores: list[Tensor]
    sentences: list[Sentence]


class Analyzer(Task[Sequence[Sentence]]):
    """Gives each word its part of speech, features, lemma, head and relation, in one go.

    Train one with :func:`~gradus.pipeline.analyzer.training.train_analyzer`, or open one with
    :meth:`load`.
    """

    kind = "analyzer"
    version = 1

    def __init__(
        self,
        config: AnalyzerConfig,
        symbols: FormSymbols,
        labels: Sequence[Labels],
        relations: Sequence[str],
        classes: Classes | None,
        model: AnalyzerNetwork,
    ) -> None:
        self.config, self.symbols, self.labels = config, symbols, list(labels)
        self.relations, self.classes, self.model = list(relations), classes, model
        self.metrics: dict[str, Any] = {}  # of the run that trained it

    @property
    def network(self) -> AnalyzerNetwork:
        """The model."""
        return cast(AnalyzerNetwork, self.model)

    def annotate(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        """New sentences with the columns that are known, heads and relations."""
        with uncollected():
            found: dict[int, Sentence] = {}
            for answer in self._answers(self.network, self.dataset(sentences)):
                found.update(zip(answer.indices, answer.sentences, strict=True))
            return [found[index] for index in range(len(sentences))]

    def stream(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        """Annotate any number of sentences in constant memory, as :meth:`annotate` does."""
        for chunk in chunks(sentences):
            yield from self.annotate(chunk)

    def dataset(self, examples: Sequence[Sentence]) -> AnalyzedSentences:
        """Sentences as numbers, without their labels and trees."""
        return AnalyzedSentences(TaggedSentences.of(self.symbols, examples), no_trees())

    def training_set(
        self, sentences: Sequence[Sentence], trees: Sequence[Tree], *, seed: int
    ) -> AnalyzedSentences:
        """Sentences as numbers with the labels and trees to learn."""
        return AnalyzedSentences(
            TaggedSentences.of(self.symbols, sentences, self.labels),
            tree_arrays(self.config, trees, self.relations),
            seed,
            0 if self.config.graph else self.config.transitions.width,
        )

    def loss(self, model: nn.Module, batch: AnalyzerBatch) -> Float[Tensor, ""]:
        """The sum of a tagger's loss and a parser's, in nats."""
        network = cast(AnalyzerNetwork, model)
        states = network.states(batch)
        labels = network.loss(network.label_scores(states, batch), batch)
        return labels + network.tree_loss(states, batch)

    def weight(self, batch: AnalyzerBatch) -> float:
        """The number of words."""
        return float(len(batch.form))

    @torch.no_grad()
    def evaluate(self, model: nn.Module, data: Dataset) -> dict[str, float]:
        """Loss in nats, a figure of each column, the shares of right arcs, and ``score``.

        ``score`` is the mean of the columns' figures and of ``las``.
        """
        network, total, words = cast(AnalyzerNetwork, model), 0.0, 0.0
        gold: list[Sentence] = []
        found: list[Sentence] = []
        for answer in self._answers(network, data):
            weight = self.weight(answer.batch)
            lost = network.loss(answer.scores, answer.batch)
            lost = lost + network.tree_loss(answer.states, answer.batch)
            total += float(lost) * weight
            words += weight
            gold += answer.batch.sentences
            found += answer.sentences
        tags = TaggingReport.of(gold, found, self.config.columns)
        arcs = AttachmentReport.of(gold, found)
        figures = [*(tags.figures[name] for name in self.config.columns), arcs.las]
        return {
            "loss": total / words,
            **tags.figures,
            **{"uas": arcs.uas, "las": arcs.las, "score": sum(figures) / len(figures)},
        }

    def write_texts(self, folder: Path) -> dict[str, Any]:
        """Write the vocabularies; labels, relations and classes go to the config."""
        return {
            "labels": {column.column: list(column.names) for column in self.labels},
            "exceptions": exceptions_of(self.labels),
            "relations": self.relations,
            "classes": None if self.classes is None else self.classes.table.tolist(),
            "symbols": self.symbols.save(folder),
        }

    @classmethod
    def rebuild(cls, folder: Path, config: dict[str, Any]) -> "Analyzer":
        """The analyzer with fresh weights."""
        settings = from_dict(AnalyzerConfig, config["settings"])
        lists = config["labels"]
        labels = [
            Labels.listed(column, settings.scheme, lists, folder, config.get("exceptions"))
            for column in settings.columns
        ]
        (relations,) = listed(config, ["relations"], folder)
        classes = None
        if not settings.graph:
            classes = Classes.read(config["classes"], settings.transitions, relations)
        symbols = FormSymbols.load(settings, folder, config["symbols"])
        network = AnalyzerNetwork(settings, symbols, labels, len(relations), classes)
        return cls(settings, symbols, labels, relations, classes, network)

    @torch.no_grad()
    def _answers(self, network: AnalyzerNetwork, data: Dataset) -> Iterator[_Answer]:
        """What the network says of data, batch by batch; states are computed once."""
        device = next(self.model.parameters()).device
        naming = Naming(self.config, self.relations)
        for indices in small_batches(data.sizes):
            batch: AnalyzerBatch = moved(data.batch(indices), device)
            states = network.states(batch)
            scores = network.label_scores(states, batch)
            labels = settled(self.labels, network.best(scores, batch), scores, batch.sentences)
            parsed = make_decoder(KnownStates(network, states)).trees(batch)
            sentences = with_labels(batch.sentences, self.labels, labels)
            for sentence, tree in zip(sentences, naming.trees(parsed, batch.lengths), strict=True):
                attach_(sentence, tree)
            yield _Answer(indices.tolist(), batch, states, scores, sentences)


def attach_(sentence: Sentence, tree: Tree) -> None:
    """Write a tree into a sentence that is the caller's own."""
    for word, head, relation in zip(sentence.words, tree.heads.tolist(), tree.labels, strict=True):
        word.head, word.deprel = head, relation
