"""How single tokens are shown."""

from typing import TYPE_CHECKING

from gradus.tasks.lm.spelling import END, UNKNOWN

if TYPE_CHECKING:
    from gradus.tasks.lm.surprisal import TokenSurprisal

#: How a line end is drawn.
LINE_END = "↵"

#: Signs that would move the cursor or break a row, as escapes.
CONTROLS = {
    code: chr(code).encode("unicode_escape").decode()
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
}


def printable(token: str) -> str:
    r"""A token without signs that would move the cursor or break a row.

    >>> print(printable("a\tb"))
    a\tb
    """
    return token.translate(CONTROLS)


def marked(row: "TokenSurprisal") -> str:
    """A token as it is written; line ends are drawn, and unknown tokens have their mark."""
    if row.token == END:
        return LINE_END
    return printable(row.token) if row.known else f"{printable(row.token)}{UNKNOWN}"
