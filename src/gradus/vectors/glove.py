"""GloVe training: strata of tiles that do not meet, so threads never share a parameter.

The order of the tiles follows from the seed alone, and the tiles of a stratum share neither rows
nor columns. Any number of threads therefore gives the same bytes [gemulla2011].
"""

import math
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64, Shaped

from gradus.core.errors import DataError
from gradus.core.progress import SILENT, Progress
from gradus.core.seeding import stream
from gradus.text.corpora import EncodedCorpus
from gradus.vectors.contents import Contents, chunks
from gradus.vectors.cooccurrence import Pairs, count_cooccurrences
from gradus.vectors.glove_settings import GloveConfig
from gradus.vectors.kernels.glove import FROZEN, sum_costs, train_tile
from gradus.vectors.matrices import Matrix
from gradus.vectors.run import REPORT_EVERY, Report, Run, check, chosen
from gradus.vectors.settings import CorpusConfig
from gradus.vectors.stretches import in_order
from gradus.vectors.table import WordVectors
from gradus.vectors.tiles import HeldOutChoice, Layout, Tiles, count_blocks, write_tiles

#: More held-out pairs than this make the loss no more telling.
HELD_OUT_PAIRS = 500_000
#: So few held-out pairs tell nothing; a small corpus is better trained on whole.
FEWEST_HELD_OUT = 10
#: Held-out pairs summed at once.
CHUNK = 1 << 16


def train_glove(
    corpus: Any,
    config: GloveConfig | None = None,
    *,
    reading: CorpusConfig | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    progress: Progress = SILENT,
) -> WordVectors:
    """Train GloVe vectors on a corpus: files, or an iterable of lines or lists of words.

    Counts which words occur near each other, then minimizes
    ``sum f(X_ij) (v_i . u_j + b_i + c_j - log X_ij)**2`` over the pairs with ``X_ij > 0`` by
    AdaGrad [pennington2014]. The result is the same for any number of threads.

    Raises:
        DataError: the corpus is missing, empty, binary, or has too few words.
        ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
        SettingsError: ``resume`` finds no run, or one with other settings.
        DivergenceError: training left the finite numbers.

    >>> lines = ["the cat sat on the mat", "the dog sat on the rug"] * 50
    >>> vectors = train_glove(iter(lines), GloveConfig(dim=8, epochs=2, threads=1))
    >>> len(vectors), vectors.dim
    (7, 8)
    """
    config = chosen(config, GloveConfig)

    def build(corpus: EncodedCorpus, folder: Path, progress: Progress) -> GloveTrainer:
        return GloveTrainer(corpus, config, folder / "pairs", progress)

    return Run("glove", config, reading or CorpusConfig(), build, progress).train(
        corpus, folder, force=force, resume=resume
    )


