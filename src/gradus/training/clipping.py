"""The joint length of all gradients; keeping it, or every entry, within a limit [pascanu2013]."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def gradient_values(parameters: Iterable[nn.Parameter]) -> list[Tensor]:
    """The numbers of every gradient that is there; of a sparse one, those of its rows."""
    values = []
    for parameter in parameters:
        grad = parameter.grad
        if grad is None:
            continue
        if grad.is_sparse:
            parameter.grad = grad = grad.coalesce()  # rows that occur twice are summed first
            values.append(grad.values())
        else:
            values.append(grad)
    return values


def joint_norm(values: list[Tensor]) -> float:
    """The L2 norm of all numbers together.

    >>> joint_norm([torch.tensor([3.0]), torch.tensor([[4.0]])])
    5.0
    """
    return float(torch.nn.utils.get_total_norm(values)) if values else 0.0


def clip_norm_(values: list[Tensor], norm: float, limit: float) -> bool:
    """Scale all numbers so that their ``norm`` becomes ``limit``, if it is above; whether it was.

    >>> values = [torch.tensor([3.0, 4.0])]
    >>> clip_norm_(values, 5.0, limit=1.0), values
    (True, [tensor([0.6000, 0.8000])])
    """
    if not norm > limit:
        return False
    torch._foreach_mul_(values, limit / norm)
    return True


def clip_value_(values: list[Tensor], limit: float) -> None:
    """Bring every number into ``-limit .. limit``."""
    for value in values:
        value.clamp_(-limit, limit)
