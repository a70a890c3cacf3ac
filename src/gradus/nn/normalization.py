"""Centred inputs and normalized layers; statistics are those of real steps, never of padding."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError
from gradus.nn.masks import step_mask

#: Normalizations of a layer that a line of settings can name; the maker is also given ``dim``.
NORMALIZATIONS = Catalogue[nn.Module]("normalization")


@NORMALIZATIONS.add("none")
def no_normalization(*, dim: int) -> nn.Module:
    """Leave the values as they are."""
    return nn.Identity()


@NORMALIZATIONS.add("layer_norm")
def layer_norm(*, dim: int) -> nn.Module:
    """Each vector to mean 0 and variance 1 over its own units, then a gain and a bias [ba2016]."""
    return nn.LayerNorm(dim)


@NORMALIZATIONS.add("batch_norm")
class BatchNorm(nn.BatchNorm1d):
    """``γ (x - mean) / √(variance + ε) + β`` for each unit over the batch [ioffe2015].

    Evaluation uses running statistics; so does a training batch of a single row, which has no
    variance. Padded steps count nowhere and come out as 0.

    >>> norm = BatchNorm(dim=1)
    >>> norm(torch.tensor([[[1.0], [3.0], [99.0]]]), torch.tensor([2])).flatten().round().tolist()
    [-1.0, 1.0, 0.0]
    """

    def __init__(self, momentum: float = 0.1, *, dim: int) -> None:
        if not 0 < momentum <= 1:
            raise SettingsError(f"momentum={momentum} is out of range: choose a value in (0, 1]")
        super().__init__(dim, momentum=momentum)

    def forward(
        self, x: Float[Tensor, "*batch dim"], lengths: Int[Tensor, " sequences"] | None = None
    ) -> Float[Tensor, "*batch dim"]:
        """Normalized rows; ``lengths`` tells the real steps of a ``[batch time dim]``."""
        if lengths is None:
            return self._rows(x.reshape(-1, x.shape[-1])).view(x.shape)
        real = step_mask(lengths, x.shape[1])
        return torch.zeros_like(x).masked_scatter(real[:, :, None], self._rows(x[real]))

    def _rows(self, rows: Float[Tensor, "rows dim"]) -> Float[Tensor, "rows dim"]:
        if self.training and len(rows) < 2:
            return nn.functional.batch_norm(
                rows, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        return super().forward(rows)


class MeanCentering(nn.Module):
    """``x - mean`` with a mean that was observed in data before training and is saved with it.

    >>> centre = MeanCentering(2)
    >>> centre.observe_(torch.tensor([[1.0, 2.0], [3.0, 6.0]]))
    >>> centre(torch.tensor([[3.0, 6.0]])).tolist()
    [[1.0, 2.0]]
    """

    mean: Tensor
    count: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("count", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def observe_(
        self, x: Float[Tensor, "*batch dim"], lengths: Int[Tensor, " sequences"] | None = None
    ) -> None:
        """Take a batch into the mean; of a ``[batch time dim]`` with ``lengths`` its real steps."""
        rows = x.reshape(-1, x.shape[-1]) if lengths is None else x[step_mask(lengths, x.shape[1])]
        self.count += len(rows)
        # moving the mean by a share of the deviation keeps small numbers apart from large sums
        self.mean += (rows - self.mean).sum(0) / self.count.clamp(min=1)

    def forward(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        """The deviations from the mean; before any data was observed, ``x``."""
        return x - self.mean
