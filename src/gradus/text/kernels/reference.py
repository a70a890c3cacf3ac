"""The scanner in plain Python: the specification of ``kernels.scan``, short and slow."""

from collections.abc import Callable

from gradus.text.kernels.classes import (
    ASCII_PUNCTUATION,
    DASHES_AND_QUOTES,
    JOINERS,
    POINTS,
    WHITESPACE,
    Tokens,
)

LINE_END = -1
BETWEEN = set(WHITESPACE + ASCII_PUNCTUATION + DASHES_AND_QUOTES + JOINERS)
DIGITS = set("0123456789")


def split_words(line: str) -> list[str]:
    """The words of a line, without punctuation.

    >>> split_words("'Well-known' don't -- cost 1,000.50, he said.")
    ['Well-known', "don't", 'cost', '1,000.50', 'he', 'said']
    """
    marks = [
        character
        if character not in BETWEEN
        or (character in JOINERS and before not in BETWEEN and after not in BETWEEN)
        or (character in POINTS and before in DIGITS and after in DIGITS)
        else " "
        for before, character, after in zip(" " + line, line, line[1:] + " ", strict=False)
    ]
    return "".join(marks).split()


#: How each kind of tokens is found in a line.
SPLITTERS: dict[Tokens, Callable[[str], list[str]]] = {"space": str.split, "words": split_words}


def lower_ascii(word: str) -> str:
    """``word`` with its ASCII letters in lower case; the others wait for the vocabulary."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in word)


def scan_text(
    text: str, known: dict[str, int], *, lowercase: bool = False, tokens: Tokens = "space"
) -> list[int]:
    r"""The numbers of the words of ``text``, -1 for a run of line ends; new words enter ``known``.

    >>> known = {}
    >>> scan_text("to be\n\nnot to be\n", known), known
    ([0, 1, -1, 2, 0, 1, -1], {'to': 0, 'be': 1, 'not': 2})
    """
    ids: list[int] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        for word in SPLITTERS[tokens](line):
            spelling = lower_ascii(word) if lowercase else word
            ids.append(known.setdefault(spelling, len(known)))
        if number < len(lines) - 1 and ids[-1:] != [LINE_END]:
            ids.append(LINE_END)
    return ids
