"""Exact co-occurrence counts of a corpus of any size, on disk, under a memory budget.

A stretch of text is turned into an index, word by word, of the places where it occurs; the contexts
of a word are then summed in one dense row, and rows leave in order. Several stretches give several
sorted runs on disk, which are added row by row. Pairs are never held in memory.
"""

import math
import mmap
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, Int32, Int64

from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.core.storage import explained_errors, read_json, write_json
from gradus.text.corpora import EncodedCorpus
from gradus.text.vocabulary import VOCABULARY, Vocabulary
from gradus.vectors.stretches import groups

COLUMNS, COUNTS, OFFSETS, FACTS = "columns.bin", "counts.bin", "offsets.bin", "cooccurrence.json"
VERSION = 1

#: Weights 1/distance are whole numbers in units of 1 / lcm(1..window) up to this unit; wider
#: windows round each weight to the nearest multiple of it.
FINEST = 1 << 32

#: Pairs held in memory at once while all are visited.
CHUNK = 1 << 19


class Pairs(NamedTuple):
    """Some pairs: row words, column words, counts."""

    rows: Int32[np.ndarray, " pairs"]
    columns: Int32[np.ndarray, " pairs"]
    counts: Float64[np.ndarray, " pairs"]


@dataclass(frozen=True, eq=False)
class Cooccurrences:
    """How often each word has each other word in its window, row by row, memory-mapped.

    Row ``i`` holds ``columns[offsets[i]:offsets[i + 1]]``, ascending, and as many ``counts`` in
    units of ``1 / scale``.
    """

    vocabulary: Vocabulary
    offsets: Int64[np.ndarray, " bounds"]
    columns: Int32[np.ndarray, " pairs"]
    counts: Int64[np.ndarray, " pairs"]
    scale: int

    @classmethod
    def load(cls, folder: Path | str) -> "Cooccurrences":
        """Open what :func:`count_cooccurrences` wrote.

        Raises:
            FormatError: the folder is missing, damaged, or holds no counts.
        """
        folder = Path(folder)
        if not (folder / FACTS).is_file():
            raise FormatError(f"{folder} has no {FACTS}, so it holds no co-occurrence counts")
        facts = read_json(folder / FACTS)
        if not isinstance(facts, dict) or facts.get("version") != VERSION:
            raise FormatError(f"{folder / FACTS} is damaged or of another version; count again")
        vocabulary = Vocabulary.load(folder / VOCABULARY)
        sizes = {OFFSETS: len(vocabulary) + 1, COLUMNS: facts["pairs"], COUNTS: facts["pairs"]}
        found = {name: _mapped(folder / name, size) for name, size in sizes.items()}
        return cls(vocabulary, found[OFFSETS], found[COLUMNS], found[COUNTS], facts["scale"])

    def __len__(self) -> int:
        """How many pairs have a count above zero."""
        return len(self.columns)

    def row(self, word: str) -> dict[str, float]:
        """The words near ``word`` and how often, most frequent word of the vocabulary first."""
        number = self.vocabulary[word]
        part = slice(int(self.offsets[number]), int(self.offsets[number + 1]))
        values = self.counts[part] / self.scale
        words = [self.vocabulary.words[column] for column in self.columns[part].tolist()]
        return dict(zip(words, values.tolist(), strict=True))

    def dense(self, words: int | None = None) -> Float64[np.ndarray, "words words"]:
        """The matrix of counts, or its corner for the ``words`` most frequent words."""
        size = len(self.vocabulary) if words is None else min(words, len(self.vocabulary))
        matrix = np.zeros((size, size))
        for number in range(size):
            part = slice(int(self.offsets[number]), int(self.offsets[number + 1]))
            columns = self.columns[part]
            inside = columns < size
            matrix[number, columns[inside]] = self.counts[part][inside] / self.scale
        return matrix

    @cached_property
    def total(self) -> float:
        """The sum of all counts."""
        return sum(float(pairs.counts.sum()) for pairs in self.chunks())

    def chunks(self, pairs: int = CHUNK) -> Iterator[Pairs]:
        """All pairs in order, whole rows at a time, about ``pairs`` pairs at once."""
        sizes = np.diff(self.offsets)
        for first, last in groups(sizes, pairs):
            part = slice(int(self.offsets[first]), int(self.offsets[last]))
            rows = np.repeat(np.arange(first, last, dtype=np.int32), sizes[first:last])
            counts = self.counts[part] / self.scale
            yield Pairs(rows, np.array(self.columns[part]), counts)
            # what is behind us would stay in memory as part of the process
            for array in (self.columns, self.counts):
                forget(array)


