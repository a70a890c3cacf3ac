import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gradus.core.errors import DataError, SettingsError
from gradus.nn.activations import ACTIVATIONS, Maxout, unit_faults, values_per_unit


@given(st.lists(st.floats(-300, 300), min_size=1))
def test_tanh_is_a_stretched_and_shifted_sigmoid(values):
    x = torch.tensor(values, dtype=torch.float64)
    tanh, sigmoid = ACTIVATIONS.make("tanh"), ACTIVATIONS.make("sigmoid")
    torch.testing.assert_close(tanh(x), 2 * sigmoid(2 * x) - 1, rtol=0, atol=1e-15)


def test_a_line_of_settings_sets_the_slope():
    x = torch.tensor([-2.0, 3.0])
    assert ACTIVATIONS.make("leaky_relu(0.5)")(x).tolist() == [-1.0, 3.0]
    assert ACTIVATIONS.make("prelu(slope=0.25)")(x).tolist() == [-0.5, 3.0]


@given(pieces=st.integers(1, 4), units=st.integers(1, 4))
def test_maxout_takes_the_largest_of_neighbouring_values(pieces, units):
    x = torch.randn(3, 2, units * pieces)
    expected = [
        [[max(row[u * pieces : (u + 1) * pieces]) for u in range(units)] for row in rows]
        for rows in x.tolist()
    ]
    assert Maxout(pieces)(x).tolist() == expected


def test_maxout_refuses_values_that_make_no_whole_units():
    with pytest.raises(DataError, match="maxout of 3 pieces got 4 values; give it a multiple of 3"):
        Maxout(3)(torch.ones(2, 4))
    with pytest.raises(SettingsError, match="pieces=0"):
        ACTIVATIONS.make("maxout(0)")


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_an_activation_gives_one_unit_for_the_values_it_asks_for(name):
    activation = ACTIVATIONS.make(name)
    assert activation(torch.randn(2, 5 * values_per_unit(activation))).shape == (2, 5)


def test_a_dead_unit_is_zero_for_the_whole_batch():
    output = torch.tensor([[[0.0, 0.0, 1.0], [0.0, 2.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]])
    assert unit_faults(nn.ReLU(), output) == {"dead": pytest.approx(1 / 3)}
    assert unit_faults(ACTIVATIONS.make("relu"), output[0, 0]) == {"dead": pytest.approx(2 / 3)}


@pytest.mark.parametrize(
    ("module", "values"),
    [
        (nn.Sigmoid(), [0.04, 0.06, 0.94, 0.96]),
        (nn.Tanh(), [-0.96, -0.94, 0.94, 0.96]),
        (nn.Hardtanh(), [-1.0, -0.94, 0.94, 1.0]),
        (nn.Hardtanh(0.0, 6.0), [0.04, 0.06, 5.94, 5.96]),
    ],
    ids=str,
)
def test_an_entry_near_an_asymptote_is_saturated(module, values):
    assert unit_faults(module, torch.tensor([values])) == {"saturated": 0.5}


@pytest.mark.parametrize("module", [nn.Linear(2, 2), nn.LeakyReLU(), nn.GELU(), Maxout()], ids=str)
def test_other_modules_have_no_such_faults(module):
    assert unit_faults(module, torch.zeros(3, 2)) == {}


def test_an_empty_batch_has_no_faults():
    assert unit_faults(nn.ReLU(), torch.zeros(0, 3)) == {}
