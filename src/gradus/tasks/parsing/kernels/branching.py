"""Compiled step of the search for k best trees: the best of each way to differ from a tree."""

import numpy as np

from gradus.core.jit import compiled
from gradus.tasks.parsing.kernels.spanning import NO_TREE, spanning_tree


@compiled
def differing_trees(scores, heads, first, banned, found, states):
    """``found[w]`` is the best tree with the heads before word w, and another one at w, w ≥ first.

    Word ``first`` may have none of the heads marked in ``banned`` either.
    """
    work = scores.copy()
    for word in range(first):
        _fix(work, word, scores[word, heads[word]], heads[word])
    states[:first] = NO_TREE
    for word in range(first, len(heads)):
        if word == first:
            for other in range(len(banned)):
                if banned[other]:
                    work[word, other] = -np.inf
        work[word, heads[word]] = -np.inf
        states[word] = spanning_tree(work, found[word])
        _fix(work, word, scores[word, heads[word]], heads[word])


@compiled
def _fix(work, word, score, head):
    for other in range(work.shape[1]):
        work[word, other] = -np.inf
    work[word, head] = score
