"""The arithmetic of queries: cosines with every word, analogies, the best few of many scores.

A word's score is its cosine, so a matrix of unit vectors is never built: one product with the raw
vectors, divided by their norms, reads memory-mapped vectors once.
"""

from collections.abc import Collection
from typing import Literal, cast, get_args

import numpy as np

from gradus.core.errors import SettingsError
from gradus.core.shapes import Float, Int
from gradus.vectors.contents import SHORTEST

Method = Literal["3cosadd", "3cosmul"]

#: Keeps 3CosMul's division finite (Levy and Goldberg 2014, equation 4).
EPSILON = 1e-6

#: Scores that share one maximum in the search for the best few.
GROUP = 64


def unit(rows: Float[np.ndarray, "*many dim"]) -> Float[np.ndarray, "*many dim"]:
    """Each row scaled to length 1; a zero row stays zero.

    >>> unit(np.array([3, 4], dtype=np.float32))
    array([0.6, 0.8], dtype=float32)
    """
    wide = rows.astype(np.float64)
    norms = np.sqrt(np.sum(wide * wide, axis=-1, keepdims=True))
    return np.divide(wide, norms, out=np.zeros_like(wide), where=norms >= SHORTEST).astype(
        np.float32
    )


def cosines(
    targets: Float[np.ndarray, "queries dim"],
    vectors: Float[np.ndarray, "words dim"],
    norms: Float[np.ndarray, " words"],
) -> Float[np.ndarray, "queries words"]:
    """Cosine of each unit target with each word; words without a direction score 0."""
    # one query: a matrix-vector product reads the rows in order, faster than the general product
    scores = (vectors @ targets[0])[None] if len(targets) == 1 else targets @ vectors.T
    scores /= np.where(norms > 0, norms, np.float32(np.inf))
    return scores


def analogy_scores(
    a: Float[np.ndarray, "... words"],
    b: Float[np.ndarray, "... words"],
    c: Float[np.ndarray, "... words"],
    method: Method,
) -> Float[np.ndarray, "... words"]:
    """Score every word as the answer to "a is to b as c is to ?", from its cosines with a, b and c.

    3CosAdd is ``cos(b) - cos(a) + cos(c)``; 3CosMul is ``cos(b)·cos(c) / (cos(a) + ε)`` with
    cosines moved to [0, 1], so that no single large term decides (Levy and Goldberg 2014).
    """
    if method == "3cosadd":
        return b - a + c
    if method == "3cosmul":
        return (1 + b) * (1 + c) / (2 * (1 + a) + 4 * EPSILON)
    raise _unknown(method)


def named_method(name: str) -> Method:
    """The method called ``name``; :class:`SettingsError` lists the known names."""
    if name not in get_args(Method):
        raise _unknown(name)
    return cast(Method, name)


def best(
    scores: Float[np.ndarray, " words"], n: int, exclude: Collection[int] = ()
) -> Int[np.ndarray, " found"]:
    """Numbers of the ``n`` highest scores, best first, equals by number; fewer if words run out.

    >>> best(np.array([0.5, 0.9, 0.1, 0.9]), 3, exclude={0})
    array([1, 3, 2])
    """
    found = _candidates(scores, n + len(exclude))
    found = found[np.lexsort((found, -scores[found]))]
    return found[~np.isin(found, list(exclude))][:n]


def _candidates(scores: Float[np.ndarray, " words"], n: int) -> Int[np.ndarray, " found"]:
    """Numbers in order that include the ``n`` highest scores: far cheaper than a partition."""
    whole = scores.size // GROUP * GROUP
    if n > whole // GROUP:
        return np.arange(scores.size)
    # each of the n best groups holds a score at least this high
    peaks = scores[:whole].reshape(-1, GROUP).max(axis=1)
    threshold = np.partition(peaks, peaks.size - n)[peaks.size - n]
    return np.flatnonzero(scores >= threshold)


def _unknown(method: str) -> SettingsError:
    return SettingsError(
        f"method={method!r} is unknown: choose one of {', '.join(get_args(Method))}"
    )
