"""What is said of vanishing, exploding and gated gradients, by the experiments of bench/flow.py."""

import math

import pytest
import torch
from torch import nn

from bench._flow.finding import column, falls
from bench._flow.gates import (
    closed_forget_gate,
    paths_back,
    sums_of_gates,
    update_and_reset_gates,
    update_gate_and_state,
)
from bench._flow.memory import DEFAULT, clipping_and_explosion, gates_and_memory
from bench._flow.vanishing import (
    IN_REACH,
    OUT_OF_REACH,
    depth_and_flow,
    l2_and_flow,
    stack_and_flow,
)

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_l2_makes_vanishing_worse_and_most_where_the_task_does_not_hold_the_weights_up():
    rows = l2_and_flow([1]).rows
    assert falls(column(rows, "factor", situation=OUT_OF_REACH))
    assert falls(column(rows, "spectral radius", situation=OUT_OF_REACH))
    learned = column(rows, "factor", situation=IN_REACH)
    assert learned[-1] < 0.95 * learned[0]
    assert learned[1] > 0.9 * learned[0]  # a small penalty does no harm there


def test_more_sigmoid_layers_make_vanishing_worse_and_relu_with_he_does_not_vanish():
    rows = depth_and_flow([1, 2]).rows
    sigmoid, relu = (column(rows, "first layer", activation=name) for name in ("sigmoid", "relu"))
    assert falls(sigmoid)
    assert sigmoid[-1] < 1e-3 * sigmoid[0]
    assert relu[-1] > 0.1 * relu[0]
    losses = column(rows, "loss", activation="sigmoid")
    assert losses[-1] > 10 * min(losses)  # too deep to be trained in the same steps


def test_less_reaches_the_lowest_of_more_recurrent_layers_but_it_fades_more_slowly_in_time():
    rows = stack_and_flow([1, 2, 3]).rows
    for name in ("tanh", "sigmoid"):
        assert falls(column(rows, "t - k = 0", RNN=name))
        assert falls(column(rows, "factor", RNN=name)[::-1])


def test_clipping_cures_explosion():
    calm, _, wild, cured = clipping_and_explosion([1, 2]).rows
    assert wild["spectral radius"] > 1 > calm["spectral radius"]
    assert wild["loss"] == math.inf
    assert cured["loss"] < 0.1 and calm["loss"] < 0.1


def test_trained_gru_and_lstm_carry_gradients_and_symbols_further_than_an_rnn():
    rnn, gru, lstm, relu, sigmoid = gates_and_memory([1], [DEFAULT]).rows
    for gated in (gru, lstm):
        assert min(gated["lag 1"], gated["lag 40"]) > 0.95 > 0.7 > rnn["lag 40"]
        assert gated["share after"] > 1e-3 > 1e-6 > gated["share before"]
        assert gated["share after"] > 1e4 * max(plain["share after"] for plain in (rnn, sigmoid))
        assert gated["lag 40"] > relu["lag 40"] - 0.02


def test_an_update_gate_close_to_one_keeps_the_state():
    rows = update_gate_and_state([1]).rows
    assert falls(column(rows, "relative move"))
    assert falls(column(rows, "factor")[::-1])
    assert rows[-1]["mean z"] > 0.99 and rows[-1]["relative move"] < 0.01


def test_only_with_update_and_reset_gates_at_zero_is_the_last_state_forgotten():
    for row in update_and_reset_gates([1]).rows:
        forgets = (row["z"], row["r"]) == (0, 0)
        assert (row["on the last state"] < 1e-6) == forgets
        assert (row["on the input"] < 1e-6) == (row["z"] == 1)


def test_a_forget_gate_of_zero_still_passes_error_through_the_other_gates():
    opened, closed = closed_forget_gate([1]).rows
    assert closed["via f"] == 0
    assert min(closed["via i"], closed["via c~"], closed["via o"]) > 1e-3
    assert closed["dJ/dh(t-1)"] > 0.5 * opened["dJ/dh(t-1)"]
    assert 0 < closed["dJ/dh(t-10)"] < 1e-3 * opened["dJ/dh(t-10)"]


def test_the_paths_through_the_gates_sum_to_the_whole_derivative():
    torch.manual_seed(1)
    lstm = nn.LSTM(2, 3, batch_first=True).double()
    inputs = torch.randn(4, 6, 2, dtype=torch.float64)
    _, (h, c) = lstm(inputs[:, :-1])
    h = h.detach().requires_grad_()
    last = lstm(inputs[:, -1:], (h, c.detach()))[0][:, -1]
    (whole,) = torch.autograd.grad(last.sum() / math.sqrt(3), h)
    torch.testing.assert_close(sum(paths_back(lstm, inputs).values()), whole[0])


def test_gates_lie_between_zero_and_one_and_need_not_sum_to_one():
    for row in sums_of_gates([1]).rows:
        assert row["least entry"] > 0 and row["1 - greatest entry"] > 0
        assert row["least sum"] > 2
