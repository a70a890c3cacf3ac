import copy

import formulas
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from gradus.core.errors import SettingsError
from gradus.nn.masks import step_mask
from gradus.nn.recurrent import CELLS, Recurrent

LENGTHS = torch.tensor([6, 1, 4, 6, 2])
TORCH = {
    "rnn": nn.RNN,
    "relu_rnn": lambda *sizes, **options: nn.RNN(*sizes, nonlinearity="relu", **options),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}


def batch(padding=0.0, dtype=torch.float32):
    x = torch.randn(5, 6, 3, generator=torch.Generator().manual_seed(2)).to(dtype)
    x[~step_mask(LENGTHS, 6)] = padding
    return x


def torch_twin(layer, cell, **options):
    """torch's own layer with the same weights."""
    twin = TORCH[cell](3, 4, batch_first=True, **options)
    for number, directions in enumerate(layer.layers):
        for direction, pass_ in enumerate(directions):
            ending = f"l{number}" + ("_reverse" if direction else "")
            for name, weight in pass_.rnn.named_parameters():
                twin.get_parameter(name.replace("l0", ending)).data.copy_(weight.data)
    return twin


@pytest.mark.parametrize("cell", TORCH)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["forward", "both ways"])
def test_outputs_and_gradients_are_those_of_torch_on_packed_sequences(cell, layers, bidirectional):
    layer = Recurrent(cell, 3, 4, layers=layers, bidirectional=bidirectional)
    twin = torch_twin(layer, cell, num_layers=layers, bidirectional=bidirectional)
    ours, theirs = batch().requires_grad_(), batch().requires_grad_()
    outputs, last = layer(ours, LENGTHS)
    packed, states = twin(pack_padded_sequence(theirs, LENGTHS, True, enforce_sorted=False))
    expected, _ = pad_packed_sequence(packed, batch_first=True)
    torch.testing.assert_close(outputs, expected)
    hidden = states[0] if cell == "lstm" else states
    ends = [hidden[-2], hidden[-1]] if bidirectional else [hidden[-1]]
    torch.testing.assert_close(last, torch.cat(ends, -1))
    outputs.square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("padding", [1e3, float("nan")])
def test_each_sequence_gets_what_it_would_get_alone_whatever_the_padding(cell, padding):
    layer = Recurrent(cell, 3, 4, layers=2, bidirectional=True)
    x = batch(padding)
    outputs, last = layer(x, LENGTHS)
    assert outputs[~step_mask(LENGTHS, 6)].eq(0).all()
    for row, length in enumerate(LENGTHS.tolist()):
        alone, end = layer(x[row : row + 1, :length], LENGTHS[row : row + 1])
        torch.testing.assert_close(outputs[row, :length], alone[0])
        torch.testing.assert_close(last[row], end[0])


def test_torch_has_a_layer_for_every_cell_but_the_logistic_one():
    assert set(CELLS) - set(TORCH) == {"sigmoid_rnn"}


@pytest.mark.parametrize("cell", list(CELLS))
def test_steps_follow_the_equations(cell):
    layer = Recurrent(cell, 3, 4, layers=2, bidirectional=True).double()
    weights = {name: value.numpy() for name, value in layer.state_dict().items()}
    x = batch(dtype=torch.float64)
    outputs, last = layer(x, LENGTHS)
    expected, ends = formulas.recurrent(cell, weights, x.numpy(), LENGTHS.numpy())
    np.testing.assert_allclose(outputs.detach().numpy(), expected, atol=1e-12)
    np.testing.assert_allclose(last.detach().numpy(), ends, atol=1e-12)


def test_a_gru_keeps_its_state_where_the_update_gate_is_1():
    layer = Recurrent("gru", 3, 4)
    cell = layer.layers[0][0].rnn
    with torch.no_grad():
        cell.bias_ih_l0[4:8] = 50.0  # torch stacks r, z and the candidate
    outputs, _ = layer(batch(), LENGTHS)
    torch.testing.assert_close(outputs, torch.zeros_like(outputs), atol=1e-6, rtol=0)


@pytest.mark.parametrize("cell", list(CELLS))
def test_float32_gradients_are_those_of_float64(cell):
    layer = Recurrent(cell, 3, 4, layers=2, bidirectional=True)
    double = copy.deepcopy(layer).double()
    layer(batch(), LENGTHS)[0].square().sum().backward()
    double(batch(dtype=torch.float64), LENGTHS)[0].square().sum().backward()
    for single, exact in zip(layer.parameters(), double.parameters(), strict=True):
        torch.testing.assert_close(single.grad, exact.grad.float(), rtol=1e-3, atol=1e-4)


def test_an_empty_sequence_gives_zeros():
    outputs, last = Recurrent("lstm", 3, 4, bidirectional=True)(
        torch.randn(2, 3, 3), torch.tensor([0, 3])
    )
    assert outputs[0].eq(0).all()
    assert last[0].eq(0).all()


def test_between_layers_the_same_units_are_dropped_at_every_step():
    torch.manual_seed(4)
    layer = Recurrent("rnn", 3, 8, layers=2, dropout=0.5)
    seen = []
    layer.between.register_forward_hook(lambda _, inputs, output: seen.append(output / inputs[0]))
    layer(batch(), LENGTHS)
    (factors,) = seen
    assert factors.round(decimals=4).unique().tolist() == [0, 2]
    torch.testing.assert_close(factors, factors[:, :1].expand_as(factors))


def test_weight_drop_thins_every_layer_in_both_directions():
    layer = Recurrent("lstm", 3, 4, layers=2, bidirectional=True, weight_drop=0.5)
    torch.manual_seed(6)
    first, second = (layer(batch(), LENGTHS).outputs for _ in "ab")
    assert not torch.equal(first, second)
    first.square().sum().backward()
    for name, parameter in layer.named_parameters():
        if "weight_hh" in name:
            assert 0.2 < parameter.grad.eq(0).float().mean() < 0.8, name


def test_settings_out_of_range_are_refused():
    with pytest.raises(SettingsError, match="layers=0"):
        Recurrent("gru", 3, 4, layers=0)
    with pytest.raises(SettingsError, match="perhaps 'lstm'"):
        Recurrent("lstn", 3, 4)
