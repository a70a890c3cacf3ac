"""Work in stretches of bounded size: where to cut, and how to run them on threads in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from jaxtyping import Int

T = TypeVar("T")
R = TypeVar("R")


def groups(sizes: Int[np.ndarray, " rows"], limit: int) -> list[tuple[int, int]]:
    """Cut rows into stretches whose sizes add up to ``limit`` at most, or of a single row.

    >>> groups(np.array([2, 2, 9, 1, 1]), 4)
    [(0, 2), (2, 3), (3, 5)]
    """
    ends = np.cumsum(sizes)
    cuts, first, before = [], 0, 0
    while first < len(sizes):
        last = max(first + 1, int(np.searchsorted(ends, before + limit, side="right")))
        cuts.append((first, last))
        first, before = last, int(ends[last - 1])
    return cuts


def in_order(function: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """The results of ``function`` in the order of ``items``, a few worked on ahead.

    >>> list(in_order(abs, [-1, 2, -3], threads=2))
    [1, 2, 3]
    """
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[Future[R]] = deque()
        try:
            for item in items:
                ahead.append(pool.submit(function, item))
                if len(ahead) > threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()
