"""Ctrl-C at a good moment: the request is kept until the work can stop without a half-made step."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Interruption:
    """Whether someone asked the work to stop."""

    wanted: bool = False

    def raise_if_wanted(self) -> None:
        """Raise :class:`KeyboardInterrupt` if Ctrl-C was pressed or an end was asked for."""
        if self.wanted:
            raise KeyboardInterrupt


@contextmanager
def deferred_interrupts() -> Iterator[Interruption]:
    """Keep Ctrl-C (and a request to end) until asked; a second one takes effect at once.

    Outside the main thread, which alone gets signals, nothing changes.

    >>> with deferred_interrupts() as interruption:
    ...     signal.raise_signal(signal.SIGINT)
    ...     print("the step is finished first:", interruption.wanted)
    the step is finished first: True
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return

    def keep(number: int, frame: Any) -> None:
        if interruption.wanted:
            raise KeyboardInterrupt
        interruption.wanted = True

    old = {number: signal.signal(number, keep) for number in SIGNALS}
    try:
        yield interruption
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
