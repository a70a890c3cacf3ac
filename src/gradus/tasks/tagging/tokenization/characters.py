"""Kinds of characters, and what is never cut: runs of letters, of digits, a sign with its marks."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

#: Scripts that write words without spaces; in them every letter may end a word.
UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")

SPACE, LETTER, DIGIT, MARK, JOINER, OTHER = "sldmzo"
#: White space, as :data:`gradus.text.spacing.WHITE` has it.
WHITE_CATEGORIES = frozenset(("Cc", "Cs", "Zs", "Zl", "Zp"))
ZERO_WIDTH_JOINER = "\u200d"

#: One piece, in kinds of characters: what no token boundary divides, unless a rule says so.
PIECE = re.compile("l[lmz]*|d[dm]*|om*(?:zom*)*|[mz]+")


class Kinds(dict[int, str]):
    """From the number of a character to its kind, for ``str.translate``; learnt as they come.

    ``unspaced`` are scripts, by the first word of their characters' names.

    >>> "Go 2 市場!\u0301".translate(Kinds(["CJK"]))
    'llsdsooom'
    """

    def __init__(self, unspaced: Iterable[str] = UNSPACED) -> None:
        super().__init__()
        self.unspaced = frozenset(unspaced)

    def __missing__(self, number: int) -> str:
        kind = self[number] = self._kind(chr(number))
        return kind

    def _kind(self, character: str) -> str:
        category = unicodedata.category(character)
        if category in WHITE_CATEGORIES:
            return SPACE
        if character == ZERO_WIDTH_JOINER:
            return JOINER
        if category[0] == "M" or category == "Cf":
            return MARK
        if category[0] == "L":
            return OTHER if script_of(character) in self.unspaced else LETTER
        return DIGIT if category == "Nd" else OTHER


@cache
def script_of(character: str) -> str:
    r"""The first word of a character's name, which is that of its script for most letters.

    >>> script_of("é"), script_of("場"), script_of("\x00")
    ('LATIN', 'CJK', '')
    """
    return unicodedata.name(character, "").partition(" ")[0].partition("-")[0]
