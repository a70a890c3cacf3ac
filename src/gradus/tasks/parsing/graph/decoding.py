"""The best tree of arc scores, projective or not, for one sentence or a padded batch."""

from collections.abc import Callable

import numpy as np

from gradus.core.errors import DataError
from gradus.core.shapes import Float, Int
from gradus.tasks.parsing.graph.arcs import check_shape, refuse
from gradus.tasks.parsing.kernels.projective import projective_trees as fill_projective
from gradus.tasks.parsing.kernels.spanning import FOUND
from gradus.tasks.parsing.kernels.spanning import spanning_trees as fill_spanning


def maximum_spanning_tree(scores: Float[np.ndarray, "dep head"]) -> Int[np.ndarray, " dep"]:
    """The heads of the tree with the highest sum of scores, crossing arcs allowed.

    Chu, Liu and Edmonds' algorithm [chu1965] [edmonds1967] [mcdonald2005], with exactly one root
    word [zmigrod2020], in O(n²) steps.

    >>> scores = np.array([[5.0, 0, 1, 9], [6, 2, 0, 1], [0, 9, 3, 0]])  # 1 and 3 like each other
    >>> maximum_spanning_tree(scores)
    array([3, 0, 2])

    Raises:
        DataError: no tree is left, or a score is +∞ or no number.
    """
    return _decode_one(fill_spanning, scores)


def projective_tree(scores: Float[np.ndarray, "dep head"]) -> Int[np.ndarray, " dep"]:
    """The heads of the tree with the highest sum of scores among those without crossing arcs.

    Eisner's algorithm [eisner1996], in O(n³) steps; the arc of the root must not be crossed either.

    >>> scores = np.array([[0.0, 0, 0, 9], [9, 0, 0, 0], [0, 0, 2, 0]])
    >>> maximum_spanning_tree(scores), projective_tree(scores)  # 3 heads 1 across the root's arc
    (array([3, 0, 2]), array([2, 0, 2]))

    Raises:
        DataError: no tree is left, or a score is +∞ or no number.
    """
    return _decode_one(fill_projective, scores)


def maximum_spanning_trees(
    scores: Float[np.ndarray, "batch dep head"], lengths: Int[np.ndarray, " batch"]
) -> Int[np.ndarray, "batch dep"]:
    """:func:`maximum_spanning_tree` of each sentence of a padded batch; padding gets the head -1.

    Runs outside the interpreter lock, as does :func:`projective_trees`.

    >>> scores = np.array([[[0.0, 0, 1], [2, 0, 0]], [[1, 9, 9], [9, 9, 9]]])
    >>> maximum_spanning_trees(scores, np.array([2, 1]))
    array([[ 2,  0],
           [ 0, -1]])

    Raises:
        DataError: a sentence has no tree, or a score is +∞ or no number.
    """
    return _decode(fill_spanning, scores, lengths)


def projective_trees(
    scores: Float[np.ndarray, "batch dep head"], lengths: Int[np.ndarray, " batch"]
) -> Int[np.ndarray, "batch dep"]:
    """:func:`projective_tree` of each sentence of a padded batch; padding gets the head -1.

    Raises:
        DataError: a sentence has no tree, or a score is +∞ or no number.
    """
    return _decode(fill_projective, scores, lengths)


def _decode_one(
    fill: Callable[..., None], scores: Float[np.ndarray, "dep head"]
) -> Int[np.ndarray, " dep"]:
    check_shape(scores)
    heads = np.empty((1, len(scores)), np.int64)
    if len(scores):
        states = np.empty(1, np.int64)
        fill(np.ascontiguousarray(scores)[None], np.array([len(scores)]), heads, states)
        if states[0] != FOUND:
            refuse(scores, int(states[0]))
    return heads[0]


def _decode(
    fill: Callable[..., None],
    scores: Float[np.ndarray, "batch dep head"],
    lengths: Int[np.ndarray, " batch"],
) -> Int[np.ndarray, "batch dep"]:
    check_shape(scores)
    check_lengths(lengths, scores.shape[1])
    heads = np.empty(scores.shape[:2], np.int64)
    states = np.empty(len(lengths), np.int64)
    fill(np.ascontiguousarray(scores), lengths.astype(np.int64), heads, states)
    for sentence in np.flatnonzero(states != FOUND)[:1].tolist():
        words = int(lengths[sentence])
        own = scores[sentence, :words, : words + 1]
        refuse(own, int(states[sentence]), name=f"sentence {sentence} of the batch")
    return heads


def check_lengths(lengths: Int[np.ndarray, " batch"], words: int) -> None:
    """See that every sentence of a batch has at least one word, and has its scores.

    Raises:
        DataError: a length is out of range.
    """
    wrong = np.flatnonzero((lengths < 1) | (lengths > words))
    if len(wrong):
        raise DataError(
            f"sentence {wrong[0]} of the batch has length {lengths[wrong[0]]}, "
            f"but the scores are for 1 to {words} words"
        )
