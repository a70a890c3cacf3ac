"""What the loop trains: data that comes in batches, and an objective that says what they cost."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


@runtime_checkable
class Dataset(Protocol):
    """Examples, ready to be stacked into batches."""

    @property
    def sizes(self) -> Int[np.ndarray, " examples"]:
        """How long each example is, in tokens or whatever is padded."""

    def batch(self, indices: Int[np.ndarray, " batch"], *, draw: int | None = None) -> Any:
        """Stack the examples ``indices``.

        While training ``draw`` is the number of the step, from which augmentation gets its random
        numbers; it is None where a model is measured.
        """

    def fingerprint(self) -> int:
        """A checksum of the examples: a run is resumed on the data it began with."""


@runtime_checkable
class Sampling(Protocol):
    """Data of which a few examples by chance would say too little, because they go together."""

    def sample(self, size: int, seed: int) -> Dataset:
        """About ``size`` examples that stand for all, to be measured on; all if there are fewer."""


@runtime_checkable
class Objective(Protocol):
    """What a batch costs, and how good a model is."""

    def loss(self, model: nn.Module, batch: Any) -> Float[Tensor, ""]:
        """Mean loss over what :meth:`weight` counts."""

    def weight(self, batch: Any) -> float:
        """How much a batch counts in a mean: its examples, or its tokens."""

    def evaluate(self, model: nn.Module, data: Dataset) -> dict[str, float]:
        """Figures of a model in evaluation mode; ``loss`` is one of them."""


@runtime_checkable
class Remembering(Protocol):
    """An objective that carries something from step to step, which a resumed run needs too."""

    def memory(self) -> dict[str, Tensor]:
        """What is carried, by name."""

    def recall(self, memory: dict[str, Tensor]) -> None:
        """Carry on from a :meth:`memory`."""


def moved(batch: Any, device: torch.device) -> Any:
    """``batch`` with every tensor in it on ``device``; tuples and named tuples are walked through.

    >>> moved((torch.zeros(2), 3), torch.device("cpu"))
    (tensor([0., 0.]), 3)
    """
    if isinstance(batch, Tensor):
        return batch.to(device)
    if isinstance(batch, tuple):
        parts = [moved(part, device) for part in batch]
        return type(batch)(*parts) if hasattr(batch, "_fields") else tuple(parts)
    return batch
