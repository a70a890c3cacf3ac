"""First values: weight matrices by a named initializer, biases apart, forget gates open."""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor, nn

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError

#: Fills a tensor in place from a generator; without one, from torch's global one.
Initializer: TypeAlias = Callable[[Tensor, torch.Generator | None], object]

#: Ways to fill weights and biases that a line of settings can name.
INITIALIZERS = Catalogue[Initializer]("initializer")

#: Layers that :func:`initialize_` fills; embeddings and normalization keep their own first values.
LAYERS = (nn.Linear, nn.modules.conv._ConvNd, nn.RNNBase)

#: Gates whose matrices torch keeps stacked in one, by the mode of a recurrent layer.
GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "RNN_SIGMOID": 1, "GRU": 3, "LSTM": 4}


@INITIALIZERS.add("xavier")
def xavier(gain: float = 1.0) -> Initializer:
    """Uniform in ``±gain √(6 / (fan_in + fan_out))``: keeps variances for tanh [glorot2010]."""
    return lambda tensor, generator: nn.init.xavier_uniform_(tensor, gain, generator)


@INITIALIZERS.add("he")
def he() -> Initializer:
    """Normal with variance ``2 / fan_in``: keeps variances for rectifiers [he2015]."""
    return lambda tensor, generator: nn.init.kaiming_normal_(
        tensor, nonlinearity="relu", generator=generator
    )


@INITIALIZERS.add("orthogonal")
def orthogonal(gain: float = 1.0) -> Initializer:
    """``gain`` times a random matrix with orthonormal rows or columns [saxe2014]."""
    return lambda tensor, generator: nn.init.orthogonal_(tensor, gain, generator)


@INITIALIZERS.add("uniform")
def uniform(bound: float = 0.1) -> Initializer:
    """Uniform in ``±bound``."""
    return lambda tensor, generator: nn.init.uniform_(tensor, -bound, bound, generator)


@INITIALIZERS.add("normal")
def normal(std: float = 0.1) -> Initializer:
    """Normal with mean 0 and this standard deviation."""
    return lambda tensor, generator: nn.init.normal_(tensor, 0.0, std, generator)


@INITIALIZERS.add("constant")
def constant(value: float) -> Initializer:
    """The same value everywhere."""
    return lambda tensor, generator: nn.init.constant_(tensor, value)


@INITIALIZERS.add("zeros")
def zeros() -> Initializer:
    """Zero everywhere: for biases; units with equal weights would stay equal."""
    return lambda tensor, generator: nn.init.zeros_(tensor)


@torch.no_grad()
def initialize_(
    model: nn.Module,
    weights: str = "xavier",
    biases: str = "zeros",
    *,
    forget_bias: float | None = 1.0,
    generator: torch.Generator | None = None,
) -> None:
    """Fill the linear, convolutional and recurrent layers of ``model``; equal seeds, equal values.

    The matrices of a recurrent layer's gates are filled one by one. torch adds two biases to each
    gate: those of an LSTM's forget gate are set to sum to ``forget_bias``, so that cells remember
    from the start [jozefowicz2015]; ``None`` leaves them to ``biases``.

    >>> layer = nn.LSTM(2, 3)
    >>> initialize_(layer, "orthogonal", generator=torch.Generator().manual_seed(7))
    >>> (layer.bias_ih_l0 + layer.bias_hh_l0).tolist()
    [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]

    Raises:
        SettingsError: an initializer is unknown, or gives matrices and was asked for biases.
    """
    fill_weight, fill_bias = INITIALIZERS.make(weights), INITIALIZERS.make(biases)
    for module in model.modules():
        if not isinstance(module, LAYERS):
            continue
        for name, parameter in module.named_parameters(recurse=False):
            if name.startswith("weight"):
                for matrix in parameter.chunk(_gates(module, name)):
                    fill_weight(matrix, generator)
            else:
                _fill_bias(parameter, fill_bias, biases, generator)
        if isinstance(module, nn.LSTM) and module.bias and forget_bias is not None:
            _open_forget_gates_(module, forget_bias)


def _gates(module: nn.Module, name: str) -> int:
    """How many gates share the weight; the projection of an LSTM's states belongs to none."""
    return GATES[module.mode] if isinstance(module, nn.RNNBase) and "_hr" not in name else 1


def _fill_bias(
    bias: Tensor, fill: Initializer, line: str, generator: torch.Generator | None
) -> None:
    try:
        fill(bias, generator)
    except ValueError:  # torch counts inputs and outputs on two axes
        raise SettingsError(
            f"the initializer {line} fills matrices, but biases are vectors; "
            "choose zeros, constant, uniform or normal for biases"
        ) from None


def _open_forget_gates_(layer: nn.LSTM, value: float) -> None:
    forget = slice(layer.hidden_size, 2 * layer.hidden_size)  # torch's order is i, f, g, o
    for name, parameter in layer.named_parameters():
        if name.startswith("bias_ih"):
            parameter[forget] = value
        elif name.startswith("bias_hh"):
            parameter[forget] = 0.0
