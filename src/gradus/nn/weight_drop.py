"""DropConnect for recurrent layers: each pass in training drops some hidden-to-hidden weights."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from gradus.nn.dropout import checked_rate
from gradus.nn.sigmoid_rnn import sigmoid_steps

#: Kernels by the mode of a recurrent layer, torch's fused ones where it has one: they take the
#: weights as an argument.
KERNELS: dict[str, Callable[..., Any]] = {
    "RNN_TANH": torch.rnn_tanh,
    "RNN_RELU": torch.rnn_relu,
    "RNN_SIGMOID": sigmoid_steps,
    "GRU": torch.gru,
    "LSTM": torch.lstm,
}


class WeightDrop(nn.Module):
    """A recurrent layer whose hidden-to-hidden weights are thinned while training [merity2018].

    Each pass draws one mask for all its steps: ``h' = f(W x + (M ∘ U) h)`` with the entries of M 0
    at ``rate`` and ``1 / (1 - rate)`` else. ``rnn`` keeps the raw weights, which get the gradient;
    a masked copy goes straight to torch's fused kernel. Outside training ``rnn`` runs as it is.

    >>> layer = WeightDrop(nn.GRU(2, 3, batch_first=True), 0.5)
    >>> outputs, state = layer(torch.ones(1, 4, 2))
    >>> outputs.shape, sorted(layer.state_dict())[:2]
    (torch.Size([1, 4, 3]), ['rnn.bias_hh_l0', 'rnn.bias_ih_l0'])
    """

    def __init__(self, rnn: nn.RNNBase, rate: float = 0.5) -> None:
        super().__init__()
        self.rnn = rnn
        self.rate = checked_rate(rate)

    def forward(
        self, inputs: Float[Tensor, "_ _ dim"], states: Any = None
    ) -> tuple[Float[Tensor, "_ _ out"], Any]:
        """The outputs and last states of ``rnn``, which say whether batch or time comes first."""
        if not self.training or self.rate == 0:
            return self.rnn(inputs, states)
        layers = [self._thinned(layer) for layer in self.rnn.all_weights]
        weights = [weight for layer in layers for weight in layer]
        return run_kernel(self.rnn, inputs, weights, states)

    def _thinned(self, layer: Sequence[Tensor]) -> list[Tensor]:
        """The weights of one layer and direction, of which torch keeps U as the second."""
        inward, recurrent, *others = layer
        return [inward, F.dropout(recurrent, self.rate), *others]

    def extra_repr(self) -> str:
        """The rate, for the printed network."""
        return f"{self.rate}"


def run_kernel(
    rnn: nn.RNNBase,
    inputs: Float[Tensor, "_ _ dim"],
    weights: list[Tensor],
    states: Any = None,
) -> tuple[Float[Tensor, "_ _ out"], Any]:
    """What ``rnn`` would give with these ``weights`` in place of its own, in their order."""
    lstm = rnn.mode == "LSTM"
    if states is None:
        states = _zero_states(rnn, inputs)
    with warnings.catch_warnings():
        # on a GPU torch advises to keep weights in one piece, but these live for one pass
        warnings.filterwarnings("ignore", message="RNN module weights are not part")
        outputs, *last = KERNELS[rnn.mode](
            inputs,
            states,
            weights,
            rnn.bias,
            rnn.num_layers,
            rnn.dropout,
            rnn.training,
            rnn.bidirectional,
            rnn.batch_first,
        )
    return outputs, tuple(last) if lstm else last[0]


def _zero_states(rnn: nn.RNNBase, inputs: Tensor) -> Any:
    rows = rnn.num_layers * (2 if rnn.bidirectional else 1)
    batch = inputs.shape[0 if rnn.batch_first else 1]
    hidden = inputs.new_zeros(rows, batch, rnn.proj_size or rnn.hidden_size)
    if rnn.mode != "LSTM":
        return hidden
    return hidden, inputs.new_zeros(rows, batch, rnn.hidden_size)
