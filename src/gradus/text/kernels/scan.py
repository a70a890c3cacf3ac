"""Bytes of text in, word numbers out: one pass that splits, lower-cases, hashes and counts.

A table of words is three arrays. ``slots`` is an open-addressing hash table of ``(key, entry)``
pairs: the key of a word of up to eight bytes is the word itself, that of a longer one a hash with
a zero byte at its low end (which no short key has); the entry packs the word's number and count.
``arena`` holds the bytes of all words, each followed by a line end, in the order of their numbers,
and ``starts`` says where each begins.
"""

import numpy as np

from gradus.core.jit import compiled
from gradus.text.kernels.classes import (
    DIGIT,
    JOINER,
    LEAD,
    LINE,
    NUL,
    POINT,
    PUNCTUATION,
    WORD,
)
from gradus.text.kernels.machine import load8, lowest_bit, prefetch

#: How a scan can end.
DONE, FULL, NUL_BYTE, TOO_LONG = 0, 1, 2, 3
#: Places in the state that a scan leaves behind.
POSITION, OUTPUTS, TOKENS, WORDS, ARENA = 0, 1, 2, 3, 4
STATE_SIZE = 5

LINE_END = -1

#: Bytes that must be readable behind an arena, and be blanks behind a text.
PADDING = 16
#: A word of more bytes is a sign that the input is no text.
LONGEST_WORD = 1 << 20

COUNT_BITS = np.uint64(38)  # 2.7e11 occurrences of 6.7e7 words
COUNT_MASK = np.uint64((1 << 38) - 1)
MAX_WORDS = 1 << 26

#: Words whose slots are asked for at once.
BATCH = 64

ONE = np.uint64(1)
TWO = np.uint64(2)
EIGHT = np.uint64(8)
ONES = np.uint64(0x0101010101010101)
HIGHS = np.uint64(0x8080808080808080)
LOWS = np.uint64(0x7F7F7F7F7F7F7F7F)
PRINTING = np.uint64(0x2121212121212121)  # the first byte value above the blank
FROM_A = np.uint64(0x3F3F3F3F3F3F3F3F)  # 0x80 - "A"
ABOVE_Z = np.uint64(0x2525252525252525)  # 0x7F - "Z"
LOW_BYTE = np.uint64(0xFF)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIXER = np.uint64(0xD6E8FEB86659FD93)
HALF = np.uint64(32)
SIXTY_FOUR = np.uint64(64)


@compiled(inline=True)
def lower8(chunk):  # type: ignore[no-untyped-def]
    """Lower-case the ASCII letters among eight bytes."""
    low = chunk & LOWS
    upper = ((low + FROM_A) ^ (low + ABOVE_Z)) & ~chunk & HIGHS
    return chunk | (upper >> np.uint64(2))


@compiled(inline=True)
def separator_length(data, at, words):  # type: ignore[no-untyped-def]
    """Bytes of the separator outside ASCII at ``at``; 0 where there is none, -1 for a joiner."""
    first = data[at]
    second = data[at + ONE]
    if first == 0xC2:
        return 2 if second == 0x85 or second == 0xA0 else 0
    third = data[at + np.uint64(2)]
    if first == 0xE2:
        if second == 0x80:
            if third <= 0x8A or third == 0xA8 or third == 0xA9 or third == 0xAF:
                return 3 if third >= 0x80 else 0
            if words:
                if third == 0x90 or third == 0x91 or third == 0x99:
                    return -1
                if 0x92 <= third <= 0x95 or 0x98 <= third <= 0x9F or third == 0xA6:
                    return 3
            return 0
        return 3 if second == 0x81 and third == 0x9F else 0
    if first == 0xE1:
        return 3 if second == 0x9A and third == 0x80 else 0
    if first == 0xE3:
        return 3 if second == 0x80 and third == 0x80 else 0
    return 0


@compiled
def starts_word(data, at, classes, words):  # type: ignore[no-untyped-def]
    """Whether the character at ``at`` is a word character."""
    kind = classes[data[at]]
    if kind == LEAD:
        return separator_length(data, at, words) == 0
    return kind >= WORD


