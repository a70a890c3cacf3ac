"""Recurrent layers step by step, beside their equations in NumPy."""

import plain_recurrence
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from gradus.nn.recurrent import CELLS
from gradus.nn.steps import State
from gradus.training.unroll import unroll


def variable(*shape):
    return torch.rand(*shape, dtype=torch.float64).requires_grad_()


def arrays(tensors):
    return tuple(tensor.detach().numpy() for tensor in tensors)


@pytest.mark.parametrize("cell", CELLS)
def test_states_and_gradients_are_those_of_the_equations(cell):
    torch.manual_seed(9)
    modules = [
        CELLS.make(cell, dim=dim, hidden=hidden).double() for dim, hidden in ((3, 5), (5, 2))
    ]
    inputs, kinds = variable(4, 6, 3), plain_recurrence.CELLS[cell].states
    first = [variable(4, width) for width in (5, 2) for _ in range(kinds)]
    begin = [
        State(first[number * kinds], first[number * kinds + 1] if kinds == 2 else None, {})
        for number in range(2)
    ]
    outputs = torch.stack([s.hidden for s in unroll(modules, inputs, begin=begin)[-1]], 1)
    pull = torch.randn_like(outputs)
    outputs.backward(pull)

    layers = [plain_recurrence.Weights(*arrays(module.all_weights[0])) for module in modules]
    reading = plain_recurrence.read(cell, layers, *arrays([inputs]), arrays(first))
    back = plain_recurrence.back(cell, layers, reading, pull.numpy())
    assert_allclose(outputs.detach().numpy(), reading.outputs, rtol=1e-9)
    found = [inputs, *first, *(weight for module in modules for weight in module.all_weights[0])]
    expected = [back.inputs, *back.begin, *(weight for layer in back.weights for weight in layer)]
    for tensor, gradient in zip(found, expected, strict=True):
        assert_allclose(tensor.grad.numpy(), gradient, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("activation", ["sigmoid", "gelu"])
def test_another_activation_takes_the_place_of_the_layers_own(activation):
    module, inputs = nn.RNN(3, 4, batch_first=True), torch.randn(2, 1, 3)
    [[state]] = unroll(module, inputs, activation=activation)
    scores = inputs[:, 0] @ module.weight_ih_l0.T + module.bias_ih_l0 + module.bias_hh_l0
    torch.testing.assert_close(state.hidden, getattr(nn.functional, activation)(scores))
