"""Scores of pairs: how well each dependent goes with each head."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Biaffine(nn.Module):
    """``s[i, j] = xᵢᵀ U yⱼ + uᵀ yⱼ + vᵀ xᵢ + b`` for each of ``out`` kinds [dozat2017].

    Begins at zero, so that at first all pairs are alike. Every pair is computed in float32, also
    where the rest of a network is in half precision: many heads differ little.

    >>> scores = Biaffine(3, 4, out=2)(torch.ones(1, 5, 3), torch.ones(1, 6, 4))
    >>> scores.shape
    torch.Size([1, 2, 5, 6])
    """

    def __init__(self, left: int, right: int, *, out: int = 1) -> None:
        super().__init__()
        # a one appended to both vectors holds u, v and b
        self.weight = nn.Parameter(torch.zeros(out, left + 1, right + 1))

    def forward(
        self, left: Float[Tensor, "batch rows left"], right: Float[Tensor, "batch columns right"]
    ) -> Float[Tensor, "batch out rows columns"]:
        """The score of every pair."""
        with torch.autocast(left.device.type, enabled=False):
            x, y = (_with_one(side.to(self.weight.dtype)) for side in (left, right))
            return (x[:, None] @ self.weight) @ y[:, None].transpose(-1, -2)

    def paired(
        self, left: Float[Tensor, "rows left"], right: Float[Tensor, "rows right"]
    ) -> Float[Tensor, "rows out"]:
        """The scores of row i of ``left`` with row i of ``right`` alone."""
        x, y = _with_one(left), _with_one(right)
        out, width, _ = self.weight.shape
        folded = x @ self.weight.transpose(0, 1).reshape(width, -1)
        return (folded.view(len(x), out, y.shape[1]) @ y[:, :, None])[:, :, 0]


def _with_one(x: Tensor) -> Tensor:
    return torch.cat([x, x.new_ones(*x.shape[:-1], 1)], -1)
