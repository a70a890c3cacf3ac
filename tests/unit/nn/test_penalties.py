import numpy as np
import pytest
import torch
from torch import nn

from gradus.nn.feedforward import FeedForward
from gradus.nn.penalties import decay_groups, l1_penalty, l2_penalty, max_norm_


def network():
    return nn.ModuleDict(
        {
            "words": nn.Embedding(5, 3),
            "norm": nn.LayerNorm([2, 3]),
            "lstm": nn.LSTM(3, 2),
            "top": FeedForward(2, [4], 2, activation="prelu", normalization="batch_norm"),
            "filters": nn.Conv1d(3, 2, 3),
        }
    )


WEIGHTS = {
    "words.weight",
    "lstm.weight_ih_l0",
    "lstm.weight_hh_l0",
    "top.layers.0.weight",
    "top.layers.3.weight",
    "filters.weight",
}


@pytest.mark.parametrize(("penalty", "order"), [(l1_penalty, 1), (l2_penalty, 2)])
def test_penalties_add_up_weights_and_no_biases_gains_or_slopes(penalty, order):
    model = network()
    expected = sum(
        (np.abs(model.get_parameter(name).detach().numpy()) ** order).sum() for name in WEIGHTS
    )
    assert penalty(model).item() == pytest.approx(expected, rel=1e-5)


def test_the_gradient_of_l2_is_twice_the_weights_and_nothing_for_the_others():
    model = network()
    l2_penalty(model).backward()
    for name, parameter in model.named_parameters():
        if name in WEIGHTS:
            torch.testing.assert_close(parameter.grad, 2 * parameter.detach())
        else:
            assert parameter.grad is None, name


def test_decay_reaches_weights_only_and_every_trained_parameter_is_in_one_group():
    model = network()
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    decayed, others = decay_groups(model, 0.01)
    assert decayed["weight_decay"] == 0.01
    assert others["weight_decay"] == 0
    assert {names[id(parameter)] for parameter in decayed["params"]} == WEIGHTS
    assert {names[id(parameter)] for parameter in others["params"]} == set(names.values()) - WEIGHTS


def test_frozen_and_shared_weights_are_counted_as_what_they_are():
    model = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2), "c": nn.Linear(2, 2)})
    model["b"].weight = model["a"].weight
    model["c"].requires_grad_(False)
    assert len(decay_groups(model, 0.1)[0]["params"]) == 1
    expected = model["a"].weight.square().sum()
    torch.testing.assert_close(l2_penalty(model), expected)


def test_a_model_without_weights_has_no_penalty_and_no_groups():
    assert l2_penalty(nn.ReLU()).item() == 0
    assert decay_groups(nn.ReLU(), 0.1) == []


def test_max_norm_caps_the_incoming_weights_of_each_unit():
    layer = nn.Linear(50, 20)
    with torch.no_grad():
        layer.weight.mul_(torch.linspace(0.1, 9, 20)[:, None])
    before = layer.weight.detach().numpy().copy()
    max_norm_(layer, 2.0)
    after = layer.weight.detach().numpy()
    for unit in range(20):  # nn.Linear computes x Wᵀ: row u holds what comes into unit u
        norm = np.linalg.norm(before[unit])
        expected = before[unit] * min(1, 2 / norm)
        np.testing.assert_allclose(after[unit], expected, rtol=1e-5)
    assert (np.linalg.norm(before, axis=1) > 2).any()
    assert (np.linalg.norm(before, axis=1) < 2).any()


def test_max_norm_bounds_what_one_unit_can_answer():
    layer = nn.Linear(50, 20, bias=False)
    max_norm_(layer, 0.1)
    x = torch.randn(100, 50)
    assert (layer(x).abs() <= 0.1 * x.norm(dim=1, keepdim=True) + 1e-6).all()


def test_max_norm_takes_a_filter_of_a_convolution_whole_and_leaves_the_rest():
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    max_norm_(model, 0.01)
    norms = model["filters"].weight.flatten(1).norm(dim=1)
    torch.testing.assert_close(norms, torch.full((2,), 0.01))
    for name, value in model.state_dict().items():
        capped = name in {"filters.weight", "top.layers.0.weight", "top.layers.3.weight"}
        assert torch.equal(value, before[name]) != capped, name


def test_a_unit_without_weights_stays_zero():
    layer = nn.Linear(3, 2)
    nn.init.zeros_(layer.weight)
    max_norm_(layer, 1.0)
    assert layer.weight.eq(0).all()
