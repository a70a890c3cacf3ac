"""Feed-forward networks of any depth."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from gradus.core.errors import SettingsError
from gradus.nn.activations import ACTIVATIONS, values_per_unit
from gradus.nn.dropout import DROPOUTS
from gradus.nn.normalization import NORMALIZATIONS


class FeedForward(nn.Module):
    """``h_i = f(W_i h_{i-1} + b_i)`` for each hidden width, then ``W h + b`` for ``out`` scores.

    ``activation``, ``normalization`` (before f) and ``dropout`` (after f) are lines of settings
    such as ``"leaky_relu(0.1)"``. Without hidden layers the network is linear; without ``out`` it
    ends with the last hidden layer. Leading axes are kept; none is taken for padding.

    >>> import torch
    >>> network = FeedForward(4, [8, 8], 3, activation="maxout(2)", dropout="dropout(0.2)")
    >>> network(torch.ones(5, 4)).shape, network.width
    (torch.Size([5, 3]), 3)

    Raises:
        SettingsError: a name is unknown, or a width is below 1.
    """

    def __init__(
        self,
        dim: int,
        hidden: Sequence[int],
        out: int | None = None,
        *,
        activation: str = "relu",
        dropout: str = "none",
        normalization: str = "none",
    ) -> None:
        super().__init__()
        widths = [dim, *hidden, *([] if out is None else [out])]
        if min(widths) < 1:
            raise SettingsError(f"the network's widths are {widths}: choose values at least 1")
        self.width = widths[-1]
        layers: list[nn.Module] = []
        for below, units in zip(widths, hidden, strict=False):
            f = ACTIVATIONS.make(activation)
            values = units * values_per_unit(f)
            layers += [
                nn.Linear(below, values),
                NORMALIZATIONS.make(normalization, dim=values),
                f,
                DROPOUTS.make(dropout),
            ]
        if out is not None:
            layers.append(nn.Linear(widths[-2], out))
        self.layers = nn.Sequential(
            *(layer for layer in layers if not isinstance(layer, nn.Identity))
        )

    def forward(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch width"]:
        """The scores, or the last hidden layer."""
        return self.layers(x)
