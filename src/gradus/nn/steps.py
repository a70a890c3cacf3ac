"""The equations of one step of a recurrent layer, by torch's mode of the layer."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor


class State(NamedTuple):
    """What one layer computes at one step; gates by name, as the step used them."""

    hidden: Float[Tensor, "batch hidden"]
    cell: Float[Tensor, "batch hidden"] | None  # of an LSTM
    gates: dict[str, Tensor]  # each [batch, hidden]; a plain RNN has none


#: From ``W x + b`` and ``U h + b'`` (the gates side by side) and the last state to the next.
Step: TypeAlias = Callable[[Tensor, Tensor, State], State]


def plain_step(activation: Callable[[Tensor], Tensor]) -> Step:
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
    "RNN_TANH": plain_step(torch.tanh),
    "RNN_RELU": plain_step(torch.relu),
    "RNN_SIGMOID": plain_step(torch.sigmoid),
    "GRU": _gru,
    "LSTM": _lstm,
}
