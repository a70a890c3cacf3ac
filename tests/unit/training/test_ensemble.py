"""Ensembles: means of probabilities and of weights, against NumPy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gradus.core.errors import DataError
from gradus.training.ensemble import average_probabilities, average_states


def probabilities(members, examples=4, classes=3):
    scores = np.random.default_rng(8).random((members, examples, classes))
    return list(scores / scores.sum(axis=2, keepdims=True))


@given(weights=st.lists(st.floats(0.1, 5), min_size=1, max_size=5))
def test_the_mean_of_probabilities_is_one_of_probabilities(weights):
    members = probabilities(len(weights))
    mean = average_probabilities(members, weights)
    np.testing.assert_allclose(mean, np.average(members, axis=0, weights=weights))
    np.testing.assert_allclose(mean.sum(axis=1), 1)


def test_without_weights_all_members_count_alike():
    members = probabilities(3)
    np.testing.assert_allclose(average_probabilities(members), np.mean(members, axis=0))


def test_the_mean_of_a_model_with_itself_is_itself():
    state = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).state_dict()
    mean = average_states([state] * 3)
    assert mean.keys() == state.keys()
    assert all(
        torch.equal(mean[name], state[name]) and mean[name].dtype == state[name].dtype
        for name in state
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_weights_are_averaged_in_double_precision_and_rounded_once(dtype):
    torch.manual_seed(9)
    states = [{"w": torch.randn(3, 4).to(dtype)} for _ in range(7)]
    exact = np.mean([state["w"].double().numpy() for state in states], axis=0)
    mean = average_states(states)["w"]
    assert mean.dtype == dtype
    # two orders of adding doubles may differ in the last bit, which rounding hides
    bits = 1e-15 if dtype == torch.float64 else 0
    torch.testing.assert_close(mean, torch.from_numpy(exact).to(dtype), rtol=bits, atol=bits)


def test_counters_are_those_of_the_last_and_nothing_is_shared():
    states = [{"n": torch.tensor(value), "w": torch.ones(1)} for value in (3, 5)]
    mean = average_states(states, weights=[1, 3])
    assert mean["n"].item() == 5
    mean["n"] += 1
    mean["w"] += 1
    assert states[1]["n"].item() == 5 and states[0]["w"].item() == 1


def test_the_mean_of_linear_models_predicts_the_mean():
    torch.manual_seed(1)
    models, x = [nn.Linear(3, 2) for _ in range(3)], torch.randn(5, 3)
    mean = nn.Linear(3, 2)
    mean.load_state_dict(average_states([model.state_dict() for model in models]))
    expected = torch.stack([model(x) for model in models]).mean(0)
    torch.testing.assert_close(mean(x), expected)


@pytest.mark.parametrize(
    ("other", "text"),
    [
        ({"a": torch.ones(2), "b": torch.ones(3)}, r"b is float32 of shape \(2,\) in member 0"),
        ({"a": torch.ones(2)}, "b is .* but absent in member 1"),
        ({"a": torch.ones(2), "b": torch.ones(2), "c": torch.ones(1)}, "c is absent in member 0"),
        ({"a": torch.ones(2), "b": torch.ones(2, dtype=torch.float64)}, "float64"),
    ],
)
def test_models_of_other_shapes_are_refused_by_name(other, text):
    first = {"a": torch.ones(2), "b": torch.ones(2)}
    with pytest.raises(DataError, match=text):
        average_states([first, other])


def test_tables_and_weights_that_do_not_fit_are_refused():
    members = probabilities(2)
    with pytest.raises(DataError, match=r"member 1 of shape \(3, 3\)"):
        average_probabilities([members[0], members[1][:3]])
    with pytest.raises(DataError, match="2 members came with 3 weights"):
        average_probabilities(members, [1, 1, 1])
    for weights in ([0, 0], [-1, 2], [np.nan, 1]):
        with pytest.raises(DataError, match="give no mean"):
            average_probabilities(members, weights)
    with pytest.raises(DataError, match="needs a member"):
        average_probabilities([])
    with pytest.raises(DataError, match="one state or more"):
        average_states([])
