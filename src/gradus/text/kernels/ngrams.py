"""Sequences of words in texts: candidates, look-ups, and the distinct rows of each text.

A sequence is known by the row of all its words but the last, and its last word: ``key = row · words
+ word``. ``slots`` is an open-addressing hash table of ``(key + 1, row)`` pairs, 0 where it is
empty. Without slots the row of a sequence is a hash. Twins stand in ``reference_ngrams``.
"""

import numpy as np

from gradus.core.jit import compiled
from gradus.text.kernels.machine import lowest_bit, prefetch

#: What stands for a word, or a sequence, that has no row.
ABSENT = -1
#: Spreads keys over a table: 2^64 divided by the golden ratio, odd.
SPREAD = np.uint64(0x9E3779B97F4A7C15)
ONE = np.uint64(1)
TWO = np.uint64(2)
SIXTY_FOUR = np.uint64(64)


@compiled(inline=True)
def first_slot(slots, entry):  # type: ignore[no-untyped-def]
    """The place in ``slots`` where the search for ``entry``, a key plus 1, begins."""
    shift = SIXTY_FOUR - lowest_bit(np.uint64(len(slots) // 2))
    return ((entry * SPREAD) >> shift) << ONE


@compiled(inline=True)
def row_of(slots, key):  # type: ignore[no-untyped-def]
    """The row of a key, ``ABSENT`` where it is not in the table."""
    entry = np.uint64(key) + ONE
    last = np.uint64(len(slots) - 1)
    slot = first_slot(slots, entry)
    while slots[slot] != entry:
        if slots[slot] == 0:
            return ABSENT
        slot = (slot + TWO) & last
    return np.int64(slots[slot + ONE])


@compiled
def enter(slots, keys, first):  # type: ignore[no-untyped-def]
    """Enter new ``keys``, whose rows count from ``first``; half of the slots stay empty."""
    last = np.uint64(len(slots) - 1)
    for place in range(len(keys)):
        entry = np.uint64(keys[place]) + ONE
        slot = first_slot(slots, entry)
        while slots[slot] != 0:
            slot = (slot + TWO) & last
        slots[slot] = entry
        slots[slot + ONE] = np.uint64(first + place)


@compiled
def candidates(ids, offsets, rows, words, out):  # type: ignore[no-untyped-def]
    """Write the keys of the sequences one word longer than those in ``rows``; count them.

    ``rows`` has the row of the sequence that ends at each token. A longer one is at most as
    frequent as its beginning and as its end, so both must be there.
    """
    count = 0
    for text in range(len(offsets) - 1):
        for token in range(offsets[text] + 1, offsets[text + 1]):
            if rows[token - 1] != ABSENT and rows[token] != ABSENT:
                out[count] = rows[token - 1] * words + ids[token]
                count += 1
    return count


@compiled
def frequent(keys, least):  # type: ignore[no-untyped-def]
    """Of sorted ``keys``, those that stand there ``least`` times, each once."""
    kept, at = 0, 0
    found = np.empty(len(keys) // least, np.int64)
    while at < len(keys):
        end = at + 1
        while end < len(keys) and keys[end] == keys[at]:
            end += 1
        if end - at >= least:
            found[kept] = keys[at]
            kept += 1
        at = end
    return found[:kept].copy()


@compiled
def extend_(ids, words, slots, rows):  # type: ignore[no-untyped-def]
    """Turn the rows of the sequences that end at each token of a text into those a word longer."""
    if slots is not None:
        # most of the time is spent waiting for slots, so all are asked for before the first is read
        for token in range(1, len(ids)):
            if rows[token - 1] != ABSENT and rows[token] != ABSENT:
                key = rows[token - 1] * words + ids[token]
                prefetch(slots, first_slot(slots, np.uint64(key) + ONE))
    for token in range(len(ids) - 1, 0, -1):
        if rows[token - 1] == ABSENT or rows[token] == ABSENT:
            rows[token] = ABSENT
            continue
        key = rows[token - 1] * words + ids[token]
        if slots is not None:
            rows[token] = row_of(slots, key)
        else:
            # 31 bits, so that the next key fits in 63
            rows[token] = np.int64((np.uint64(key) * SPREAD) >> np.uint64(33))
    rows[:1] = ABSENT


@compiled
def extend_all_(ids, offsets, words, slots, rows):  # type: ignore[no-untyped-def]
    """:func:`extend_` of every text."""
    for text in range(len(offsets) - 1):
        first, end = offsets[text], offsets[text + 1]
        extend_(ids[first:end], words, slots, rows[first:end])


@compiled
def distinct_rows(ids, offsets, words, order, slots, buckets, size):  # type: ignore[no-untyped-def]
    """The rows of each text, each once, shorter sequences first, and where those of a text begin.

    Sequences have the rows in ``slots``, or, where that is None, one of ``buckets`` behind words.
    """
    last = np.full(size, -1, np.int32)  # the last text that each row was met in
    found = np.empty(len(ids) * order, np.int32)
    bounds = np.zeros(len(offsets), np.int64)
    count = 0
    for text in range(len(offsets) - 1):
        own = ids[offsets[text] : offsets[text + 1]]
        rows = own.astype(np.int64)
        for length in range(1, order + 1):
            if length > 1:
                extend_(own, words, slots, rows)
            for token in range(length - 1, len(own)):
                row = rows[token]
                if row == ABSENT:
                    continue
                if slots is None and length > 1:
                    row = words + row % buckets
                if last[row] != text:
                    last[row] = text
                    found[count] = row
                    count += 1
        bounds[text + 1] = count
    return found[:count].copy(), bounds
