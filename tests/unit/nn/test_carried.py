"""Readers of stretches: the equations, backpropagation through time, and what is carried."""

import numpy as np
import plain_recurrence
import pytest
import torch
from numpy.testing import assert_allclose

from gradus.core.errors import SettingsError
from gradus.nn.carried import CarriedRecurrent, FixedWindow
from gradus.nn.recurrent import CELLS

BATCH, TIME, DIM, WIDTHS = 3, 7, 4, (5, 2)
#: How near a fused kernel comes to the equations: float32 has another kernel for an LSTM.
NEAR = {
    torch.float64: {"rtol": 1e-9, "atol": 1e-13},
    torch.float32: {"rtol": 1e-4, "atol": 1e-5},
}


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(21)


def reader_of(cell, dtype=torch.float64, **options):
    return CarriedRecurrent(cell, DIM, WIDTHS, **options).to(dtype)


def text(steps=TIME, dtype=torch.float64):
    return torch.randn(BATCH, steps, DIM, dtype=dtype)


def random_states(reader, like):
    return tuple(torch.randn_like(state) for state in reader.begin(BATCH, like))


def plain_weights(reader):
    return [
        plain_recurrence.Weights(
            *(weight.detach().double().numpy() for weight in cell.all_weights[0])
        )
        for cell in reader.cells
    ]


def arrays(tensors):
    return tuple(tensor.detach().double().numpy() for tensor in tensors)


def gradients(reader):
    return [
        plain_recurrence.Weights(*(weight.grad for weight in cell.all_weights[0]))
        for cell in reader.cells
    ]


def assert_same_gradients(reader, expected, **near):
    for found, wanted in zip(gradients(reader), expected, strict=True):
        for name, gradient in found._asdict().items():
            assert_allclose(gradient.numpy(), getattr(wanted, name), err_msg=name, **near)


def test_the_plain_version_knows_every_cell():
    assert set(plain_recurrence.CELLS) == set(CELLS)


@pytest.mark.parametrize("dtype", NEAR, ids=str)
@pytest.mark.parametrize("cell", CELLS)
def test_states_and_gradients_through_time_are_those_of_the_equations(cell, dtype):
    near = NEAR[dtype]
    reader, inputs = reader_of(cell, dtype), text(dtype=dtype).requires_grad_()
    begin = [state.requires_grad_() for state in random_states(reader, inputs)]
    outputs, carried = reader(inputs, tuple(begin))

    layers = plain_weights(reader)
    (given,) = arrays([inputs])
    expected = plain_recurrence.read(cell, layers, given, arrays(begin))
    assert_allclose(outputs.detach().numpy(), expected.outputs, **near)
    for state, wanted in zip(carried, expected.carried, strict=True):
        assert_allclose(state.detach().numpy(), wanted, **near)

    pulls = [torch.randn_like(value) for value in (outputs, *carried)]  # of any loss
    torch.autograd.backward([outputs, *carried], pulls)
    d_outputs, *d_carried = arrays(pulls)
    back = plain_recurrence.back(cell, layers, expected, d_outputs, tuple(d_carried))
    assert_same_gradients(reader, back.weights, **near)
    assert_allclose(inputs.grad.numpy(), back.inputs, **near)
    for state, wanted in zip(begin, back.begin, strict=True):
        assert_allclose(state.grad.numpy(), wanted, **near)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_cut_between_stretches_are_those_of_each_stretch_alone(cell):
    """Truncated backpropagation through time: states go on to the next stretch, gradients stop."""
    reader, inputs = reader_of(cell), text()
    pull = torch.randn(BATCH, TIME, WIDTHS[-1], dtype=torch.float64)
    layers, carried = plain_weights(reader), reader.begin(BATCH, inputs)
    plain_carried = arrays(carried)
    for part in (slice(0, 3), slice(3, 5), slice(5, TIME)):
        reader.zero_grad()
        outputs, carried = reader(inputs[:, part], tuple(state.detach() for state in carried))
        outputs.backward(pull[:, part])
        reading = plain_recurrence.read(cell, layers, inputs[:, part].numpy(), plain_carried)
        back = plain_recurrence.back(cell, layers, reading, pull[:, part].numpy())
        assert_same_gradients(reader, back.weights, **NEAR[torch.float64])
        plain_carried = reading.carried


@pytest.mark.parametrize("cell", CELLS)
def test_a_cut_carry_is_one_into_which_no_gradient_flows(cell):
    reader, inputs = reader_of(cell), text()
    totals = []
    for cut in (torch.Tensor.detach, _without_gradient):
        reader.zero_grad()
        first, carried = reader(inputs[:, :4], reader.begin(BATCH, inputs))
        second, _ = reader(inputs[:, 4:], tuple(cut(state) for state in carried))
        (first.square().sum() + second.square().sum()).backward()
        totals.append([parameter.grad.clone() for parameter in reader.parameters()])
    for detached, zeroed in zip(*totals, strict=True):
        torch.testing.assert_close(detached, zeroed, rtol=1e-12, atol=1e-14)


def _without_gradient(state):
    copy = state * 1.0
    copy.register_hook(torch.zeros_like)
    return copy


