"""The one training loop: from examples to a model that is best on the dev set.

It can stop after any step and go on to the same bits (:mod:`gradus.training.resume`): the orders of
examples and their augmentation follow from the seed and the place in the run alone.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from jaxtyping import Int
from torch import nn

from gradus.core.seeding import stream
from gradus.nn.penalties import decay_groups, l1_penalty, l2_penalty, max_norm_
from gradus.training.averaging import AVERAGES
from gradus.training.batching import Batches, Order, split
from gradus.training.callbacks import Callback, Look, Step, observed
from gradus.training.clipping import clip_norm_, clip_value_, gradient_values, joint_norm
from gradus.training.faults import check_finite, check_gradients, explained_memory
from gradus.training.objective import Dataset, Objective, moved
from gradus.training.optimizers import OPTIMIZERS
from gradus.training.precision import Precision, chosen_device
from gradus.training.schedules import SCHEDULES, warmed_up
from gradus.training.settings import TrainingConfig
from gradus.training.stopping import Best
from gradus.training.subset import sample

#: Training examples that are looked at beside the dev set, so that a gap between them shows.
FIT_SAMPLE = 1000


@dataclass
class Place:
    """How far a run is: all that is done lies before it."""

    epoch: int = 1  # the one that is going on
    batch: int = 0  # batches of it that are done
    step: int = 0  # steps done
    examples: int = 0  # examples seen
    loss_sum: float = 0.0  # of the losses since the last look, and their number
    losses: int = 0


def longest(data: Dataset, indices: Int[np.ndarray, " batch"]) -> int:
    """The size of the largest example; an epoch may have a few more than ``sizes`` tells of."""
    return int(np.take(data.sizes, indices, mode="clip").max())


class Training:
    """A model on its way: ``run`` is the loop, the other methods are its parts.

    Args:
        model: what is trained, in place.
        objective: what a batch costs.
        data: the training examples.
        config: how to train.
        dev: examples that choose the best model and end the run early.
        order: a curriculum; by default every epoch sees all examples in random order.
    """

    def __init__(
        self,
        model: nn.Module,
        objective: Objective,
        data: Dataset,
        config: TrainingConfig,
        *,
        dev: Dataset | None = None,
        order: Order | None = None,
    ) -> None:
        self.config, self.objective, self.data, self.dev = config, objective, data, dev
        self.device = chosen_device(config.device)
        self.model = model.to(self.device)
        self.precision = Precision(config.precision, self.device)
        self.batches = Batches(data.sizes, config.batch_size, config.bucket, config.seed, order)
        self.steps = self.batches.steps(config.epochs)
        groups = decay_groups(self.model, config.weight_decay)
        self.parameters = [parameter for group in groups for parameter in group["params"]]
        self.optimizer = OPTIMIZERS.make(config.optimizer, groups=groups, rate=config.rate)
        schedule = SCHEDULES.make(config.schedule, total=self.steps)
        self.schedule = warmed_up(schedule, round(config.warmup * self.steps))
        self.average = AVERAGES.make(config.average, total=self.steps) if config.average else None
        self.best = Best(config.metric, config.patience)
        self.observe_every = max(1, self.steps // config.observe)
        self.place = Place()
        self.random_state: dict[str, torch.Tensor] = {}  # of a run that is resumed

    def run(
        self, callbacks: Callback | None = None, between: Callable[[], None] = lambda: None
    ) -> None:
        """Train to the end, watched by ``callbacks``.

        ``between`` is called after every step, when the state is whole, and may raise to stop.

        Raises:
            DivergenceError: the loss or a gradient is not finite; the text names the layer.
            MemoryLimitError: a batch does not fit; the text names a size to try.
        """
        watch = callbacks or Callback()
        gpus = [] if self.device.type == "cpu" else [self.device]
        with torch.random.fork_rng(devices=gpus):
            self.seed()
            watch.started(self.model, self.steps)
            try:
                for indices in self.remaining():
                    step = self.place.step + 1
                    watch.before_step(step)
                    rate = self.set_rate(step)
                    loss = self.backward(indices, step)
                    watch.after_backward(step)
                    norm, clipped = self.clip(step)
                    self.precision.step(self.optimizer)
                    self.settle()
                    epoch = self.advance(len(indices), loss)
                    seen = self.place.examples
                    watch.after_step(Step(step, epoch, seen, loss, rate, norm, clipped))
                    if self.look_due(epoch):
                        watch.after_look(self.look(epoch))
                    between()
            finally:
                watch.finished()
        self.conclude()

    def seed(self) -> None:
        """Set PyTorch's random numbers, used by dropout, to where the run is."""
        if not self.random_state:
            torch.manual_seed(int(stream(self.config.seed, "torch").integers(2**63)))
            return
        torch.set_rng_state(self.random_state["cpu"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(self.random_state["cuda"], self.device)

    def random_numbers(self) -> dict[str, torch.Tensor]:
        """Where PyTorch's random numbers are, of the processor and of the GPU that is used."""
        states = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            states["cuda"] = torch.cuda.get_rng_state(self.device)
        return states

    def remaining(self) -> Iterator[Int[np.ndarray, " batch"]]:
        """The batches that are left, epoch after epoch, until patience is at its end."""
        while self.place.epoch <= self.config.epochs:
            self._plan = self.batches.plan(self.place.epoch)
            while self.place.batch < len(self._plan):
                if self.best.exhausted:
                    return
                yield self._plan[self.place.batch]
            self.place.epoch, self.place.batch = self.place.epoch + 1, 0

    def set_rate(self, step: int) -> float:
        """Set the learning rate of this step, and give it."""
        rate = self.config.rate * self.schedule.factor(step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        return rate

    def backward(self, indices: Int[np.ndarray, " batch"], step: int) -> float:
        """Leave the gradients of a batch in the parameters; give its mean loss."""
        if not self.model.training:  # a walk over all modules, so only after a look
            self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        with explained_memory(self.config.batch_size, partial(longest, self.data, indices)):
            parts = split(indices, self.config.accumulate)
            batches = [moved(self.data.batch(part, draw=step), self.device) for part in parts]
            weights = [self.objective.weight(batch) for batch in batches]
            mean, total = 0.0, sum(weights)
            for batch, weight in zip(batches, weights, strict=True):
                with self.precision.forward():
                    loss = self.objective.loss(self.model, batch)
                share = weight / total
                mean += loss.item() * share
                forward = partial(self.objective.loss, self.model, batch)
                check_finite(mean, self.model, forward, step=step, rate=self.config.rate)
                loss = self.penalized(loss)
                self.precision.backward(loss if share == 1 else loss * share)
        return mean

    def penalized(self, loss: torch.Tensor) -> torch.Tensor:
        """``loss`` with the penalties of the settings; biases are spared."""
        if self.config.l2:
            loss = loss + self.config.l2 * l2_penalty(self.model)
        if self.config.l1:
            loss = loss + self.config.l1 * l1_penalty(self.model)
        return loss

    def clip(self, step: int) -> tuple[float | None, bool]:
        """Limit the gradients; their joint norm before, and whether it was too long.

        The norm is measured where it is needed and at steps that are observed.
        """
        self.precision.unscale_(self.optimizer)
        limit = self.config.clip_norm
        if not (observed(step, self.observe_every) or limit or self.config.clip_value):
            return None, False
        values = gradient_values(self.parameters)
        norm = joint_norm(values)
        if not self.precision.overflows:
            check_gradients(norm, self.model, step=step, rate=self.config.rate)
        if self.config.clip_value:
            clip_value_(values, self.config.clip_value)
        return norm, limit is not None and clip_norm_(values, norm, limit)

    def settle(self) -> None:
        """What follows a step: weights within their norm, and the running average."""
        if self.config.max_norm:
            max_norm_(self.model, self.config.max_norm)
        if self.average:
            self.average.update(self.model)

    def advance(self, examples: int, loss: float) -> float:
        """Move the place past a step; give the epochs done, with a fraction."""
        place = self.place
        place.batch, place.step, place.examples = (
            place.batch + 1, place.step + 1, place.examples + examples
        )  # fmt: skip
        place.loss_sum, place.losses = place.loss_sum + loss, place.losses + 1
        return place.epoch - 1 + place.batch / len(self._plan)

    def look_due(self, epoch: float) -> bool:
        """Whether the step just done ends a stretch of ``evaluate_every`` epochs, or the run."""
        every = self.config.evaluate_every
        before = epoch - 1 / len(self._plan)
        crossed = int(epoch / every + 1e-9) > int(before / every + 1e-9)
        return crossed or self.place.step == self.steps

    def look(self, epoch: float) -> Look:
        """Measure the model, and remember it if it is the best so far."""
        place, best = self.place, False
        dev: dict[str, float] = {}
        fit: dict[str, float] = {}
        if self.dev is not None:
            with self.average.swapped(self.model) if self.average else nullcontext():
                dev = self.measure(self.dev)
                fit = self.measure(sample(self.data, FIT_SAMPLE, self.config.seed))
                best = self.best.see(dev, place.step, self.model)
            self.schedule.observe(dev["loss"])
            if self.average:
                self.average.observe(dev["loss"])
        mean = place.loss_sum / max(1, place.losses)
        place.loss_sum, place.losses = 0.0, 0
        return Look(place.step, epoch, mean, fit, dev, best)

    def measure(self, data: Dataset) -> dict[str, float]:
        """The objective's figures of the model as it is, in evaluation mode."""
        self.model.eval()
        with (
            torch.no_grad(),
            explained_memory(self.config.batch_size, lambda: int(data.sizes.max())),
        ):
            return self.objective.evaluate(self.model, data)

    def conclude(self) -> None:
        """Leave the best model, else the average, else the last, in evaluation mode."""
        if self.config.keep_best and self.best.weights is not None:
            self.best.restore_(self.model)
        elif self.average:
            self.average.copy_to_(self.model)
        self.model.eval()
