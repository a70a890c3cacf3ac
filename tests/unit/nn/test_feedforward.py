import pytest
import torch
from torch import nn

from gradus.core.errors import SettingsError
from gradus.nn.activations import ACTIVATIONS
from gradus.nn.feedforward import FeedForward


def test_a_network_adds_nothing_over_torchs_modules():
    network = FeedForward(4, [6, 5], 3, dropout="dropout(0.2)", normalization="batch_norm")
    kinds = [type(layer).__mro__[:-1] for layer in network.layers]
    expected = [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Dropout] * 2 + [nn.Linear]
    assert len(kinds) == len(expected)
    assert all(wanted in mro for wanted, mro in zip(expected, kinds, strict=True))


@pytest.mark.parametrize("depth", range(5))
def test_networks_of_any_depth_have_a_linear_layer_for_each_width(depth):
    network = FeedForward(4, [5] * depth, 2)
    assert sum(isinstance(layer, nn.Linear) for layer in network.layers) == depth + 1
    assert network(torch.ones(3, 4)).shape == (3, 2)


def test_without_out_the_network_ends_with_a_hidden_layer():
    network = FeedForward(4, [7], activation="sigmoid")
    assert network.width == 7
    out = network(torch.randn(9, 4))
    assert ((out > 0) & (out < 1)).all()


def test_without_layers_the_network_is_the_identity():
    x = torch.randn(3, 4)
    assert FeedForward(4, []).width == 4
    assert torch.equal(FeedForward(4, [])(x), x)


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_any_activation_fits(name):
    network = FeedForward(4, [6, 5], 3, activation=name)
    assert network(torch.randn(2, 7, 4)).shape == (2, 7, 3)


def test_maxout_gets_as_many_values_as_its_units_have_pieces():
    network = FeedForward(4, [6], activation="maxout(3)", normalization="layer_norm")
    assert network.layers[0].weight.shape == (18, 4)
    assert network(torch.randn(2, 4)).shape == (2, 6)


def test_each_hidden_layer_has_parameters_of_its_own():
    network = FeedForward(4, [5, 5], activation="prelu")
    slopes = [layer for layer in network.layers if isinstance(layer, nn.PReLU)]
    assert len({id(slope.weight) for slope in slopes}) == 2


def test_a_width_below_1_is_refused():
    with pytest.raises(SettingsError, match=r"widths are \[4, 0, 2\]"):
        FeedForward(4, [0], 2)
