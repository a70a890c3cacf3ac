"""How long work reports itself: libraries call a :class:`Progress`, callers decide what is seen."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Progress(Protocol):
    """What long work tells: a stage begins, moves on with some facts, and ends.

    A stage is a short name such as ``"training"``; its ``unit`` says what is counted.
    """

    def start(self, stage: str, *, total: float | None, unit: str) -> None:
        """Begin ``stage`` of ``total`` units (``None``: unknown)."""

    def update(self, done: float, **facts: float) -> None:
        """Say that ``done`` units of the stage are behind us; ``facts`` are numbers to show."""

    def finish(self) -> None:
        """End the stage."""

    def note(self, text: str) -> None:
        """Say one line that is worth keeping."""


class Silent:
    """Progress that shows nothing: the default inside the library."""

    def start(self, stage: str, *, total: float | None, unit: str) -> None:
        """Ignore the start of a stage."""

    def update(self, done: float, **facts: float) -> None:
        """Ignore an update."""

    def finish(self) -> None:
        """Ignore the end of a stage."""

    def note(self, text: str) -> None:
        """Ignore a line."""


SILENT = Silent()
