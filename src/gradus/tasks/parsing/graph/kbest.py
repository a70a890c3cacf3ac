"""The k best trees of arc scores, exactly: Lawler's partition over maximum spanning trees."""

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from gradus.core.errors import SettingsError
from gradus.core.shapes import Float, Int
from gradus.tasks.parsing.graph.arcs import tree_score
from gradus.tasks.parsing.graph.decoding import maximum_spanning_tree
from gradus.tasks.parsing.kernels.branching import differing_trees
from gradus.tasks.parsing.kernels.spanning import FOUND


class ScoredTree(NamedTuple):
    """The heads of a tree and the sum of its scores."""

    heads: Int[np.ndarray, " dep"]
    score: float


class _Part(NamedTuple):
    """The trees that share the heads before word ``first`` and have none of ``banned`` there.

    They are ordered by their best tree, ties by age.
    """

    loss: float
    age: int
    heads: Int[np.ndarray, " dep"]
    first: int
    banned: Int[np.ndarray, " heads"]


def k_best_trees(scores: Float[np.ndarray, "dep head"], k: int) -> list[ScoredTree]:
    """The ``k`` different trees of the highest scores, best first; fewer if no more exist.

    Every tree that is listed splits those which are not by the first word whose head differs, and
    each part has its best tree [lawler1972]: O(k n³) steps.

    >>> for heads, score in k_best_trees(np.array([[1.0, 0, 2], [4, 8, 0]]), k=3):
    ...     print(heads, score)
    [0 1] 9.0
    [2 0] 6.0

    Raises:
        DataError: there is no tree at all, or a score is +∞ or no number.
        SettingsError: k is less than 1.
    """
    if k < 1:
        raise SettingsError(f"k={k} trees make no list; choose at least 1")
    heads = maximum_spanning_tree(scores)
    arcs = np.ascontiguousarray(scores)
    nothing = np.zeros(len(heads) + 1, dtype=np.bool_)
    parts = [_Part(-tree_score(arcs, heads), 0, heads, 0, nothing)]
    trees: list[ScoredTree] = []
    age = 0
    while parts and len(trees) < k:
        part = heappop(parts)
        trees.append(ScoredTree(part.heads, -part.loss))
        if len(trees) == k:
            break
        for word, found in _branches(arcs, part):
            age += 1
            banned = part.banned.copy() if word == part.first else nothing.copy()
            banned[part.heads[word]] = True
            heappush(parts, _Part(-tree_score(arcs, found), age, found, word, banned))
    return trees


def _branches(
    scores: Float[np.ndarray, "dep head"], part: _Part
) -> list[tuple[int, Int[np.ndarray, " dep"]]]:
    """The best tree of the rest of ``part``, by the first word whose head differs."""
    words = len(scores)
    found = np.empty((words, words), np.int64)
    states = np.empty(words, np.int64)
    differing_trees(scores, part.heads, part.first, part.banned, found, states)
    return [(word, found[word].copy()) for word in np.flatnonzero(states == FOUND).tolist()]
