"""Skip-gram and CBOW training: blocks of the corpus, handed to threads that share the two matrices.

Each block has its own seed and its rates follow from its place, so with one thread the same seed
gives the same bytes, interrupted or not. Several threads update the shared rows without locks
[recht2011]: which update wins a race is left to chance, the quality of the vectors is not.
"""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Shaped

from gradus.core.errors import DataError
from gradus.core.progress import SILENT, Progress
from gradus.core.seeding import stream
from gradus.text.corpora import EncodedCorpus
from gradus.vectors.contents import Contents
from gradus.vectors.objectives import (
    HELD_OUT_SEED,
    OBJECTIVES,
    Model,
    Objective,
    Stretch,
    Tally,
    Windows,
)
from gradus.vectors.run import REPORT_EVERY, Report, Run, check, chosen
from gradus.vectors.settings import CbowConfig, CorpusConfig, SkipGramConfig, Word2VecConfig
from gradus.vectors.table import WordVectors

#: A block has at most this many ids, and a corpus at least this many blocks if it can.
BLOCK_IDS, BLOCKS = 1 << 16, 400
#: Held-out text beyond this many tokens makes the loss no more telling.
HELD_OUT_TOKENS = 50_000
#: The rate falls to this share of its start.
LAST_RATE = 1e-3


def train_skipgram(
    corpus: Any,
    config: SkipGramConfig | None = None,
    *,
    reading: CorpusConfig | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    progress: Progress = SILENT,
) -> WordVectors:
    """Train skip-gram vectors on a corpus: files, or an iterable of lines or lists of words.

    Minimizes, over the words ``c + j`` around each centre ``c``, the sum of ``F(w[c + j], v[c])``
    [mikolov2013a], with ``F`` the objective of ``config``. With ``folder`` the vectors are saved
    there and memory-mapped; without, they are kept in memory.

    Raises:
        DataError: the corpus is missing, empty, binary, or has too few words.
        ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
        SettingsError: ``resume`` finds no run, or one with other settings.
        DivergenceError: training left the finite numbers.

    >>> lines = ["the cat sat on the mat", "the dog sat on the rug"] * 50
    >>> vectors = train_skipgram(iter(lines), SkipGramConfig(dim=8, epochs=2, threads=1))
    >>> len(vectors), vectors.dim
    (7, 8)
    """
    return _run("skipgram", chosen(config, SkipGramConfig), reading, progress).train(
        corpus, folder, force=force, resume=resume
    )


def train_cbow(
    corpus: Any,
    config: CbowConfig | None = None,
    *,
    reading: CorpusConfig | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    progress: Progress = SILENT,
) -> WordVectors:
    """Train CBOW vectors: the mean of the words around a centre predicts it [mikolov2013a].

    Arguments, result and errors are those of :func:`train_skipgram`.

    >>> lines = ["the cat sat on the mat", "the dog sat on the rug"] * 50
    >>> "cat" in train_cbow(iter(lines), CbowConfig(dim=8, epochs=2, threads=1))
    True
    """
    return _run("cbow", chosen(config, CbowConfig), reading, progress).train(
        corpus, folder, force=force, resume=resume
    )


def _run(
    model: str, config: Word2VecConfig, reading: CorpusConfig | None, progress: Progress
) -> Run:
    def build(corpus: EncodedCorpus, folder: Path, progress: Progress) -> Word2VecTrainer:
        return Word2VecTrainer(corpus, config, cbow=model == "cbow")

    return Run(model, config, reading or CorpusConfig(), build, progress)