@compiled
def word_end(data, at, classes, words):  # type: ignore[no-untyped-def]
    """The place behind the word that begins at ``at``."""
    start = at
    while True:
        if not words:
            chunk = load8(data, at)
            # exact for the lowest byte that is a blank, a control or outside ASCII
            special = ((chunk - PRINTING) | chunk) & HIGHS
            if special == 0:
                at += EIGHT
                continue
            at += lowest_bit(special) >> np.uint64(3)
        kind = classes[data[at]]
        while kind >= WORD:
            at += ONE
            kind = classes[data[at]]
        if kind <= PUNCTUATION or kind == NUL:
            return at
        if kind == JOINER:
            if at == start or not starts_word(data, at + ONE, classes, words):
                return at
            at += ONE
        elif kind == POINT:
            if at == start or classes[data[at - ONE]] != DIGIT or classes[data[at + ONE]] != DIGIT:
                return at
            at += ONE
        else:
            size = separator_length(data, at, words)
            if size > 0:
                return at
            if size < 0:
                if not starts_word(data, at + np.uint64(3), classes, words):
                    return at
                at += np.uint64(3)
            else:
                at += ONE


@compiled(inline=True)
def first_bytes(data, start, size):  # type: ignore[no-untyped-def]
    """One to eight bytes as a little-endian number."""
    return load8(data, start) & (~np.uint64(0) >> (SIXTY_FOUR - (size << np.uint64(3))))


@compiled(inline=True)
def key_of(data, start, size, lowercase):  # type: ignore[no-untyped-def]
    """The key of a word: itself up to eight bytes, a hash with a zero low byte beyond."""
    if size <= EIGHT:
        key = first_bytes(data, start, size)
        return lower8(key) if lowercase else key
    chunk = load8(data, start)
    last = load8(data, start + size - EIGHT)
    if lowercase:
        chunk = lower8(chunk)
        last = lower8(last)
    code = chunk * GOLDEN
    code = (code ^ (code >> HALF)) + size
    at = EIGHT
    while at + EIGHT < size:
        chunk = load8(data, start + at)
        if lowercase:
            chunk = lower8(chunk)
        code = (code ^ chunk) * MIXER
        code ^= code >> HALF
        at += EIGHT
    code = (code ^ last) * MIXER
    code ^= code >> HALF
    return (code & ~LOW_BYTE) | np.uint64(256)  # never zero: that is the key of an empty slot


@compiled(inline=True)
def slot_of(key, shift):  # type: ignore[no-untyped-def]
    """The place in ``slots`` where the search for ``key`` begins."""
    return (((key ^ (key >> HALF)) * GOLDEN) >> shift) << ONE


@compiled
def same_word(data, start, size, lowercase, arena, place):  # type: ignore[no-untyped-def]
    """Whether a long word of the text is the one at ``place`` of the arena, byte for byte."""
    if arena[place + size] != 10:
        return False
    at = np.uint64(0)
    while True:
        chunk = load8(data, start + at)
        if lowercase:
            chunk = lower8(chunk)
        if chunk != load8(arena, place + at):
            return False
        at += EIGHT
        if at + EIGHT > size:
            if at == size:
                return True
            at = size - EIGHT


@compiled
def copy_word(data, start, size, lowercase, arena, place):  # type: ignore[no-untyped-def]
    """Put a word and a line end into the arena at ``place``."""
    for at in range(size):
        byte = data[start + np.uint64(at)]
        if lowercase and np.uint8(65) <= byte <= np.uint8(90):
            byte += np.uint8(32)
        arena[place + np.uint64(at)] = byte
    arena[place + size] = 10


@compiled
def find(data, start, size, key, slot, lowercase, slots, starts, arena):  # type: ignore[no-untyped-def]
    """The place in ``slots`` of a word, or the empty one where it belongs; begins at ``slot``."""
    last = np.uint64(len(slots) - 1)
    while True:
        found = slots[slot]
        if found == 0:
            return slot
        if found == key:
            if size <= EIGHT:
                return slot
            place = np.uint64(starts[slots[slot + ONE] >> COUNT_BITS])
            if same_word(data, start, size, lowercase, arena, place):
                return slot
        slot = (slot + TWO) & last


