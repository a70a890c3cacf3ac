"""Docstrings to running text: drop code, tables and headings, keep sentences, split the words."""

import re
from collections.abc import Iterator

#: Lines that carry no sentence, by what they look like.
NOISE = {
    "example": r"^\s*(>>>|\.\.\. |In \[|\$ )",
    "heading": r"^\s*(?P<rule>[-=~^*#+.\"'`_])(?P=rule){2,}\s*$",
    "table": r"^\s*[|+]|\s\|\s|={3,}\s+={3,}",
    "directive": r"^\s*(\.\. |:\w+:(\s|$))",
    "parameter": r"^\s*[*`]{0,2}\w+[\w*`, .]*\s?:\s",  # x, y : array_like
}
ANY_NOISE = re.compile("|".join(NOISE.values()))

#: Rewrites of what is left, in this order.
MARKUP = (
    (re.compile(r"\.\. math::.*|:math:`[^`]*`|\$[^$]*\$"), " "),
    (re.compile(r"https?://\S+"), " "),
    (re.compile(r":[\w:]+:`~?([^`<]*)(?:<[^>]*>)?`"), r"\1"),  # :func:`sort`
    (re.compile(r"\[\w+\]_"), " "),  # a footnote
    (re.compile(r"[`*|\"]+"), " "),
)

WORD = re.compile(r"[a-z_][a-z0-9_]*(?:'[a-z]+)?")
FEWEST_WORDS = 5
NOT_PROSE = re.compile(r"[^A-Za-z ]")
LETTERS_AND_SPACES = 0.88  # the share in a line of prose; code and formulas have less


def paragraphs(text: str) -> Iterator[str]:
    r"""The running text of a docstring, a paragraph at a time.

    >>> list(paragraphs("Sort the list in place.\n\n>>> sorted([2, 1])\n[1, 2]"))
    ['Sort the list in place.']
    """
    for block in _blocks(text):
        lines = [line.strip() for line in block if not _is_noise(line)]
        joined = " ".join(lines)
        if len(joined.split()) >= FEWEST_WORDS and _reads_like_prose(joined):
            yield joined


def words(paragraph: str) -> list[str]:
    """Lower-case words of a paragraph, without markup, punctuation and numbers.

    >>> words("Don't call :func:`os.walk` on 3 of the *same* folders.")
    ["don't", 'call', 'os', 'walk', 'on', 'of', 'the', 'same', 'folders']
    """
    for pattern, kept in MARKUP:
        paragraph = pattern.sub(kept, paragraph)
    return [word for word in WORD.findall(paragraph.lower()) if word.strip("_")]


def _blocks(text: str) -> Iterator[list[str]]:
    """Runs of lines between empty lines; the indented block that follows ``::`` is left out."""
    block: list[str] = []
    code_below: int | None = None  # the indentation of the line that announced code
    for line in [*text.expandtabs().splitlines(), ""]:
        indent = len(line) - len(line.lstrip())
        if code_below is not None and line.strip():
            if indent > code_below:
                continue
            code_below = None
        if line.strip():
            block.append(line)
            if line.rstrip().endswith("::"):
                code_below = indent
        elif block:
            yield block
            block = []


def _is_noise(line: str) -> bool:
    return ANY_NOISE.search(line) is not None


def _reads_like_prose(text: str) -> bool:
    return len(NOT_PROSE.findall(text)) <= (1 - LETTERS_AND_SPACES) * len(text)
