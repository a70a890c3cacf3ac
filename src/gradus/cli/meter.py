"""The arithmetic of a progress bar: share done, units a second, time left, and how they read."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Meter:
    """One stage of work and how far it is; times are seconds of any steady clock."""

    stage: str
    unit: str
    total: float | None
    began: float
    done: float = 0.0
    facts: dict[str, float] = field(default_factory=dict)

    def move(self, done: float, facts: Mapping[str, float | None]) -> None:
        """Take note that ``done`` units are behind us; facts not given keep their last value.

        A fact of None is taken away.
        """
        self.done = done
        for name, value in facts.items():
            if value is None:
                self.facts.pop(name, None)
            else:
                self.facts[name] = value

    def rate(self, now: float) -> float:
        """Units a second since the stage began; 0 at its first moment."""
        elapsed = now - self.began
        return self.done / elapsed if elapsed > 0 else 0.0

    def left(self, now: float) -> float | None:
        """Seconds left at the rate so far; None when that cannot be told."""
        rate = self.rate(now)
        if self.total is None or rate <= 0:
            return None
        return max(self.total - self.done, 0.0) / rate

    def line(self, now: float) -> str:
        """The stage and :meth:`facts_line` as one plain line."""
        return f"{self.stage}: {self.facts_line(now)}"

    def facts_line(self, now: float) -> str:
        """Percent, rate, facts and time left.

        >>> meter = Meter("training", "words", total=8000, began=0.0)
        >>> meter.move(2000, {"loss": 2.5})
        >>> meter.facts_line(now=4.0)
        '25%  500 words/s  loss 2.5  0:12 left'
        """
        parts = [
            f"{self.done / self.total:.0%}" if self.total else f"{short(self.done)} {self.unit}",
            f"{short(self.rate(now))} {self.unit}/s",
            *self._spoken_facts(),
        ]
        left = self.left(now)
        if left is not None:
            parts.append(f"{clock_time(left)} left")
        return "  ".join(parts)

    def summary(self, now: float) -> str:
        """What the whole stage did.

        >>> meter = Meter("training", "words", total=None, began=0.0)
        >>> meter.move(1_250_000, {})
        >>> meter.summary(now=65.0)
        'training: 1.25M words in 1:05 (19.2k words/s)'
        """
        facts = ", ".join(["", *self._spoken_facts()])
        return (
            f"{self.stage}: {short(self.done)} {self.unit} in {clock_time(now - self.began)} "
            f"({short(self.rate(now))} {self.unit}/s){facts}"
        )

    def _spoken_facts(self) -> list[str]:
        return [f"{name.replace('_', ' ')} {value:.4g}" for name, value in self.facts.items()]


def short(number: float) -> str:
    """A number in three digits.

    >>> [short(value) for value in (7, 1234, 56_789, 999_999, 1_250_000, 2e9)]
    ['7', '1.23k', '56.8k', '1M', '1.25M', '2G']
    """
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= limit * 0.9995:  # what rounds up to the next suffix takes it
            return f"{number / limit:.3g}{suffix}"
    return f"{number:.3g}"


def clock_time(seconds: float) -> str:
    """Seconds as minutes and seconds, or hours too.

    >>> clock_time(5.4), clock_time(65), clock_time(3725)
    ('0:05', '1:05', '1:02:05')
    """
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
