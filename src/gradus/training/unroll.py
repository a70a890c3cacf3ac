"""Recurrent layers step by step: the states that fused kernels hide, each a node of the graph."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from jaxtyping import Float
from torch import Tensor, nn

from gradus.core.errors import DataError, SettingsError
from gradus.nn.activations import ACTIVATIONS
from gradus.nn.steps import STEPS, State, Step, plain_step

#: A recurrent module, or several of which each reads the states of the one before.
Stack: TypeAlias = nn.RNNBase | Sequence[nn.RNNBase]


def unroll(
    modules: Stack,
    inputs: Float[Tensor, "batch time dim"],
    *,
    begin: Sequence[State] | None = None,
    activation: str | None = None,
) -> list[list[State]]:
    """The states of every layer at every step, as ``states[layer][time]``.

    They equal what ``modules`` compute in evaluation mode from the states ``begin``, one a layer,
    or from states of zeros. Each step reads the very tensor that stands in the list, so autograd
    can differentiate with respect to it, even where no parameter wants a gradient. ``activation``
    names another function for a plain RNN, such as ``"gelu"``, for which there is no layer.
    ``inputs`` have the batch first, whatever ``modules`` expect.

    >>> import torch
    >>> states = unroll(nn.LSTM(2, 3, num_layers=2), torch.ones(1, 5, 2))
    >>> len(states), len(states[0]), list(states[0][0].gates)
    (2, 5, ['input', 'forget', 'candidate', 'output'])

    Raises:
        SettingsError: a module reads in both directions or projects its states, two do not go
            together, or an activation was asked for of a gated one.
        DataError: the inputs are not what the modules read, or there is not one state a layer.
    """
    layers = stacked_layers(modules)
    if inputs.ndim != 3 or inputs.shape[2] != layers[0].module.input_size or inputs.shape[1] == 0:
        raise DataError(
            f"the inputs have shape {tuple(inputs.shape)}; this module reads "
            f"[batch, time, {layers[0].module.input_size}] with at least one step"
        )
    if begin is not None and len(begin) != len(layers):
        raise DataError(f"there are {len(begin)} states to begin with, and {len(layers)} layers")
    below, states = list(inputs.unbind(1)), []
    for number, layer in enumerate(layers):
        first = _zeros(layer.module, inputs) if begin is None else begin[number]
        states.append(_run_layer(layer, below, _on_graph(first), activation))
        below = [state.hidden for state in states[-1]]
    return states


class Layer(NamedTuple):
    """One layer of a stack, and its number inside its module."""

    module: nn.RNNBase
    number: int


def stacked_layers(modules: Stack) -> list[Layer]:
    """The layers of one module or several, lowest first.

    >>> [layer.number for layer in stacked_layers([nn.GRU(2, 3, num_layers=2), nn.GRU(3, 3)])]
    [0, 1, 0]

    Raises:
        SettingsError: there is none, or one does not read what the one below it gives.
    """
    stack = [modules] if isinstance(modules, nn.RNNBase) else list(modules)
    if not stack:
        raise SettingsError("there is no recurrent module to unroll; give at least one")
    for below, above in pairwise(stack):
        if above.input_size != below.hidden_size:
            raise SettingsError(
                f"a module that reads {above.input_size} numbers stands on one of "
                f"{below.hidden_size} units; give them from the lowest to the highest"
            )
    return [Layer(module, number) for module in stack for number in range(module.num_layers)]


def _run_layer(
    layer: Layer, below: list[Tensor], state: State, activation: str | None
) -> list[State]:
    module, number = layer
    step = _step_of(module, activation)
    weights = {name: getattr(module, f"weight_{name}_l{number}") for name in ("ih", "hh")}
    biases = {
        name: getattr(module, f"bias_{name}_l{number}") if module.bias else None for name in weights
    }
    states = []
    for x in below:
        from_input = nn.functional.linear(x, weights["ih"], biases["ih"])
        from_state = nn.functional.linear(state.hidden, weights["hh"], biases["hh"])
        state = step(from_input, from_state, state)
        states.append(state)
    return states


def _zeros(module: nn.RNNBase, inputs: Tensor) -> State:
    zeros = inputs.new_zeros(len(inputs), module.hidden_size)
    return State(zeros, zeros if module.mode == "LSTM" else None, {})


def _on_graph(state: State) -> State:
    """The same state; one that wants a gradient puts all after it on the graph."""
    hidden = state.hidden
    return state._replace(
        hidden=hidden if hidden.requires_grad else hidden.clone().requires_grad_()
    )


def _step_of(module: nn.RNNBase, activation: str | None) -> Step:
    if module.bidirectional or module.proj_size:
        raise SettingsError(
            "a module that reads in both directions or projects its states is not unrolled; "
            "give one with bidirectional=False and proj_size=0"
        )
    if activation is None:
        return STEPS[module.mode]
    if not module.mode.startswith("RNN"):
        raise SettingsError(
            f"activation={activation!r} fits a plain RNN, but this module is a {module.mode}; "
            "leave the activation out"
        )
    return plain_step(ACTIVATIONS.make(activation))
