"""Tensors as arrays for compiled code, from whatever device and precision they come."""

from typing import Any

import numpy as np
from jaxtyping import Float32
from torch import Tensor


def plain_numbers(tensor: Tensor) -> Float32[np.ndarray, "..."]:
    """The numbers of a tensor in float32 on the processor, without a copy where that is possible.

    >>> import torch
    >>> plain_numbers(torch.ones(2, dtype=torch.bfloat16, requires_grad=True))
    array([1., 1.], dtype=float32)
    """
    found: Any = tensor.detach().float().cpu().numpy()
    return found
