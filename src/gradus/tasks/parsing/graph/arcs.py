"""Scores of arcs: their shape, and what to say of those that no tree fits."""

from typing import NoReturn

import numpy as np

from gradus.core.errors import DataError
from gradus.core.shapes import Float, Int
from gradus.tasks.parsing.kernels.spanning import UNUSABLE


def check_shape(scores: Float[np.ndarray, "*axes"]) -> None:
    """See that the last two axes are n dependents and n + 1 heads.

    Raises:
        DataError: they are not.
    """
    if scores.ndim < 2 or scores.shape[-1] != scores.shape[-2] + 1:
        shape = list(scores.shape)
        raise DataError(
            f"scores have shape {shape}, but n words need [n, n + 1]: a row for each dependent, "
            "a column for the root and then one for each word as head"
        )


def refuse(scores: Float[np.ndarray, "dep head"], state: int, *, name: str = "") -> NoReturn:
    """Say why no tree came of ``scores``, those of the sentence called ``name``.

    Raises:
        DataError: always.
    """
    place = f"{name}: " if name else ""
    allowed = ~np.eye(len(scores), scores.shape[1], k=1, dtype=bool)
    if state == UNUSABLE:
        word, head = np.argwhere(allowed & ~(scores < np.inf))[0].tolist()
        raise DataError(
            f"{place}the score of word {word + 1} with head {head} is {scores[word, head]}; "
            "scores must be finite, or -inf to forbid an arc"
        )
    lonely = np.flatnonzero(~(allowed & (scores > -np.inf)).any(axis=1)) + 1
    reason = (
        f"word {lonely[0]} has no head left"
        if len(lonely)
        else f"the arcs that are left to its {len(scores)} words do not join below one root word"
    )
    raise DataError(f"{place}no tree exists: {reason}; forbid fewer arcs with -inf")


def tree_score(scores: Float[np.ndarray, "dep head"], heads: Int[np.ndarray, " dep"]) -> float:
    """The sum of the scores of the arcs of a tree, in float64.

    >>> tree_score(np.array([[1.0, 0, 2], [4, 8, 0]]), np.array([2, 0]))
    6.0
    """
    return float(scores[np.arange(len(heads)), heads].sum(dtype=np.float64))
