"""Where words end: the classes of bytes, and the whitespace and punctuation of Unicode, as tables.

The compiled scanner and its plain twin both read these tables.
"""

from typing import Literal

import numpy as np
from jaxtyping import UInt8

Tokens = Literal["space", "words"]

#: What a byte can be. The order matters: the scanner tests ranges.
SPACE = 0  # between words
LINE = 1  # between words, and ends a line
PUNCTUATION = 2  # between words
JOINER = 3  # inside a word if a word character stands on both sides
POINT = 4  # inside a word if a digit stands on both sides
NUL = 5  # no text has it
LEAD = 6  # may begin a separator of several bytes; else part of a word
WORD = 7  # part of a word
DIGIT = 8  # part of a word

#: The characters on which ``str.split()`` splits.
WHITESPACE = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680" + "".join(
    map(chr, [*range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000])
)
#: Punctuation outside ASCII that separates words: dashes, quotes, the ellipsis.
DASHES_AND_QUOTES = "".join(
    map(chr, [*range(0x2012, 0x2016), 0x2018, *range(0x201A, 0x2020), 0x2026])
)
ASCII_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
#: Between two word characters these belong to the word: don't, well-known (also typographic ones).
JOINERS = "'-\u2010\u2011\u2019"
#: Between two digits these belong to the number: 3.14 and 1,000.
POINTS = ".,"


def byte_classes(tokens: Tokens) -> UInt8[np.ndarray, "256"]:
    r"""The class of every byte when words are separated by ``tokens``.

    >>> table = byte_classes("words")
    >>> [int(table[ord(character)]) for character in " \n!'.a7"]
    [0, 1, 2, 3, 4, 7, 8]
    """
    table = np.full(256, WORD, dtype=np.uint8)
    for character in WHITESPACE:
        _enter(table, character, SPACE)
    table[ord("\n")] = LINE
    table[0] = NUL
    if tokens == "words":
        for character in ASCII_PUNCTUATION + DASHES_AND_QUOTES:
            _enter(table, character, PUNCTUATION)
        for character in JOINERS:
            _enter(table, character, JOINER)
        for character in POINTS:
            _enter(table, character, POINT)
        table[ord("0") : ord("9") + 1] = DIGIT
    return table


def _enter(table: UInt8[np.ndarray, "256"], character: str, kind: int) -> None:
    encoded = character.encode()
    table[encoded[0]] = kind if len(encoded) == 1 else LEAD
