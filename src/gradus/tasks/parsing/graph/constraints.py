"""Arcs that are given beforehand: scores that leave only the trees which have them."""

from itertools import combinations

import numpy as np

from gradus.core.errors import DataError
from gradus.core.shapes import Float, Int
from gradus.tasks.parsing.graph.arcs import check_shape

#: A word whose head is not given.
FREE = -1


def constrained(
    scores: Float[np.ndarray, "dep head"],
    given: Int[np.ndarray, " given"],
    *,
    projective: bool = False,
) -> Float[np.ndarray, "dep head"]:
    """Scores that keep the heads in ``given``: the other heads of these words become ``-inf``.

    -1 leaves a word free. A given arc whose own score is ``-inf`` is allowed and counts 0. With
    ``projective`` a tree without crossing arcs must have them.

    >>> constrained(np.array([[1.0, 0, 2], [4, 8, 0]]), np.array([-1, 1]))
    array([[  1.,   0.,   2.],
           [-inf,   8., -inf]])

    Raises:
        DataError: no tree has the given arcs: a head out of range, two roots, a cycle, a crossing.
    """
    check_shape(scores)
    check_given(given, len(scores), projective=projective)
    words = np.flatnonzero(given != FREE)
    kept = scores[words, given[words]]
    result = scores.copy()
    result[words] = -np.inf
    result[words, given[words]] = np.where(kept == -np.inf, 0, kept)
    return result


def check_given(given: Int[np.ndarray, " given"], words: int, *, projective: bool = False) -> None:
    """See that a tree of so many words has the heads in ``given``, as :func:`constrained` needs.

    Raises:
        DataError: there is none.
    """
    _check_heads(given, words)
    _check_roots(given)
    _check_cycles(given)
    if projective:
        _check_crossings(given)
        _check_covers(given)


def _check_heads(given: Int[np.ndarray, " given"], words: int) -> None:
    if len(given) != words:
        raise DataError(
            f"heads are given for {len(given)} words, but the scores are for {words}; "
            "give one head a word, -1 where it is free"
        )
    for word, head in enumerate(given.tolist(), start=1):
        if not FREE <= head <= words or head == word:
            what = "itself" if head == word else f"{head}"
            raise DataError(
                f"the given head of word {word} is {what}; "
                f"choose another word of 1 to {words}, 0 for the root, or -1 to leave it free"
            )


def _check_roots(given: Int[np.ndarray, " dep"]) -> None:
    roots = (np.flatnonzero(given == 0) + 1).tolist()
    if len(roots) > 1:
        raise DataError(
            f"words {roots[0]} and {roots[1]} are both given as root, but a tree has one; "
            "free one of them with -1"
        )


def _check_cycles(given: Int[np.ndarray, " dep"]) -> None:
    done: set[int] = set()
    for start in range(1, len(given) + 1):
        path: list[int] = []
        word = start
        while word > 0 and word not in done:
            path.append(word)
            done.add(word)
            word = int(given[word - 1])
        if word in path:
            cycle = [*path[path.index(word) :], word]
            raise DataError(
                f"the given heads go round in a cycle: {' -> '.join(map(str, cycle))}; "
                "free one of these words with -1"
            )


def _check_crossings(given: Int[np.ndarray, " dep"]) -> None:
    words = (np.flatnonzero(given != FREE) + 1).tolist()
    arcs = [(*sorted((word, int(given[word - 1]))), word) for word in words]
    for (low, high, word), (left, right, other) in combinations(arcs, 2):
        if low < left < high < right or left < low < right < high:
            raise DataError(
                f"the given arcs {given[word - 1]} -> {word} and {given[other - 1]} -> {other} "
                "cross, which no projective tree allows; free one of these words with -1, or "
                "let arcs cross"
            )


def _check_covers(given: Int[np.ndarray, " dep"]) -> None:
    """See that no arc passes over a word that its head hangs on: that word's own arc would cross.

    Without crossings and this, a projective tree with the given arcs exists.
    """
    for word in (np.flatnonzero(given > 0) + 1).tolist():
        head = above = int(given[word - 1])
        while above > 0:
            if min(word, head) < above < max(word, head):
                raise DataError(
                    f"the given arc {head} -> {word} passes over word {above}, which {head} hangs "
                    f"on, and would cross the arc into {above}; free one of these words with -1, "
                    "or let arcs cross"
                )
            above = int(given[above - 1])
