"""Small learning problems for tests of the loop: data, an objective and a network that fit it."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from gradus.training.settings import TrainingConfig


class Batch(NamedTuple):
    inputs: Tensor
    labels: Tensor


class Quadrants:
    """Points in the plane; the label says whether both coordinates have the same sign."""

    def __init__(self, count: int = 200, seed: int = 1, dim: int = 4) -> None:
        rng = np.random.default_rng(seed)
        self.inputs = torch.from_numpy(rng.normal(size=(count, dim)).astype(np.float32))
        self.labels = (self.inputs[:, 0] * self.inputs[:, 1] > 0).long()
        self.sizes = rng.integers(1, 20, size=count)

    def batch(self, indices, *, draw=None):
        return Batch(self.inputs[indices], self.labels[indices])

    def fingerprint(self):
        return int(self.labels.sum())


class Classify:
    """Cross-entropy of a network that takes inputs and gives scores."""

    def loss(self, model, batch):
        return nn.functional.cross_entropy(model(batch.inputs), batch.labels)

    def weight(self, batch):
        return float(len(batch.labels))

    def evaluate(self, model, data):
        batch = data.batch(np.arange(len(data.sizes)))
        right = (model(batch.inputs).argmax(1) == batch.labels).double().mean()
        return {"loss": self.loss(model, batch).item(), "accuracy": right.item()}


def network(dim: int = 4, hidden: int = 16, dropout: float = 0.2, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(dim, hidden), nn.Tanh(), nn.Dropout(dropout), nn.Linear(hidden, 2)
    )


def config(**settings) -> TrainingConfig:
    return TrainingConfig(**{"epochs": 4, "batch_size": 16, "rate": 0.01, "threads": 1, **settings})


def weights(model: nn.Module) -> dict[str, np.ndarray]:
    return {name: value.numpy().copy() for name, value in model.state_dict().items()}


def same_bits(first: nn.Module, second: nn.Module) -> bool:
    left, right = weights(first), weights(second)
    return left.keys() == right.keys() and all(
        left[name].tobytes() == right[name].tobytes() for name in left
    )
