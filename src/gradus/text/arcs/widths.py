"""How wide a text is, on a screen and in a terminal, without asking a font."""

import unicodedata

#: Widths of characters in an ordinary sans-serif font, in its size; the others take ``OTHER``.
#: A little more than Arial's, so that words do not touch in a wider font.
WIDTHS = {
    **dict.fromkeys("ijl'|.,:;!ıì íîï·’‘", 0.31),
    **dict.fromkeys('frt()[]{}/\\-"“”*I', 0.40),
    **dict.fromkeys("csxzvykJ?_", 0.55),
    **dict.fromkeys("mwMW@%—…", 0.95),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ&+=<>~", 0.73),
}
OTHER = 0.61
WIDE = 1.05  # Chinese, Japanese, Korean, and most pictures

#: Categories of characters that stand on or in the one before them: marks, and joiners.
MARKS = frozenset({"Mn", "Me", "Cf"})

#: Categories that neither XML nor a terminal should be sent.
UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp"})

#: What stands for a character that cannot be shown.
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def text_width(text: str, size: float) -> float:
    """About how many pixels ``text`` takes in a sans-serif font of ``size`` pixels.

    >>> round(text_width("will", 10)), round(text_width("mammal", 10)), round(text_width("犬", 10))
    (19, 44, 10)
    """
    return size * sum(map(_em, text))


def columns(text: str) -> int:
    r"""How many columns of a terminal ``text`` takes: two for a wide character, none for a mark.

    >>> columns("犬"), columns("cafe\N{COMBINING ACUTE ACCENT}")
    (2, 4)
    """
    return sum(
        0
        if unicodedata.category(c) in MARKS
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def fitted(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` columns; what is cut ends in an ellipsis.

    >>> fitted("incomprehensibilities", 8), fitted("犬が寝る", 5)
    ('incompr…', '犬が…')
    """
    if columns(text) <= limit:
        return text
    while text and columns(text) >= limit:
        text = text[:-1]
    return text + "…"


def shown(text: str) -> str:
    r"""``text`` without the characters that break a page or command a terminal.

    >>> shown("a\x1b[31mb")
    'a�[31mb'
    """
    if text.isprintable():
        return text
    return "".join(
        REPLACEMENT if unicodedata.category(c) in UNSAFE or c in "\ufffe\uffff" else c for c in text
    )


def _em(character: str) -> float:
    if character in WIDTHS:
        return WIDTHS[character]
    if unicodedata.category(character) in MARKS:
        return 0.0
    return WIDE if unicodedata.east_asian_width(character) in "WF" else OTHER
