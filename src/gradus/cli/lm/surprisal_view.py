"""A text in colours: the more surprising a token, the darker the red behind it."""

from bisect import bisect_right
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from gradus.cli.lm.tokens import marked
from gradus.tasks.lm.levels import LEVELS

if TYPE_CHECKING:
    from gradus.tasks.lm.surprisal import ScoredText, TokenSurprisal

#: How tokens look from so many bits on.
SCALE = (
    (0.0, ""),
    (2.0, "black on #fff0b8"),
    (5.0, "black on #ffcf70"),
    (8.0, "black on #ff9a4d"),
    (12.0, "white on #dd4132"),
    (16.0, "white on #8e1538"),
)


def print_view(scored: "ScoredText") -> None:
    """Print a scored text on standard output, with a legend above it; lines stay lines."""
    console = Console(force_terminal=True, highlight=False)
    console.print(legend())
    several = scored.text.documents > 1 and scored.spelling.documents != "line"
    blank = LEVELS.make(scored.spelling.level).blank
    for document, rows in groupby(scored, key=lambda row: row.document):
        if several:
            console.print(Text(f"document {document}", "bold"))
        for _, line in groupby(rows, key=lambda row: row.line):
            console.print(coloured(list(line), blank))


def legend() -> Text:
    """What the colours mean.

    >>> legend().plain
    'bits:  0–2   2–5   5–8   8–12   12–16   16+ '
    """
    ends = [f"–{bits:g}" for bits, _ in SCALE[1:]] + ["+"]
    named = [(f" {bits:g}{end} ", style) for (bits, style), end in zip(SCALE, ends, strict=True)]
    return Text(" ").join([Text("bits:"), *(Text(*step) for step in named)])


def coloured(line: "list[TokenSurprisal]", blank: str) -> Text:
    """The tokens of a line, its end among them."""
    return Text(blank).join(Text(marked(row), style_of(row.surprisal)) for row in line)


def style_of(bits: float) -> str:
    """How a token of so many bits looks.

    >>> style_of(1.5), style_of(9.0)
    ('', 'black on #ff9a4d')
    """
    step = bisect_right(SCALE, bits, key=lambda step: step[0])
    return SCALE[max(0, step - 1)][1]
