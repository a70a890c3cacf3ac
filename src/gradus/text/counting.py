"""From the tables of several scanners to one vocabulary and the final number of every word."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64

from gradus.core.errors import DataError
from gradus.text.kernels.count import DROPPED
from gradus.text.lexicon import Lexicon
from gradus.text.scanner import Scanner
from gradus.text.sources import Block
from gradus.text.vocabulary import Vocabulary
from gradus.text.wordtable import WordTable


@dataclass(frozen=True)
class Counted:
    """The words of a vocabulary, not yet spelled, and for each scanner the final numbers."""

    lexicon: Lexicon
    chosen: Int64[np.ndarray, " words"]
    numbers: list[Int32[np.ndarray, " _"]]  # DROPPED for a word that is left out

    def vocabulary(self) -> Vocabulary:
        """Spell the words."""
        # the lexicon spells words in its own order
        order = np.argsort(self.chosen)
        words = np.empty(len(order), dtype=object)
        words[order] = self.lexicon.spellings(self.chosen[order])
        return Vocabulary(words.tolist(), self.lexicon.totals[self.chosen])


def count_words(
    tables: list[WordTable], *, lowercase: bool, min_count: int, max_vocab: int | None, threads: int
) -> Counted:
    """Add up the counts of all tables, most frequent words first, equals in order of letters.

    Raises:
        DataError: no word is met ``min_count`` times.
    """
    lexicon = Lexicon(tables, threads)
    where = lower_words(lexicon) if lowercase else None
    chosen = np.flatnonzero(lexicon.totals >= min_count)
    if not len(chosen):
        raise DataError(
            f"no word is met min_count={min_count} times; the most frequent one is met "
            f"{lexicon.totals.max(initial=0)} times: lower --min-count or use more text"
        )
    chosen = chosen[lexicon.ranking(chosen)[:max_vocab]]
    final = np.full(len(lexicon.totals), DROPPED, dtype=np.int32)
    final[chosen] = np.arange(len(chosen), dtype=np.int32)
    if where is not None:
        final = final[where]
    return Counted(lexicon, chosen, [final[numbers] for numbers in lexicon.numbers[: len(tables)]])


def lower_words(lexicon: Lexicon) -> Int64[np.ndarray, " numbers"] | None:
    """Lower-case the words with letters outside ASCII; the scan has lower-cased the others.

    Moves their counts to the words that they become; says by which number each word goes now,
    ``None`` if no word changes.
    """
    foreign = lexicon.outside_ascii()
    words = lexicon.spellings(foreign)
    # all at once; a line end is no letter, so that no word is read in the light of the next
    lowered = "\n".join(words).lower().split("\n") if words else []
    changed = [place for place, word in enumerate(words) if word != lowered[place]]
    if not changed:
        return None
    text = "\n".join(lowered[place] for place in changed).encode()
    scanner = Scanner()
    block = Block("the words in lower case", 0, len(text), False, 0, text)
    ids = scanner.scan(block)
    ids = ids[ids >= 0]
    old = foreign[changed]
    lexicon.add(scanner.table, np.zeros(len(scanner.table), dtype=np.int64))
    new = lexicon.numbers[-1][ids]
    moved = lexicon.totals[old]
    lexicon.totals[old] = 0
    np.add.at(lexicon.totals, new, moved)
    where = np.arange(len(lexicon.totals))
    where[old] = new
    return where
