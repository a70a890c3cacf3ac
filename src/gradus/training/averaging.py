"""A running average of a model's weights over the steps, often better than the last ones.

Only trained parameters are averaged. Buffers stay those of the model, so the statistics of a batch
norm are those of the last weights; layers without such statistics lose nothing by it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError


class Average(ABC):
    """Weights that follow those of a model: ``w¯ ← w¯ + share (w - w¯)`` after every step.

    >>> model, average = nn.Linear(1, 1, bias=False), AVERAGES.make("tail(0)", total=2)
    >>> for value in (1.0, 2.0):
    ...     _ = nn.init.constant_(model.weight, value)
    ...     average.update(model)
    >>> with average.swapped(model):
    ...     model.weight.item()
    1.5
    >>> model.weight.item()
    2.0
    """

    def __init__(self) -> None:
        self.steps = 0
        self.weights: dict[str, Tensor] = {}

    @abstractmethod
    def share(self, step: int) -> float:
        """How much of the new weights goes into the average at this step, counted from 1."""

    def observe(self, loss: float) -> None:  # noqa: B027 - most averages do not mind
        """Take in the dev loss of a look."""

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take in the weights after a step."""
        self.steps += 1
        share = self.share(self.steps)
        if share == 0:
            return
        for name, parameter in _trained(model):
            # half precision would lose the small moves of a long average
            value = parameter.detach().to(torch.promote_types(parameter.dtype, torch.float32))
            if share == 1:
                self.weights[name] = value.clone()
            else:
                self.weights[name].lerp_(value, share)

    @contextmanager
    def swapped(self, model: nn.Module) -> Iterator[None]:
        """``model`` has the average for a while, then its own weights again, bit for bit."""
        own = {name: parameter.detach().clone() for name, parameter in _trained(model)}
        self.copy_to_(model)
        try:
            yield
        finally:
            _fill_(model, own)

    def copy_to_(self, model: nn.Module) -> None:
        """Give ``model`` the average; before there is one it stays as it is."""
        _fill_(model, self.weights)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The average, and plain values, from which :meth:`restore` goes on."""
        return self.weights, {"steps": self.steps}

    def restore(self, state: tuple[Mapping[str, np.ndarray | Tensor], Mapping[str, Any]]) -> None:
        """Go on from a :meth:`state`; its tensors may have become arrays."""
        tensors, values = state
        self.steps = values["steps"]
        self.weights = {
            name: value.clone() if isinstance(value, Tensor) else torch.from_numpy(np.array(value))
            for name, value in tensors.items()
        }


#: Running averages that a line of settings can name; the maker is also given ``total``.
AVERAGES = Catalogue[Average]("average")


@AVERAGES.add("tail")
class TailAverage(Average):
    """The plain mean of the weights after each step of the run's last part [polyak1992].

    It begins after a share ``start`` of the run: the first weights are far from where it ends.
    """

    def __init__(self, start: float = 0.5, *, total: int) -> None:
        super().__init__()
        if not 0 <= start < 1:
            raise SettingsError(f"start={start} is out of range: choose a value in [0, 1)")
        self.skipped = int(start * total)

    def share(self, step: int) -> float:
        """``1 / n`` for the n-th step that counts."""
        return 1 / (step - self.skipped) if step > self.skipped else 0.0


@AVERAGES.add("ema")
class MovingAverage(Average):
    """``Σ dⁿ⁻ⁱ wᵢ / Σ dⁿ⁻ⁱ``, a mean that forgets: it reaches back about ``1 / (1 - d)`` steps.

    >>> model, average = nn.Linear(1, 1, bias=False), AVERAGES.make("ema(0.5)", total=2)
    >>> for value in (0.0, 3.0):
    ...     _ = nn.init.constant_(model.weight, value)
    ...     average.update(model)
    >>> round(average.weights["weight"].item(), 6)
    2.0
    """

    def __init__(self, decay: float = 0.999, *, total: int) -> None:
        super().__init__()
        if not 0 <= decay < 1:
            raise SettingsError(f"decay={decay} is out of range: choose a value in [0, 1)")
        self.decay = decay

    def share(self, step: int) -> float:
        """``(1 - d) / (1 - dⁿ)``: 1 at first, so that the start of the run leaves no bias."""
        return (1 - self.decay) / (1 - self.decay**step)


@AVERAGES.add("triggered")
class TriggeredAverage(Average):
    """The plain mean of the weights from where the dev loss stops falling [merity2018].

    That is the first look whose loss is above the best of all that lie more than ``patience`` looks
    back. Without dev looks there is no average.

    >>> average = AVERAGES.make("triggered(1)", total=9)
    >>> for loss in (3.0, 2.0, 2.5, 2.4):
    ...     average.steps += 1
    ...     average.observe(loss)
    >>> average.begun, average.share(5)
    (4, 1.0)
    """

    def __init__(self, patience: int = 5, *, total: int) -> None:
        super().__init__()
        if patience < 0:
            raise SettingsError(f"patience={patience} is out of range: choose a value at least 0")
        self.patience = patience
        self.losses: list[float] = []
        self.begun: int | None = None  # the last step that does not count

    def share(self, step: int) -> float:
        """``1 / n`` for the n-th step that counts."""
        return 0.0 if self.begun is None else 1 / (step - self.begun)

    def observe(self, loss: float) -> None:
        """Begin here, if the loss has stopped falling."""
        before = self.losses[: len(self.losses) - self.patience]
        if self.begun is None and before and loss > min(before):
            self.begun = self.steps
        self.losses.append(loss)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The average, and the losses so far."""
        weights, values = super().state()
        return weights, {**values, "losses": self.losses, "begun": self.begun}

    def restore(self, state: tuple[Mapping[str, np.ndarray | Tensor], Mapping[str, Any]]) -> None:
        """Go on from a :meth:`state`."""
        super().restore(state)
        self.losses, self.begun = list(state[1]["losses"]), state[1]["begun"]


def _trained(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return ((name, p) for name, p in model.named_parameters() if p.requires_grad)


@torch.no_grad()
def _fill_(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    for name, parameter in _trained(model):
        if name in weights:
            parameter.copy_(weights[name])
