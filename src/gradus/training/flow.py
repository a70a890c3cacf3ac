"""How gradients flow: their norm in every parameter and layer, and back through time."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.core.errors import DataError, SettingsError
from gradus.training.unroll import unroll

#: From the states of the top layer at a step ``[batch, hidden]``, and its number, to the loss
#: ``[batch]`` of each example.
StepLoss: TypeAlias = Callable[[Tensor, int], Tensor]


def gradient_norms(model: nn.Module) -> dict[str, float]:
    """The L2 norm of each parameter's gradient, dense or sparse; those without one are left out.

    >>> model = nn.Linear(2, 1)
    >>> model(torch.tensor([3.0, 4.0])).sum().backward()
    >>> gradient_norms(model)
    {'weight': 5.0, 'bias': 1.0}
    """
    norms = {}
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            grad = parameter.grad
            # the rows of a sparse gradient may repeat, and are summed before they are squared
            values = grad.coalesce().values() if grad.is_sparse else grad
            norms[name] = float(values.norm())
    return norms


def layer_norms(norms: Mapping[str, float]) -> dict[str, float]:
    """Joint norm ``√Σ norm²`` of the parameters of each layer, the module that they belong to.

    >>> layer_norms({"output.weight": 3.0, "output.bias": 4.0, "scale": 1.0})
    {'output': 5.0, 'model': 1.0}
    """
    squares: dict[str, float] = defaultdict(float)
    for name, norm in norms.items():
        squares[name.rpartition(".")[0] or "model"] += norm**2
    return {layer: math.sqrt(total) for layer, total in squares.items()}


def mean_direction(hidden: Float[Tensor, "batch hidden"], time: int) -> Float[Tensor, " batch"]:
    """``J = Σ h / √n`` of each example, whose gradient has norm 1: every unit counts alike."""
    return hidden.sum(-1) / math.sqrt(hidden.shape[-1])


@dataclass(frozen=True, eq=False)
class Flow:
    """Norms of ``dJ(t)/dh(k)`` by distance ``t - k``, the place in each array.

    >>> flow = Flow("rnn", norms=0.5 ** np.arange(4), cell_norms=None)
    >>> round(flow.factor, 6), round(flow.half_life, 6)
    (0.5, 1.0)
    """

    name: str
    norms: Float[np.ndarray, " distances"]
    cell_norms: Float[np.ndarray, " distances"] | None  # of dJ(t)/dc(k), for an LSTM

    @property
    def factor(self) -> float:
        """What a step back multiplies the norm by: a fit of ``norm = a · factor^distance``.

        Least squares on the logarithms, without zeros; NaN if fewer than two norms are left. An
        LSTM is judged by its cells, on whose path memory lies.
        """
        norms = self.norms if self.cell_norms is None else self.cell_norms
        there = np.flatnonzero(np.isfinite(norms) & (norms > 0))
        if len(there) < 2:
            return math.nan
        return float(np.exp(np.polyfit(there, np.log(norms[there]), 1)[0]))

    @property
    def half_life(self) -> float:
        """Steps back that halve the norm, ``ln ½ / ln factor``; infinite if it does not shrink."""
        factor = self.factor
        return math.inf if factor >= 1 else math.log(0.5) / math.log(factor)

    def to_dict(self) -> dict[str, Any]:
        """Norms and fit as plain values; ``None`` where a number is not finite, as JSON needs."""
        fit = {"factor": self.factor, "half_life": self.half_life}
        return {
            "name": self.name,
            "norms": self.norms.tolist(),
            "cell_norms": None if self.cell_norms is None else self.cell_norms.tolist(),
            **{name: value if math.isfinite(value) else None for name, value in fit.items()},
        }


def flow_through_time(
    module: nn.RNNBase,
    inputs: Float[Tensor, "batch time dim"],
    loss: StepLoss = mean_direction,
    *,
    times: Sequence[int] = (-1,),
    layer: int = -1,
    activation: str | None = None,
    name: str | None = None,
) -> Flow:
    """Norms of ``dJ(t)/dh(k)`` for every ``k ≤ t``: means over the batch and the steps ``times``.

    J(t) is the ``loss`` of the top layer's state at t. The derivative is exact and total: along
    every path from h(k), which in a lower ``layer`` includes those through the layers above. h(k)
    and c(k) of an LSTM are nodes of one graph: dJ/dc(k) counts the way through h(k), but dJ/dh(k)
    does not count the way from c(k) straight to c(k+1). ``module`` and its gradients stay as they
    are. Norms below 1e-38 need ``module.double()``.

    >>> rnn = nn.RNN(1, 1, bias=False)  # h(t) = tanh(w x + u h), here with u = 1/2 and x = 0
    >>> _ = rnn.weight_hh_l0.data.fill_(0.5)
    >>> flow_through_time(rnn, torch.zeros(1, 4, 1)).norms
    array([1.   , 0.5  , 0.25 , 0.125])

    Raises:
        SettingsError: a step or the layer does not exist; also what
            :func:`~gradus.training.unroll.unroll` raises.
        DataError: the loss is not one number an example.
    """
    steps, depth = inputs.shape[1], module.num_layers
    if not times or not all(-steps <= time < steps for time in times):
        raise SettingsError(f"times={tuple(times)}: choose from the {steps} steps of the inputs")
    if not -depth <= layer < depth:
        raise SettingsError(f"layer={layer}: the module has {depth}; count from 0 or from -1 down")
    with torch.enable_grad():
        states = unroll(module, inputs, activation=activation)
        ends = [time % steps for time in times]
        losses = {end: loss(states[-1][end].hidden, end) for end in ends}
        cells = [state.cell for state in states[layer] if state.cell is not None]
        return Flow(
            name=name or (module.mode if activation is None else f"RNN_{activation.upper()}"),
            norms=_mean_norms(losses, [state.hidden for state in states[layer]]),
            cell_norms=_mean_norms(losses, cells) if cells else None,
        )


def _mean_norms(losses: dict[int, Tensor], nodes: list[Tensor]) -> Float[np.ndarray, " distances"]:
    """The mean norm of the gradient at each distance before the end of a loss."""
    sums, counts = np.zeros(max(losses) + 1), np.zeros(max(losses) + 1)
    for end, loss in losses.items():
        if loss.shape != nodes[0].shape[:1]:
            raise DataError(
                f"the loss has shape {tuple(loss.shape)} for a batch of {len(nodes[0])}; "
                "give one number an example"
            )
        # examples do not touch each other, so the gradient of their sum holds that of each
        gradients = torch.autograd.grad(loss.sum(), nodes[: end + 1], retain_graph=True)
        sums[: end + 1] += [float(gradient.norm(dim=-1).mean()) for gradient in gradients[::-1]]
        counts[: end + 1] += 1
    return sums / counts
