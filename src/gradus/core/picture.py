"""Pictures: a matplotlib figure that becomes a file, whole or not at all."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradus.core.errors import SettingsError
from gradus.core.storage import fresh_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Colours that are told apart and readable on white, also as grey; the first three have names.
COLOURS = ("#1f5fa8", "#c2410c", "#15803d", "#7e22ce", "#b91c6b", "#0f766e", "#854d0e", "#374151")
BLUE, ORANGE, GREEN = COLOURS[:3]

#: For what lies behind, what is written beside, and titles.
PALE, GREY, INK = "#9db8d9", "#6b7280", "#222222"

#: Formats by ending, and the dots per inch of those that have dots.
FORMATS, DPI = {".png": "png", ".svg": "svg"}, 150


def picture_format(path: Path | str) -> str:
    """The format that the ending of ``path`` names.

    >>> picture_format("map.PNG")
    'png'

    Raises:
        SettingsError: it names none.
    """
    suffix = Path(path).suffix
    if suffix.lower() not in FORMATS:
        raise SettingsError(
            f"the ending {suffix!r} of {path} names no picture: use {' or '.join(FORMATS)}"
        )
    return FORMATS[suffix.lower()]


@contextmanager
def picture(
    path: Path | str, size: tuple[float, float], *, force: bool = True
) -> Iterator["Figure"]:
    """An empty figure, ``size`` in inches; what is drawn on it becomes the file ``path``.

    Raises:
        SettingsError: the ending names no picture.
        ExistsError: ``path`` exists and ``force`` is false.
    """
    import matplotlib
    from matplotlib.figure import Figure

    format = picture_format(path)
    # a fixed salt and no date: the same drawing gives the same bytes
    facts: dict[str, Any] = {"Date": None} if format == "svg" else {}
    with (
        matplotlib.rc_context({"svg.hashsalt": "gradus", "svg.fonttype": "none"}),
        fresh_file(path, force=force) as temporary,
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        yield figure
        figure.savefig(temporary, format=format, metadata=facts)


def plain(axes: Any) -> None:
    """Leave a plot its lower left spines and a faint grid."""
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
