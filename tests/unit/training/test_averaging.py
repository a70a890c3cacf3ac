"""Running averages equal the sums they stand for, and leave the model alone."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gradus.core.errors import SettingsError
from gradus.core.storage import map_tensors, write_tensors
from gradus.training.averaging import AVERAGES


def weights(steps):
    return np.random.default_rng(7).normal(size=(steps, 2, 3)).astype(np.float32)


def model_with(weight):
    model = nn.Linear(3, 2, bias=False)
    model.weight.data.copy_(torch.from_numpy(weight))
    return model


def averaged(line, values, total=None):
    average, model = AVERAGES.make(line, total=total or len(values)), model_with(values[0])
    for value in values:
        model.weight.data.copy_(torch.from_numpy(value))
        average.update(model)
    return average, model


@given(steps=st.integers(1, 30), start=st.sampled_from([0.0, 0.3, 0.5, 0.9]))
def test_the_tail_is_the_mean_of_the_last_weights(steps, start):
    values = weights(steps)
    average, _ = averaged(f"tail({start})", values)
    expected = values[int(start * steps) :].mean(axis=0)
    np.testing.assert_allclose(average.weights["weight"].numpy(), expected, rtol=1e-4, atol=1e-5)


@given(steps=st.integers(1, 30), decay=st.sampled_from([0.0, 0.5, 0.9, 0.999]))
def test_a_moving_average_is_the_mean_with_falling_weights(steps, decay):
    values = weights(steps)
    average, _ = averaged(f"ema({decay})", values)
    shares = decay ** np.arange(steps - 1, -1, -1, dtype=float)
    expected = np.tensordot(shares / shares.sum(), values.astype(float), 1)
    np.testing.assert_allclose(average.weights["weight"].numpy(), expected, rtol=1e-4, atol=1e-5)


def test_swapping_evaluates_the_average_and_gives_the_weights_back_bit_for_bit():
    average, model = averaged("tail(0)", weights(5))
    own = model.weight.detach().clone()
    with pytest.raises(ZeroDivisionError), average.swapped(model):
        assert torch.equal(model.weight, average.weights["weight"])
        raise ZeroDivisionError
    assert torch.equal(model.weight, own)
    average.copy_to_(model)
    assert torch.equal(model.weight, average.weights["weight"])


def test_before_the_tail_begins_the_model_stands_for_itself():
    average, model = averaged("tail(0.5)", weights(5), total=20)
    own = model.weight.detach().clone()
    with average.swapped(model):
        assert torch.equal(model.weight, own)
    average.copy_to_(model)
    assert torch.equal(model.weight, own)


@pytest.mark.parametrize("line", ["tail(0.3)", "ema(0.9)"])
def test_a_saved_average_goes_on_to_the_same_bits(line, tmp_path):
    values = weights(12)
    whole, _ = averaged(line, values)
    first, model = averaged(line, values[:6], total=12)
    tensors, plain = first.state()
    arrays = {name: value.numpy() for name, value in tensors.items()}
    write_tensors(tmp_path / "average.safetensors", arrays)
    second = AVERAGES.make(line, total=12)
    second.restore((map_tensors(tmp_path / "average.safetensors"), json.loads(json.dumps(plain))))
    for value in values[6:]:
        model.weight.data.copy_(torch.from_numpy(value))
        second.update(model)
    assert torch.equal(second.weights["weight"], whole.weights["weight"])


def test_frozen_parameters_and_buffers_stay_out_of_it():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    model[0].bias.requires_grad_(False)
    average = AVERAGES.make("ema", total=1)
    average.update(model)
    assert set(average.weights) == {"0.weight", "1.weight", "1.bias"}


def test_half_precision_weights_are_averaged_in_single_precision():
    model = nn.Linear(1, 1, bias=False, dtype=torch.bfloat16)
    average = AVERAGES.make("tail(0)", total=300)
    for step in range(300):
        nn.init.constant_(model.weight, 1.0 if step else 2.0)
        average.update(model)
    assert average.weights["weight"].item() == pytest.approx(1 + 1 / 300, rel=1e-5)
    with average.swapped(model):
        assert model.weight.dtype == torch.bfloat16


@pytest.mark.parametrize("line", ["tail(1.0)", "tail(-0.1)", "ema(1.0)"])
def test_values_out_of_range_are_refused(line):
    with pytest.raises(SettingsError, match="choose a value in"):
        AVERAGES.make(line, total=10)
