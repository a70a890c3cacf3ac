"""Penalties and limits on weights: L2, L1, decay in the optimizer, and max-norm."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.nn.parameters import named_weights


def l2_penalty(model: nn.Module) -> Float[Tensor, ""]:
    """``Σ w²`` over all weights, biases and gains left out; its gradient is ``2 w``.

    >>> layer = nn.Linear(2, 1)
    >>> _ = layer.weight.data.copy_(torch.tensor([[3.0, 4.0]]))
    >>> l2_penalty(layer).item()
    25.0
    """
    return _total([weight.square().sum() for _, weight in named_weights(model)])


def l1_penalty(model: nn.Module) -> Float[Tensor, ""]:
    """``Σ |w|`` over all weights, biases and gains left out; it drives many weights to 0.

    >>> layer = nn.Linear(2, 1)
    >>> _ = layer.weight.data.copy_(torch.tensor([[3.0, -4.0]]))
    >>> l1_penalty(layer).item()
    7.0
    """
    return _total([weight.abs().sum() for _, weight in named_weights(model)])


def decay_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Parameter groups for torch's optimizers: weights decay; biases, gains and slopes do not.

    >>> groups = decay_groups(nn.Linear(2, 3), 0.01)
    >>> [(group["weight_decay"], len(group["params"])) for group in groups]
    [(0.01, 1), (0.0, 1)]
    """
    weights = [weight for _, weight in named_weights(model)]
    chosen = {id(weight) for weight in weights}
    others = [
        parameter
        for parameter in model.parameters()
        if parameter.requires_grad and id(parameter) not in chosen
    ]
    groups = ((weights, weight_decay), (others, 0.0))
    return [{"params": params, "weight_decay": decay} for params, decay in groups if params]


@torch.no_grad()
def max_norm_(model: nn.Module, limit: float) -> None:
    """Shrink the incoming weights of each unit to an L2 norm of at most ``limit``, in place.

    A unit's incoming weights are a row of a linear layer's ``weight`` (axis 0 counts units), and
    all weights of a filter of a convolution. Other layers stay as they are [srivastava2014].

    >>> layer = nn.Linear(2, 2)
    >>> _ = layer.weight.data.copy_(torch.tensor([[3.0, 4.0], [0.3, 0.4]]))
    >>> max_norm_(layer, 1.0)
    >>> layer.weight.norm(dim=1).tolist()
    [1.0, 0.5]
    """
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv1d):
            weight = module.weight
            norms = torch.linalg.vector_norm(weight.flatten(1), dim=1)
            factors = limit / norms.clamp(min=limit)  # 1 for a unit within the limit
            weight.mul_(factors.view(-1, *[1] * (weight.ndim - 1)))


def _total(sums: list[Tensor]) -> Tensor:
    return torch.stack(sums).sum() if sums else torch.zeros(())
