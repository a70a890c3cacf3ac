"""The plain recurrent layer with the logistic function, beside torch's kernel of tanh."""

import copy

import pytest
import torch
from torch import nn

from gradus.nn.initialization import initialize_
from gradus.nn.sigmoid_rnn import SigmoidRNN
from gradus.nn.weight_drop import run_kernel

INPUTS = torch.randn(5, 6, 3, generator=torch.Generator().manual_seed(4)).double()


@pytest.fixture
def layer():
    torch.manual_seed(12)
    return SigmoidRNN(3, 4).double()


def twin_of(layer):
    """torch's layer of tanh whose states g are ``2 h - 1``, because ``2 σ(x) - 1 = tanh(x/2)``."""
    inward, recurrent, inward_bias, recurrent_bias = (w.detach() for w in layer.all_weights[0])
    twin = nn.RNN(3, 4, batch_first=True).double()
    with torch.no_grad():
        twin.weight_ih_l0.copy_(inward / 2)
        twin.weight_hh_l0.copy_(recurrent / 4)
        twin.bias_ih_l0.copy_(inward_bias / 2 + recurrent_bias / 2)
        twin.bias_hh_l0.copy_(recurrent.sum(1) / 4)
    return twin


def test_states_and_gradients_are_those_of_torchs_tanh_layer_rescaled(layer):
    twin, begin = twin_of(layer), torch.rand(1, 5, 4).double()
    ours, theirs = (INPUTS.clone().requires_grad_() for _ in "ab")
    outputs, last = layer(ours, begin)
    expected, end = twin(theirs, 2 * begin - 1)
    torch.testing.assert_close(outputs, (1 + expected) / 2)
    torch.testing.assert_close(last, (1 + end) / 2)
    pull = torch.randn_like(outputs)
    outputs.backward(pull)
    expected.backward(pull / 2)
    torch.testing.assert_close(ours.grad, theirs.grad)
    torch.testing.assert_close(layer.weight_ih_l0.grad, twin.weight_ih_l0.grad / 2)
    torch.testing.assert_close(layer.bias_ih_l0.grad, twin.bias_ih_l0.grad / 2)
    torch.testing.assert_close(layer.bias_hh_l0.grad, layer.bias_ih_l0.grad)


def test_the_gradient_is_central_differences(layer):
    begin = torch.rand(1, 5, 4).double().requires_grad_()
    assert torch.autograd.gradcheck(layer, (INPUTS.clone().requires_grad_(), begin))


def test_reading_begins_at_zero(layer):
    outputs, last = layer(INPUTS)
    assert torch.equal(outputs, layer(INPUTS, torch.zeros(1, 5, 4).double())[0])
    assert torch.equal(last[0], outputs[:, -1])
    first = INPUTS[:, 0] @ layer.weight_ih_l0.T + layer.bias_ih_l0 + layer.bias_hh_l0
    torch.testing.assert_close(outputs[:, 0], first.sigmoid())


def test_large_inputs_saturate_and_stay_finite(layer):
    outputs, _ = layer(INPUTS * 1e6)
    assert outputs.isfinite().all()
    assert ((outputs >= 0) & (outputs <= 1)).all()


def test_it_runs_like_a_kernel_of_torch_on_other_weights(layer):
    others = [torch.randn_like(weight) for weight in layer.all_weights[0]]
    twin = copy.deepcopy(layer)
    for weight, other in zip(twin.all_weights[0], others, strict=True):
        weight.data.copy_(other)
    for found, expected in zip(run_kernel(layer, INPUTS, others), twin(INPUTS), strict=True):
        assert torch.equal(found, expected)


def test_weights_are_saved_under_the_names_of_torch(layer):
    assert set(layer.state_dict()) == set(nn.RNN(3, 4).state_dict())
    other = SigmoidRNN(3, 4).double()
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other(INPUTS)[0], layer(INPUTS)[0])


def test_a_copy_is_of_the_same_kind(layer):
    twin = copy.deepcopy(layer)
    assert twin.mode == "RNN_SIGMOID"
    assert torch.equal(twin(INPUTS)[0], layer(INPUTS)[0])


def test_first_weights_can_be_chosen(layer):
    initialize_(layer, "orthogonal", "zeros", generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        layer.weight_hh_l0 @ layer.weight_hh_l0.T, torch.eye(4, dtype=torch.float64)
    )
    assert not layer.bias_ih_l0.any()
