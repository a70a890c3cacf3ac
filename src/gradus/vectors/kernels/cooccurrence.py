"""Compiled loops that count which words occur near each other; twins in ``reference_cooccurrence``.

Counts are integers: weights are scaled, so the order of additions does not matter and no pair of a
corpus is lost to rounding. A row is summed in a dense vector and read off in order of its columns.
"""

import numpy as np

from gradus.core.jit import compiled


@compiled
def index_words(ids, start, end, starts, positions):  # type: ignore[no-untyped-def]
    """Sort the places of the words in ``ids[start:end]`` by word.

    Afterwards ``positions[starts[w]:starts[w + 1]]`` are the places of word ``w``, ascending.
    """
    starts[:] = 0
    for place in range(start, end):
        if ids[place] >= 0:
            starts[ids[place] + 1] += 1
    for word in range(len(starts) - 1):
        starts[word + 1] += starts[word]
    fill = starts[:-1].copy()
    for place in range(start, end):
        word = ids[place]
        if word >= 0:
            positions[fill[word]] = place
            fill[word] += 1


@compiled
def count_rows(  # type: ignore[no-untyped-def]
    ids, positions, starts, first, last, weights, right, sums, touched, columns, counts, sizes
):
    """Count the contexts of words ``first`` to ``last - 1``; returns how many pairs were written.

    ``weights[d]`` is added for a context at distance ``d``, on the left and, if ``right``, on the
    right; a negative id ends the window. ``sums`` is zero before and after, one cell a word.
    """
    written = 0
    for row in range(first, last):
        found = 0
        for k in range(starts[row], starts[row + 1]):
            place = positions[k]
            for side in range(1 + right):
                step = 2 * side - 1
                for distance in range(1, len(weights)):
                    other = place + step * distance
                    if other < 0 or other >= len(ids):
                        break
                    column = ids[other]
                    if column < 0:
                        break
                    if sums[column] == 0:
                        touched[found] = column
                        found += 1
                    sums[column] += weights[distance]
        _write_row(sums, touched, found, columns, counts, written)
        sizes[row - first] = found
        written += found
    return written


@compiled
def merge_rows(begins, in_columns, in_counts, sums, touched, columns, counts, sizes):  # type: ignore[no-untyped-def]
    """Add the same rows of several runs; ``begins[run]`` bounds the rows of a run in the input."""
    written = 0
    for row in range(begins.shape[1] - 1):
        found = 0
        for run in range(begins.shape[0]):
            for k in range(begins[run, row], begins[run, row + 1]):
                column = in_columns[k]
                if sums[column] == 0:
                    touched[found] = column
                    found += 1
                sums[column] += in_counts[k]
        _write_row(sums, touched, found, columns, counts, written)
        sizes[row] = found
        written += found
    return written


@compiled
def _write_row(sums, touched, found, columns, counts, written):  # type: ignore[no-untyped-def]
    if 16 * found < len(sums):
        touched[:found].sort()
    else:  # looking at every cell is quicker than sorting that many columns
        place = 0
        for column in range(len(sums)):
            if sums[column] != 0:
                touched[place] = column
                place += 1
    for j in range(found):
        column = touched[j]
        columns[written + j] = column
        counts[written + j] = sums[column]
        sums[column] = 0


def workspace(words: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``sums`` and ``touched`` that a thread needs for a vocabulary of ``words``."""
    return np.zeros(words, dtype=np.int64), np.empty(words, dtype=np.int32)
