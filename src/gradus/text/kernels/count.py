"""Tables of words side by side: which words they share, what they count, how they are ordered.

The words of several tables are numbered through: those of table ``t`` from ``offset[t]`` on. A
word that an earlier table has too goes by the earlier number.
"""

import numpy as np

from gradus.core.jit import compiled
from gradus.text.kernels.machine import load8, lowest_bit
from gradus.text.kernels.scan import (
    COUNT_BITS,
    COUNT_MASK,
    EIGHT,
    HIGHS,
    LINE_END,
    ONE,
    SIXTY_FOUR,
    find,
    first_bytes,
    slot_of,
)

#: The final number of a word that is left out.
DROPPED = -2


@compiled
def counts_of(slots, counts):  # type: ignore[no-untyped-def]
    """Write the count of every word at the place of its number."""
    for slot in range(0, len(slots), 2):
        if slots[slot] != 0:
            entry = slots[slot + 1]
            counts[entry >> COUNT_BITS] = np.int64(entry & COUNT_MASK)


@compiled
def match_words(  # type: ignore[no-untyped-def]
    first, last, slots, starts, arena, offset, numbers, home, totals
):
    """Give the words in ``slots[first:last]`` the number, and its count, they have at ``home``.

    ``home`` is an earlier table: slots, starts, arena, offset. Both tables are in the order of
    hashes, so this reads both from one end to the other.
    """
    home_slots, home_starts, home_arena, home_offset = home
    shift = SIXTY_FOUR - lowest_bit(np.uint64(len(home_slots) // 2))
    for slot in range(first, last, 2):
        key = slots[slot]
        if key == 0:
            continue
        word = np.int64(slots[slot + 1] >> COUNT_BITS)
        if numbers[word] != offset + word:
            continue
        start = np.uint64(starts[word])
        size = np.uint64(starts[word + 1]) - start - ONE if key & np.uint64(0xFF) == 0 else EIGHT
        found = find(
            arena, start, size, key, slot_of(key, shift), False, home_slots, home_starts, home_arena
        )
        if home_slots[found] != 0:
            number = home_offset + np.int64(home_slots[found + ONE] >> COUNT_BITS)
            numbers[word] = number
            totals[number] += totals[offset + word]
            totals[offset + word] = 0


@compiled
def outside_ascii(starts, arena, flags):  # type: ignore[no-untyped-def]
    """Flag the words that have a byte outside ASCII."""
    for word in range(len(flags)):
        at, end = np.uint64(starts[word]), np.uint64(starts[word + 1])
        high = np.uint64(0)
        while at + EIGHT < end:
            high |= load8(arena, at)
            at += EIGHT
        high |= first_bytes(arena, at, end - at)
        flags[word] = high & HIGHS != 0


@compiled
def gather(numbers, starts, arena, out):  # type: ignore[no-untyped-def]
    """Copy the words with these numbers, each with its line end, into ``out``."""
    place = 0
    for number in numbers:
        for at in range(starts[number], starts[number + 1]):
            out[place] = arena[at]
            place += 1


@compiled
def first_letters(numbers, starts, arena, out):  # type: ignore[no-untyped-def]
    """The first sixteen bytes of these words as two little-endian numbers; ``out`` is all zeros."""
    for place, number in enumerate(numbers):
        start = np.uint64(starts[number])
        size = np.uint64(starts[number + 1]) - start - ONE
        out[place, 0] = first_bytes(arena, start, min(size, EIGHT))
        if size > EIGHT:
            out[place, 1] = first_bytes(arena, start + EIGHT, min(size - EIGHT, EIGHT))


@compiled
def renumber(ids, numbers, out):  # type: ignore[no-untyped-def]
    """Write ``numbers[ids]`` to ``out`` without dropped words; a run of line ends gives one.

    Returns how many were written; a first line end stays, the caller knows what comes before.
    """
    count = 0
    for old in ids:
        if old >= 0:
            number = numbers[np.uint32(old)]
            if number >= 0:
                out[count] = number
                count += 1
        elif count == 0 or out[count - 1] != LINE_END:
            out[count] = LINE_END
            count += 1
    return count
