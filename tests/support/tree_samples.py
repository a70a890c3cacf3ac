"""Trees to test with: all small ones, and random ones of any size."""

from itertools import product

import numpy as np


def all_trees(words, roots=1):
    """Every tree of so many words with at most so many words under the root."""
    for heads in product(range(words + 1), repeat=words):
        if 1 <= heads.count(0) <= roots and all(leads_up(heads, word) for word in range(words)):
            yield heads


def leads_up(heads, word):
    for _ in heads:
        if heads[word] == 0:
            return True
        word = heads[word] - 1
    return False


def random_tree(words, seed, window=None):
    """A tree that grows word by word; each hangs on one of the last ``window`` before it."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(words) + 1
    heads = np.zeros(words, dtype=np.int64)
    for step in range(1, words):
        first = max(0, step - window) if window else 0
        heads[order[step] - 1] = order[rng.integers(first, step)]
    return heads
