"""Characters of UTF-8 in, word numbers out, when a table says what every character is.

The table of words is that of :mod:`gradus.text.kernels.scan`.
"""

import numpy as np

from gradus.core.jit import compiled
from gradus.text.kernels.machine import lowest_bit
from gradus.text.kernels.scan import (
    ARENA,
    COUNT_BITS,
    DONE,
    FULL,
    ONE,
    PADDING,
    SIXTY_FOUR,
    WORDS,
    copy_word,
    find,
    key_of,
    slot_of,
)

#: What a character can be.
SPACE = 0  # between words
LETTER = 1  # part of a word
SIGN = 2  # a word by itself
JOINER = 3  # part of a word if letters stand on both sides, else a sign

#: Places in the progress of a block: the text, the byte, and the number of words so far.
TEXT, BYTE, FOUND = 0, 1, 2


@compiled(inline=True)
def width_of(byte):
    """Bytes of the character that begins with ``byte``."""
    return np.uint64(1 + (byte >= 0xC0) + (byte >= 0xE0) + (byte >= 0xF0))


@compiled
def kind_of(data, at, kinds):
    """What the character at ``at`` is."""
    first = np.uint32(data[at])
    if first < 0x80:
        return kinds[first]
    second = np.uint32(data[at + ONE]) & 0x3F
    if first < 0xE0:
        return kinds[(first & 0x1F) << 6 | second]
    third = np.uint32(data[at + np.uint64(2)]) & 0x3F
    if first < 0xF0:
        return kinds[(first & 0x0F) << 12 | second << 6 | third]
    fourth = np.uint32(data[at + np.uint64(3)]) & 0x3F
    return kinds[(first & 0x07) << 18 | second << 12 | third << 6 | fourth]


@compiled
def end_of_word(data, at, kinds):
    """The place behind the word or sign that begins at ``at``."""
    word = kind_of(data, at, kinds) == LETTER
    at += width_of(data[at])
    while word:
        kind = kind_of(data, at, kinds)
        if kind == JOINER:
            behind = at + width_of(data[at])
            if kind_of(data, behind, kinds) != LETTER:
                return at
            at = behind
        elif kind != LETTER:
            return at
        at += width_of(data[at])
    return at


@compiled
def number_words(data, ends, kinds, slots, starts, arena, state, progress, out, bounds):
    """Append the words of texts to ``out`` as numbers, and where each text's end to ``bounds``.

    Text ``i`` ends at the byte ``ends[i]``, which is a space. Returns ``DONE``, or ``FULL``
    (enlarge the table and call again); ``progress`` says where it stopped. New words are numbered
    in the order in which they come.
    """
    at, count = np.uint64(progress[BYTE]), progress[FOUND]
    known, used = np.uint64(state[WORDS]), np.uint64(state[ARENA])
    room = np.uint64(min(len(slots) // 4, len(starts) - 1))
    shift = SIXTY_FOUR - lowest_bit(np.uint64(len(slots) // 2))
    status = DONE
    text = progress[TEXT]
    while text < len(ends):
        end = np.uint64(ends[text])
        while at < end:
            if kind_of(data, at, kinds) == SPACE:
                at += width_of(data[at])
                continue
            stop = end_of_word(data, at, kinds)
            size = stop - at
            key = key_of(data, at, size, False)
            slot = find(data, at, size, key, slot_of(key, shift), False, slots, starts, arena)
            entry = slots[slot + ONE]
            if slots[slot] == 0:
                if known >= room or used + size + np.uint64(PADDING) > len(arena):
                    status = FULL
                    break
                copy_word(data, at, size, False, arena, used)
                slots[slot] = key
                entry = known << COUNT_BITS
                used += size + ONE
                known += ONE
                starts[known] = used
            slots[slot + ONE] = entry + ONE
            out[count] = np.int32(entry >> COUNT_BITS)
            count += 1
            at = stop
        if status == FULL:
            break
        text += 1
        bounds[text] = count
    progress[TEXT], progress[BYTE], progress[FOUND] = text, at, count
    state[WORDS], state[ARENA] = known, used
    return status
