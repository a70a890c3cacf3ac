"""Which steps of a padded batch are real, and sequences read from their last real step."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def step_mask(lengths: Int[Tensor, " batch"], time: int) -> Bool[Tensor, "batch time"]:
    """True at the real steps ``t < length``, False at padding.

    >>> step_mask(torch.tensor([1, 3]), 3).tolist()
    [[True, False, False], [True, True, True]]
    """
    return torch.arange(time, device=lengths.device) < lengths[:, None]


def mirror_index(lengths: Int[Tensor, " batch"], time: int) -> Int[Tensor, "batch time"]:
    """Where each step of the mirrored sequence comes from: ``length - 1 - t``, padding stays.

    >>> mirror_index(torch.tensor([2, 3]), 3).tolist()
    [[1, 0, 2], [2, 1, 0]]
    """
    steps = torch.arange(time, device=lengths.device).expand(len(lengths), time)
    mirrored = lengths[:, None] - 1 - steps
    return torch.where(mirrored >= 0, mirrored, steps)


def take_steps(
    states: Float[Tensor, "batch time dim"], index: Int[Tensor, "batch steps"]
) -> Float[Tensor, "batch steps dim"]:
    """The states at the steps ``index`` of each sequence.

    >>> take_steps(torch.tensor([[[1.0], [2.0]]]), torch.tensor([[1, 0]])).flatten().tolist()
    [2.0, 1.0]
    """
    return states.gather(1, index[:, :, None].expand(-1, -1, states.shape[-1]))
