"""How gradients flow: their norm in every parameter and layer, and back through time."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.core.errors import DataError, SettingsError
from gradus.nn.steps import State
from gradus.training.unroll import Stack, stacked_layers, unroll

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
    modules: Stack,
    inputs: Float[Tensor, "batch time dim"],
    loss: StepLoss = mean_direction,
    *,
    times: Sequence[int] = (-1,),
    layer: int = -1,
    begin: Sequence[State] | None = None,
    activation: str | None = None,
    name: str | None = None,
) -> Flow:
    """Norms of ``dJ(t)/dh(k)`` for every ``k ≤ t``: means over the batch and the steps ``times``.

    J(t) is the ``loss`` of the top layer's state at t. The derivative is exact and total: along
    every path from h(k), which in a lower ``layer`` includes those through the layers above. h(k)
    and c(k) of an LSTM are nodes of one graph: dJ/dc(k) counts the way through h(k), but dJ/dh(k)
    does not count the way from c(k) straight to c(k+1). ``modules`` and ``begin`` are those of
    :func:`~gradus.training.unroll.unroll`; their gradients stay as they are. Norms below 1e-38
    need ``module.double()``.

    >>> rnn = nn.RNN(1, 1, bias=False)  # h(t) = tanh(w x + u h), here with u = 1/2 and x = 0
    >>> _ = rnn.weight_hh_l0.data.fill_(0.5)
    >>> flow_through_time(rnn, torch.zeros(1, 4, 1)).norms
    array([1.   , 0.5  , 0.25 , 0.125])

    Raises:
        SettingsError: a step or the layer does not exist; also what
            :func:`~gradus.training.unroll.unroll` raises.
        DataError: the loss is not one number an example; also what it raises.
    """
    depth = len(stacked_layers(modules))
    if not -depth <= layer < depth:
        raise SettingsError(f"layer={layer}: the module has {depth}; count from 0 or from -1 down")
    [flow] = _flows(modules, inputs, loss, times, [layer % depth], begin, activation)
    return flow if name is None else replace(flow, name=name)


def flow_through_layers(
    modules: Stack,
    inputs: Float[Tensor, "batch time dim"],
    loss: StepLoss = mean_direction,
    *,
    times: Sequence[int] = (-1,),
    begin: Sequence[State] | None = None,
    activation: str | None = None,
) -> list[Flow]:
    """:func:`flow_through_time` of every layer, lowest first, from one pass back.

    >>> gru = nn.GRU(2, 3, num_layers=2)
    >>> [flow.name for flow in flow_through_layers(gru, torch.ones(1, 4, 2))]
    ['GRU, layer 1', 'GRU, layer 2']

    Raises:
        SettingsError: a step does not exist; also what :func:`~gradus.training.unroll.unroll`
            raises.
        DataError: the loss is not one number an example; also what it raises.
    """
    layers = range(len(stacked_layers(modules)))
    flows = _flows(modules, inputs, loss, times, layers, begin, activation)
    return [
        replace(flow, name=f"{flow.name}, layer {number}")
        for number, flow in enumerate(flows, start=1)
    ]


def _flows(
    modules: Stack,
    inputs: Float[Tensor, "batch time dim"],
    loss: StepLoss,
    times: Sequence[int],
    layers: Sequence[int],
    begin: Sequence[State] | None,
    activation: str | None,
) -> list[Flow]:
    """The flow of each of ``layers``, called by its mode."""
    steps = inputs.shape[1]
    if not times or not all(-steps <= time < steps for time in times):
        raise SettingsError(f"times={tuple(times)}: choose from the {steps} steps of the inputs")
    with torch.enable_grad():
        states = unroll(modules, inputs, begin=begin, activation=activation)
        losses = {time % steps: loss(states[-1][time].hidden, time % steps) for time in times}
        norms = _mean_norms(losses, _nodes(states, layers))
    mode = stacked_layers(modules)[0].module.mode
    name = mode if activation is None else f"RNN_{activation.upper()}"
    return [Flow(name, norms["h", layer], norms.get(("c", layer))) for layer in layers]


def _nodes(states: list[list[State]], layers: Sequence[int]) -> dict[tuple[str, int], list[Tensor]]:
    """The h of each of ``layers`` at every step, and its c where there is one."""
    nodes = {("h", layer): [state.hidden for state in states[layer]] for layer in layers}
    for layer in layers:
        cells = [state.cell for state in states[layer] if state.cell is not None]
        if cells:
            nodes["c", layer] = cells
    return nodes


def _mean_norms(
    losses: dict[int, Tensor], nodes: dict[tuple[str, int], list[Tensor]]
) -> dict[tuple[str, int], Float[np.ndarray, " distances"]]:
    """The mean norm of the gradient in each row of nodes at each distance before a loss."""
    shape, batch = (len(nodes), max(losses) + 1), next(iter(nodes.values()))[0].shape[:1]
    sums, counts = np.zeros(shape), np.zeros(shape[1])
    for end, loss in losses.items():
        if loss.shape != batch:
            raise DataError(
                f"the loss has shape {tuple(loss.shape)} for a batch of {batch[0]}; "
                "give one number an example"
            )
        reached = [node for row in nodes.values() for node in row[: end + 1]]
        # examples do not touch each other, so the gradient of their sum holds that of each
        gradients = torch.autograd.grad(loss.sum(), reached, retain_graph=True)
        norms = np.array([float(gradient.norm(dim=-1).mean()) for gradient in gradients])
        sums[:, : end + 1] += norms.reshape(len(nodes), -1)[:, ::-1]
        counts[: end + 1] += 1
    return dict(zip(nodes, sums / counts, strict=True))
