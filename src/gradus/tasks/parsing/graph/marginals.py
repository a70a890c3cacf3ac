"""How probable each arc is when a tree has the probability ``exp(score) / Z``."""

import numpy as np

from gradus.core.shapes import Float
from gradus.nn.kernels.arborescences import log_partition as fill_marginals
from gradus.tasks.parsing.graph.arcs import check_shape, refuse
from gradus.tasks.parsing.kernels.spanning import NO_TREE, UNUSABLE


def log_partition(scores: Float[np.ndarray, "dep head"]) -> float:
    """``log Z``, with Z the sum of ``exp(score)`` over all trees with one root word, in nats.

    The matrix-tree theorem [koo2007] [smith2007], in O(n³) steps. The determinant is computed by
    elimination without subtraction [grassmann1985], so that it is right to about twelve digits
    however far the scores lie apart.

    >>> round(float(np.exp(log_partition(np.zeros((3, 4))))), 6)  # three words have 9 trees
    9.0

    Raises:
        DataError: no tree is left, or a score is +∞ or no number.
    """
    return _sum(scores, np.empty((0, 0)))


def arc_marginals(scores: Float[np.ndarray, "dep head"]) -> Float[np.ndarray, "dep head"]:
    """The probability of each arc: that of all the trees which have it; a row sums to 1.

    They are right to about 1e-12, in O(n³) steps.

    >>> arc_marginals(np.log(np.array([[1.0, 1, 3], [1, 1, 1]])))  # [2, 0] is 3 times [0, 1]
    array([[0.25, 0.  , 0.75],
           [0.75, 0.25, 0.  ]])

    Raises:
        DataError: no tree is left, or a score is +∞ or no number.
    """
    marginals = np.zeros(scores.shape)
    _sum(scores, marginals)
    return marginals


def _sum(
    scores: Float[np.ndarray, "dep head"], marginals: Float[np.ndarray, "rows columns"]
) -> float:
    check_shape(scores)
    if not len(scores):
        return 0.0
    total = fill_marginals(scores.astype(np.float64, order="C"), marginals, marginals.size > 0)
    if not np.isfinite(total):
        refuse(scores, NO_TREE if total == -np.inf else UNUSABLE)
    return float(total)
