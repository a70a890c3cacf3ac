"""Text cut into tokens, each with its place."""

import re
from typing import NamedTuple

from gradus.core.errors import NotationError

#: Longer texts are no model that someone wrote.
LONGEST = 100_000


#: Nor do people write longer numbers.
LONGEST_NUMBER, SMALLEST = 40, 1e-100


class Token(NamedTuple):
    """A word of the text."""

    kind: str  # name, number, string, sign, raised, end
    text: str
    start: int
    stop: int


#: Letters above the line, and what they stand for.
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀ", "0123456789-+T")

#: Signs that are other ways to write a sign of the notation.
SAME_SIGNS = {
    "∘": "*",
    "⊙": "*",
    "×": "*",
    "−": "-",
    "^": "**",
    "‖": "||",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "\n": ";",
}

PATTERN = re.compile(
    r"""(?P<space>[ \t\r\f\v]+|\#[^\n]*|\\\n)
      |(?P<number>\d+(?:\.(?!\.)\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
      |(?P<raised>[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207b\u207a\u1d40]+)
      |(?P<name>[^\W\d](?:(?![\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u1d40])[\w\u0302-\u0304])*)
      |(?P<string>'[^'\n]*'|"[^"\n]*")
      |(?P<sign>\*\*|\.\.|\+=|==|!=|>=|<=|\|\||->|[-+*/@()\[\]{},.:;=<>|^∘⊙×−·‖√±≥≤≠\n])
    """,
    re.VERBOSE,
)


def tokens(text: str) -> list[Token]:
    """The tokens of a text, closed by one of the kind ``end``.

    Raises:
        NotationError: a letter that no formula has, or a text that is far too long.
    """
    if len(text) > LONGEST:
        raise NotationError(
            f"the text has {len(text):,} characters; a model has at most {LONGEST:,}"
        )
    found, place, open_brackets = [], 0, 0
    while place < len(text):
        match = PATTERN.match(text, place)
        if match is None:
            raise located(f"{text[place]!r} has no meaning here", text, place, place + 1)
        kind, word = str(match.lastgroup), match.group()
        if kind == "number" and len(word) > LONGEST_NUMBER:
            raise located(f"a number has at most {LONGEST_NUMBER} digits", text, place, match.end())
        if kind == "number" and is_extreme(word):
            raise located(
                f"{word} is outside of what a computer counts with", text, place, match.end()
            )
        if kind == "sign":
            open_brackets += (word in "([{") - (word in ")]}")
            word = SAME_SIGNS.get(word, word)
        if kind == "raised":
            word = word.translate(RAISED)
        # within brackets a line may end anywhere
        if kind != "space" and not (word == ";" and open_brackets > 0 and match.group() == "\n"):
            found.append(Token(kind, word, place, match.end()))
        place = match.end()
    found.append(Token("end", "", len(text), len(text)))
    return found


def is_extreme(word: str) -> bool:
    """Whether a number is too large or too small to compute with.

    >>> is_extreme("1e400"), is_extreme("1e-400"), is_extreme("0.0"), is_extreme("0.1")
    (True, True, False, False)
    """
    digits = word.lower().partition("e")[0]
    is_zero = not digits.strip("0.")
    return not is_zero and not SMALLEST < float(word) < 1 / SMALLEST


def located(message: str, text: str, start: int, stop: int) -> NotationError:
    """The error of a message, with the line that it is about and marks under the place.

    >>> print(located("no such name", "J = sum(foo)", 8, 11))
    no such name
      J = sum(foo)
              ^^^
    """
    return NotationError(pointed(message, text, start, stop))


def pointed(message: str, text: str, start: int, stop: int) -> str:
    """A message with marks under a place of the text."""
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    line, at = text[begin:end], start - begin
    width = max(1, min(stop, end) - start)
    if len(line) > 160:  # of a very long line the surroundings
        cut = max(0, at - 60)
        line, at = line[cut : cut + 140], at - cut
        width = min(width, max(1, len(line) - at))
    number = text.count("\n", 0, begin) + 1
    where = f" (line {number})" if "\n" in text.strip() else ""
    return f"{message}{where}\n  {line}\n  {' ' * at}{'^' * width}"
