"""The sequences of up to n tokens of a text, and how often those occur that nothing precedes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64

from gradus.core.errors import MemoryLimitError
from gradus.core.progress import SILENT, Progress
from gradus.tasks.lm.spelling import EncodedText

#: Sequences are numbered in 32 bits.
MOST = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class NgramCounts:
    """Which sequences a text has, from which all else follows: what a model folder keeps.

    A document begins with a mark of its own, the number behind the last word. Sequences are
    ordered by length, then by context, then by last word; those of one token are all words and the
    mark. A text that goes on in front of a sequence gives it as many continuations as there are
    longer ones that end with it; raw counts are kept of the longest sequences, and of those that
    begin with the mark.

    >>> text = EncodedText(np.array([0, 1, 0], np.int32), np.array([0, 3]), 0)
    >>> counts = count_ngrams(text, vocabulary=2, order=2)
    >>> counts.words.tolist(), counts.children.tolist()  # the pairs 01, 10 and mark 0
    ([1, 0, 0], [1, 1, 1])
    >>> counts.counts.tolist()
    [1, 1, 1]
    """

    vocabulary: int  # words; the number of the mark
    order: int
    words: Int32[np.ndarray, " longer"]  # the last token of each sequence of two or more
    children: Int64[np.ndarray, " contexts"]  # how many sequences go on, of all but the longest
    counts: Int64[np.ndarray, " unpreceded"]


def count_ngrams(
    text: EncodedText, *, vocabulary: int, order: int, progress: Progress = SILENT
) -> NgramCounts:
    """The sequences of up to ``order`` tokens of a text.

    A sequence is known by the row of all its tokens but the last, and by the last: a number, so
    that sorting numbers, once for each length, is all the counting.

    Raises:
        MemoryLimitError: there are more sequences than 32 bits can number.
    """
    tokens, depths = _marked(text, vocabulary)
    rows = 1 + tokens
    first, end, marked = 1, vocabulary + 2, vocabulary + 1
    words, children, counts = [], [], []
    if order == 1:
        counts.append(np.bincount(text.ids, minlength=vocabulary).astype(np.int64))
    progress.start("counting", total=order, unit="orders")
    for length in range(2, order + 1):
        progress.update(length - 1)
        ends = np.flatnonzero(depths >= length - 1)
        keys, inverse, met = np.unique(
            rows[ends - 1] * vocabulary + tokens[ends], return_inverse=True, return_counts=True
        )
        contexts, last = np.divmod(keys, vocabulary)
        words.append(last.astype(np.int32))
        children.append(np.bincount(contexts - first, minlength=end - first))
        # the mark has the highest number, so what begins with it comes last
        begun = int(np.searchsorted(contexts, marked))
        counts.append(met if length == order else met[begun:])
        first, end, marked = end, _checked(end + len(keys), order), end + begun
        rows[ends] = first + inverse
    progress.finish()
    none = np.zeros(0, np.int64)
    return NgramCounts(
        vocabulary,
        order,
        np.concatenate([none.astype(np.int32), *words]),
        np.concatenate([none, *children]),
        np.concatenate([none, *counts]),
    )


def _marked(
    text: EncodedText, mark: int
) -> tuple[Int64[np.ndarray, " marked"], Int64[np.ndarray, " marked"]]:
    """The tokens with a mark before each document, and how far each is from its mark."""
    tokens = np.insert(text.ids.astype(np.int64), text.bounds[:-1], mark)
    lengths = np.diff(text.bounds) + 1
    starts = np.cumsum(lengths) - lengths
    return tokens, np.arange(len(tokens)) - np.repeat(starts, lengths)


def _checked(nodes: int, order: int) -> int:
    if nodes > MOST:
        raise MemoryLimitError(
            f"the text has {nodes:,} different sequences of up to {order} tokens, more than "
            f"{MOST:,}; choose a lower order, or use less of the text"
        )
    return nodes
