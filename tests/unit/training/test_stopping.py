"""The best model on a figure: which look wins, when patience ends, and what is kept."""

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gradus.core.errors import SettingsError
from gradus.training.stopping import Best


@given(
    values=st.lists(st.floats(0, 1), min_size=1, max_size=20),
    metric=st.sampled_from(["loss", "f1"]),
)
def test_the_best_look_is_the_first_extreme_one(values, metric):
    best, model = Best(metric), nn.Linear(1, 1)
    for step, value in enumerate(values):
        best.see({metric: value}, step, model)
    extreme = min(values) if metric == "loss" else max(values)
    assert best.value == extreme
    assert best.step == values.index(extreme)


def test_the_weights_of_the_best_look_come_back():
    best, model = Best("accuracy"), nn.Linear(2, 2)
    best.see({"accuracy": 0.9}, 1, model)
    good = model.weight.detach().clone()
    nn.init.zeros_(model.weight)
    best.see({"accuracy": 0.1}, 2, model)
    best.restore_(model)
    assert torch.equal(model.weight, good)


def test_patience_counts_looks_without_a_gain():
    best, model = Best("loss", patience=2), nn.Linear(1, 1)
    exhausted = []
    for step, value in enumerate([3.0, 2.0, 2.0, 2.5]):
        best.see({"loss": value}, step, model)
        exhausted.append(best.exhausted)
    assert exhausted == [False, False, False, True]


def test_not_a_number_is_never_the_best():
    best, model = Best("loss"), nn.Linear(1, 1)
    assert not best.see({"loss": float("nan")}, 1, model)
    assert best.see({"loss": 5.0}, 2, model)
    assert not best.see({"loss": float("nan")}, 3, model)


def test_a_figure_that_is_not_measured_is_named_with_those_that_are():
    with pytest.raises(SettingsError, match="metric='bleu' is not measured; the figures are loss"):
        Best("bleu").see({"loss": 1.0}, 1, nn.Linear(1, 1))


def test_the_state_is_plain_and_goes_on_where_it_was():
    first, model = Best("loss", patience=2), nn.Linear(1, 1)
    first.see({"loss": 1.0}, 4, model)
    first.see({"loss": 2.0}, 8, model)
    second = Best("loss", patience=2)
    second.take_up(json.loads(json.dumps(first.state())), first.weights)
    for best in (first, second):
        best.see({"loss": 1.5}, 12, model)
    assert second == first
    assert second.exhausted
