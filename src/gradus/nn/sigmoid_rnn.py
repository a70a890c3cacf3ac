"""The plain recurrent layer with the logistic function, for which torch has no kernel."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F


class SigmoidRNN(nn.RNN):
    """One layer of ``h_t = σ(W x_t + U h_{t-1} + b)``, step by step, with the batch first.

    >>> layer = SigmoidRNN(2, 3)
    >>> outputs, state = layer(torch.zeros(1, 4, 2))
    >>> outputs.shape, state.shape, layer.mode
    (torch.Size([1, 4, 3]), torch.Size([1, 1, 3]), 'RNN_SIGMOID')
    """

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__(dim, hidden, batch_first=True)
        self.mode = "RNN_SIGMOID"

    def forward(  # type: ignore[override]
        self, inputs: Float[Tensor, "batch time dim"], states: Tensor | None = None
    ) -> tuple[Float[Tensor, "batch time hidden"], Float[Tensor, "1 batch hidden"]]:
        """The states at every step, and the last one."""
        if states is None:
            states = inputs.new_zeros(1, len(inputs), self.hidden_size)
        return sigmoid_steps(inputs, states, self.all_weights[0])


def sigmoid_steps(
    inputs: Float[Tensor, "batch time dim"],
    states: Float[Tensor, "1 batch hidden"],
    weights: Sequence[Tensor],
    *_: Any,
) -> tuple[Float[Tensor, "batch time hidden"], Float[Tensor, "1 batch hidden"]]:
    """What torch's kernels of recurrent layers give; the further arguments that they take are idle.

    ``weights`` are W, U and their two biases.
    """
    inward, recurrent, inward_bias, recurrent_bias = weights
    drive = F.linear(inputs, inward, inward_bias + recurrent_bias)
    hidden, steps = states[0], []
    for step in drive.unbind(1):
        hidden = torch.sigmoid(torch.addmm(step, hidden, recurrent.T))
        steps.append(hidden)
    return torch.stack(steps, 1), hidden[None]
