"""How the learning rate moves over a run: a factor of the base rate for every step, by name.

Steps count from 1. A schedule that falls to ``last`` would be there one step after the end, so that
no step of a short run is wasted at a rate of 0. Lengths are steps, or, below 1, shares of the run.
"""

import math
from abc import ABC, abstractmethod
from typing import Any

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError


class Schedule(ABC):
    """What every schedule has; those that follow from the step alone have no state.

    >>> SCHEDULES.make("linear", total=4).factor(2)
    0.75
    """

    @abstractmethod
    def factor(self, step: int) -> float:
        """What the base rate is multiplied with in this step."""

    def observe(self, value: float) -> None:  # noqa: B027 - most have nothing to take in
        """Take in a dev loss; lower is better."""

    def state(self) -> dict[str, Any]:
        """Plain values from which :meth:`restore` goes on."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:  # noqa: B027 - nor to go on from
        """Go on from a :meth:`state`."""


#: Schedules that a line of settings can name; the maker is also given ``total``, the run's steps.
SCHEDULES = Catalogue[Schedule]("schedule")


@SCHEDULES.add("constant")
class Constant(Schedule):
    """The base rate, from the first step to the last."""

    def __init__(self, *, total: int) -> None:
        pass

    def factor(self, step: int) -> float:
        """1."""
        return 1.0


@SCHEDULES.add("step")
class Steps(Schedule):
    """``factor ^ floor((step - 1) / every)``: down a stair every so many steps.

    >>> schedule = SCHEDULES.make("step(every=0.25, factor=0.1)", total=8)
    >>> [round(schedule.factor(step), 3) for step in (1, 2, 3, 5)]
    [1.0, 1.0, 0.1, 0.01]
    """

    def __init__(self, every: float = 0.25, factor: float = 0.5, *, total: int) -> None:
        self.every = _steps("every", every, total)
        self.each = _share("factor", factor)

    def factor(self, step: int) -> float:
        """The height of the stair."""
        return self.each ** ((step - 1) // self.every)


@SCHEDULES.add("linear")
class Linear(Schedule):
    """In a straight line from 1 to ``last``."""

    def __init__(self, last: float = 0.0, *, total: int) -> None:
        self.last, self.total = _share("last", last), total

    def factor(self, step: int) -> float:
        """``1 - (1 - last) p`` after a share p of the run."""
        return 1 - (1 - self.last) * _progress(step, self.total)


@SCHEDULES.add("cosine")
class Cosine(Schedule):
    """Half a wave from 1 to ``last``: slow, fast, slow [loshchilov2017].

    >>> schedule = SCHEDULES.make("cosine(last=0.2)", total=100)
    >>> schedule.factor(1), round(schedule.factor(51), 6)
    (1.0, 0.6)
    """

    def __init__(self, last: float = 0.0, *, total: int) -> None:
        self.last, self.total = _share("last", last), total

    def factor(self, step: int) -> float:
        """``last + (1 - last) (1 + cos(π p)) / 2`` after a share p of the run."""
        return self.last + (1 - self.last) * _half_wave(_progress(step, self.total))


@SCHEDULES.add("cycles")
class Cycles(Schedule):
    """``count`` cosines one after the other, each from 1 to 0: a snapshot ends each [huang2017].

    >>> schedule = SCHEDULES.make("cycles(2)", total=4)
    >>> [round(schedule.factor(step), 3) for step in (1, 2, 3, 4)]
    [1.0, 0.5, 1.0, 0.5]
    """

    def __init__(self, count: int = 5, *, total: int) -> None:
        self.ends = snapshot_steps(total, count)

    def factor(self, step: int) -> float:
        """``(1 + cos(π p)) / 2`` after a share p of the cycle."""
        end = next((end for end in self.ends if step <= end), self.ends[-1])
        place = self.ends.index(end)
        start = self.ends[place - 1] if place else 0
        return _half_wave(_progress(step - start, end - start))


@SCHEDULES.add("inverse_sqrt")
class InverseRoot(Schedule):
    """``min(step / warmup, √(warmup / step))``: up in a line, then down slowly [vaswani2017].

    >>> schedule = SCHEDULES.make("inverse_sqrt(warmup=100)", total=1000)
    >>> schedule.factor(50), schedule.factor(100), schedule.factor(400)
    (0.5, 1.0, 0.5)
    """

    def __init__(self, warmup: float = 0.05, *, total: int) -> None:
        self.warmup = _steps("warmup", warmup, total)

    def factor(self, step: int) -> float:
        """1 at the end of the warm-up, less before and after."""
        return min(step / self.warmup, math.sqrt(self.warmup / step))


@SCHEDULES.add("plateau")
class Plateau(Schedule):
    """Times ``factor`` whenever the dev loss has not fallen for more than ``patience`` looks.

    A fall counts from a share ``threshold`` of the best loss on.

    >>> schedule = SCHEDULES.make("plateau(factor=0.1, patience=1)", total=100)
    >>> for loss in (2.0, 1.0, 1.5, 1.2):
    ...     schedule.observe(loss)
    >>> schedule.factor(60), schedule.state()
    (0.1, {'height': 0.1, 'best': 1.0, 'waited': 0})
    """

    def __init__(
        self, factor: float = 0.5, patience: int = 2, threshold: float = 1e-4, *, total: int
    ) -> None:
        if patience < 0:
            raise SettingsError(f"patience={patience} is out of range: choose a value at least 0")
        self.each, self.patience = _share("factor", factor), patience
        self.threshold = _share("threshold", threshold)
        self.height, self.best, self.waited = 1.0, math.inf, 0

    def factor(self, step: int) -> float:
        """What the losses so far have made of 1."""
        return self.height

    def observe(self, value: float) -> None:
        """Count a dev loss as a fall or as waiting; NaN is never a fall."""
        if math.isinf(self.best):
            fell = value < self.best
        else:
            fell = value < self.best - self.threshold * abs(self.best)
        if fell:
            self.best, self.waited = value, 0
            return
        self.waited += 1
        if self.waited > self.patience:
            self.height, self.waited = self.height * self.each, 0

    def state(self) -> dict[str, Any]:
        """Where the stair is, and what it waits for."""
        best = None if math.isinf(self.best) else self.best
        return {"height": self.height, "best": best, "waited": self.waited}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a :meth:`state`."""
        self.height, self.waited = state["height"], state["waited"]
        self.best = math.inf if state["best"] is None else state["best"]


