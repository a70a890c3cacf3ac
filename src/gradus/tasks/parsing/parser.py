"""A dependency parser: it builds trees, measures itself, and lives in a folder."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Int32
from torch import Tensor, nn

from gradus.core.collection import uncollected
from gradus.core.config import from_dict
from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.core.storage import CONFIG
from gradus.tasks.base.task import Task
from gradus.tasks.base.words.batches import small_batches
from gradus.tasks.base.words.sources import chunks
from gradus.tasks.parsing.attachment import AttachmentReport
from gradus.tasks.parsing.classes import Classes
from gradus.tasks.parsing.dataset import EncodedSentences, ParserBatch, encoded
from gradus.tasks.parsing.decoder import B, Decoder, Scoring
from gradus.tasks.parsing.graph.constraints import check_given
from gradus.tasks.parsing.graph_decoder import GraphDecoder
from gradus.tasks.parsing.naming import Naming
from gradus.tasks.parsing.network import ParserNetwork
from gradus.tasks.parsing.settings import ParserConfig
from gradus.tasks.parsing.symbols import Symbols
from gradus.tasks.parsing.tables import ProductTables
from gradus.tasks.parsing.targets import (
    Heads,
    Tree,
    described,
    heads_of,
    no_trees,
    tree_arrays,
    with_tree,
)
from gradus.tasks.parsing.transition_decoder import TransitionDecoder, side_by_side
from gradus.tasks.parsing.transition_network import Products
from gradus.text.document import Sentence
from gradus.training.objective import Dataset, moved

#: Systems whose oracle knows exactly which transitions lose an arc, so that arcs can be kept.
KEEPERS = ("hybrid", "eager")


class Parser(Task[Sequence[Sentence]]):
    """Gives each word of a sentence its head and the name of their relation.

    Train one with :func:`~gradus.tasks.parsing.train_parser`, or open one with :meth:`load`.
    """

    kind = "parser"
    version = 2  # 1 had no members

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
        self,
        sentences: Sequence[Sentence],
        *,
        keep: bool = False,
        confidence: bool = False,
        beam: int = 1,
    ) -> list[Sentence]:
        """New sentences with heads and relations; everything else is as it was.

        ``keep`` leaves heads as they are where a sentence has them, and adds the others.
        ``confidence`` writes the probability of each arc into MISC, as ``Confidence=0.93``: that
        of the transition which made it, or of the arc among all trees of a graph. A ``beam``
        follows so many parses side by side and takes the likeliest: better, and slower.

        Raises:
            DataError: no tree has the heads that are to be kept.
            SettingsError: the parser's transitions cannot promise to keep arcs; or a beam is asked
                of a graph, or beside one of the other two.
        """
        given = [heads_of(sentence) for sentence in sentences] if keep else None
        with uncollected():
            trees = self.trees(sentences, given=given, confidence=confidence, beam=beam)
            return [
                with_tree(sentence, tree, keep=keep)
                for sentence, tree in zip(sentences, trees, strict=True)
            ]

    def stream(
        self,
        sentences: Iterable[Sentence],
        *,
        keep: bool = False,
        confidence: bool = False,
        beam: int = 1,
    ) -> Iterator[Sentence]:
        """Parse any number of sentences in constant memory, as :meth:`parse` does."""
        for chunk in chunks(sentences):
            yield from self.parse(chunk, keep=keep, confidence=confidence, beam=beam)

    def trees(
        self,
        sentences: Sequence[Sentence],
        *,
        given: Sequence[Heads] | None = None,
        confidence: bool = False,
        beam: int = 1,
    ) -> list[Tree]:
        """The trees of sentences; those of ``given`` heads that are not -1 are kept."""
        self._check_beam(beam, given is not None or confidence)
        if given is not None:
            self._check_given(sentences, given)
        if self.network.plain:
            return self._by_tables(sentences, given, confidence, beam)
        data, decoder = self.dataset(sentences), make_decoder(self.network, beam)
        trees: dict[int, Tree] = {}
        for indices in small_batches(data.sizes):
            batch = self._placed(data.batch(indices))
            own = None if given is None else [given[index] for index in indices.tolist()]
            found = decoder.trees(batch, given=own, sure=confidence)
            trees.update(
                zip(indices.tolist(), self._naming.trees(found, batch.lengths, own), strict=True)
            )
        return [trees[index] for index in range(len(sentences))]

    def best(self, sentence: Sentence, k: int) -> list[tuple[Sentence, float]]:
        """The ``k`` likeliest parses with the logarithm of their probability, the best first.

        Those of a graph are exact; those of transitions are what a beam of four times ``k`` finds.

        Raises:
            SettingsError: ``k`` is below 1.
        """
        if k < 1:
            raise SettingsError(f"k={k} is out of range: choose a value at least 1")
        batch = self._placed(self.dataset([sentence]).batch(np.arange(1)))
        totals: dict[tuple[tuple[int, ...], tuple[str, ...]], float] = {}
        for heads, labels, total in make_decoder(self.network).best(batch, k):
            tree = self._naming.tree(heads, labels)
            key = tuple(tree.heads.tolist()), tuple(tree.labels)
            totals[key] = float(np.logaddexp(totals.get(key, -np.inf), total))
        ranked = sorted(totals.items(), key=lambda entry: -entry[1])[:k]
        return [
            (with_tree(sentence, Tree(np.array(heads, dtype=np.int32), list(labels))), total)
            for (heads, labels), total in ranked
        ]

    def report(self, sentences: Sequence[Sentence], *, beam: int = 1) -> AttachmentReport:
        """All figures on sentences with trees."""
        return AttachmentReport.of(sentences, self.parse(sentences, beam=beam))

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
        decoder = make_decoder(network)
        for indices in small_batches(data.sizes):
            batch = self._placed(data.batch(indices))
            total += float(network.loss(batch)) * self.weight(batch)
            words += self.weight(batch)
            gold += batch.sentences
            trees = self._naming.trees(decoder.trees(batch), batch.lengths)
            parsed += map(with_tree, batch.sentences, trees)
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
        if config["version"] < cls.version:
            raise FormatError(
                f"{folder} was written by an earlier Gradus, whose parsers had other weights; "
                "train it again"
            )
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

    def products(self, sentence: Sentence) -> tuple[Products, Int32[np.ndarray, "2 nodes"]]:
        """What a transition parser's scores are sums of, and the rows of a sentence's nodes."""
        batch = self._placed(self.dataset([sentence]).batch(np.arange(1)))
        return TransitionDecoder(self.network).products(batch)

    @cached_property
    def tables(self) -> ProductTables:
        """The products of words with positions; made at first use, for the weights as they are."""
        return ProductTables(self.network, self.symbols)

    @property
    def _naming(self) -> Naming:
        return Naming(self.config, self.labels)

    def _placed(self, batch: ParserBatch) -> ParserBatch:
        """A batch where the model is."""
        return cast(ParserBatch, moved(batch, next(self.model.parameters()).device))

    def _by_tables(
        self,
        sentences: Sequence[Sentence],
        given: Sequence[Heads] | None,
        confidence: bool,
        beam: int,
    ) -> list[Tree]:
        scorer, tables = self.network.transitions, self.tables
        assert scorer is not None
        lengths = np.array([len(sentence) for sentence in sentences], dtype=np.int64)
        with tables.lock:  # another thread's sentences could take the rows away
            rows = tables.rows(sentences, lengths)
            products, wanted = tables.products, side_by_side(given)
            parsed = scorer.parse(products, rows, lengths, given=wanted, sure=confidence, beam=beam)
        return self._naming.trees(parsed, lengths, given)

    def _check_beam(self, beam: int, more: bool) -> None:
        if beam < 1:
            raise SettingsError(f"beam={beam} is out of range: choose a value at least 1")
        if beam > 1 and self.config.graph:
            raise SettingsError(
                f"beam={beam}: this parser scores all arcs at once and finds the best tree without "
                "a beam; leave it out"
            )
        if beam > 1 and more:
            raise SettingsError(
                f"beam={beam} goes neither with keep nor with confidence; leave one of them out"
            )

    def _check_given(self, sentences: Sequence[Sentence], given: Sequence[Heads]) -> None:
        if not self.config.graph and self.config.transitions.name not in KEEPERS:
            raise SettingsError(
                f"a parser with the system {self.config.transitions.name} cannot promise to keep "
                f"arcs; train one with {', '.join(KEEPERS)}, or nonprojective=graph"
            )
        for sentence, heads in zip(sentences, given, strict=True):
            try:
                check_given(heads, len(sentence), projective=not self.config.graph)
            except DataError as error:
                raise DataError(f"{described(sentence)}: {error}") from None


def make_decoder(network: Scoring[B], beam: int = 1) -> Decoder[B]:
    """What makes trees of a network's scores; a ``beam`` only helps transitions."""
    if network.transitions is None:
        return GraphDecoder(network)
    return TransitionDecoder(network, beam)
