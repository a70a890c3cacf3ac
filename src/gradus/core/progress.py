"""How long work reports itself: libraries call a :class:`Progress`, callers decide what is seen."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Progress(Protocol):
    """What long work tells: a stage begins, moves on with some facts, and ends.

    A stage is a short name such as ``"training"``; its ``unit`` says what is counted.
    """

    def start(self, stage: str, *, total: float | None, unit: str) -> None:
        """Begin ``stage`` of ``total`` units (``None``: unknown)."""

    def update(self, done: float, **facts: float | None) -> None:
        """Say that ``done`` units of the stage are behind us; ``facts`` are numbers to show.

        A fact stays until it gets another value; None takes it away.
        """

    def finish(self) -> None:
        """End the stage."""

    def note(self, text: str) -> None:
        """Say one line that is worth keeping."""


class Silent:
    """Progress that shows nothing: the default inside the library."""

    def start(self, stage: str, *, total: float | None, unit: str) -> None:
        """Ignore the start of a stage."""

    def update(self, done: float, **facts: float | None) -> None:
        """Ignore an update."""

    def finish(self) -> None:
        """Ignore the end of a stage."""

    def note(self, text: str) -> None:
        """Ignore a line."""


SILENT = Silent()


class Muted:
    """Passes on how far work is, but no notes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def start(self, stage: str, *, total: float | None, unit: str) -> None:
        """Pass the start of a stage on."""
        self._progress.start(stage, total=total, unit=unit)

    def update(self, done: float, **facts: float | None) -> None:
        """Pass an update on."""
        self._progress.update(done, **facts)

    def finish(self) -> None:
        """Pass the end of a stage on."""
        self._progress.finish()

    def note(self, text: str) -> None:
        """Ignore a line."""