class WarmedUp(Schedule):
    """Another schedule times ``step / steps``, for the first ``steps`` steps [goyal2017]."""

    def __init__(self, schedule: Schedule, steps: int) -> None:
        self.schedule, self.steps = schedule, steps

    def factor(self, step: int) -> float:
        """The factor of the schedule, less while it warms up."""
        return min(1.0, step / self.steps) * self.schedule.factor(step)

    def observe(self, value: float) -> None:
        """Pass a dev loss on."""
        self.schedule.observe(value)

    def state(self) -> dict[str, Any]:
        """That of the schedule."""
        return self.schedule.state()

    def restore(self, state: dict[str, Any]) -> None:
        """Restore the schedule."""
        self.schedule.restore(state)


def warmed_up(schedule: Schedule, steps: int) -> Schedule:
    """``schedule`` with a warm-up over its first ``steps`` steps; itself if there are none.

    >>> schedule = warmed_up(SCHEDULES.make("constant", total=100), 4)
    >>> [schedule.factor(step) for step in (1, 2, 3, 4, 5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """
    return WarmedUp(schedule, steps) if steps > 0 else schedule


def snapshot_steps(total: int, count: int) -> list[int]:
    """The last steps of ``count`` cycles as equal as can be, where a model is worth keeping.

    >>> snapshot_steps(10, 3)
    [3, 7, 10]

    Raises:
        SettingsError: there are fewer steps than cycles.
    """
    if not 1 <= count <= total:
        raise SettingsError(f"{count} cycles do not fit into {total} steps; choose 1 to {total}")
    return [round(total * cycle / count) for cycle in range(1, count + 1)]


def _progress(step: int, total: int) -> float:
    """The share of the run before ``step``, at most 1."""
    return min(1.0, (step - 1) / total)


def _half_wave(progress: float) -> float:
    return (1 + math.cos(math.pi * progress)) / 2


def _steps(name: str, length: float, total: int) -> int:
    """A length in steps; below 1 it is a share of the run, of one step at least."""
    if length <= 0 or (length >= 1 and length != int(length)):
        raise SettingsError(
            f"{name}={length} is out of range: choose a number of steps, or a share of the run "
            "between 0 and 1"
        )
    return int(length) if length >= 1 else max(1, round(length * total))


def _share(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise SettingsError(f"{name}={value} is out of range: choose a value in [0, 1]")
    return float(value)
