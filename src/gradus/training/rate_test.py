"""The learning-rate range test: let the rate grow from step to step, and see where the loss breaks.

The loss is always that of the same few examples with the same dropout masks, so what moves it is
the rate and not the batch. What is suggested has been tried. The model, the optimizer and all
random numbers are afterwards as they were.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.core.errors import SettingsError
from gradus.core.picture import BLUE, ORANGE, PALE, picture, plain
from gradus.training.clipping import clip_norm_, gradient_values, joint_norm
from gradus.training.preserved import preserved, preserved_random_numbers
from gradus.training.rate_curve import read_curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Steps at the suggested rate that must lower the loss, and how often the rate is halved for it.
TRIAL_STEPS, HALVINGS = 30, 4

#: A loss above its start by so many times what it fell, or its own size, has exploded.
EXPLODED = 4.0

#: The seed of dropout masks while losses are measured.
MASKS = 1

Loss = Callable[[nn.Module, Any], Float[Tensor, ""]]


@dataclass(frozen=True, eq=False)
class RangeTest:
    """What a range test found."""

    rates: Float[np.ndarray, " steps"]
    losses: Float[np.ndarray, " steps"]  # after a step at each rate; explosions are cut off
    smoothed: Float[np.ndarray, " steps"]
    suggestion: float | None  # None: no rate can be recommended
    why: str

    def __str__(self) -> str:
        if self.suggestion is None:
            return self.why
        return f"suggested learning rate {self.suggestion:.2g}: {self.why}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        curve = zip(self.rates.tolist(), self.losses.tolist(), strict=True)
        return {
            "suggestion": self.suggestion,
            "why": self.why,
            "curve": [{"rate": rate, "loss": loss} for rate, loss in curve],
        }

    def draw(self, path: Path | str) -> None:
        """Draw the curve to a ``.png`` or ``.svg`` file.

        Raises:
            SettingsError: the ending names no picture.
        """
        with picture(path, (8, 4.5)) as figure:
            self.draw_on(figure)

    def draw_on(self, figure: "Figure") -> None:
        """Draw the curve over a logarithmic axis of rates, the suggestion marked."""
        panel = figure.add_subplot()
        panel.set_xscale("log")
        panel.plot(self.rates, self.losses, ".", color=PALE, label="loss")
        panel.plot(self.rates, self.smoothed, color=BLUE, label="smoothed")
        lowest, start = float(self.smoothed.min()), float(self.smoothed[0])
        room = max(start - lowest, 0.05 * abs(start), 1e-9)  # an explosion would flatten the rest
        panel.set_ylim(lowest - 0.1 * room, start + 0.6 * room)
        panel.set_xlabel("learning rate")
        panel.set_ylabel("loss after a step")
        title = "no descent found"
        if self.suggestion is not None:
            title = f"suggested learning rate {self.suggestion:.2g}"
            panel.axvline(self.suggestion, color=ORANGE, label="suggestion")
        panel.set_title(title, loc="left")
        plain(panel)
        panel.legend(frameon=False)


def range_test(
    model: nn.Module,
    loss: Loss,
    batches: Iterable[Any],
    optimizer: torch.optim.Optimizer,
    *,
    low: float = 1e-7,
    high: float = 10.0,
    steps: int = 100,
    few: int = 4,
    clip_norm: float | None = None,
    tell: Callable[[float], None] = lambda done: None,
) -> RangeTest:
    """Find a learning rate for ``model``: one sweep from ``low`` to ``high``, then a trial.

    Every step takes one of the first ``few`` batches in turn, and is followed by a look at all of
    them. How to choose the rate is told by :func:`~gradus.training.rate_curve.read_curve`; it is
    halved until some steps at it, from the start, lower the loss. ``tell`` hears the number of
    steps done. A model that learns so few examples by heart at any rate, as one of sparse features
    does, has no edge to be found, and gets a suggestion that is too high.

    >>> _ = torch.manual_seed(1)
    >>> model, x = nn.Linear(3, 1), torch.randn(64, 3)
    >>> def loss(model, rows):
    ...     return (model(rows) - rows.sum(1, keepdim=True)).square().mean()
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    >>> found = range_test(model, loss, x.split(16), optimizer)
    >>> 0.05 < found.suggestion < 1
    True

    Raises:
        SettingsError: a number is out of range, or the batches can be run through only once.
    """
    if isinstance(batches, Iterator) or few < 1:
        raise SettingsError(
            f"few={few} batches cannot be taken from {type(batches).__name__} without using them "
            "up: give few at least 1, and a list or a loader that can be run through again"
        )
    with preserved_random_numbers(batches):
        chosen = list(islice(iter(batches), few))
    if not chosen:
        raise SettingsError("there is no batch to test rates on; give one or more")
    trial = _Trial(model, loss, chosen, optimizer, clip_norm, tell)
    with preserved(model, optimizer):
        found = sweep(trial.begun(), low=low, high=high, steps=steps, lag=_age(optimizer))
    return found if found.suggestion is None else _tried(found, found.suggestion, trial)


def sweep(
    step: Callable[[float], float],
    *,
    low: float = 1e-7,
    high: float = 10.0,
    steps: int = 100,
    lag: float = 0.0,
) -> RangeTest:
    """The plain test: ``step`` makes a step at the rate it is given, and gives a loss.

    It ends early when the loss explodes. Nothing is restored and nothing tried; the ``lag`` of
    momentum μ is ``μ / (1 - μ)`` steps.

    >>> position = [1.0]
    >>> def step(rate):
    ...     position[0] *= 1 - 20 * rate  # gradient descent on 10 x²
    ...     return 10 * position[0] ** 2
    >>> 0.02 < sweep(step).suggestion < 0.1  # above 2/20 it would diverge
    True

    Raises:
        SettingsError: a number is out of range.
    """
    if not (0 < low < high and steps >= 10):
        raise SettingsError(
            f"low={low}, high={high}, steps={steps}: choose 0 < low < high and 10 steps or more"
        )
    rates = np.geomspace(low, high, steps)
    losses = _until_explosion(step(float(rate)) for rate in rates)
    rates = rates[: len(losses)]
    reading = read_curve(rates, losses, lag=lag)
    return RangeTest(rates, losses, reading.smoothed, reading.suggestion, reading.why)


class _Trial:
    """Training steps whose outcome is measured on all their examples at once."""

    def __init__(
        self,
        model: nn.Module,
        loss: Loss,
        batches: Sequence[Any],
        optimizer: torch.optim.Optimizer,
        clip_norm: float | None,
        tell: Callable[[float], None],
    ) -> None:
        self.model, self.loss, self.batches = model, loss, batches
        self.optimizer, self.limit = optimizer, clip_norm
        self.tell, self.done = tell, 0

    def begun(self) -> Callable[[float], float]:
        """A function that makes the next step at a rate and gives the loss after it."""
        self.model.train()
        torch.manual_seed(MASKS)  # so that a test gives the same whenever it is run
        turn = cycle(self.batches)

        def step(rate: float) -> float:
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            self.optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(self.loss(self.model, next(turn)))
            if self.limit is not None:
                values = gradient_values(self.model.parameters())
                clip_norm_(values, joint_norm(values), self.limit)
            self.optimizer.step()
            self.done += 1
            self.tell(self.done)
            return self.measured()

        return step

    @torch.no_grad()
    def measured(self) -> float:
        """The mean loss of all batches, as trained but with the masks of every other time."""
        with preserved_random_numbers():
            torch.manual_seed(MASKS)
            return float(np.mean([self.loss(self.model, batch).item() for batch in self.batches]))


def _tried(found: RangeTest, rate: float, trial: _Trial) -> RangeTest:
    """``found`` with the ``rate`` or a half of it, whichever lowers the loss if kept, or none."""
    for tried in (rate / 2**halvings for halvings in range(HALVINGS + 1)):
        with preserved(trial.model, trial.optimizer):
            step = trial.begun()
            start = trial.measured()
            after = _until_explosion(step(tried) for _ in range(TRIAL_STEPS))[-1]
        if after < start:
            why = f"{found.why}; {TRIAL_STEPS} steps at {tried:.2g} took it to {after:.4g}"
            return replace(found, suggestion=tried, why=why)
    why = f"no descent found: {found.why}, but {TRIAL_STEPS} steps at {tried:.2g} did not lower it"
    return replace(found, suggestion=None, why=why)


def _until_explosion(losses: Iterator[float]) -> Float[np.ndarray, " steps"]:
    """Losses up to the second in a row that is far above the start; those and NaN are cut off."""
    seen: list[float] = []
    high = 0
    for value in losses:
        start = seen[0] if seen else value
        far = EXPLODED * max(abs(start), start - min(seen, default=start))
        exploded = not value <= start + far
        high = high + 1 if exploded else 0
        seen.append(start + far if exploded else value)
        if high == 2 or not np.isfinite(value):
            break
    return np.array(seen)


def _age(optimizer: torch.optim.Optimizer) -> float:
    """The mean age in steps of the gradients in a step: ``μ / (1 - μ)`` for momentum μ."""
    group = optimizer.param_groups[0]
    momentum = float(group["betas"][0] if "betas" in group else group.get("momentum", 0.0))
    return momentum / (1 - momentum)
