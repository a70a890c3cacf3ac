"""Every subtree of a tree as one stretch of its depth-first order, so that sets become ranges."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from gradus.core.errors import DataError
from gradus.text.trees import find_cycle, name_words


@dataclass(frozen=True, eq=False)
class Subtrees:
    """A tree over the root 0 and words 1 to n in depth-first order.

    The subtree of ``word`` is ``order[place[word] : place[word] + size[word]]``.
    """

    heads: Int[np.ndarray, " words"]
    order: Int[np.ndarray, " nodes"]  # nodes in depth-first order, the root first
    place: Int[np.ndarray, " nodes"]  # where each node stands in that order
    size: Int[np.ndarray, " nodes"]  # nodes in each subtree, with the node itself

    @classmethod
    def of(cls, heads: Int[np.ndarray, " words"]) -> "Subtrees":
        """The subtrees of the tree in which ``heads[i]`` is the head of word i+1, 0 for the root.

        >>> trees = Subtrees.of(np.array([2, 0, 2]))
        >>> trees.order.tolist(), trees.size.tolist()
        ([0, 2, 1, 3], [4, 1, 3, 1])

        Raises:
            DataError: a head is no word of the sentence, or a word does not hang on the root.
        """
        children = children_of(heads)
        order, stack = [], [0]
        while stack:
            node = stack.pop()
            order.append(node)
            stack += reversed(children[node])
        if len(order) <= len(heads):
            cycle = name_words(find_cycle(heads.tolist()))
            raise DataError(f"words {cycle} form a cycle; in a tree every word leads up to head 0")
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        size = [1] * len(order)
        plain = heads.tolist()
        for node in order[:0:-1]:
            size[plain[node - 1]] += size[node]
        return cls(heads, np.array(order), place, np.array(size))

    @property
    def ends(self) -> Int[np.ndarray, " nodes"]:
        """The place behind the last node of each subtree."""
        return self.place + self.size

    def sums(self, values: Int[np.ndarray, " nodes"]) -> Int[np.ndarray, " nodes"]:
        """The sum over each node's subtree of ``values``, which are given by place."""
        running = np.concatenate([[0], np.cumsum(values)])
        return running[self.ends] - running[self.place]


def children_of(heads: Int[np.ndarray, " words"]) -> list[list[int]]:
    """The dependents of the root and of every word, from left to right.

    >>> children_of(np.array([2, 0, 2]))
    [[2], [], [1, 3], []]

    Raises:
        DataError: a head is no word of the sentence.
    """
    children: list[list[int]] = [[] for _ in range(len(heads) + 1)]
    for word, head in enumerate(heads.tolist(), start=1):
        if not 0 <= head <= len(heads):
            raise DataError(
                f"word {word} has head {head}, but the sentence has {len(heads)} words; "
                f"heads go from 0, the root, to {len(heads)}"
            )
        children[head].append(word)
    return children


def range_minima(
    values: Int[np.ndarray, " places"],
    first: Int[np.ndarray, " ranges"],
    last: Int[np.ndarray, " ranges"],
) -> Int[np.ndarray, " ranges"]:
    """The least of ``values[first : last + 1]`` for many ranges, none of them empty.

    Minima of stretches of 1, 2, 4, ... values are made once; two of them cover any range.

    >>> range_minima(np.array([5, 3, 4, 1]), np.array([0, 2]), np.array([2, 2])).tolist()
    [3, 4]
    """
    level = np.frexp((last - first + 1).astype(np.float64))[1] - 1
    least = np.empty(len(first), dtype=np.int64)
    minima, width = values, 1
    for wanted in range(int(level.max(initial=0)) + 1):
        here = level == wanted
        least[here] = np.minimum(minima[first[here]], minima[last[here] - width + 1])
        minima, width = np.minimum(minima[:-width], minima[width:]), 2 * width
    return least
