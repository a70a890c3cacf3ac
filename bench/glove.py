"""GloVe training beside a straight loop, in pairs a second, loss and quality at equal epochs.

The straight loop is Stanford's update, one pair at a time in float64: shuffled pairs, AdaGrad with
the sums as they were before a step, threads that share everything without locks. Both train on the
same counts, with the same cost, rate, start and number of threads.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from _data import default_corpus, score
from _report import interleaved, report, spread
from numba import njit

from gradus.text.corpora import EncodedCorpus, encode_corpus
from gradus.vectors.cooccurrence import Cooccurrences, count_cooccurrences
from gradus.vectors.glove import GloveTrainer
from gradus.vectors.glove_settings import GloveConfig
from gradus.vectors.table import WordVectors

THREADS = 2
NAMES = ("straight float64 loop", "Gradus")
QUICK_LINES = 20_000


def main() -> None:
    """Run the benchmark."""
    arguments = parse()
    config = GloveConfig(
        dim=arguments.dim,
        window=arguments.window,
        x_max=arguments.x_max,
        epochs=arguments.epochs,
        holdout=0,
        threads=THREADS,
    )
    with tempfile.TemporaryDirectory(prefix="gradus-glove-") as name:
        corpus = encoded(arguments, Path(name))
        start = time.perf_counter()
        counts = count_cooccurrences(
            corpus, Path(name) / "x", window=config.window, threads=THREADS
        )
        counting = time.perf_counter() - start
        pairs = Pairs.of(counts)
        speeds = measure_speed(corpus, counts, pairs, config, arguments, Path(name))
        rows = quality_rows(corpus, pairs, config, arguments, Path(name))
    base = statistics.median(speeds[NAMES[0]])
    for row in rows:
        million = [speed / 1e6 for speed in speeds[row["what"]]]
        row["million pairs/s"] = spread(million)
        row["ratio"] = f"{statistics.median(million) * 1e6 / base:.1f}x"
    facts = {
        "data": f"{arguments.corpus or default_corpus()}, lower-cased, "
        f"{corpus.tokens:,} words{' (the first lines)' if arguments.quick else ''}, "
        f"vocabulary {len(corpus.vocabulary):,}, {len(counts):,} pairs, "
        f"counted in {counting:.1f} s",
        "settings": f"dim {config.dim}, window {config.window}, min-count 5, x_max "
        f"{config.x_max:g}, alpha {config.alpha:g}, rate {config.rate:g}",
        "threads": THREADS,
        "runs": f"{arguments.runs}, interleaved; medians, least and greatest in parentheses",
        "quality": f"after {config.epochs} epochs, u + v, mean of {arguments.seeds} seed(s)",
    }
    report(
        "GloVe",
        rows,
        packages=["gradus", "numpy", "numba"],
        facts=facts,
        json_path=arguments.json,
    )


def parse() -> argparse.Namespace:
    """The settings of the benchmark."""
    parser = argparse.ArgumentParser(prog="bench/glove.py", description=__doc__)
    parser.add_argument("--corpus", type=Path, help="text to train on; default: the Wikipedia text")
    parser.add_argument("--dim", type=int, default=100, help="length of a vector")
    parser.add_argument("--window", type=int, default=5, help="words on each side")
    parser.add_argument("--x-max", type=float, default=10.0, help="counts from here on weigh 1")
    parser.add_argument("--epochs", type=int, default=10, help="epochs before quality is measured")
    parser.add_argument("--seeds", type=int, default=1, help="seeds whose quality is averaged")
    parser.add_argument("--runs", type=int, default=3, help="rounds; medians are printed")
    parser.add_argument(
        "--baseline-pairs", type=int, default=8_000_000, help="pairs of a round of the slow loop"
    )
    parser.add_argument("--quick", action="store_true", help="a small trial: some lines, 2 epochs")
    parser.add_argument("--json", type=Path, help="file that gets the result as JSON")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.epochs = min(arguments.epochs, 2)
    return arguments


def encoded(arguments: argparse.Namespace, folder: Path) -> EncodedCorpus:
    """The corpus as numbers, lower-cased."""
    source: Any = arguments.corpus or default_corpus()
    if arguments.quick:
        import lzma

        opened = lzma.open if str(source).endswith(".xz") else open
        with opened(source, "rt", encoding="utf-8") as file:
            source = iter([line for line, _ in zip(file, range(QUICK_LINES), strict=False)])
    return encode_corpus(source, folder / "corpus", lowercase=True, threads=THREADS)


@dataclass
class Pairs:
    """All pairs in memory, shuffled once, as the straight loop wants them."""

    rows: np.ndarray
    columns: np.ndarray
    counts: np.ndarray
    words: int

    @classmethod
    def of(cls, counts: Cooccurrences) -> "Pairs":
        """The pairs of ``counts``."""
        order = np.random.default_rng(0).permutation(len(counts))
        sizes = np.diff(counts.offsets)
        rows = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)[order]
        values = np.asarray(counts.counts)[order] / counts.scale
        return cls(rows, np.asarray(counts.columns)[order], values, len(sizes))


class Baseline:
    """Stanford's GloVe: a vector and its bias are a row of float64, their sums another."""

    def __init__(self, pairs: Pairs, config: GloveConfig, seed: int) -> None:
        rng = np.random.default_rng(seed)
        shape = (pairs.words, config.dim + 1)
        self.pairs, self.config = pairs, config
        self.v, self.u = ((rng.random(shape) - 0.5) / (config.dim + 1) for _ in range(2))
        self.v_sums, self.u_sums = np.ones(shape), np.ones(shape)

    def train(self, count: int) -> None:
        """Visit the first ``count`` pairs, cut into as many parts as there are threads."""
        cuts = np.linspace(0, count, THREADS + 1).astype(int).tolist()
        threads = [Thread(target=self._part, args=part) for part in pairwise(cuts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _part(self, first: int, last: int) -> None:
        config, pairs = self.config, self.pairs
        straight_loop(
            pairs.rows[first:last],
            pairs.columns[first:last],
            pairs.counts[first:last],
            self.v,
            self.u,
            self.v_sums,
            self.u_sums,
            config.rate,
            config.x_max,
            config.alpha,
        )


@njit(nogil=True, fastmath=True, error_model="numpy")
def straight_loop(rows, columns, counts, v, u, v_sums, u_sums, rate, x_max, alpha):
    """One pass over the pairs; the last number of a row is its bias."""
    dim = v.shape[1] - 1
    for t in range(len(rows)):
        i, j, x = rows[t], columns[t], counts[t]
        product = 0.0
        for k in range(dim):
            product += v[i, k] * u[j, k]
        difference = product + v[i, dim] + u[j, dim] - np.log(x)
        weight = 1.0 if x > x_max else (x / x_max) ** alpha
        scale = rate * weight * difference
        for k in range(dim):
            by_v, by_u = scale * u[j, k], scale * v[i, k]
            v[i, k] -= by_v / np.sqrt(v_sums[i, k])
            u[j, k] -= by_u / np.sqrt(u_sums[j, k])
            v_sums[i, k] += by_v * by_v
            u_sums[j, k] += by_u * by_u
        v[i, dim] -= scale / np.sqrt(v_sums[i, dim])
        u[j, dim] -= scale / np.sqrt(u_sums[j, dim])
        v_sums[i, dim] += scale * scale
        u_sums[j, dim] += scale * scale


@njit(nogil=True, error_model="numpy")
def mean_cost(rows, columns, counts, v, u, x_max, alpha):
    """``f(X) (v . u + b + c - log X)**2``, the mean over all pairs."""
    dim = v.shape[1] - 1
    cost = 0.0
    for t in range(len(rows)):
        i, j, x = rows[t], columns[t], counts[t]
        residual = v[i, dim] + u[j, dim] - np.log(x)
        for k in range(dim):
            residual += v[i, k] * u[j, k]
        cost += min(1.0, (x / x_max) ** alpha) * residual * residual
    return cost / len(rows)


def measure_speed(
    corpus: EncodedCorpus,
    counts: Cooccurrences,
    pairs: Pairs,
    config: GloveConfig,
    arguments: argparse.Namespace,
    folder: Path,
) -> dict[str, list[float]]:
    """Pairs a second of both, after a round that compiles."""
    baseline = Baseline(pairs, config, seed=1)
    size = min(len(pairs.rows), arguments.baseline_pairs)
    baseline.train(min(size, 10_000))
    trainer = new_trainer(corpus, config, 1, folder / "speed")
    blocks = trainer.parameters.layout.blocks
    trainer.advance(1, quiet)

    def slow() -> float:
        start = time.perf_counter()
        baseline.train(size)
        return size / (time.perf_counter() - start)

    def fast() -> float:
        trainer.position = 0
        start = time.perf_counter()
        trainer.advance(blocks, quiet)
        return trainer.amount(blocks) / (time.perf_counter() - start)

    return interleaved({NAMES[0]: slow, NAMES[1]: fast}, arguments.runs)


def new_trainer(
    corpus: EncodedCorpus, config: GloveConfig, seed: int, folder: Path
) -> GloveTrainer:
    """A trainer with another seed."""
    return GloveTrainer(corpus, replace(config, seed=seed), folder)


def quiet(done: float, **facts: float) -> None:
    """A report that is not shown."""


def quality_rows(
    corpus: EncodedCorpus,
    pairs: Pairs,
    config: GloveConfig,
    arguments: argparse.Namespace,
    folder: Path,
) -> list[dict[str, Any]]:
    """Loss and quality of both after all epochs, as means over the seeds."""

    def of_baseline(seed: int) -> tuple[np.ndarray, np.ndarray]:
        model = Baseline(pairs, config, seed)
        for _ in range(config.epochs):
            model.train(len(pairs.rows))
        return model.v, model.u

    def of_gradus(seed: int) -> tuple[np.ndarray, np.ndarray]:
        trainer = new_trainer(corpus, config, seed, folder / f"seed-{seed}")
        trainer.advance(trainer.length, quiet)
        (folder / f"seed-{seed}" / "tiles.bin").unlink()
        parameters = trainer.parameters
        place, bias = parameters.layout.position, [*range(config.dim), config.dim]
        other = [*range(config.dim), config.dim + 1]
        return parameters.rows.values[place][:, bias], parameters.columns.values[place][:, other]

    rows = []
    contestants: dict[str, Callable[[int], tuple[np.ndarray, np.ndarray]]] = {
        NAMES[0]: of_baseline,
        NAMES[1]: of_gradus,
    }
    for name, train in contestants.items():
        scores = [
            judge(corpus, pairs, config, *train(seed)) for seed in range(1, arguments.seeds + 1)
        ]
        means = np.mean(scores, axis=0)
        rows.append(
            {
                "what": name,
                "million pairs/s": "",
                "ratio": "",
                "loss": f"{means[0]:.4f}",
                "analogies": f"{means[1]:.2%}",
                "WordSim-353": f"{means[2]:.3f}",
                "SimLex-999": f"{means[3]:.3f}",
            }
        )
    return rows


def judge(
    corpus: EncodedCorpus, pairs: Pairs, config: GloveConfig, v: np.ndarray, u: np.ndarray
) -> list[float]:
    """The mean cost, and what u + v reach on the three tests."""
    cost = mean_cost(pairs.rows, pairs.columns, pairs.counts, v, u, config.x_max, config.alpha)
    both = (v + u)[:, :-1].astype(np.float32)
    return [cost, *score(WordVectors(corpus.vocabulary.words, both))]


if __name__ == "__main__":
    main()
