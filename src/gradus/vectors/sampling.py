"""What word2vec draws from: kept words, noise words, and the paths of a Huffman tree."""

import heapq
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int, Int32, Int64, UInt32, UInt64

#: Draws are compared with thresholds of 32 bits.
FULL = 2**32 - 1


def keep_thresholds(
    counts: Int[np.ndarray, " words"], *, subsample: float
) -> UInt32[np.ndarray, " words"]:
    """For each word the largest 32-bit draw at which an occurrence is kept.

    With ``f`` the word's share of all occurrences, the probability is ``sqrt(t/f) + t/f``, as
    word2vec.c computes it, with ``t = subsample``; 0 keeps every word [mikolov2013b].

    >>> (keep_thresholds(np.array([900, 100]), subsample=0.1) / 2**32).round(2).tolist()
    [0.44, 1.0]
    """
    if subsample == 0:
        return np.full(len(counts), FULL, dtype=np.uint32)
    ratio = subsample * counts.sum() / np.maximum(counts, 1)
    return np.minimum((np.sqrt(ratio) + ratio) * 2.0**32, FULL).astype(np.uint32)


def noise_distribution(
    counts: Int[np.ndarray, " words"], *, power: float = 0.75
) -> Float[np.ndarray, " words"]:
    """The noise of negative sampling: counts to the ``power``, summing to 1 [mikolov2013b]."""
    weights = counts.astype(np.float64) ** power
    return weights / weights.sum()


def alias_table(probabilities: Float[np.ndarray, " words"]) -> UInt64[np.ndarray, " words"]:
    """A table that gives a draw from ``probabilities`` in constant time [vose1991].

    A draw picks a cell with equal chances and keeps it when a 32-bit fraction is below the entry's
    high half; otherwise the low half names the word.
    """
    size = len(probabilities)
    share = np.asarray(probabilities, dtype=np.float64) * size
    threshold = np.full(size, FULL, dtype=np.uint64)
    other = np.arange(size, dtype=np.uint64)
    small = np.flatnonzero(share < 1).tolist()
    large = np.flatnonzero(share >= 1).tolist()
    share = share.tolist()
    while small and large:
        poor, rich = small.pop(), large[-1]
        threshold[poor] = int(share[poor] * 2.0**32)
        other[poor] = rich
        share[rich] -= 1.0 - share[poor]
        if share[rich] < 1:
            small.append(large.pop())
    return (threshold << np.uint64(32)) | other


class HuffmanPaths(NamedTuple):
    """Each word's way from the root of a Huffman tree: inner nodes, and 1 where it turns left.

    The path of word ``w`` is ``nodes[start[w]:start[w + 1]]``; there are ``words - 1`` inner nodes.
    """

    start: Int64[np.ndarray, " words+1"]
    nodes: Int32[np.ndarray, " steps"]
    targets: Float32[np.ndarray, " steps"]


def huffman_paths(counts: Int[np.ndarray, " words"]) -> HuffmanPaths:
    """Paths whose expected length under ``counts`` is the least of all binary trees [morin2005].

    >>> paths = huffman_paths(np.array([5, 2, 1]))
    >>> np.diff(paths.start).tolist()
    [1, 2, 2]
    """
    words = len(counts)
    heap = [(count, number) for number, count in enumerate(counts.tolist())]
    heapq.heapify(heap)
    parent, side = [0] * (2 * words - 1), [0] * (2 * words - 1)
    for node in range(words, 2 * words - 1):
        (first, left), (second, right) = heapq.heappop(heap), heapq.heappop(heap)
        parent[left] = parent[right] = node
        side[left] = 1
        heapq.heappush(heap, (first + second, node))
    start, nodes, targets = [0], [], []
    root = 2 * words - 2
    for word in range(words):
        steps = []
        node = word
        while node != root:
            steps.append((parent[node] - words, side[node]))
            node = parent[node]
        for inner, turn in reversed(steps):
            nodes.append(inner)
            targets.append(turn)
        start.append(len(nodes))
    return HuffmanPaths(
        np.array(start, dtype=np.int64),
        np.array(nodes, dtype=np.int32),
        np.array(targets, dtype=np.float32),
    )


def no_paths() -> HuffmanPaths:
    """An empty set of paths, for kernels that sample instead."""
    return HuffmanPaths(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
