"""Who watches a run: callbacks are told what happens and change nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from gradus.core.progress import Progress
from gradus.core.runlog import RunLog


@dataclass(frozen=True)
class Step:
    """What one step did."""

    step: int  # counted from 1
    epoch: float  # epochs done, with a fraction
    examples: int  # seen since the start of the run
    loss: float  # mean of the batch, before the step
    rate: float
    grad_norm: float | None  # of all parameters together, before clipping; None: not measured
    clipped: bool


@dataclass(frozen=True)
class Look:
    """What a look at the dev set found."""

    step: int
    epoch: float
    train_loss: float  # mean since the last look, as trained: with dropout and all
    fit: dict[str, float] = field(default_factory=dict)  # figures on training examples
    dev: dict[str, float] = field(default_factory=dict)  # figures on the dev set
    best: bool = False


def observed(step: int, every: int) -> bool:
    """Whether probes look at ``step``: the first one, and then every ``every``-th.

    The first step alone shows the network as it was initialized.

    >>> [step for step in range(1, 10) if observed(step, 4)]
    [1, 4, 8]
    """
    return step == 1 or step % every == 0


class Callback:
    """Watches a run; every method may be left as it is."""

    def started(self, model: nn.Module, steps: int) -> None:
        """The run begins or goes on; it has ``steps`` steps in all."""

    def before_step(self, step: int) -> None:
        """A step is about to begin."""

    def after_backward(self, step: int) -> None:
        """The gradients of a step are there, not yet clipped."""

    def after_step(self, done: Step) -> None:
        """The parameters have been moved."""

    def after_look(self, look: Look) -> None:
        """The model was measured."""

    def finished(self) -> None:
        """The run is over, stopped or interrupted."""


class Callbacks(Callback):
    """Several callbacks as one, told in turn.

    >>> Callbacks([Callback(), Callback()]).before_step(1)
    """

    def __init__(self, members: Sequence[Callback]) -> None:
        self.members = tuple(members)

    def started(self, model: nn.Module, steps: int) -> None:
        """Tell every member."""
        for member in self.members:
            member.started(model, steps)

    def before_step(self, step: int) -> None:
        """Tell every member."""
        for member in self.members:
            member.before_step(step)

    def after_backward(self, step: int) -> None:
        """Tell every member."""
        for member in self.members:
            member.after_backward(step)

    def after_step(self, done: Step) -> None:
        """Tell every member."""
        for member in self.members:
            member.after_step(done)

    def after_look(self, look: Look) -> None:
        """Tell every member."""
        for member in self.members:
            member.after_look(look)

    def finished(self) -> None:
        """Tell every member."""
        for member in self.members:
            member.finished()


class Meter(Callback):
    """Shows a run as progress: examples done, the loss, and the dev figure that chooses."""

    def __init__(self, progress: Progress, examples: int, metric: str) -> None:
        self.progress, self.total, self.metric = progress, examples, metric
        self._loss: float | None = None
        self._facts: dict[str, float] = {}

    def started(self, model: nn.Module, steps: int) -> None:
        """Open the bar."""
        self.progress.start("training", total=self.total, unit="examples")

    def after_step(self, done: Step) -> None:
        """Move the bar; the loss shown is a running mean."""
        self._loss = done.loss if self._loss is None else 0.98 * self._loss + 0.02 * done.loss
        self.progress.update(done.examples, loss=self._loss, **self._facts)

    def after_look(self, look: Look) -> None:
        """Show the figure."""
        if self.metric in look.dev:
            self._facts = {f"dev_{self.metric}": look.dev[self.metric]}

    def finished(self) -> None:
        """Close the bar."""
        self.progress.finish()


class Recorder(Callback):
    """Writes ``log.jsonl``: a step event every ``every`` steps, and one for each look.

    A step event has the mean loss since the last one, and what the ``probes`` measured.
    """

    def __init__(self, log: RunLog, every: int, probes: Sequence["Probe"] = ()) -> None:
        self.log, self.every, self.probes = log, every, tuple(probes)
        self._losses: list[float] = []
        self._clipped = 0

    def after_step(self, done: Step) -> None:
        """Keep the loss, and write an event when one is due."""
        self._losses.append(done.loss)
        self._clipped += done.clipped
        if not observed(done.step, self.every):
            return
        measured: dict[str, Any] = {}
        for probe in self.probes:
            measured |= probe.measured()
        self.log.write(
            "step",
            step=done.step,
            epoch=round(done.epoch, 4),
            examples=done.examples,
            loss=sum(self._losses) / len(self._losses),
            rate=done.rate,
            grad_norm=done.grad_norm,
            clipped=self._clipped / len(self._losses),
            **measured,
        )
        self._losses.clear()
        self._clipped = 0

    def after_look(self, look: Look) -> None:
        """Write what was measured."""
        self.log.write(
            "look",
            step=look.step,
            epoch=round(look.epoch, 4),
            train_loss=look.train_loss,
            fit=look.fit,
            dev=look.dev,
            best=look.best,
        )


class Probe(Callback):
    """A callback that has something to say about the steps it watches."""

    def measured(self) -> dict[str, Any]:
        """Plain values to be logged with the step just done."""
        return {}
