"""What a run begins with, whatever the task: seeded weights, and the loss of a blind guess."""

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Int

from gradus.core.seeding import stream


def weight_generator(seed: int) -> torch.Generator:
    """The random numbers that the weights of a run begin with."""
    return torch.Generator().manual_seed(int(stream(seed, "weights").integers(2**63)))


def entropy(counts: Iterable[int] | Int[np.ndarray, " labels"]) -> float:
    """``-Σ p log p`` of the shares of labels in nats: what a guess that knows only them loses.

    >>> round(entropy([2, 2, 0]), 4), entropy([])
    (0.6931, 0.0)
    """
    met = np.array([count for count in counts if count])
    if not len(met):
        return 0.0
    shares = met / met.sum()
    return float(-(shares * np.log(shares)).sum())
