"""What a run has written down, ready to be judged or drawn: its steps and its looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from gradus.core.errors import FormatError
from gradus.core.runlog import LOG, RunLog
from gradus.core.workplace import workplace_of

Event = dict[str, Any]


@dataclass(frozen=True)
class History:
    """The events of a run, oldest first; what a resumed run did twice is there once.

    >>> history = History.of([{"event": "step", "step": 1, "loss": 2.0}])
    >>> history.series("loss")
    array([2.])
    """

    started: Event
    sanity: Event
    steps: list[Event]
    looks: list[Event]
    finished: Event

    @classmethod
    def of(cls, events: Sequence[Event]) -> "History":
        """Sort out the events of a log."""
        single: dict[str, Event] = {}
        series: dict[str, dict[int, Event]] = {"step": {}, "look": {}}
        for event in events:
            kind = event.get("event", "")
            if kind in series and isinstance(event.get("step"), int):
                # steps after the checkpoint of a killed run are done again, to the same result
                series[kind][event["step"]] = event
            elif kind not in series:
                single[kind] = event
        steps, looks = ([of[step] for step in sorted(of)] for of in series.values())
        empty: Event = {}
        return cls(
            started=single.get("started", empty),
            sanity=single.get("sanity", empty),
            steps=steps,
            looks=looks,
            finished=single.get("finished", empty),
        )

    @classmethod
    def read(cls, folder: Path | str) -> "History":
        """The history of the run in ``folder``, or of one that is still on its way there.

        Raises:
            FormatError: there is no log of a neural run.
        """
        folder = Path(folder).resolve()
        places = [place for place in (workplace_of(folder), folder) if (place / LOG).is_file()]
        if not places:
            state = "has no log.jsonl" if folder.is_dir() else "is no folder"
            state = state if folder.exists() else "does not exist"
            raise FormatError(f"{folder} {state}, so there is no run to look at")
        history = cls.of(RunLog(places[0]).read())
        if "steps" not in history.started:
            raise FormatError(f"{places[0] / LOG} holds no training run of a neural model")
        return history

    def series(self, name: str) -> Float[np.ndarray, " steps"]:
        """A figure of every step; NaN where it was not measured."""
        return _series(self.steps, lambda event: event.get(name))

    def look_series(self, kind: str, name: str) -> Float[np.ndarray, " looks"]:
        """A figure of every look: ``kind`` is ``dev`` or ``fit``; NaN where it was not measured."""
        return _series(self.looks, lambda event: event.get(kind, {}).get(name))

    def layer_series(self, name: str) -> dict[str, Float[np.ndarray, " steps"]]:
        """A figure of every layer (``grad_norm``, ``update_ratio``) over the steps."""
        return self._named_series("layers", name)

    def unit_series(self, fault: str) -> dict[str, Float[np.ndarray, " steps"]]:
        """The share of ``dead`` or ``saturated`` units of every activation over the steps."""
        found = self._named_series("units", fault)
        return {name: shares for name, shares in found.items() if np.isfinite(shares).any()}

    def _named_series(self, group: str, name: str) -> dict[str, Float[np.ndarray, " steps"]]:
        names = dict.fromkeys(key for event in self.steps for key in event.get(group, {}))
        return {key: _series(self.steps, _path(group, key, name)) for key in names}


def _path(group: str, key: str, name: str) -> Callable[[Event], Any]:
    return lambda event: event.get(group, {}).get(key, {}).get(name)


def _series(events: list[Event], value: Callable[[Event], Any]) -> Float[np.ndarray, " _"]:
    found = [value(event) for event in events]
    return np.array([np.nan if one is None else float(one) for one in found], dtype=np.float64)