@pytest.mark.parametrize("cell", CELLS)
def test_a_carry_that_is_not_cut_has_the_gradients_of_the_whole_text(cell):
    reader, inputs = reader_of(cell), text()
    first, carried = reader(inputs[:, :4], reader.begin(BATCH, inputs))
    second, _ = reader(inputs[:, 4:], carried)
    outputs = torch.cat([first, second], 1)
    pull = torch.randn_like(outputs)
    outputs.backward(pull)
    layers, begin = plain_weights(reader), arrays(reader.begin(BATCH, inputs))
    reading = plain_recurrence.read(cell, layers, inputs.numpy(), begin)
    back = plain_recurrence.back(cell, layers, reading, pull.numpy())
    assert_same_gradients(reader, back.weights, **NEAR[torch.float64])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("lengths", [(7,), (1, 6), (3, 2, 2), (1,) * 7], ids=str)
def test_reading_in_stretches_is_reading_at_once(cell, lengths):
    reader, inputs = reader_of(cell), text()
    whole, end = reader(inputs, reader.begin(BATCH, inputs))
    outputs, carried = [], reader.begin(BATCH, inputs)
    for stretch in inputs.split(lengths, 1):
        found, carried = reader(stretch, carried)
        outputs.append(found)
    torch.testing.assert_close(torch.cat(outputs, 1), whole, rtol=1e-12, atol=1e-14)
    for ours, theirs in zip(carried, end, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("cell", CELLS)
def test_an_lstm_carries_two_states_a_layer_and_others_one(cell):
    reader = reader_of(cell)
    begin = reader.begin(BATCH, torch.ones(1, dtype=torch.float64))
    kinds = 2 if cell == "lstm" else 1
    assert [state.shape[1] for state in begin] == [w for w in WIDTHS for _ in range(kinds)]
    assert all(not state.any() and state.dtype == torch.float64 for state in begin)


def test_states_are_not_kept_in_half_precision():
    reader = reader_of("lstm")
    (state, *_) = reader.begin(BATCH, torch.ones(1, dtype=torch.bfloat16))
    assert state.dtype == torch.float32


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("options", [{"dropout": 0.5}, {"weight_drop": 0.5}], ids=str)
def test_units_and_weights_are_dropped_in_training_only(cell, options):
    reader, inputs = reader_of(cell, **options), text()
    begin = random_states(reader, inputs)
    first, second = (reader(inputs, begin).outputs for _ in "ab")
    assert not torch.equal(first, second)
    reader.eval()
    expected = plain_recurrence.read(cell, plain_weights(reader), inputs.numpy(), arrays(begin))
    assert_allclose(
        reader(inputs, begin).outputs.detach().numpy(), expected.outputs, rtol=1e-9, atol=1e-13
    )


@pytest.mark.parametrize("cell", CELLS)
def test_a_pass_with_dropped_weights_is_that_of_the_equations_with_these_weights(cell):
    reader, inputs = reader_of(cell, weight_drop=0.4), text()
    begin = random_states(reader, inputs)
    torch.manual_seed(8)
    found = reader(inputs, begin).outputs
    torch.manual_seed(8)
    thinned = [
        weights._replace(U=torch.nn.functional.dropout(torch.from_numpy(weights.U), 0.4).numpy())
        for weights in plain_weights(reader)
    ]
    expected = plain_recurrence.read(cell, thinned, inputs.numpy(), arrays(begin))
    assert_allclose(found.detach().numpy(), expected.outputs, rtol=1e-9, atol=1e-13)


def test_between_layers_the_same_units_are_dropped_at_every_step():
    reader, inputs = reader_of("gru", dropout=0.5), text()
    seen = []
    reader.between.register_forward_hook(lambda _, given, output: seen.append(output / given[0]))
    reader(inputs, reader.begin(BATCH, inputs))
    (factors,) = seen
    assert set(factors.round(decimals=6).unique().tolist()) == {0, 2}
    torch.testing.assert_close(factors, factors[:, :1].expand_as(factors))


def test_an_unknown_cell_is_refused():
    with pytest.raises(SettingsError, match="perhaps 'lstm'"):
        CarriedRecurrent("lstn", DIM, WIDTHS)


@pytest.mark.parametrize(
    ("name", "function"), [("tanh", np.tanh), ("relu", lambda x: np.maximum(0, x))]
)
def test_a_window_is_a_layer_over_its_vectors_side_by_side(name, function):
    """``h = f(W [e_1; e_2; e_3; e_4] + b)``."""
    reader = FixedWindow(4, DIM, 6, activation=name).double()
    inputs = text()
    W, b = reader.hidden.weight.detach().numpy(), reader.hidden.bias.detach().numpy()
    outputs, carried = reader(inputs, reader.begin(BATCH, inputs))
    assert carried == ()
    assert outputs.shape == (BATCH, TIME - 3, 6)
    for row, t in np.ndindex(BATCH, TIME - 3):
        window = np.concatenate([inputs[row, t + place].numpy() for place in range(4)])
        assert_allclose(outputs[row, t].detach().numpy(), function(W @ window + b), rtol=1e-12)


def test_windows_of_stretches_are_those_of_the_whole_text():
    reader, inputs = FixedWindow(3, DIM, 6).double(), text()
    whole = reader(inputs, ()).outputs
    # each stretch begins with the two steps before it
    stretches = [reader(inputs[:, start : start + 3], ()).outputs for start in range(5)]
    torch.testing.assert_close(torch.cat(stretches, 1), whole, rtol=1e-12, atol=1e-14)