def count_cooccurrences(
    corpus: EncodedCorpus,
    folder: Path | str,
    *,
    window: int = 10,
    symmetric: bool = True,
    distance_weighting: bool = True,
    memory_mb: int = 256,
    threads: int = 2,
    progress: Progress = SILENT,
) -> Cooccurrences:
    r"""Count ``X[i, j]``, how often word ``j`` is within ``window`` words of word ``i``.

    A context at distance ``d`` counts ``1/d``, or 1 without ``distance_weighting``; with
    ``symmetric`` contexts stand on both sides, otherwise on the left. Words outside the vocabulary
    vanish before windows are formed, as in word2vec, and no window crosses the end of a line.
    Counts are exact: the same for any number of threads and any memory budget. They are written to
    ``folder``.

    Raises:
        SettingsError: the window or the budget is out of range.
        DataError: the corpus is so large that counts do not fit 64 bits.
        StorageError: the disk refused.

    >>> import tempfile
    >>> from gradus.text.corpora import encode_corpus
    >>> lines = iter(["a b c\n", "a b\n"])
    >>> corpus = encode_corpus(lines, tempfile.mkdtemp(), min_count=1)
    >>> count_cooccurrences(corpus, tempfile.mkdtemp(), window=2).dense()
    array([[0. , 2. , 0.5],
           [2. , 0. , 1. ],
           [0.5, 1. , 0. ]])
    """
    if not 1 <= window <= 10_000:
        raise SettingsError(f"window={window} is out of range: choose a value from 1 to 10000")
    if memory_mb < 16:
        raise SettingsError(f"memory_mb={memory_mb} is out of range: choose a value at least 16")
    weights, scale = scaled_weights(window, distance_weighting)
    _check_range(corpus.vocabulary, weights, scale)
    from gradus.vectors.counting import Counter  # waits until here, as it loads Numba

    folder = Path(folder)
    with explained_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FACTS).unlink(missing_ok=True)
        counter = Counter(corpus, weights, right=symmetric, threads=threads, memory_mb=memory_mb)
        runs = folder / "runs"
        try:
            offsets = counter.count(runs, folder / COLUMNS, folder / COUNTS, progress)
        finally:
            shutil.rmtree(runs, ignore_errors=True)
        offsets.tofile(folder / OFFSETS)
        corpus.vocabulary.save(folder / VOCABULARY)
        write_json(folder / FACTS, {"version": VERSION, "pairs": int(offsets[-1]), "scale": scale})
    return Cooccurrences.load(folder)


def scaled_weights(window: int, distance_weighting: bool) -> tuple[Int64[np.ndarray, " _"], int]:
    """What a context at each distance counts, in units of ``1 / scale``; and the scale.

    >>> scaled_weights(4, True)
    (array([ 0, 12,  6,  4,  3]), 12)
    """
    if not distance_weighting:
        return np.concatenate([[0], np.ones(window, dtype=np.int64)]), 1
    scale = 1
    for distance in range(1, window + 1):
        scale = min(math.lcm(scale, distance), FINEST)
    weights = [0, *((scale + distance // 2) // distance for distance in range(1, window + 1))]
    return np.array(weights, dtype=np.int64), scale


def _check_range(vocabulary: Vocabulary, weights: Any, scale: int) -> None:
    largest = 2 * int(vocabulary.counts.max()) * int(weights.sum())
    if largest >= 2**63:
        raise DataError(
            f"counts in units of 1/{scale} may reach {largest:.2g}, more than 64 bits hold; "
            "choose a smaller window or no distance weighting"
        )


def _mapped(path: Path, size: int) -> Any:
    dtype = np.dtype("<i4" if path.name == COLUMNS else "<i8")
    found = path.stat().st_size if path.is_file() else -1
    if found != size * dtype.itemsize:
        raise FormatError(
            f"{path} is damaged: expected {size * dtype.itemsize} bytes, found {found}; count again"
        )
    if not size:
        return np.zeros(0, dtype)
    return np.memmap(path, dtype=dtype, mode="r", shape=(size,))


def forget(array: Any) -> None:
    """Let the system take back the memory of a file that is mapped; using it reads it again."""
    mapping = getattr(array, "_mmap", None)
    if mapping is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapping.madvise(mmap.MADV_DONTNEED)
