import copy
import warnings

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

from gradus.core.errors import SettingsError
from gradus.nn import weight_drop
from gradus.nn.sigmoid_rnn import SigmoidRNN
from gradus.nn.weight_drop import WeightDrop

# said by torch of its own projected LSTM too
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")

LAYERS = {
    "rnn": lambda **options: nn.RNN(3, 4, **options),
    "relu rnn": lambda **options: nn.RNN(3, 4, nonlinearity="relu", **options),
    "gru": lambda **options: nn.GRU(3, 4, **options),
    "lstm": lambda **options: nn.LSTM(3, 4, **options),
    "projected lstm": lambda **options: nn.LSTM(3, 4, proj_size=2, **options),
}
OPTIONS = {
    "plain": {},
    "batch first": {"batch_first": True},
    "no bias": {"bias": False},
    "deep and both ways": {"num_layers": 2, "bidirectional": True},
}
EVERY = [
    pytest.param(LAYERS[kind], options, id=f"{kind}, {name}")
    for kind in LAYERS
    for name, options in OPTIONS.items()
]
EVERY.append(pytest.param(lambda: SigmoidRNN(3, 4), {}, id="sigmoid rnn, batch first"))
INPUTS = torch.randn(5, 6, 3, generator=torch.Generator().manual_seed(3))


def flat(result):
    outputs, states = result
    return [outputs, *(states if isinstance(states, tuple) else [states])]


def masked(rnn, rate):
    """The weights of ``rnn`` with the next masks of the global generator, in torch's order."""
    return {
        name: F.dropout(weight, rate) if "weight_hh" in name else weight
        for name, weight in rnn.named_parameters()
    }


@pytest.mark.parametrize(("make", "options"), EVERY)
def test_a_pass_is_that_of_a_layer_with_masked_weights(make, options):
    layer = WeightDrop(make(**options), 0.4)
    torch.manual_seed(5)
    found = flat(layer(INPUTS))
    torch.manual_seed(5)
    twin = copy.deepcopy(layer.rnn)
    twin.load_state_dict(masked(layer.rnn, 0.4))
    for ours, theirs in zip(found, flat(twin(INPUTS)), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_a_pass_of_an_lstm_is_that_of_its_equations_with_one_mask_for_all_steps():
    layer = WeightDrop(nn.LSTM(3, 4), 0.4)
    torch.manual_seed(5)
    outputs, _ = layer(INPUTS)
    torch.manual_seed(5)
    recurrent = F.dropout(layer.rnn.weight_hh_l0, 0.4)
    hidden = cell = torch.zeros(6, 4)
    for step, x in enumerate(INPUTS):
        gates = x @ layer.rnn.weight_ih_l0.T + hidden @ recurrent.T
        i, f, g, o = (gates + layer.rnn.bias_ih_l0 + layer.rnn.bias_hh_l0).chunk(4, -1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * cell.tanh()
        torch.testing.assert_close(outputs[step], hidden)


@pytest.mark.parametrize(("make", "options"), EVERY)
def test_the_gradient_reaches_the_raw_weights_and_is_zero_where_they_were_dropped(make, options):
    layer = WeightDrop(make(**options), 0.4)
    torch.manual_seed(5)
    layer(INPUTS)[0].square().sum().backward()
    torch.manual_seed(5)
    for name, weight in masked(layer.rnn, 0.4).items():
        gradient = layer.rnn.get_parameter(name).grad
        if "weight_hh" in name:
            assert gradient[weight == 0].eq(0).all()
            assert gradient[weight != 0].any()


@pytest.mark.parametrize(("make", "options"), EVERY)
def test_gradients_are_those_of_a_layer_with_masked_weights(make, options):
    layer = WeightDrop(make(**options), 0.4)
    names = [name for name, _ in layer.rnn.named_parameters()]
    torch.manual_seed(5)
    layer(INPUTS)[0].square().sum().backward()
    torch.manual_seed(5)
    twin = copy.deepcopy(layer.rnn)
    loss = functional_call(twin, masked(layer.rnn, 0.4), (INPUTS,))[0].square().sum()
    parameters = [layer.rnn.get_parameter(name) for name in names]
    for parameter, expected in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        torch.testing.assert_close(parameter.grad, expected)


def test_every_pass_in_training_has_a_new_mask_and_none_in_evaluation():
    layer = WeightDrop(nn.GRU(3, 4), 0.5)
    torch.manual_seed(5)
    assert not torch.equal(layer(INPUTS)[0], layer(INPUTS)[0])
    layer.eval()
    assert torch.equal(layer(INPUTS)[0], layer.rnn(INPUTS)[0])
    assert torch.equal(layer(INPUTS)[0], layer(INPUTS)[0])


def test_states_are_carried_on():
    layer = WeightDrop(nn.LSTM(3, 4), 0.4)
    torch.manual_seed(5)
    whole, _ = layer(INPUTS)
    torch.manual_seed(5)
    first, states = layer(INPUTS[:2])
    torch.manual_seed(5)
    second, _ = layer(INPUTS[2:], states)
    torch.testing.assert_close(torch.cat([first, second]), whole)


def test_a_step_of_training_moves_the_weights_that_evaluation_uses():
    layer = WeightDrop(nn.LSTM(3, 4), 0.4)
    before = layer.eval()(INPUTS)[0]
    layer.train()(INPUTS)[0].sum().backward()
    torch.optim.SGD(layer.parameters(), lr=0.1).step()
    assert not torch.equal(layer.eval()(INPUTS)[0], before)


def test_saved_weights_are_the_raw_ones_under_the_names_of_torch():
    layer, other = WeightDrop(nn.LSTM(3, 4), 0.4), WeightDrop(nn.LSTM(3, 4), 0.4)
    layer(INPUTS)
    assert set(layer.state_dict()) == {f"rnn.{name}" for name in nn.LSTM(3, 4).state_dict()}
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other.eval()(INPUTS)[0], layer.eval()(INPUTS)[0])


def test_a_copy_made_between_passes_learns_by_itself():
    layer = WeightDrop(nn.LSTM(3, 4), 0.4)
    layer(INPUTS)[0].sum().backward()
    twin = copy.deepcopy(layer)
    twin(INPUTS)[0].sum().backward()
    torch.optim.SGD(twin.parameters(), lr=0.1).step()
    assert not torch.equal(twin.rnn.weight_hh_l0, layer.rnn.weight_hh_l0)
    assert not torch.equal(twin.eval()(INPUTS)[0], layer.eval()(INPUTS)[0])


def test_advice_to_flatten_weights_is_not_passed_on(monkeypatch):
    def advising(*arguments):
        warnings.warn("RNN module weights are not part of single contiguous chunk", stacklevel=1)
        return torch.gru(*arguments)

    monkeypatch.setitem(weight_drop.KERNELS, "GRU", advising)
    WeightDrop(nn.GRU(3, 4), 0.5)(INPUTS)  # warnings are errors here


def test_a_rate_outside_its_range_is_refused():
    with pytest.raises(SettingsError, match="rate=1"):
        WeightDrop(nn.GRU(3, 4), 1.0)