class Word2VecTrainer:
    """Skip-gram or CBOW in training on an encoded corpus; a step is one block of one epoch."""

    unit = "words"

    def __init__(self, corpus: EncodedCorpus, config: Word2VecConfig, *, cbow: bool) -> None:
        if len(corpus.vocabulary) < 2:
            raise DataError(
                f"the vocabulary has {len(corpus.vocabulary)} word; training needs two or more: "
                "give more text, or lower min_count"
            )
        self.corpus, self.config = corpus, config
        self.model = Model(corpus.vocabulary.counts, config, cbow=cbow)
        self.objective: Objective = OBJECTIVES[config.objective](self.model)
        self.ids = np.asarray(corpus.ids).view(np.ndarray)
        size = min(BLOCK_IDS, max(1, len(self.ids) // BLOCKS))
        held_out, self.blocks = split_blocks(corpus.blocks(size), config.holdout)
        self.held_out = self._windows(held_out)
        self.ends = np.cumsum(self.blocks[:, 1] - self.blocks[:, 0])
        self.seeds = stream(config.seed, "blocks")
        self.length = config.epochs * len(self.blocks)
        self.position = 0
        self._lock = threading.Lock()
        self._tally = Tally(0.0, 0, 0)

    def amount(self, position: int) -> float:
        """Words of the corpus that the first ``position`` blocks hold, dropped ones included."""
        scale = self.corpus.tokens / len(self.ids)
        return self._ids_before(position) * scale

    def advance(self, until: int, report: Report) -> None:
        """Train up to block ``until`` on ``config.threads`` threads."""
        stop = threading.Event()
        # the full softmax lets its matrix products use the threads
        count = 1 if self.config.objective == "softmax" else self.config.threads
        with ThreadPoolExecutor(count) as pool:
            workers = [pool.submit(self._work, until, stop) for _ in range(count)]
            try:
                while wait(workers, timeout=REPORT_EVERY).not_done:
                    if report(self.amount(self.position), **self._facts()):
                        stop.set()
            finally:
                # blocks that were begun are finished, so that position says what is done
                stop.set()
                wait(workers)
        for worker in workers:
            worker.result()

    def training_loss(self) -> float | None:
        """Mean loss per example since the last call, each as it was before its own step."""
        with self._lock:
            tally, self._tally = self._tally, Tally(0.0, 0, 0)
        return tally.loss / tally.examples if tally.examples else None

    def held_out_loss(self) -> float | None:
        """Mean loss per example of the held-out windows, in float64."""
        if not len(self.held_out.centres):
            return None
        return self.objective.loss(self.held_out)

    def largest(self) -> float:
        """The largest absolute number in either matrix, or not-a-number."""
        matrices = (self.model.inputs, self.objective.outputs)
        return float(np.max([[m.flat.max(), -m.flat.min()] for m in matrices]))

    def state(self) -> dict[str, Shaped[np.ndarray, "..."]]:
        """Both matrices and the number of finished blocks."""
        return {
            "inputs": self.model.inputs.values,
            "outputs": self.objective.outputs.values,
            "position": np.array([self.position], dtype=np.int64),
        }

    def restore(self, state: dict[str, Shaped[np.ndarray, "..."]]) -> None:
        """Go on from a :meth:`state`."""
        self.model.inputs.values[:] = state["inputs"]
        self.objective.outputs.values[:] = state["outputs"]
        self.position = int(state["position"][0])

    def contents(self) -> Contents:
        """The input vectors, and those of the outputs where outputs are words."""
        vocabulary = self.corpus.vocabulary
        outputs: Float32[np.ndarray, "rows dim"] | None = None
        if self.config.objective != "hierarchical":
            outputs = self.objective.outputs.values[: len(vocabulary)]
        return Contents(
            words=vocabulary.words,
            vectors=self.model.inputs.values,
            counts=vocabulary.counts,
            output=outputs,
        )

    def _work(self, until: int, stop: threading.Event) -> None:
        """Train block after block until there is none left or someone says stop."""
        try:
            while not stop.is_set():
                with self._lock:
                    if self.position >= until:
                        return
                    position = self.position
                    self.position += 1
                stretch = self._stretch(position)
                tally = self.objective.train(self.ids, stretch)
                # reading a block maps the end of the one before it again
                self.corpus.forget(max(0, stretch.start - BLOCK_IDS), stretch.end)
                with self._lock:
                    self._tally = Tally(*np.add(self._tally, tally).tolist())
                if not np.isfinite(tally.loss):
                    check(self, self.config.rate)
        except BaseException:
            stop.set()
            raise

    def _stretch(self, position: int) -> Stretch:
        start, end = self.blocks[position % len(self.blocks)].tolist()
        return Stretch(
            start,
            end,
            self._rate(position),
            self._rate(position + 1),
            int(stream(self.config.seed, "block", position).integers(2**63)),
        )

    def _rate(self, position: int) -> float:
        done = self._ids_before(position) / self._ids_before(self.length)
        fall = (1 - LAST_RATE) * done if self.config.falling_rate else 0.0
        return self.config.rate * (1 - fall)

    def _ids_before(self, position: int) -> float:
        epochs, blocks = divmod(position, len(self.blocks))
        before = int(self.ends[blocks - 1]) if blocks else 0
        return float(epochs * int(self.ends[-1]) + before)

    def _facts(self) -> dict[str, float]:
        with self._lock:
            tally = self._tally
        return {"loss": tally.loss / tally.examples} if tally.examples else {}

    def _windows(self, blocks: Any) -> Windows:
        if not len(blocks):
            empty = np.zeros(0, np.int32)
            return Windows(empty, np.zeros(1, np.int64), empty)
        return Windows.gather(
            [
                self.model.windows(self.ids, start, end, HELD_OUT_SEED + number)
                for number, (start, end) in enumerate(blocks.tolist())
            ]
        )


def split_blocks(blocks: Any, holdout: float) -> tuple[Any, Any]:
    """Blocks in two: evenly spread ones that hold out about ``holdout`` of the ids, and the others.

    >>> held_out, trained = split_blocks(np.array([[0, 5], [5, 10], [10, 15], [15, 20]]), 0.25)
    >>> held_out.tolist(), len(trained)
    ([[10, 15]], 3)
    """
    total = int(blocks[-1, 1])
    wanted = min(holdout * total, HELD_OUT_TOKENS)
    count = min(round(wanted / total * len(blocks)), len(blocks) - 1)
    if holdout > 0 and len(blocks) > 1:
        count = max(count, 1)
    places = ((np.arange(count) + 0.5) * len(blocks) / max(count, 1)).astype(int)
    chosen = np.zeros(len(blocks), dtype=bool)
    chosen[places] = True
    return blocks[chosen], blocks[~chosen]
