"""One vector for a sequence: the last state, the mean or the maximum over its real steps."""

from collections.abc import Callable
from typing import TypeAlias

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gradus.core.catalogue import Catalogue
from gradus.nn.masks import step_mask, take_steps

#: States of a padded batch and the lengths of its sequences in, one vector a sequence out.
Pooling: TypeAlias = Callable[[Tensor, Tensor], Tensor]

#: Ways to make one vector of a sequence. An empty sequence gives zeros.
POOLINGS = Catalogue[Pooling]("pooling")


def last_state(
    states: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
) -> Float[Tensor, "batch dim"]:
    """The state at the last real step, ``h[length - 1]``.

    >>> states = torch.tensor([[[1.0], [5.0], [9.0]]])
    >>> last_state(states, torch.tensor([2])).tolist()
    [[5.0]]
    """
    chosen = take_steps(states, (lengths - 1).clamp(min=0)[:, None]).squeeze(1)
    return chosen.masked_fill((lengths == 0)[:, None], 0.0)


def mean_state(
    states: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
) -> Float[Tensor, "batch dim"]:
    """The mean of the real steps, ``1/length Σ h[t]``; padding must be finite numbers.

    >>> states = torch.tensor([[[1.0], [5.0], [9.0]]])
    >>> mean_state(states, torch.tensor([2])).tolist()
    [[3.0]]
    """
    shares = step_mask(lengths, states.shape[1]) / lengths.clamp(min=1)[:, None]
    # a product with a row of shares reads the states once, where masking and summing do so twice
    return torch.bmm(shares[:, None].to(states.dtype), states).squeeze(1)


def max_state(
    states: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
) -> Float[Tensor, "batch dim"]:
    """The largest value of each unit over the real steps, ``max h[t]``.

    >>> states = torch.tensor([[[-1.0], [-5.0], [0.0]]])
    >>> max_state(states, torch.tensor([2])).tolist()
    [[-1.0]]
    """
    # -inf, not 0: real states may be negative, and padding must never win
    real = step_mask(lengths, states.shape[1])[:, :, None]
    largest = states.masked_fill(~real, -torch.inf).amax(1)
    return largest.masked_fill((lengths == 0)[:, None], 0.0)


POOLINGS.add("last", about="The state at the last real step.")(lambda: last_state)
POOLINGS.add("mean", about="The mean of the real steps.")(lambda: mean_state)
POOLINGS.add("max", about="The largest value of each unit over the real steps.")(lambda: max_state)