class GloveTrainer:
    """GloVe in training on an encoded corpus; a step is one stratum of one epoch."""

    unit = "pairs"

    def __init__(
        self,
        corpus: EncodedCorpus,
        config: GloveConfig,
        folder: Path,
        progress: Progress = SILENT,
    ) -> None:
        self.corpus, self.config = corpus, config
        layout = lay_out(len(corpus.vocabulary), config)
        found = Tiles.load(folder, layout)
        # counting ends before the parameters begin: their memory is not needed at the same time
        self.tiles, held_out = found or self._make_tiles(folder, layout, progress)
        self.parameters = Parameters(layout, config)
        self.held_out = HeldOut(held_out, self.parameters, config)
        blocks = self.parameters.layout.blocks
        self.length = config.epochs * blocks
        self.position = 0
        strata = [self._stratum(position) for position in range(self.length)]
        self.ends = np.cumsum([self.tiles.sizes[tiles].sum() for tiles in strata])
        self._cost, self._pairs = 0.0, 0

    def amount(self, position: int) -> float:
        """Pairs in the first ``position`` strata."""
        return float(self.ends[position - 1]) if position else 0.0

    def advance(self, until: int, report: Report) -> None:
        """Train up to stratum ``until``; an interrupt lets the stratum in work finish."""
        stop = threading.Event()
        # strata run beside this thread, so that an interrupt cannot leave one half done
        with ThreadPoolExecutor(1) as conductor:
            future = conductor.submit(self._conduct, until, stop)
            try:
                while wait([future], timeout=REPORT_EVERY).not_done:
                    if report(self.amount(self.position), **self._facts()):
                        stop.set()
            finally:
                stop.set()
        future.result()
        report(self.amount(self.position), **self._facts())

    def training_loss(self) -> float | None:
        """Mean cost per pair since the last call, each as it was before its own step."""
        cost, pairs = self._cost, self._pairs
        self._cost, self._pairs = 0.0, 0
        return cost / pairs if pairs else None

    def held_out_loss(self) -> float | None:
        """Mean cost per held-out pair, in float64; see :class:`HeldOut`."""
        return self.held_out.loss(self.parameters) if len(self.held_out) else None

    def largest(self) -> float:
        """The largest absolute number in a vector or bias, or not-a-number."""
        return self.parameters.largest()

    def state(self) -> dict[str, Shaped[np.ndarray, "..."]]:
        """Both matrices with their AdaGrad sums, and how far training is."""
        return {
            "rows": self.parameters.rows.values,
            "columns": self.parameters.columns.values,
            "position": np.array([self.position], dtype=np.int64),
            "tally": np.array([self._cost, self._pairs], dtype=np.float64),
        }

    def restore(self, state: dict[str, Shaped[np.ndarray, "..."]]) -> None:
        """Go on from a :meth:`state`."""
        self.parameters.rows.values[:] = state["rows"]
        self.parameters.columns.values[:] = state["columns"]
        self.position = int(state["position"][0])
        self._cost, self._pairs = float(state["tally"][0]), int(state["tally"][1])

    def contents(self) -> Contents:
        """The vectors that ``config.output`` names, most frequent word first."""
        vocabulary = self.corpus.vocabulary
        return Contents(
            words=vocabulary.words,
            vectors=self.parameters.vectors(self.config.output),
            counts=vocabulary.counts,
        )

    def _make_tiles(self, folder: Path, layout: Layout, progress: Progress) -> tuple[Tiles, Pairs]:
        config = self.config
        counts = count_cooccurrences(
            self.corpus,
            folder / "counts",
            window=config.window,
            symmetric=config.symmetric,
            distance_weighting=config.distance_weighting,
            memory_mb=config.memory_mb,
            threads=config.threads,
            progress=progress,
        )
        if not len(counts):
            raise DataError(
                f"no two words of the vocabulary ({len(self.corpus.vocabulary)} words) stand in "
                "one window: give longer lines, or lower min_count"
            )
        share = min(config.holdout, HELD_OUT_PAIRS / len(counts))
        if share * len(counts) < FEWEST_HELD_OUT:
            share = 0.0
        choice = HeldOutChoice(share, config.seed)
        made = write_tiles(counts, layout, folder, config.weigh, choice, threads=config.threads)
        shutil.rmtree(folder / "counts")
        return made

    def _stratum(self, position: int) -> Int64[np.ndarray, " tiles"]:
        """The tiles of a stratum: a diagonal of shuffled rows and columns of tiles."""
        blocks = self.parameters.layout.blocks
        epoch, number = divmod(position, blocks)
        rng = stream(self.config.seed, "strata", epoch)
        rows, columns = rng.permutation(blocks), rng.permutation(blocks)
        return rows * blocks + np.roll(columns, -number)

    def _conduct(self, until: int, stop: threading.Event) -> None:
        with ThreadPoolExecutor(self.config.threads) as pool:
            while self.position < until and not stop.is_set():
                tiles = self._stratum(self.position)
                sizes = self.tiles.sizes[tiles]
                # large tiles first, so that threads end together; the sum is in order of tiles
                order = np.argsort(-sizes, kind="stable")
                costs = np.empty(len(tiles))
                costs[order] = list(pool.map(self._train, tiles[order].tolist()))
                self._cost += math.fsum(costs)
                self._pairs += int(sizes.sum())
                self.position += 1
                if not math.isfinite(self._cost):
                    check(self, self.config.rate)

    def _train(self, tile: int) -> float:
        if not self.tiles.sizes[tile]:
            return 0.0
        row, column = divmod(tile, self.parameters.layout.blocks)
        starts = self.parameters.layout.starts
        return train_tile(
            *self.tiles.read(tile),
            self.parameters.rows.flat,
            self.parameters.columns.flat,
            starts[row],
            starts[column],
            self.parameters.width,
            np.float32(self.config.step),
        )

    def _facts(self) -> dict[str, float]:
        return {"loss": self._cost / self._pairs} if self._pairs else {}


