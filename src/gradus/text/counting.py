"""From the tables of several scanners to one vocabulary and the final number of every word."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64

from gradus.core.errors import DataError
from gradus.text.kernels.scan import DROPPED
from gradus.text.vocabulary import Vocabulary
from gradus.text.wordtable import WordTable


@dataclass(frozen=True)
class Counted:
    """A vocabulary, and for each scanner the final number of each of its words."""

    vocabulary: Vocabulary
    numbers: list[Int32[np.ndarray, " _"]]  # DROPPED for a word that is left out


def count_words(
    tables: list[WordTable], *, lowercase: bool, min_count: int, max_vocab: int | None
) -> Counted:
    """Add up the counts of all tables, most frequent words first, equals in order of letters.

    The tables are used up.

    Raises:
        DataError: no word is met ``min_count`` times.
    """
    table, numbers, counts = _add_up(tables)
    if lowercase:
        table, numbers, counts = _lower(table, numbers, counts)
    chosen = np.flatnonzero(counts >= max(min_count, 1))
    if not len(chosen):
        raise DataError(
            f"no word is met min_count={min_count} times; the most frequent one is met "
            f"{counts.max(initial=0)} times: lower --min-count or use more text"
        )
    words = table.spellings(chosen)
    order = np.array(sorted(range(len(words)), key=words.__getitem__), dtype=np.int64)
    order = order[np.argsort(-counts[chosen[order]], kind="stable")][:max_vocab]
    final = np.full(len(table), DROPPED, dtype=np.int32)
    final[chosen[order]] = np.arange(len(order), dtype=np.int32)
    vocabulary = Vocabulary([words[place] for place in order.tolist()], counts[chosen[order]])
    return Counted(vocabulary, [final[known] for known in numbers])


def _add_up(
    tables: list[WordTable],
) -> tuple[WordTable, list[Int32[np.ndarray, " _"]], Int64[np.ndarray, " all"]]:
    """All words in the largest table, each table's numbers in it, and the sums of the counts."""
    home = max(tables, key=len)
    counts = [table.counts() for table in tables]
    numbers = [
        np.arange(len(count), dtype=np.int32) if table is home else home.merge(table)
        for table, count in zip(tables, counts, strict=True)
    ]
    total = np.zeros(len(home), dtype=np.int64)
    for known, count in zip(numbers, counts, strict=True):
        total[known] += count
    return home, numbers, total


def _lower(
    table: WordTable,
    numbers: list[Int32[np.ndarray, " _"]],
    counts: Int64[np.ndarray, " all"],
) -> tuple[WordTable, list[Int32[np.ndarray, " _"]], Int64[np.ndarray, " more"]]:
    """Lower-case the words with letters outside ASCII; the scan has lower-cased the others."""
    foreign = np.flatnonzero(table.outside_ascii())
    words = table.spellings(foreign)
    lowered = [word.lower() for word in words]
    changed = [place for place, word in enumerate(words) if lowered[place] != word]
    if not changed:
        return table, numbers, counts
    known = table.merge(WordTable.of([lowered[place] for place in changed]))
    old = foreign[changed]
    merged = np.zeros(len(table), dtype=np.int64)
    merged[: len(counts)] = counts
    merged[old] = 0
    np.add.at(merged, known, counts[old])
    where = np.arange(len(table), dtype=np.int32)
    where[old] = known
    return table, [where[number] for number in numbers], merged
