"""The tree of n-grams: every sequence, its suffix, and the counts that smoothing works on."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64

from gradus.core.errors import FormatError
from gradus.tasks.lm.kernels.ngrams import ABSENT, link_
from gradus.tasks.lm.ngram_counts import MOST, NgramCounts


@dataclass(frozen=True, eq=False)
class NgramTree:
    """Sequences as nodes: 0 is the empty one, ``1 + w`` the word ``w``, then come the longer ones.

    The nodes one word longer than ``c`` are ``firsts[c]`` to ``firsts[c + 1] - 1``.
    """

    levels: tuple[int, ...]  # where the nodes of each length begin, and where the last ones end
    words: Int32[np.ndarray, " nodes"]  # the last word of each
    firsts: Int32[np.ndarray, " bounds"]
    suffixes: Int32[np.ndarray, " nodes"]  # the node without the first word
    onward: Int32[np.ndarray, " nodes"]  # the longest suffix that a longer node begins with
    counts: Int64[np.ndarray, " nodes"]  # raw, or of continuations

    @classmethod
    def grow(cls, counts: NgramCounts) -> "NgramTree":
        """The tree of counted sequences.

        The count of a node is in how many ways a text goes on in front of it; that of the longest
        nodes, and of those that begin with the mark, is how often they occur.

        Raises:
            FormatError: the counts are not those of a text.
        """
        levels = _levels(counts)
        alone = np.arange(-1, counts.vocabulary + 1, dtype=np.int32)
        words = np.concatenate([alone, counts.words])
        begin = counts.vocabulary + 2
        ends = begin + np.cumsum(counts.children)
        firsts = np.concatenate([[1, begin], ends]).astype(np.int32)
        suffixes, onward = (np.empty(len(words), np.int32) for _ in range(2))
        stray = link_(words, firsts, suffixes, onward)
        if stray != ABSENT:
            raise FormatError(f"sequence {stray} of {len(words)} has no suffix, or is out of order")
        return cls(levels, words, firsts, suffixes, onward, _counts(counts, suffixes))

    @property
    def order(self) -> int:
        """Tokens of the longest sequences."""
        return len(self.levels) - 2

    @property
    def contexts(self) -> int:
        """How many nodes are not of the full length."""
        return len(self.firsts) - 1

    @property
    def sizes(self) -> list[int]:
        """How many sequences there are of each length; the mark is one."""
        return np.diff(self.levels[1:]).tolist()


def _levels(counts: NgramCounts) -> tuple[int, ...]:
    """Where the nodes of each length begin; checks that all arrays agree."""
    words, children = counts.words, counts.children
    if len(words) and not 0 <= words.min() <= words.max() < counts.vocabulary:
        raise FormatError(f"a word is outside the vocabulary of {counts.vocabulary}")
    if len(children) and not 0 <= children.min() <= children.max() <= len(words):
        raise FormatError(f"a sequence goes on in more ways than there are: {len(words)}")
    levels = [0, 1, counts.vocabulary + 2]
    for _ in range(2, counts.order + 1):
        more = children[levels[-2] - 1 : levels[-1] - 1].sum()
        levels.append(levels[-1] + int(more))
    nodes, contexts = counts.vocabulary + 2 + len(words), len(children) + 1
    if levels[-1] != nodes or levels[-2] != contexts or nodes > MOST:
        raise FormatError(
            f"{levels[-1]} sequences of up to {counts.order} tokens, {levels[-2]} of them "
            f"shorter, do not go with arrays for {nodes} and {contexts}"
        )
    return tuple(levels)


def _counts(
    counts: NgramCounts, suffixes: Int32[np.ndarray, " nodes"]
) -> Int64[np.ndarray, " nodes"]:
    """The adjusted counts [chen1999]: continuations, or occurrences where there can be none."""
    single = counts.vocabulary + 2
    adjusted = np.bincount(suffixes[single:], minlength=len(suffixes))
    unpreceded = adjusted == 0
    # a word that never occurs has no continuation either
    unpreceded[:single] = False
    unpreceded[1 : single - 1] = counts.order == 1
    places = np.flatnonzero(unpreceded)
    if len(places) != len(counts.counts) or (counts.counts < (counts.order > 1)).any():
        raise FormatError(
            f"{len(places)} sequences need a count of at least {int(counts.order > 1)}, there are "
            f"{len(counts.counts)} counts"
        )
    adjusted[places] = counts.counts
    return adjusted
