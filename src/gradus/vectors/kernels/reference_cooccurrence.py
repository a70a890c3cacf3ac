"""The specification of the counting kernels: plain NumPy and dictionaries, short and slow."""

from collections import Counter
from collections.abc import Mapping

import numpy as np


def index_words(ids, start, end, starts, positions):
    """Sort the places of the words in ``ids[start:end]`` by word."""
    places = np.arange(start, end)
    places = places[ids[places] >= 0]
    positions[: len(places)] = places[np.argsort(ids[places], kind="stable")]
    starts[:] = np.searchsorted(np.sort(ids[places]), np.arange(len(starts)))


def window(ids, place, weights, right):
    """The contexts of one place with their weights: up to the end of the window, line or text."""
    for step in (-1, 1) if right else (-1,):
        for distance in range(1, len(weights)):
            other = place + step * distance
            if not 0 <= other < len(ids) or ids[other] < 0:
                break
            yield int(ids[other]), int(weights[distance])


def count_rows(
    ids, positions, starts, first, last, weights, right, sums, touched, columns, counts, sizes
):
    """Count the contexts of words ``first`` to ``last - 1``; returns the number of pairs."""
    written = 0
    for row in range(first, last):
        total: Counter[int] = Counter()
        for place in positions[starts[row] : starts[row + 1]]:
            for column, weight in window(ids, place, weights, right):
                total[column] += weight
        sizes[row - first] = len(total)
        written = _write_row(total, columns, counts, written)
    return written


def merge_rows(begins, in_columns, in_counts, sums, touched, columns, counts, sizes):
    """Add the same rows of several runs; ``begins[run]`` bounds the rows of a run in the input."""
    written = 0
    for row in range(begins.shape[1] - 1):
        total: Counter[int] = Counter()
        for bounds in begins:
            for k in range(bounds[row], bounds[row + 1]):
                total[int(in_columns[k])] += int(in_counts[k])
        sizes[row] = len(total)
        written = _write_row(total, columns, counts, written)
    return written


def _write_row(total: Mapping[int, int], columns, counts, written):
    for column in sorted(total):
        columns[written], counts[written] = column, total[column]
        written += 1
    return written
