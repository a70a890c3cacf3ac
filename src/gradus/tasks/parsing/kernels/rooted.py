"""Compiled check of a tree."""

import numpy as np

from gradus.core.jit import compiled


@compiled
def is_single_rooted(heads):
    """Whether all words hang below the only word whose head is 0."""
    roots = 0
    seen = np.zeros(len(heads), np.int64)  # the number of the walk that came by
    for start in range(len(heads)):
        word = start
        while seen[word] == 0:
            seen[word] = start + 1
            if heads[word] == 0:
                roots += 1
                break
            word = heads[word] - 1
        else:
            if seen[word] == start + 1:
                return False
    return roots == 1
