"""All dependency trees of a few words, one by one: the judge of what finds or sums the best."""

from functools import cache
from itertools import product

import numpy as np
from hypothesis import strategies as st

#: Words up to which all trees are counted out: 7,776 of six words.
MOST = 6


@cache
def every_tree(words: int) -> np.ndarray:
    """The heads of all trees with one root word; a row is a tree."""
    found = [heads for heads in product(range(words + 1), repeat=words) if _is_tree(heads)]
    return np.array(found, dtype=np.int64)


@cache
def every_projective_tree(words: int) -> np.ndarray:
    """Those without crossing arcs: every word under an arc descends from its head."""
    return np.array([heads for heads in every_tree(words).tolist() if is_projective(heads)])


def is_tree(heads: np.ndarray) -> bool:
    return _is_tree(tuple(heads.tolist()))


def _is_tree(heads: tuple[int, ...]) -> bool:
    if sum(head == 0 for head in heads) != 1:
        return False
    return all(0 in _ancestors(heads, word) for word in range(1, len(heads) + 1))


def _ancestors(heads, word: int) -> list[int]:
    """From the word up to the root, or round a cycle once."""
    path: list[int] = []
    while word not in path:
        path.append(word)
        if word:
            word = heads[word - 1]
    return path


def is_projective(heads) -> bool:
    return all(
        head in _ancestors(heads, between)
        for word, head in enumerate(heads, start=1)
        for between in range(min(word, head) + 1, max(word, head))
    )


def totals(scores: np.ndarray, trees: np.ndarray) -> np.ndarray:
    """The score of each tree."""
    return scores.astype(np.float64)[np.arange(len(scores)), trees].sum(axis=1)


def log_sum_and_marginals(scores: np.ndarray) -> tuple[float, np.ndarray]:
    """By counting out all trees."""
    trees = every_tree(len(scores))
    logs = totals(scores, trees)
    weights = np.exp(logs - logs.max())
    marginals = np.zeros(scores.shape)
    for heads, share in zip(trees, weights / weights.sum(), strict=True):
        marginals[np.arange(len(heads)), heads] += share
    return float(logs.max() + np.log(weights.sum())), marginals


FEW = st.integers(1, 5)


@st.composite
def arc_scores(draw, *, words=FEW, forbid: bool = True) -> np.ndarray:
    """Scores of a kind: spread out or near, with ties, all negative, with forbidden arcs."""
    count = draw(words)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    scale = draw(st.sampled_from([0.0, 0.1, 1.0, 30.0, 1000.0]))
    scores = scale * rng.standard_normal((count, count + 1))
    if draw(st.booleans()):
        scores = scores.round()  # ties
    if draw(st.booleans()):
        scores -= 5 * scale
    if forbid:
        scores[rng.random(scores.shape) < draw(st.sampled_from([0.0, 0.2, 0.5, 0.7]))] = -np.inf
    np.fill_diagonal(scores[:, 1:], draw(st.sampled_from([0.0, np.inf, np.nan, -np.inf])))
    return scores.astype(draw(st.sampled_from([np.float32, np.float64])))


def random_projective_tree(words: int, rng: np.random.Generator) -> np.ndarray:
    heads = np.zeros(words, dtype=np.int64)

    def hang(first: int, last: int, head: int) -> None:
        """Hang the words of a stretch on ``head``, which stands beside it."""
        while first <= last:
            end = int(rng.integers(first, last + 1))
            top = int(rng.integers(first, end + 1))
            heads[top - 1] = head
            hang(first, top - 1, top)
            hang(top + 1, end, top)
            first = end + 1

    root = int(rng.integers(1, words + 1))
    hang(1, root - 1, root)
    hang(root + 1, words, root)
    return heads
