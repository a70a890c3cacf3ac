"""Activations by name, and what each looks like when it no longer passes a gradient on."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

from gradus.core.catalogue import Catalogue
from gradus.core.errors import DataError, SettingsError

#: Activations that a line of settings can name.
ACTIVATIONS = Catalogue[nn.Module]("activation")

#: An entry this near to an asymptote is saturated: the slope of a sigmoid is there below 0.05, that
#: of a tanh below 0.1.
NEAR = 0.05


@ACTIVATIONS.add("sigmoid")
def sigmoid() -> nn.Module:
    """``σ(x) = 1 / (1 + e^-x)``."""
    return nn.Sigmoid()


@ACTIVATIONS.add("tanh")
def tanh() -> nn.Module:
    """``tanh(x) = 2 σ(2x) - 1``."""
    return nn.Tanh()


@ACTIVATIONS.add("relu")
def relu() -> nn.Module:
    """``max(0, x)``."""
    return nn.ReLU()


@ACTIVATIONS.add("leaky_relu")
def leaky_relu(slope: float = 0.01) -> nn.Module:
    """``max(slope x, x)`` for a slope below 1."""
    return nn.LeakyReLU(slope)


@ACTIVATIONS.add("prelu")
def prelu(slope: float = 0.25) -> nn.Module:
    """``max(a x, x)`` with a learned slope ``a`` [he2015]."""
    return nn.PReLU(init=slope)


@ACTIVATIONS.add("hard_tanh")
def hard_tanh() -> nn.Module:
    """``x`` held between -1 and 1."""
    return nn.Hardtanh()


@ACTIVATIONS.add("gelu")
def gelu() -> nn.Module:
    """``x Φ(x)`` with the normal distribution function Φ [hendrycks2016]."""
    return nn.GELU()


@ACTIVATIONS.add("identity")
def identity() -> nn.Module:
    """``x``: a linear layer stays linear."""
    return nn.Identity()


@ACTIVATIONS.add("cube")
class Cube(nn.Module):
    """``x³``, which multiplies triples of features [chen2014]."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """The cube of every entry."""
        return x * x * x


@ACTIVATIONS.add("maxout")
class Maxout(nn.Module):
    """``max over k of z[j, k]``: each unit is the largest of its pieces [goodfellow2013].

    The pieces of a unit stand side by side on the last axis, which shrinks by their number.

    >>> import torch
    >>> Maxout(2)(torch.tensor([1.0, 5.0, -3.0, -4.0])).tolist()
    [5.0, -3.0]
    """

    def __init__(self, pieces: int = 2) -> None:
        super().__init__()
        if pieces < 1:
            raise SettingsError(f"pieces={pieces} is out of range: choose a value at least 1")
        self.pieces = pieces

    def forward(self, x: Float[Tensor, "*batch wide"]) -> Float[Tensor, "*batch units"]:
        """The largest piece of every unit."""
        if x.shape[-1] % self.pieces:
            raise DataError(
                f"maxout of {self.pieces} pieces got {x.shape[-1]} values; "
                f"give it a multiple of {self.pieces}"
            )
        return x.reshape(*x.shape[:-1], -1, self.pieces).amax(-1)

    def extra_repr(self) -> str:
        """The pieces, for the printed network."""
        return f"{self.pieces}"


def values_per_unit(activation: nn.Module) -> int:
    """How many values an activation reads for a unit that it gives: the pieces of maxout, else 1.

    >>> values_per_unit(ACTIVATIONS.make("maxout(3)")), values_per_unit(nn.ReLU())
    (3, 1)
    """
    return activation.pieces if isinstance(activation, Maxout) else 1


def dead_units(output: Float[Tensor, "*batch units"]) -> dict[str, float]:
    """The share of units that are zero for the whole batch, as ``{"dead": share}``."""
    silent = (output == 0).reshape(-1, output.shape[-1]).all(0)
    return {"dead": silent.float().mean().item()}


def saturated_entries(output: Float[Tensor, "*shape"], low: float, high: float) -> dict[str, float]:
    """The share of entries near ``low`` or ``high``, as ``{"saturated": share}``."""
    ends = (output < low + NEAR) | (output > high - NEAR)
    return {"saturated": ends.float().mean().item()}


def _hard_tanh_faults(module: nn.Module, output: Tensor) -> dict[str, float]:
    assert isinstance(module, nn.Hardtanh)
    return saturated_entries(output, module.min_val, module.max_val)


#: How activations fail, torch's own among them; those that are not here cannot.
FAULTS: dict[type[nn.Module], Callable[[nn.Module, Tensor], dict[str, float]]] = {
    nn.ReLU: lambda _, output: dead_units(output),
    nn.ReLU6: lambda _, output: dead_units(output),
    nn.Sigmoid: lambda _, output: saturated_entries(output, 0.0, 1.0),
    nn.Hardsigmoid: lambda _, output: saturated_entries(output, 0.0, 1.0),
    nn.Tanh: lambda _, output: saturated_entries(output, -1.0, 1.0),
    nn.Hardtanh: _hard_tanh_faults,
}


def unit_faults(module: nn.Module, output: Float[Tensor, "*batch units"]) -> dict[str, float]:
    """What share of the ``output`` of an activation passes no gradient on; units on the last axis.

    ``{"dead": share of units}`` that are zero for the whole batch, for rectifiers;
    ``{"saturated": share of entries}`` within :data:`NEAR` of an asymptote, for sigmoid, tanh and
    their hard forms; ``{}`` for every other module, and for an empty batch.

    >>> import torch
    >>> unit_faults(nn.ReLU(), torch.tensor([[0.0, 0.0], [0.0, 2.0]]))
    {'dead': 0.5}
    >>> unit_faults(nn.Tanh(), torch.tensor([[0.99, 0.0, -0.3, -0.96]]))
    {'saturated': 0.5}
    """
    judge = FAULTS.get(type(module))
    return judge(module, output.detach()) if judge and output.numel() else {}
