"""Dependency trees as pictures: arcs above the words (SVG, a page) or beside them (a terminal).

A name is imported when it is first used, so that this package costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.text.arcs.page import draw_html
    from gradus.text.arcs.svg import draw_svg
    from gradus.text.arcs.terminal import draw_terminal

#: Where each public name is defined.
HOMES = {
    "draw_html": "gradus.text.arcs.page",
    "draw_svg": "gradus.text.arcs.svg",
    "draw_terminal": "gradus.text.arcs.terminal",
}

__all__ = ["draw_html", "draw_svg", "draw_terminal"]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
