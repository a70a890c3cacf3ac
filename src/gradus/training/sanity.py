"""The check before a long run: can the model drive the loss on ten examples to nearly zero?

A model with enough parameters can learn ten examples by heart. If it cannot, something is broken
between the input and the loss, and more data or time will not mend it.
"""

import copy
import math
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from torch import nn

from gradus.core.errors import DivergenceError
from gradus.core.seeding import stream
from gradus.nn.noise import silence_
from gradus.training.callbacks import Callback, Step
from gradus.training.loop import Training
from gradus.training.objective import Dataset, Objective, Remembering
from gradus.training.settings import TrainingConfig
from gradus.training.subset import Subset

EXAMPLES = 10
STEPS = 300
#: Passed below this share of the first loss.
NEARLY_ZERO = 0.05
#: What is tried after the rate of the settings has failed: Adam, which suits most networks so.
FALLBACK_RATES = (1e-2, 1e-3)


@dataclass(frozen=True)
class Sanity:
    """What became of the loss on a few examples, and at which rate."""

    passed: bool
    first_loss: float
    last_loss: float
    steps: int
    examples: int
    optimizer: str
    rate: float
    own_settings_diverged: bool = False  # passed, but at the rate of the run the loss rose

    def __str__(self) -> str:
        loss = f"the loss on {self.examples} examples"
        fall = f"from {self.first_loss:.3g} to {self.last_loss:.3g} in {self.steps} steps"
        if self.passed and self.own_settings_diverged:
            return (
                f"sanity check: {loss} rose with the settings of this run, but fell {fall} with "
                f"{self.optimizer} at rate {self.rate:g}: lower the rate"
            )
        if self.passed:
            return f"sanity check passed: {loss} fell {fall}"
        return (
            f"sanity check failed: {loss} went only {fall}, at every rate tried; look for a bug in "
            "labels, loss or model before training for long"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the log."""
        return asdict(self)


def check_sanity(
    model: nn.Module, objective: Objective, data: Dataset, config: TrainingConfig
) -> Sanity:
    """Train a copy of ``model`` on ten examples; regularization is off, ``model`` unchanged."""
    chosen = stream(config.seed, "sanity").permutation(len(data.sizes))[:EXAMPLES]
    few = Subset(data, np.sort(chosen))
    plain = replace(
        config, batch_size=EXAMPLES, accumulate=1, epochs=STEPS, schedule="constant", warmup=0.0,
        weight_decay=0.0, l2=0.0, l1=0.0, max_norm=None, average=None, snapshots=0,
        curriculum=None, patience=None, tensorboard=False, observe=1,
    )  # fmt: skip
    kept = objective.memory() if isinstance(objective, Remembering) else {}
    own = tried = _overfit(model, objective, few, plain)
    for rate in FALLBACK_RATES:
        if not tried.passed:
            tried = _overfit(
                model, objective, few, replace(plain, optimizer="sparse_adam", rate=rate)
            )
    if isinstance(objective, Remembering):
        objective.recall(kept)
    diverged = not own.last_loss < own.first_loss
    return replace(tried, own_settings_diverged=diverged)


def _overfit(
    model: nn.Module, objective: Objective, few: Dataset, config: TrainingConfig
) -> Sanity:
    watch = _Watch()
    training = Training(silence_(copy.deepcopy(model)), objective, few, config)
    # a run that diverges at its rate has failed the check, not the program
    with suppress(DivergenceError, _Enough):
        training.run(watch, watch.stop)
    losses = watch.losses or [math.nan]
    passed = losses[-1] < NEARLY_ZERO * losses[0]
    if not passed and losses[-1] < losses[0]:
        # smoothed labels keep the loss up, though every example is told right
        passed = training.measure(few).get("accuracy") == 1.0
    return Sanity(
        passed=passed,
        first_loss=losses[0],
        last_loss=losses[-1],
        steps=len(losses),
        examples=len(few.sizes),
        optimizer=config.optimizer,
        rate=config.rate,
    )


class _Enough(Exception):
    """The loss is nearly zero."""


class _Watch(Callback):
    def __init__(self) -> None:
        self.losses: list[float] = []

    def after_step(self, done: Step) -> None:
        self.losses.append(done.loss)

    def stop(self) -> None:
        if self.losses[-1] < NEARLY_ZERO * self.losses[0]:
            raise _Enough
