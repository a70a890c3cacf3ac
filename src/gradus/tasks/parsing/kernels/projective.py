"""Compiled projective trees with one root word: Eisner's dynamic programme, O(n³) time, O(n²) room.

A span from a word to its farthest descendant on one side is closed; one from a head to a dependent
that may still get words on the inner side is open. ``[head, end]`` says which end of the span is
the head, so that both directions are one line of code and all sums run along rows.
"""

import numpy as np

from gradus.core.jit import compiled
from gradus.tasks.parsing.kernels.spanning import FOUND, NO_TREE, UNUSABLE

#: Largest values may be found in any order; -∞ stays what it is.
FAST = {"nnan", "nsz", "reassoc"}


@compiled
def projective_trees(scores, lengths, heads, states):
    """The best tree of each sentence of a padded batch, in ``heads``; padding gets -1."""
    for sentence in range(len(lengths)):
        words = lengths[sentence]
        heads[sentence, words:] = -1
        states[sentence] = projective_tree(
            scores[sentence, :words, : words + 1], heads[sentence, :words]
        )


@compiled
def projective_tree(scores, heads):
    """Fill ``heads`` with the projective tree of the highest sum of ``scores[dependent, head]``.

    The result is :data:`FOUND`, :data:`NO_TREE`, or :data:`UNUSABLE` for a score that is +∞ or no
    number.
    """
    words = len(heads)
    for word in range(words):
        for other in range(words + 1):
            if other != word + 1 and not scores[word, other] < np.inf:
                return UNUSABLE
    opened = np.empty((words, words))
    closed = np.zeros((words, words))
    mirror = np.zeros((words, words))  # closed, transposed
    for last in range(1, words):
        for first in range(last - 1, -1, -1):
            inner = _best_sum(closed[first, first:last], closed[last, first + 1 : last + 1])
            opened[first, last] = inner + scores[last, first + 1]
            opened[last, first] = inner + scores[first, last + 1]
            right = _best_sum(
                opened[first, first + 1 : last + 1], mirror[last, first + 1 : last + 1]
            )
            left = _best_sum(opened[last, first:last], mirror[first, first:last])
            closed[first, last] = mirror[last, first] = right
            closed[last, first] = mirror[first, last] = left
    best, root = -np.inf, -1
    for word in range(words):
        # the root takes no part in the spans, so it has this one word
        total = closed[word, 0] + closed[word, words - 1] + scores[word, 0]
        if total > best:
            best, root = total, word
    if root < 0:
        return NO_TREE
    heads[root] = 0
    _trace(root, opened, closed, mirror, heads)
    return FOUND


@compiled(fastmath=FAST)
def _best_sum(left, right):
    best = -np.inf
    for place in range(len(left)):
        best = max(best, left[place] + right[place])
    return best


@compiled
def _best_place(left, right):
    best, found = -np.inf, 0
    for place in range(len(left)):
        if left[place] + right[place] > best:
            best, found = left[place] + right[place], place
    return found


@compiled
def _trace(root, opened, closed, mirror, heads):
    """Read the heads off the closed spans, each made of an open one and a closed one."""
    words = len(heads)
    spans = np.empty((2 * words + 4, 2), np.int64)
    spans[0], spans[1] = (root, 0), (root, words - 1)
    size = 2
    while size > 0:
        size -= 1
        head, end = spans[size]
        if head == end:
            continue
        low, high = (head + 1, end + 1) if head < end else (end, head)
        word = low + _best_place(opened[head, low:high], mirror[end, low:high])
        heads[word] = head + 1
        first, last = min(head, word), max(head, word)
        split = first + _best_place(closed[first, first:last], closed[last, first + 1 : last + 1])
        for span in ((word, end), (first, split), (last, split + 1)):
            spans[size] = span
            size += 1
