"""How co-occurrences are counted: stretches of text into sorted runs on disk, runs into one."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from jaxtyping import Int32, Int64

from gradus.core.progress import Progress
from gradus.text.corpora import EncodedCorpus
from gradus.vectors.kernels.cooccurrence import count_rows, index_words, merge_rows, workspace
from gradus.vectors.stretches import groups, in_order

#: At most this many pairs come out of one piece of work, apart from single rows that are larger.
PIECE = 1 << 20
#: Bytes of a pair in memory: a column and a count.
PAIR = 12
#: The least stretch of text worth a run of its own, in ids.
LEAST = 1 << 16

#: Columns, counts and row sizes of some rows.
Rows = tuple[Int32[np.ndarray, " pairs"], Int64[np.ndarray, " pairs"], Int64[np.ndarray, " rows"]]


class Counter:
    """Counts the contexts of every word of a corpus within ``memory_mb``."""

    def __init__(
        self,
        corpus: EncodedCorpus,
        weights: Int64[np.ndarray, " distances"],
        *,
        right: bool,
        threads: int,
        memory_mb: int,
    ) -> None:
        self.corpus, self.weights = corpus, weights
        self.window, self.right, self.threads = len(weights) - 1, right, threads
        self.words = len(corpus.vocabulary)
        self.piece = min(PIECE, (memory_mb << 20) // (4 * PAIR * (threads + 2)))
        fixed = (threads + 2) * PAIR * (self.piece + self.words)
        # each id is held once as it is and once as a place in the index
        self.stretch = max(LEAST, ((memory_mb << 20) - fixed) // 8)
        self._spaces: SimpleQueue[Any] = SimpleQueue()
        for _ in range(threads):
            self._spaces.put(workspace(self.words))

    def count(
        self, runs: Path, columns: Path, counts: Path, progress: Progress
    ) -> Int64[np.ndarray, " bounds"]:
        """Write the rows of all words to ``columns`` and ``counts``; returns where rows begin."""
        runs.mkdir(exist_ok=True)
        total = len(self.corpus.ids)
        cuts = range(0, total, self.stretch)
        progress.start("counting co-occurrences", total=total, unit="words")
        written = []
        for number, start in enumerate(cuts):
            run = Run.at(runs, number) if len(cuts) > 1 else Run(columns, counts)
            run.write(self._counted(start, min(total, start + self.stretch)))
            written.append(run)
            progress.update(min(total, start + self.stretch))
        progress.finish()
        if len(written) == 1:
            return written[0].offsets
        merged = Run(columns, counts)
        merged.write(self._merged(written, progress))
        return merged.offsets

    def _counted(self, start: int, end: int) -> Iterator[Rows]:
        # the words of the stretch are centres, those around it only contexts
        before = max(0, start - self.window)
        ids = np.array(self.corpus.ids[before : end + self.window])
        self.corpus.forget(before, end)
        starts = np.empty(self.words + 1, dtype=np.int64)
        positions = np.empty(end - start, dtype=np.int32)
        index_words(ids, start - before, end - before, starts, positions)
        sides = 1 + self.right
        most = np.minimum(np.diff(starts) * (sides * self.window), self.words)

        def rows(cut: tuple[int, int]) -> Rows:
            first, last = cut
            room = int(most[first:last].sum())
            found = np.empty(room, np.int32), np.empty(room, np.int64), np.empty(last - first, int)
            space = self._spaces.get()
            try:
                size = count_rows(
                    ids, positions, starts, first, last, self.weights, self.right,
                    *space, *found,
                )  # fmt: skip
            finally:
                self._spaces.put(space)
            return found[0][:size], found[1][:size], found[2]

        yield from in_order(rows, groups(most, self.piece), self.threads)

    def _merged(self, runs: list["Run"], progress: Progress) -> Iterator[Rows]:
        sizes = np.sum([np.diff(run.offsets) for run in runs], axis=0)
        progress.start("adding up co-occurrences", total=self.words, unit="words")

        def rows(cut: tuple[int, int]) -> Rows:
            first, last = cut
            parts = [run.read(first, last) for run in runs]
            columns = np.concatenate([part[0] for part in parts])
            counts = np.concatenate([part[1] for part in parts])
            begins = np.stack([run.offsets[first : last + 1] - run.offsets[first] for run in runs])
            lengths = [len(part[0]) for part in parts]
            begins += np.cumsum([0, *lengths[:-1]])[:, None]
            found = np.empty_like(columns), np.empty_like(counts), np.empty(last - first, int)
            space = self._spaces.get()
            try:
                size = merge_rows(begins, columns, counts, *space, *found)
            finally:
                self._spaces.put(space)
            return found[0][:size], found[1][:size], found[2]

        done = 0
        for part in in_order(rows, groups(sizes, self.piece), self.threads):
            done += len(part[2])
            progress.update(done)
            yield part
        progress.finish()


class Run:
    """Rows in the order of words, in two files; where each row begins is kept in memory."""

    def __init__(self, columns: Path, counts: Path) -> None:
        self.columns, self.counts = columns, counts
        self.offsets: Int64[np.ndarray, " bounds"] = np.zeros(1, dtype=np.int64)

    @classmethod
    def at(cls, folder: Path, number: int) -> "Run":
        """The run called ``number`` in ``folder``."""
        return cls(folder / f"{number}.columns", folder / f"{number}.counts")

    def write(self, rows: Iterable[Rows]) -> None:
        """Write rows as they come."""
        sizes = [np.zeros(1, dtype=np.int64)]
        with self.columns.open("wb") as columns, self.counts.open("wb") as counts:
            for part in rows:
                part[0].tofile(columns)
                part[1].tofile(counts)
                sizes.append(part[2])
        self.offsets = np.cumsum(np.concatenate(sizes))

    def read(
        self, first: int, last: int
    ) -> tuple[Int32[np.ndarray, " pairs"], Int64[np.ndarray, " pairs"]]:
        """Columns and counts of the rows from ``first`` to ``last - 1``."""
        start, end = self.offsets[[first, last]].tolist()
        return (
            np.fromfile(self.columns, np.int32, end - start, offset=4 * start),
            np.fromfile(self.counts, np.int64, end - start, offset=8 * start),
        )
