"""Recurrent layers step by step: the states that fused kernels hide, each a node of the graph."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.core.errors import DataError, SettingsError
from gradus.nn.activations import ACTIVATIONS


class State(NamedTuple):
    """What one layer computes at one step; gates by name, as the step used them."""

    hidden: Float[Tensor, "batch hidden"]
    cell: Float[Tensor, "batch hidden"] | None  # of an LSTM
    gates: dict[str, Tensor]  # each [batch, hidden]; a plain RNN has none


#: From ``W x + b`` and ``U h + b'`` (the gates side by side) and the last state to the next.
Step: TypeAlias = Callable[[Tensor, Tensor, State], State]


def unroll(
    module: nn.RNNBase, inputs: Float[Tensor, "batch time dim"], *, activation: str | None = None
) -> list[list[State]]:
    """The states of every layer at every step, as ``states[layer][time]``, from a state of zeros.

    They equal what ``module`` computes in evaluation mode. Each step reads the very tensor that
    stands in the list, so autograd can differentiate with respect to it, even where no parameter
    wants a gradient. ``activation`` names another function for a plain RNN, such as ``"sigmoid"``,
    for which torch has no layer. ``inputs`` have the batch first, whatever ``module`` expects.

    >>> states = unroll(nn.LSTM(2, 3, num_layers=2), torch.ones(1, 5, 2))
    >>> len(states), len(states[0]), list(states[0][0].gates)
    (2, 5, ['input', 'forget', 'candidate', 'output'])

    Raises:
        SettingsError: the module reads in both directions or projects its states, or an
            activation was asked for of a gated one.
        DataError: the inputs are not what the module reads.
    """
    step = _step_of(module, activation)
    if inputs.ndim != 3 or inputs.shape[2] != module.input_size or inputs.shape[1] == 0:
        raise DataError(
            f"the inputs have shape {tuple(inputs.shape)}; this module reads "
            f"[batch, time, {module.input_size}] with at least one step"
        )
    below = list(inputs.unbind(1))
    layers = []
    for number in range(module.num_layers):
        states = _run_layer(module, number, below, step)
        below = [state.hidden for state in states]
        layers.append(states)
    return layers


def _run_layer(module: nn.RNNBase, number: int, below: list[Tensor], step: Step) -> list[State]:
    weights = {name: getattr(module, f"weight_{name}_l{number}") for name in ("ih", "hh")}
    biases = {
        name: getattr(module, f"bias_{name}_l{number}") if module.bias else None for name in weights
    }
    # a first state that wants a gradient puts all others on the graph
    zeros = below[0].new_zeros(len(below[0]), module.hidden_size, requires_grad=True)
    state = State(zeros, zeros if module.mode == "LSTM" else None, {})
    states = []
    for x in below:
        from_input = nn.functional.linear(x, weights["ih"], biases["ih"])
        from_state = nn.functional.linear(state.hidden, weights["hh"], biases["hh"])
        state = step(from_input, from_state, state)
        states.append(state)
    return states


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
    return _plain(ACTIVATIONS.make(activation))


def _plain(activation: Callable[[Tensor], Tensor]) -> Step:
    """``h_t = f(W x_t + U h_{t-1} + b)`` [elman1990]."""

    def step(from_input: Tensor, from_state: Tensor, before: State) -> State:
        return State(activation(from_input + from_state), None, {})

    return step


def _gru(from_input: Tensor, from_state: Tensor, before: State) -> State:
    """``h_t = z ∘ h_{t-1} + (1 - z) ∘ tanh(W x_t + r ∘ U h_{t-1})`` [cho2014]."""
    reset_x, update_x, candidate_x = from_input.chunk(3, -1)
    reset_h, update_h, candidate_h = from_state.chunk(3, -1)
    reset, update = torch.sigmoid(reset_x + reset_h), torch.sigmoid(update_x + update_h)
    candidate = torch.tanh(candidate_x + reset * candidate_h)
    hidden = update * before.hidden + (1 - update) * candidate
    return State(hidden, None, {"reset": reset, "update": update, "candidate": candidate})


def _lstm(from_input: Tensor, from_state: Tensor, before: State) -> State:
    """``c_t = f ∘ c_{t-1} + i ∘ c~_t`` and ``h_t = o ∘ tanh(c_t)`` [hochreiter1997]."""
    i, f, c, o = (from_input + from_state).chunk(4, -1)
    gates = {
        "input": torch.sigmoid(i),
        "forget": torch.sigmoid(f),
        "candidate": torch.tanh(c),
        "output": torch.sigmoid(o),
    }
    assert before.cell is not None
    cell = gates["forget"] * before.cell + gates["input"] * gates["candidate"]
    return State(gates["output"] * torch.tanh(cell), cell, gates)


#: The equations of a step by torch's mode of a module.
STEPS: dict[str, Step] = {
    "RNN_TANH": _plain(torch.tanh),
    "RNN_RELU": _plain(torch.relu),
    "GRU": _gru,
    "LSTM": _lstm,
}
