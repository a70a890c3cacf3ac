"""What commands print: results on standard output, progress and remarks on standard error.

Rich is imported when something is drawn on a terminal; pipes get plain lines and never load it.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gradus.cli.meter import Meter
from gradus.core.progress import SILENT, Progress

#: Seconds between two lines of progress where there is no terminal.
LINE_EVERY = 10.0


class Bar:
    """Progress on standard error: a moving bar on a terminal, else a plain line now and then."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._meter: Meter | None = None
        self._live = _LiveBar() if sys.stderr.isatty() else None
        self._next_line = 0.0

    def start(self, stage: str, *, total: float | None, unit: str) -> None:
        """Begin ``stage``; one that is still open is finished first."""
        self.finish()
        self._meter = Meter(stage, unit, total, began=self._clock())
        self._next_line = self._clock() + LINE_EVERY
        if self._live:
            self._live.start(self._meter)

    def update(self, done: float, **facts: float | None) -> None:
        """Show that ``done`` units of the stage are behind us, with ``facts``."""
        if self._meter is None:
            return
        now = self._clock()
        self._meter.move(done, facts)
        if self._live:
            self._live.show(self._meter, now)
        elif now >= self._next_line:
            self._next_line = now + LINE_EVERY
            remark(self._meter.line(now))

    def finish(self) -> None:
        """End the stage and leave one line that sums it up."""
        if self._meter is None:
            return
        meter, self._meter = self._meter, None
        if self._live:
            self._live.stop()
        remark(meter.summary(self._clock()))

    def note(self, text: str) -> None:
        """Say one line that stays on the screen."""
        remark(text)

    def close(self) -> None:
        """Give the terminal back, without a word on a stage that did not finish."""
        self._meter = None
        if self._live:
            self._live.stop()


@contextmanager
def shown(*, quiet: bool = False) -> Iterator[Progress]:
    """Progress for the time of a ``with`` block: a :class:`Bar`, or nothing when ``quiet``.

    >>> with shown(quiet=True) as progress:
    ...     progress.start("training", total=10, unit="words")
    """
    if quiet:
        yield SILENT
        return
    bar = Bar()
    try:
        yield bar
    finally:
        bar.close()


def remark(text: str) -> None:
    """Print a line for the person who watches: on standard error, above a moving bar."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print ``value`` as one JSON document on standard output.

    >>> print_json({"word": "Zürich", "count": 3})
    {"word": "Zürich", "count": 3}
    """
    print(json.dumps(value, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> None:
    """Print rows under their column names; numbers stand right-aligned.

    >>> print_table(["word", "count"], [["the", 120], ["cat", 7]])
    word  count
    the     120
    cat       7
    """
    rows = list(rows)
    cells = [[_cell(value) for value in row] for row in (columns, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(columns))]
    numeric = [
        all(isinstance(row[column], int | float) for row in rows) for column in range(len(columns))
    ]
    if title:
        print(emphasis(title))
    for number, row in enumerate(cells):
        text = "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        print(emphasis(text) if number == 0 else text)


def emphasis(text: str) -> str:
    """``text`` in bold where standard output is a terminal."""
    return f"\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() else text


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class _LiveBar:
    """The moving bar, drawn by rich."""

    def __init__(self) -> None:
        self._drawn: Any = None
        self._task: Any = None

    def start(self, meter: Meter) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Drawn

        self._drawn = Drawn(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[facts]}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._drawn.add_task(meter.stage, total=meter.total, facts="")
        self._drawn.start()

    def show(self, meter: Meter, now: float) -> None:
        self._drawn.update(self._task, completed=meter.done, facts=meter.facts_line(now))

    def stop(self) -> None:
        if self._drawn is not None:
            self._drawn.stop()
            self._drawn = None
