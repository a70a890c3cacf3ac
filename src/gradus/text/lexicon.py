"""The words of several scans as one lexicon: each word once, with the sum of its counts."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from jaxtyping import Int64

from gradus.text.kernels.count import match_words
from gradus.text.wordtable import WordTable


class Lexicon:
    """Tables of words numbered through; a word that two tables share has the number of the first.

    ``numbers[t]`` is the number of each word of table ``t``; ``totals`` the count of each number,
    zero where an earlier table has the word.
    """

    def __init__(self, tables: Sequence[WordTable], threads: int) -> None:
        self.tables: list[WordTable] = []
        self.offsets = [0]
        self.numbers: list[Int64[np.ndarray, " _"]] = []
        self.totals = np.zeros(0, dtype=np.int64)
        self._threads = threads
        for table in tables:
            self.add(table, table.counts())

    def add(self, table: WordTable, counts: Int64[np.ndarray, " words"]) -> None:
        """Take in one more table, whose words have these counts."""
        offset = self.offsets[-1]
        numbers = np.arange(offset, offset + len(table))
        self.totals = np.concatenate([self.totals, counts])
        cuts = np.linspace(0, len(table.slots) // 2, self._threads + 1).astype(int) * 2
        with ThreadPoolExecutor(self._threads) as pool:
            for home, home_offset in zip(self.tables, self.offsets, strict=False):
                place = (home.slots, home.starts, home.arena, home_offset)
                jobs = [
                    pool.submit(
                        match_words,
                        first,
                        last,
                        table.slots,
                        table.starts,
                        table.arena,
                        offset,
                        numbers,
                        place,
                        self.totals,
                    )
                    for first, last in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
                ]
                for job in jobs:
                    job.result()
        self.tables.append(table)
        self.numbers.append(numbers)
        self.offsets.append(offset + len(table))

    def spellings(self, chosen: Int64[np.ndarray, " some"]) -> list[str]:
        """The words with these numbers, which are in rising order."""
        return [word for table, part in self._parts(chosen) for word in table.spellings(part)]

    def outside_ascii(self) -> Int64[np.ndarray, " some"]:
        """The numbers of the words with a letter outside ASCII, in rising order."""
        flags = np.concatenate([table.outside_ascii() for table in self.tables])
        return np.flatnonzero(flags & (self.totals > 0))

    def ranking(self, chosen: Int64[np.ndarray, " some"]) -> Int64[np.ndarray, " some"]:
        """Order that puts the most frequent of these words first, equals in order of letters."""
        counts = self.totals[chosen]
        letters = np.concatenate([table.first_letters(part) for table, part in self._parts(chosen)])
        order = np.lexsort((letters[:, 1], letters[:, 0], -counts))
        ranked = np.column_stack([counts, letters.view(np.int64)])[order]
        same = (ranked[1:] == ranked[:-1]).all(axis=1)
        edges = np.flatnonzero(np.diff(same, prepend=False, append=False))
        # words alike in count and sixteen bytes are rare: compare them whole
        for first, last in edges.reshape(-1, 2).tolist():
            alike = np.sort(order[first : last + 1])
            words = self.spellings(chosen[alike])
            order[first : last + 1] = alike[sorted(range(len(words)), key=words.__getitem__)]
        return order

    def _parts(
        self, chosen: Int64[np.ndarray, " some"]
    ) -> list[tuple[WordTable, Int64[np.ndarray, " _"]]]:
        edges = np.searchsorted(chosen, self.offsets)
        spans = zip(self.tables, self.offsets, edges[:-1], edges[1:], strict=False)
        return [(table, chosen[first:last] - offset) for table, offset, first, last in spans]
