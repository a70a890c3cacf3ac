"""A dependency parser: it builds trees, measures itself, and lives in a folder."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from jaxtyping import Float, Int32, Int64
from torch import Tensor, nn

from gradus.core.config import from_dict
from gradus.core.errors import FormatError, SettingsError
from gradus.core.storage import CONFIG
from gradus.tasks.base.task import Task
from gradus.tasks.parsing.attachment import AttachmentReport
from gradus.tasks.parsing.classes import Classes, leftover_labels
from gradus.tasks.parsing.dataset import EncodedSentences, ParserBatch, encoded
from gradus.tasks.parsing.graph.constraints import constrained
from gradus.tasks.parsing.graph.decoding import maximum_spanning_trees
from gradus.tasks.parsing.graph.kbest import k_best_trees
from gradus.tasks.parsing.graph.marginals import arc_marginals, log_partition
from gradus.tasks.parsing.graph_network import ArcScores, GraphScorer, float_arcs
from gradus.tasks.parsing.lifting import deprojectivize
from gradus.tasks.parsing.network import ParserNetwork
from gradus.tasks.parsing.settings import ParserConfig
from gradus.tasks.parsing.symbols import Symbols
from gradus.tasks.parsing.tables import ProductTables
from gradus.tasks.parsing.targets import (
    Heads,
    Tree,
    heads_of,
    no_trees,
    tree_arrays,
    with_tree,
)
from gradus.tasks.parsing.transition_network import Parsed, Products, batch_rows, no_products
from gradus.text.document import Sentence
from gradus.training.batching import in_order
from gradus.training.objective import Dataset

#: Sentences in one batch where a model is only asked, and sentences that are read ahead.
BATCH, AHEAD = 64, 512

#: Hypotheses of a beam for each parse that is asked for.
BEAM = 4

#: Systems whose oracle knows exactly which transitions lose an arc, so that arcs can be kept.
KEEPERS = ("hybrid", "eager")

#: The head of the root, which is nobody's.
ROOT = -1


class Parser(Task[Sequence[Sentence]]):
    """Gives each word of a sentence its head and the name of their relation.

    Train one with :func:`~gradus.tasks.parsing.train_parser`, or open one with :meth:`load`.
    """

    kind = "parser"
    version = 1

    def __init__(
        self,
        config: ParserConfig,
        symbols: Symbols,
        labels: Sequence[str],
        classes: Classes | None,
        model: ParserNetwork,
    ) -> None:
        self.config, self.symbols, self.labels = config, symbols, list(labels)
        self.classes, self.model = classes, model
        self.metrics: dict[str, Any] = {}  # of the run that trained it

    @property
    def network(self) -> ParserNetwork:
        """The model."""
        return cast(ParserNetwork, self.model)

    def parse(
        self, sentences: Sequence[Sentence], *, keep: bool = False, confidence: bool = False
    ) -> list[Sentence]:
        """New sentences with heads and relations; everything else is as it was.

        ``keep`` leaves heads as they are where a sentence has them, and adds the others.
        ``confidence`` writes the probability of each arc into MISC, as ``Confidence=0.93``: that
        of the transition which made it, or of the arc among all trees of a graph.

        Raises:
            DataError: no tree has the heads that are to be kept.
            SettingsError: the parser's transitions cannot promise to keep arcs.
        """
        given = [heads_of(sentence) for sentence in sentences] if keep else None
        trees = self.trees(sentences, given=given, confidence=confidence)
        return [
            with_tree(sentence, tree, keep=keep)
            for sentence, tree in zip(sentences, trees, strict=True)
        ]

    def stream(
        self, sentences: Iterable[Sentence], *, keep: bool = False, confidence: bool = False
    ) -> Iterator[Sentence]:
        """Parse any number of sentences in constant memory, as :meth:`parse` does."""
        rest = iter(sentences)
        while chunk := list(islice(rest, AHEAD)):
            yield from self.parse(chunk, keep=keep, confidence=confidence)

    def trees(
        self,
        sentences: Sequence[Sentence],
        *,
        given: Sequence[Heads] | None = None,
        confidence: bool = False,
    ) -> list[Tree]:
        """The trees of sentences; those of ``given`` heads that are not -1 are kept."""
        if given is not None:
            self._check_given(given)
        if self.network.plain:
            products, rows = self.products(sentences)
            lengths = np.array([len(sentence) for sentence in sentences], dtype=np.int64)
            return self._by_transitions(products, rows, lengths, given, confidence)
        data = self.dataset(sentences)
        trees: dict[int, Tree] = {}
        for indices in in_order(data.sizes, BATCH):
            own = None if given is None else [given[index] for index in indices.tolist()]
            found = self._batch_trees(self.network, data.batch(indices), own, confidence)
            trees.update(zip(indices.tolist(), found, strict=True))
        return [trees[index] for index in range(len(sentences))]

    def best(self, sentence: Sentence, k: int) -> list[tuple[Sentence, float]]:
        """The ``k`` likeliest parses with the logarithm of their probability, the best first.

        Those of a graph are exact; those of transitions are what a beam of four times ``k`` finds.

        Raises:
            SettingsError: ``k`` is below 1.
        """
        if k < 1:
            raise SettingsError(f"k={k} is out of range: choose a value at least 1")
        ranked = self._best_of_graph if self.network.graph is not None else self._best_of_beam
        return [(with_tree(sentence, tree), total) for tree, total in ranked(sentence, k)]

    def report(self, sentences: Sequence[Sentence]) -> AttachmentReport:
        """All figures on sentences with trees."""
        return AttachmentReport.of(sentences, self.parse(sentences))

    def dataset(self, examples: Sequence[Sentence]) -> EncodedSentences:
        """Sentences as numbers, without their trees."""
        return encoded(self.symbols, examples, no_trees())

    def training_set(
        self, sentences: Sequence[Sentence], trees: Sequence[Tree], *, seed: int
    ) -> EncodedSentences:
        """Sentences as numbers with the trees to learn."""
        chances = 0 if self.config.graph else self.config.transitions.width
        arrays = tree_arrays(self.config, trees, self.labels)
        return encoded(self.symbols, sentences, arrays, seed=seed, chances=chances)

    def loss(self, model: nn.Module, batch: ParserBatch) -> Float[Tensor, ""]:
        """Mean of ``-log P`` of right transitions, or of right heads and labels."""
        return cast(ParserNetwork, model).loss(batch)

    def weight(self, batch: ParserBatch) -> float:
        """The number of words."""
        return float(batch.lengths.sum())

    def evaluate(self, model: nn.Module, data: Dataset) -> dict[str, float]:
        """Loss in nats, and the shares of right arcs."""
        network, total, words = cast(ParserNetwork, model), 0.0, 0.0
        gold: list[Sentence] = []
        parsed: list[Sentence] = []
        for indices in in_order(data.sizes, BATCH):
            batch = data.batch(indices)
            total += float(network.loss(batch)) * self.weight(batch)
            words += self.weight(batch)
            gold += batch.sentences
            parsed += map(with_tree, batch.sentences, self._batch_trees(network, batch))
        report = AttachmentReport.of(gold, parsed)
        return {"loss": total / words, "uas": report.uas, "las": report.las}

    def write_texts(self, folder: Path) -> dict[str, Any]:
        """Write the vocabularies; labels and classes go to the config."""
        return {
            "labels": self.labels,
            "symbols": self.symbols.save(folder),
            "classes": None if self.classes is None else self.classes.table.tolist(),
        }

    @classmethod
    def rebuild(cls, folder: Path, config: dict[str, Any]) -> "Parser":
        """The parser with fresh weights."""
        settings = from_dict(ParserConfig, config["settings"])
        labels = config["labels"]
        if not isinstance(labels, list) or not all(isinstance(name, str) for name in labels):
            raise FormatError(f"{folder / CONFIG} has no list of labels; the folder is damaged")
        classes = None
        if not settings.graph:
            classes = Classes.read(config["classes"], settings.transitions, labels)
        symbols = Symbols.load(settings, folder, config["symbols"])
        return cls(
            settings,
            symbols,
            labels,
            classes,
            ParserNetwork(settings, symbols, len(labels), classes),
        )

    @torch.no_grad()
    def products(
        self, sentences: Sequence[Sentence]
    ) -> tuple[Products, Int32[np.ndarray, "2 nodes"]]:
        """What a transition parser's scores are sums of, and the rows of the sentences' nodes."""
        if self.network.plain:
            lengths = np.array([len(sentence) for sentence in sentences], dtype=np.int64)
            rows = self.tables.rows(sentences, lengths)
            return self.tables.products, rows
        data = self.dataset(sentences)
        batch = data.batch(np.arange(len(sentences)))
        return Products(self.network.products(batch).numpy(), no_products()), batch_rows(
            batch.lengths
        )

    @cached_property
    def tables(self) -> ProductTables:
        """The products of words with positions; made at first use, for the weights as they are."""
        return ProductTables(self.network, self.symbols)

    def _batch_trees(
        self,
        network: ParserNetwork,
        batch: ParserBatch,
        given: Sequence[Heads] | None = None,
        confidence: bool = False,
    ) -> list[Tree]:
        with torch.no_grad():
            if network.graph is not None:
                return self._by_graph(network.graph, network.arc_scores(batch), batch, given,
                                      confidence)  # fmt: skip
            products = Products(network.products(batch).numpy(), no_products())
        rows = batch_rows(batch.lengths)
        return self._by_transitions(
            products, rows, batch.lengths, given, confidence, network=network
        )

    def _by_transitions(
        self,
        products: Products,
        rows: Int32[np.ndarray, "2 nodes"],
        lengths: Int64[np.ndarray, " sentences"],
        given: Sequence[Heads] | None,
        confidence: bool,
        *,
        network: ParserNetwork | None = None,
    ) -> list[Tree]:
        scorer = (network or self.network).transitions
        assert scorer is not None
        wanted = None if given is None else np.concatenate([[ROOT, *heads] for heads in given])
        parsed = scorer.parse(products, rows, lengths, given=wanted, sure=confidence)
        return self._named(parsed, lengths)

    def _by_graph(
        self,
        graph: GraphScorer,
        scores: ArcScores,
        batch: ParserBatch,
        given: Sequence[Heads] | None,
        confidence: bool,
    ) -> list[Tree]:
        arcs = float_arcs(scores)
        for place, heads in enumerate(given or ()):
            own = arcs[place, : len(heads), : len(heads) + 1]
            own[:] = constrained(own, heads)
        padded = maximum_spanning_trees(arcs, batch.lengths)
        words = list(zip(padded, batch.lengths.tolist(), strict=True))
        heads = np.concatenate([row[:length] for row, length in words])
        lengths = torch.from_numpy(batch.lengths)
        labels = graph.label_scores(scores, lengths, torch.from_numpy(heads)).argmax(-1)
        sure = np.zeros(0, np.float32)
        if confidence:
            shares = [
                arc_marginals(arcs[place, :length, : length + 1])[np.arange(length), row[:length]]
                for place, (row, length) in enumerate(words)
            ]
            sure = np.concatenate(shares).astype(np.float32)
        found = Parsed(heads.astype(np.int32), labels.numpy().astype(np.int32), sure)
        return self._named(found, batch.lengths)

    def _named(self, parsed: Parsed, lengths: Int64[np.ndarray, " sentences"]) -> list[Tree]:
        ends = np.cumsum(lengths).tolist()
        names = [self.labels[label] for label in self._rooted(parsed).tolist()]
        trees = [
            Tree(parsed.heads[begin:end], names[begin:end], parsed.sure[begin:end])
            for begin, end in zip([0, *ends[:-1]], ends, strict=True)
        ]
        return [self._restored(tree) for tree in trees]

    def _rooted(self, parsed: Parsed) -> Int32[np.ndarray, " words"]:
        """The labels, that of the root at the root's word and nowhere else."""
        vague, root = leftover_labels(self.labels).tolist()
        if vague == root:
            return parsed.labels
        others = np.where(parsed.labels == root, vague, parsed.labels)
        return np.where(parsed.heads == 0, root, others)

    def _restored(self, tree: Tree) -> Tree:
        if self.config.nonprojective != "pseudo":
            return tree
        heads, labels = deprojectivize(tree.heads, tree.labels, self.config.encoding)
        return Tree(heads, labels, tree.sure)

    def _best_of_graph(self, sentence: Sentence, k: int) -> list[tuple[Tree, float]]:
        graph, batch = self.network.graph, self.dataset([sentence]).batch(np.arange(1))
        assert graph is not None
        with torch.no_grad():
            scores = self.network.arc_scores(batch)
            arcs = float_arcs(scores)[0].astype(np.float64)
            norm = log_partition(arcs)
            found = []
            for heads, total in k_best_trees(arcs, k):
                labels = graph.label_scores(
                    scores, torch.from_numpy(batch.lengths), torch.from_numpy(heads)
                ).log_softmax(-1)
                shares, numbers = labels.max(-1)
                tree = Tree(
                    heads.astype(np.int32), [self.labels[number] for number in numbers.tolist()]
                )
                found.append((tree, total - norm + float(shares.sum())))
        return sorted(found, key=lambda entry: -entry[1])

    def _best_of_beam(self, sentence: Sentence, k: int) -> list[tuple[Tree, float]]:
        scorer = self.network.transitions
        assert scorer is not None
        products, rows = self.products([sentence])
        merged: dict[tuple[tuple[int, ...], tuple[str, ...]], float] = {}
        for heads, labels, total in scorer.beam(products, rows, len(sentence), BEAM * k):
            tree = self._restored(Tree(heads, [self.labels[label] for label in labels.tolist()]))
            key = tuple(tree.heads.tolist()), tuple(tree.labels)
            merged[key] = float(np.logaddexp(merged.get(key, -np.inf), total))
        ranked = sorted(merged.items(), key=lambda entry: -entry[1])[:k]
        return [
            (Tree(np.array(heads, dtype=np.int32), list(labels)), total)
            for (heads, labels), total in ranked
        ]

    def _check_given(self, given: Sequence[Heads]) -> None:
        if not self.config.graph and self.config.transitions.name not in KEEPERS:
            raise SettingsError(
                f"a parser with the system {self.config.transitions.name} cannot promise to keep "
                f"arcs; train one with {', '.join(KEEPERS)}, or nonprojective=graph"
            )
        for heads in given:
            nothing = np.zeros((len(heads), len(heads) + 1))
            constrained(nothing, heads, projective=not self.config.graph)