@compiled
def scan_block(  # type: ignore[no-untyped-def]
    data, end, lowercase, words, classes, slots, starts, arena, state, out
):
    """Scan ``data[state[POSITION]:end]``: append numbers to ``out``, new words to the table.

    Returns ``DONE``, ``FULL`` (enlarge the table and call again), ``NUL_BYTE`` or ``TOO_LONG``;
    ``state`` then says where it stopped. A run of line ends gives one ``-1``.
    """
    at = np.uint64(state[POSITION])
    end = np.uint64(end)
    count = np.uint64(state[OUTPUTS])
    known = np.uint64(state[WORDS])
    used = np.uint64(state[ARENA])
    tokens = state[TOKENS]
    room = np.uint64(min(len(slots) // 4, len(starts) - 1))
    shift = SIXTY_FOUR - lowest_bit(np.uint64(len(slots) // 2))
    # of the words of a batch: where each begins, its size, key, first slot, and place in the output
    begins = np.empty(BATCH, np.uint64)
    sizes = np.empty(BATCH, np.uint64)
    keys = np.empty(BATCH, np.uint64)
    homes = np.empty(BATCH, np.uint64)
    places = np.empty(BATCH, np.uint64)
    status = DONE
    while at < end and status == DONE:
        # most of the time of a scan is spent waiting for slots, so a batch of them is asked for
        # before the first is looked at
        batch = np.uint64(0)
        while at < end and batch < BATCH:
            kind = classes[data[at]]
            if kind <= POINT:
                if kind == LINE and (count == 0 or out[count - ONE] != LINE_END):
                    out[count] = LINE_END
                    count += ONE
                at += ONE
                continue
            if kind == LEAD:
                size = separator_length(data, at, words)
                if size != 0:
                    at += np.uint64(3 if size < 0 else size)
                    continue
            if kind == NUL:
                status = NUL_BYTE
                break
            stop = word_end(data, at, classes, words)
            key = key_of(data, at, stop - at, lowercase)
            slot = slot_of(key, shift)
            prefetch(slots, slot)
            begins[batch] = at
            sizes[batch] = stop - at
            keys[batch] = key
            homes[batch] = slot
            places[batch] = count
            out[count] = 0
            batch += ONE
            count += ONE
            at = stop
        for word in range(batch):
            start, size = begins[word], sizes[word]
            slot = find(data, start, size, keys[word], homes[word], lowercase, slots, starts, arena)
            entry = slots[slot + ONE]
            if slots[slot] == 0:
                if size > LONGEST_WORD:
                    status = TOO_LONG
                elif known >= room or used + size + np.uint64(PADDING) > len(arena):
                    status = FULL
                if status in (TOO_LONG, FULL):
                    at, count = start, places[word]
                    break
                copy_word(data, start, size, lowercase, arena, used)
                slots[slot] = keys[word]
                entry = known << COUNT_BITS
                starts[known] = used
                used += size + ONE
                known += ONE
                starts[known] = used
            slots[slot + ONE] = entry + ONE
            out[places[word]] = np.int32(entry >> COUNT_BITS)
            tokens += 1
    state[TOKENS] = tokens
    state[POSITION] = at
    state[OUTPUTS] = count
    state[WORDS] = known
    state[ARENA] = used
    return status


@compiled
def rehash(slots, larger):  # type: ignore[no-untyped-def]
    """Enter all words of one hash table into an empty, larger one."""
    last = np.uint64(len(larger) - 1)
    shift = SIXTY_FOUR - lowest_bit(np.uint64(len(larger) // 2))
    for old in range(0, len(slots), 2):
        if slots[old] != 0:
            slot = slot_of(slots[old], shift)
            while larger[slot] != 0:
                slot = (slot + TWO) & last
            larger[slot] = slots[old]
            larger[slot + ONE] = slots[old + 1]
