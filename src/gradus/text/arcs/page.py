"""Trees for a browser: one that scrolls inside a notebook, and a page of many."""

from collections.abc import Sequence
from html import escape

from gradus.text.arcs.svg import draw_svg
from gradus.text.arcs.widths import shown
from gradus.text.document import Sentence

#: Looks of a page; it follows the light or dark of the browser.
STYLE = """
:root { color-scheme: light dark; }
body { font-family: system-ui, sans-serif; margin: 1.5rem; }
figure { margin: 0 0 2.5rem; }
figcaption { opacity: .7; font-size: .85rem; margin-bottom: .4rem; max-width: 60rem; }
"""


def html_part(
    sentence: Sentence, *, width: float | None = None, gold: Sentence | None = None
) -> str:
    """One tree as a part of a page; what is wider than the page scrolls."""
    svg = draw_svg(sentence, width=width, gold=gold)
    return f'<div style="overflow-x:auto">\n{svg}</div>\n'


def draw_html(
    sentences: Sequence[Sentence],
    *,
    width: float | None = None,
    gold: Sequence[Sentence] | None = None,
    title: str = "Dependency trees",
) -> str:
    """A whole page of trees, complete by itself, each under its name and its text.

    ``width`` and ``gold`` are those of :func:`~gradus.text.arcs.draw_svg`; without ``width`` long
    trees scroll.

    >>> page = draw_html([Sentence.of(["Yes"], heads=[0], deprels=["root"])] * 2)
    >>> page.count("<svg"), page.startswith("<!DOCTYPE html>")
    (2, True)

    Raises:
        DataError: a tree is none, or differs from its gold tree in the number of words.
    """
    right = gold if gold is not None else [None] * len(sentences)
    figures = "".join(
        f"<figure>\n<figcaption>{escape(caption(number, sentence))}</figcaption>\n"
        f"{html_part(sentence, width=width, gold=other)}</figure>\n"
        for number, (sentence, other) in enumerate(zip(sentences, right, strict=True), start=1)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{figures}</body>\n</html>\n"
    )


def caption(number: int, sentence: Sentence) -> str:
    """What stands above a tree: its name, or its number, and its text.

    >>> caption(3, Sentence.of(["Yes", "."]))
    '3: Yes .'
    """
    return shown(f"{sentence.sent_id or number}: {sentence.text}")