def padded_width(config: GloveConfig) -> int:
    """Floats of a vector with its bias and a constant, if it has them, and padding."""
    return Matrix(0, config.dim + 2 * config.biases).stride


def lay_out(words: int, config: GloveConfig) -> Layout:
    """How words are dealt to blocks under these settings."""
    return Layout.deal(words, count_blocks(words, padded_width(config)), config.seed)


class Parameters:
    """Both matrices, each row followed by its AdaGrad sums, in the order of a layout."""

    def __init__(self, layout: Layout, config: GloveConfig) -> None:
        self.layout, self.dim, self.width = layout, config.dim, padded_width(config)
        # a first step is rate * gradient, and no step is longer than the longest
        first_sum = np.float32((config.step / config.rate) ** 2)
        self.rows = self._start("rows", config, first_sum)
        self.columns = self._start("columns", config, first_sum)

    def vectors(self, output: str) -> Float32[np.ndarray, "words dim"]:
        """A copy of u + v (``sum``), v (``input``) or u (``output``), in the order of words."""
        sides = {"sum": (self.rows, self.columns), "input": (self.rows,), "output": (self.columns,)}
        position = self.layout.position
        vectors = np.zeros((len(position), self.dim), dtype=np.float32)
        for part in chunks(len(position)):
            for matrix in sides[output]:
                vectors[part] += matrix.values[position[part], : self.dim]
        return vectors

    def largest(self) -> float:
        """The largest number in a vector or bias, or NaN."""
        sizes = []
        for matrix in (self.rows, self.columns):
            parameters = matrix.values[:, : self.width]
            sizes += [parameters.max(), -parameters.min()]
        return float(np.max(sizes))

    def _start(self, name: str, config: GloveConfig, first_sum: np.float32) -> Matrix:
        rng = stream(config.seed, name)
        words = len(self.layout.position)
        matrix = Matrix(words, 2 * self.width)
        bias, one = (self.dim, self.dim + 1) if name == "rows" else (self.dim + 1, self.dim)
        free = [*range(self.dim), bias] if config.biases else list(range(self.dim))
        # drawn in the order of words: another layout starts from the same vectors
        for part in chunks(words):
            place = self.layout.position[part, None]
            drawn = rng.random((len(place), len(free)), dtype=np.float32)
            matrix.values[place, free] = (drawn - np.float32(0.5)) / np.float32(self.dim + 1)
        matrix.values[:, self.width :] = first_sum
        if config.biases:
            matrix.values[:, one] = 1
            matrix.values[:, self.width + one] = FROZEN
        return matrix


class HeldOut:
    """Pairs that are not trained on, and how well the vectors predict their counts.

    The pairs are held out and not a piece of text: most pairs of a short text are there by chance,
    once, so their counts are far above what is expected of them, and tell nothing of the model.
    """

    def __init__(self, pairs: Pairs, parameters: Parameters, config: GloveConfig) -> None:
        position = parameters.layout.position
        self.rows, self.columns = position[pairs.rows], position[pairs.columns]
        self.logs, self.weights = np.log(pairs.counts), config.weigh(pairs.counts)
        self.threads = config.threads

    def __len__(self) -> int:
        return len(self.rows)

    def loss(self, parameters: Parameters) -> float:
        """The loss in float64; sums are formed in order of chunks, whatever thread made them."""
        parts = in_order(
            lambda first: sum_costs(
                self.rows, self.columns, self.logs, self.weights,
                parameters.rows.flat, parameters.columns.flat, parameters.width,
                first, min(first + CHUNK, len(self)),
            ),
            range(0, len(self), CHUNK),
            self.threads,
        )  # fmt: skip
        return math.fsum(parts) / len(self)
