"""Recurrent layers over padded batches: each sequence gets what it would get alone."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError
from gradus.nn.dropout import LockedDropout
from gradus.nn.masks import mirror_index, step_mask, take_steps
from gradus.nn.pooling import last_state
from gradus.nn.sigmoid_rnn import SigmoidRNN
from gradus.nn.weight_drop import WeightDrop

#: The number of steps that a layer computes is a multiple of this.
STEPS = 4

#: Recurrent layers that a line of settings can name; each is one layer in one direction.
CELLS = Catalogue[nn.RNNBase]("cell")


@CELLS.add("rnn")
def rnn(*, dim: int, hidden: int) -> nn.RNNBase:
    """``h_t = tanh(W x_t + U h_{t-1} + b)`` [elman1990]."""
    return nn.RNN(dim, hidden, batch_first=True)


@CELLS.add("relu_rnn")
def relu_rnn(*, dim: int, hidden: int) -> nn.RNNBase:
    """``h_t = max(0, W x_t + U h_{t-1} + b)`` [le2015]."""
    return nn.RNN(dim, hidden, batch_first=True, nonlinearity="relu")


@CELLS.add("sigmoid_rnn")
def sigmoid_rnn(*, dim: int, hidden: int) -> nn.RNNBase:
    """``h_t = σ(W x_t + U h_{t-1} + b)``, the logistic function [elman1990]."""
    return SigmoidRNN(dim, hidden)


@CELLS.add("gru")
def gru(*, dim: int, hidden: int) -> nn.RNNBase:
    """``h_t = z ∘ h_{t-1} + (1 - z) ∘ tanh(W x_t + r ∘ U h_{t-1})``, gates z and r [cho2014]."""
    return nn.GRU(dim, hidden, batch_first=True)


@CELLS.add("lstm")
def lstm(*, dim: int, hidden: int) -> nn.RNNBase:
    """``c_t = f ∘ c_{t-1} + i ∘ c~_t`` and ``h_t = o ∘ tanh(c_t)`` [hochreiter1997]."""
    return nn.LSTM(dim, hidden, batch_first=True)


class RecurrentOutput(NamedTuple):
    """States of the top layer, forward then backward, and where each direction ended."""

    outputs: Float[Tensor, "batch time out"]  # 0 at padding
    last: Float[Tensor, "batch out"]  # forward at the last real step, backward at the first


class Recurrent(nn.Module):
    """Layers of one kind of cell from :data:`CELLS`, in one direction or both.

    Padding changes no output of a real step in either direction: the backward cells read each
    sequence mirrored within its own length. Computing padded steps is here faster than packing,
    which gives up torch's fused LSTM on a CPU. Between layers the same units are dropped at every
    step; ``weight_drop`` is the rate of :class:`~gradus.nn.weight_drop.WeightDrop`.

    >>> layer = Recurrent("lstm", 2, 3, bidirectional=True)
    >>> outputs, last = layer(torch.ones(2, 5, 2), torch.tensor([5, 1]))
    >>> outputs.shape, last.shape, bool(outputs[1, 1:].any())
    (torch.Size([2, 5, 6]), torch.Size([2, 6]), False)

    Raises:
        SettingsError: the cell is unknown, or a number is out of its range.
    """

    def __init__(
        self,
        cell: str,
        dim: int,
        hidden: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        weight_drop: float = 0.0,
    ) -> None:
        super().__init__()
        if layers < 1 or hidden < 1:
            raise SettingsError(f"layers={layers}, hidden={hidden}: choose values at least 1")
        directions = 2 if bidirectional else 1
        self.width = hidden * directions
        widths = [dim, *[self.width] * (layers - 1)]
        self.layers = nn.ModuleList(
            nn.ModuleList(
                WeightDrop(CELLS.make(cell, dim=width, hidden=hidden), weight_drop)
                for _ in range(directions)
            )
            for width in widths
        )
        self.between = LockedDropout(dropout)

    def forward(
        self, inputs: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
    ) -> RecurrentOutput:
        """The states of the top layer at every step and at the end; an empty sequence gives 0."""
        time = inputs.shape[1]
        # PyTorch keeps a compiled loop for every number of steps that it meets: few are enough
        inputs = F.pad(inputs, (0, 0, 0, -time % STEPS))
        mirror = mirror_index(lengths, inputs.shape[1])
        states = [inputs]
        for number, layer in enumerate(self.layers):
            below = torch.cat(states, -1) if len(states) > 1 else states[0]
            if number:
                below = self.between(below)
            states = _run(layer, below, mirror)
        padding = ~step_mask(lengths, time)[:, :, None]
        states = [state[:, :time].masked_fill(padding, 0.0) for state in states]
        ends = [last_state(states[0], lengths), *(state[:, 0] for state in states[1:])]
        return RecurrentOutput(torch.cat(states, -1), torch.cat(ends, -1))


def _run(
    layer: nn.Module,
    inputs: Float[Tensor, "batch time dim"],
    mirror: Int[Tensor, "batch time"],
) -> list[Float[Tensor, "batch time hidden"]]:
    """The states of one layer: forward, and backward if it has a second cell."""
    forward, *backward = layer.children()
    mirrored = [take_steps(cell(take_steps(inputs, mirror))[0], mirror) for cell in backward]
    return [forward(inputs)[0], *mirrored]
