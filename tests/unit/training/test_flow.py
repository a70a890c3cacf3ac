"""Gradient flow: unrolled steps, norms back through time and per layer, and their pictures."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch import nn
from torch.autograd.functional import jacobian

from gradus.core.errors import DataError, SettingsError
from gradus.nn.sigmoid_rnn import SigmoidRNN
from gradus.nn.steps import STEPS
from gradus.nn.weight_drop import KERNELS
from gradus.training.flow import (
    Flow,
    flow_through_layers,
    flow_through_time,
    gradient_norms,
    layer_norms,
)
from gradus.training.flow_plots import draw_flows, draw_layer_norms, flow_panel, layer_panel
from gradus.training.unroll import unroll

PNG = b"\x89PNG\r\n\x1a\n"
KINDS = {
    "tanh": lambda *sizes, **more: nn.RNN(*sizes, **more),
    "relu": lambda *sizes, **more: nn.RNN(*sizes, nonlinearity="relu", **more),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}
SLOPES = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
}


def built(kind, *sizes, seed=1, **more):
    torch.manual_seed(seed)
    return KINDS[kind](*sizes, **more).double()


def noise(*shape, seed=2):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@given(
    kind=st.sampled_from(list(KINDS)),
    layers=st.integers(1, 3),
    bias=st.booleans(),
    batch_first=st.booleans(),
    shape=st.tuples(st.integers(1, 3), st.integers(1, 6)),
)
def test_unrolled_states_are_those_of_the_fused_module(kind, layers, bias, batch_first, shape):
    module = built(kind, 3, 4, num_layers=layers, bias=bias, batch_first=batch_first)
    inputs = noise(*shape, 3)
    states = unroll(module, inputs)
    outputs, last = module(inputs if batch_first else inputs.transpose(0, 1))
    expected = outputs if batch_first else outputs.transpose(0, 1)
    found = torch.stack([state.hidden for state in states[-1]], 1)
    torch.testing.assert_close(found, expected)
    if kind == "lstm":
        cells = torch.stack([layer[-1].cell for layer in states])
        torch.testing.assert_close(cells, last[1])


def test_every_mode_of_a_layer_has_its_equations():
    assert set(STEPS) == set(KERNELS) >= {built(kind, 1, 1).mode for kind in KINDS}


def test_unrolled_states_of_a_logistic_layer_are_its_own():
    torch.manual_seed(1)
    layer, inputs = SigmoidRNN(3, 4).double(), noise(2, 5, 3)
    found = torch.stack([state.hidden for state in unroll(layer, inputs)[0]], 1)
    torch.testing.assert_close(found, layer(inputs)[0])


def apart(module):
    """The layers of a module, each as a module of its own with the same weights."""
    found = []
    for number in range(module.num_layers):
        dim = module.hidden_size if number else module.input_size
        layer = type(module)(dim, module.hidden_size).double()
        weights = {name: getattr(module, name[:-1] + str(number)) for name in layer.state_dict()}
        layer.load_state_dict(weights)
        found.append(layer)
    return found


@pytest.mark.parametrize("kind", ["tanh", "gru", "lstm"])
def test_modules_that_stand_on_each_other_are_as_the_layers_of_one(kind):
    module, inputs = built(kind, 3, 4, num_layers=3), noise(2, 5, 3)
    whole, parts = unroll(module, inputs), unroll(apart(module), inputs)
    for one, other in zip(whole, parts, strict=True):
        torch.testing.assert_close(
            [state.hidden for state in one], [state.hidden for state in other]
        )
    for layer in range(3):
        one = flow_through_time(module, inputs, layer=layer)
        assert_allclose(flow_through_time(apart(module), inputs, layer=layer).norms, one.norms)


@pytest.mark.parametrize("kind", KINDS)
def test_reading_on_from_a_state_is_reading_at_once(kind):
    module, inputs = built(kind, 3, 4, num_layers=2), noise(2, 7, 3)
    whole = unroll(module, inputs)
    begin = [states[-1] for states in unroll(module, inputs[:, :3])]
    rest = unroll(module, inputs[:, 3:], begin=begin)
    for one, other in zip(whole, rest, strict=True):
        torch.testing.assert_close(one[-1].hidden, other[-1].hidden)
    flow = flow_through_time(module, inputs[:, 3:], begin=begin, layer=0)
    assert_allclose(flow.norms, flow_through_time(module, inputs, layer=0).norms[:4])


@pytest.mark.parametrize("kind", ["relu", "lstm"])
def test_one_pass_back_gives_the_flow_of_each_layer(kind):
    module, inputs = built(kind, 3, 4, num_layers=3), noise(2, 6, 3)
    flows = flow_through_layers(module, inputs, times=[-1, 2])
    assert [flow.name for flow in flows] == [f"{module.mode}, layer {n}" for n in (1, 2, 3)]
    for layer, flow in enumerate(flows):
        single = flow_through_time(module, inputs, times=[-1, 2], layer=layer)
        assert_allclose(flow.norms, single.norms)
        assert (flow.cell_norms is None) == (kind == "relu")
        if flow.cell_norms is not None:
            assert_allclose(flow.cell_norms, single.cell_norms)


def plain_forward(module, inputs, f):
    """The pre-activations of a plain RNN, in NumPy, as ``[time, batch, hidden]``."""
    w, u = module.weight_ih_l0.detach().numpy(), module.weight_hh_l0.detach().numpy()
    b = (module.bias_ih_l0 + module.bias_hh_l0).detach().numpy()
    h, found = np.zeros((len(inputs), module.hidden_size)), []
    for x in inputs.numpy().swapaxes(0, 1):
        found.append(x @ w.T + h @ u.T + b)
        h = f(found[-1])
    return np.array(found)


@pytest.mark.parametrize("name", SLOPES)
def test_the_flow_of_a_plain_rnn_is_a_product_of_slopes_and_weights(name):
    f, slope = SLOPES[name]
    module = built("tanh" if name == "sigmoid" else name, 3, 5)
    inputs = noise(4, 7, 3)
    z = plain_forward(module, inputs, f)
    gradient = np.full((4, 5), 1 / math.sqrt(5))
    expected = [np.linalg.norm(gradient, axis=1).mean()]
    for step in range(6, 0, -1):
        gradient = gradient * slope(z[step]) @ module.weight_hh_l0.detach().numpy()
        expected.append(np.linalg.norm(gradient, axis=1).mean())
    flow = flow_through_time(module, inputs, activation=name if name == "sigmoid" else None)
    assert_allclose(flow.norms, expected, rtol=1e-12)


@pytest.mark.parametrize("kind", ["tanh", "gru"])
def test_the_flow_of_one_state_is_a_product_of_jacobians(kind):
    module, inputs = built(kind, 2, 3), noise(1, 5, 2)
    outputs = module(inputs.transpose(0, 1))[0].detach()  # time, batch 1, hidden
    row, expected = torch.full((1, 3), 1 / math.sqrt(3), dtype=torch.float64), [1.0]
    for time in range(4, 0, -1):
        by_state = jacobian(
            lambda h, time=time: module(inputs[:, time : time + 1], h[None, None])[0].flatten(),
            outputs[time - 1, 0],
        )
        row = row @ by_state
        expected.append(float(row.norm()))
    assert_allclose(flow_through_time(module, inputs).norms, expected, rtol=1e-10)


def test_the_flow_of_an_lstm_is_a_product_of_jacobians_of_both_states():
    module, inputs = built("lstm", 2, 3, batch_first=True), noise(1, 5, 2)
    states = unroll(module, inputs)[0]

    def step(h, c, time):
        _, (h, c) = module(inputs[:, time : time + 1], (h[None, None], c[None, None]))
        return torch.cat([h.flatten(), c.flatten()])

    row = torch.tensor([[1.0, 1, 1, 0, 0, 0]], dtype=torch.float64) / math.sqrt(3)
    hidden, cells = [], []
    for time in range(4, -1, -1):
        state = states[time]
        slope = state.gates["output"][0] * (1 - torch.tanh(state.cell[0]) ** 2)  # of h(k) in c(k)
        hidden.append(row[0, :3].norm().item())
        cells.append((row[0, 3:] + row[0, :3] * slope).norm().item())
        if time:
            before = states[time - 1]
            by_h, by_c = jacobian(
                lambda h, c, time=time: step(h, c, time),
                (before.hidden[0].detach(), before.cell[0].detach()),
            )
            row = row @ torch.cat([by_h, by_c], 1)
    flow = flow_through_time(module, inputs)
    assert_allclose(flow.norms, hidden, rtol=1e-10)
    assert_allclose(flow.cell_norms, cells, rtol=1e-10)


def test_the_flow_of_a_lower_layer_follows_every_path_above_it():
    module, inputs = built("tanh", 2, 3, num_layers=2), noise(1, 4, 2)
    w = [{n: getattr(module, f"{n}_l{k}").detach().numpy() for n in
          ("weight_ih", "weight_hh", "bias_ih", "bias_hh")} for k in (0, 1)]  # fmt: skip

    def loss(push, at):
        below, above = np.zeros(3), np.zeros(3)
        for time, x in enumerate(inputs[0].numpy()):
            steps = []
            for k, h in enumerate((below, above)):
                z = w[k]["weight_ih"] @ (steps[0] if k else x) + w[k]["weight_hh"] @ h
                steps.append(np.tanh(z + w[k]["bias_ih"] + w[k]["bias_hh"]))
                if k == 0 and time == at:
                    steps[0] = steps[0] + push
            below, above = steps
        return above.sum() / math.sqrt(3)

    expected = [
        np.linalg.norm([(loss(d, k) - loss(-d, k)) / 2e-6 for d in 1e-6 * np.eye(3)])
        for k in range(3, -1, -1)
    ]
    assert_allclose(flow_through_time(module, inputs, layer=0).norms, expected, rtol=1e-6)


def test_the_flow_from_several_steps_is_their_mean_where_they_reach():
    module, inputs = built("gru", 2, 3), noise(3, 5, 2)
    single = [flow_through_time(module, inputs, times=[time]).norms for time in range(5)]
    expected = [
        np.mean([norms[distance] for norms in single if len(norms) > distance])
        for distance in range(5)
    ]
    assert_allclose(flow_through_time(module, inputs, times=range(5)).norms, expected)
    assert_allclose(flow_through_time(module, inputs, times=[-1]).norms, single[-1])


def test_a_loss_of_ones_own_knows_the_step_it_is_asked_of():
    module, inputs = built("tanh", 2, 3), noise(2, 4, 2)
    asked = []

    def loss(hidden, time):
        asked.append(time)
        return 3 * hidden.square().sum(-1)

    flow = flow_through_time(module, inputs, loss, times=[-1, 1])
    hidden = module(inputs.transpose(0, 1))[0].detach()
    lengths = [6 * hidden[time].norm(dim=-1).mean().item() for time in (3, 1)]
    assert sorted(asked) == [1, 3]
    assert flow.norms[0] == pytest.approx(np.mean(lengths))


def test_measuring_leaves_the_module_alone_and_needs_no_trainable_weight():
    module, inputs = built("lstm", 2, 3), noise(2, 4, 2)
    wanted = flow_through_time(module, inputs).norms
    assert all(parameter.grad is None for parameter in module.parameters())
    module.requires_grad_(False)
    with torch.no_grad():
        assert_allclose(flow_through_time(module, inputs).norms, wanted)


def test_gradient_norms_are_those_of_numpy_dense_and_sparse():
    torch.manual_seed(1)
    table, layer = nn.Embedding(9, 4, sparse=True), nn.Linear(4, 3)
    unused = nn.Linear(2, 2)
    model = nn.ModuleDict({"table": table, "layer": layer, "unused": unused})
    layer(table(torch.tensor([1, 5, 5, 5]))).square().sum().backward()
    grads = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    expected = {
        name: np.linalg.norm((grad.to_dense() if grad.is_sparse else grad).numpy())
        for name, grad in grads.items()
    }
    found = gradient_norms(model)
    assert found == pytest.approx(expected, rel=1e-5)
    assert list(found) == ["table.weight", "layer.weight", "layer.bias"]
    joint = np.concatenate([grads["layer.weight"].numpy().ravel(), grads["layer.bias"].numpy()])
    assert layer_norms(found)["layer"] == pytest.approx(np.linalg.norm(joint), rel=1e-5)


@given(st.floats(0.05, 3), st.floats(1e-6, 1e6), st.integers(2, 40))
def test_the_factor_of_a_geometric_series_is_its_ratio(ratio, first, length):
    flow = Flow("any", norms=first * ratio ** np.arange(length), cell_norms=None)
    assert flow.factor == pytest.approx(ratio, rel=1e-6)
    if ratio < 0.99:
        halved = flow.norms[0] * flow.factor**flow.half_life
        assert halved == pytest.approx(flow.norms[0] / 2, rel=1e-5)


def test_a_flow_that_grows_or_is_gone_has_no_half_life():
    assert Flow("up", norms=2.0 ** np.arange(5), cell_norms=None).half_life == math.inf
    gone = Flow("gone", norms=np.array([1.0, 0.0, 0.0]), cell_norms=None)
    assert math.isnan(gone.factor) and math.isnan(gone.half_life)


def test_zeros_are_left_out_of_the_fit_and_an_lstm_is_judged_by_its_cells():
    norms = np.array([1.0, 0.0, 0.25, 0.125])
    assert Flow("rnn", norms=norms, cell_norms=None).factor == pytest.approx(0.5)
    lstm = Flow("lstm", norms=norms, cell_norms=0.9 ** np.arange(4))
    assert lstm.factor == pytest.approx(0.9)


def test_a_flow_becomes_strict_json():
    flows = [
        Flow("up", norms=np.array([1.0, 2.0]), cell_norms=None),
        Flow("gone", norms=np.array([1.0, 0.0]), cell_norms=np.array([0.0, 0.0])),
    ]
    up, gone = json.loads(json.dumps([flow.to_dict() for flow in flows], allow_nan=False))
    assert up["norms"] == [1.0, 2.0] and up["half_life"] is None
    assert gone["cell_norms"] == [0.0, 0.0] and gone["factor"] is None


@pytest.mark.parametrize(
    ("module", "settings", "error", "text"),
    [
        (nn.GRU(2, 3, bidirectional=True), {}, SettingsError, "both directions"),
        (nn.LSTM(2, 3, proj_size=1), {}, SettingsError, "proj_size=0"),
        (nn.GRU(2, 3), {"activation": "sigmoid"}, SettingsError, "this module is a GRU"),
        (nn.RNN(2, 3), {"activation": "sigmod"}, SettingsError, "perhaps 'sigmoid'"),
        (nn.RNN(2, 3), {"times": [4]}, SettingsError, r"times=\(4,\): choose from the 4 steps"),
        (nn.RNN(2, 3), {"times": []}, SettingsError, "choose from the 4 steps"),
        (nn.RNN(2, 3), {"layer": 1}, SettingsError, "layer=1: the module has 1"),
        (nn.RNN(5, 3), {}, DataError, r"shape \(1, 4, 2\); this module reads \[batch, time, 5\]"),
        (nn.RNN(2, 3), {"loss": lambda hidden, _: hidden}, DataError, "for a batch of 1"),
        (nn.RNN(2, 3), {"begin": []}, DataError, "0 states to begin with, and 1 layers"),
        ([], {}, SettingsError, "no recurrent module"),
        ([nn.GRU(2, 3), nn.GRU(2, 3)], {}, SettingsError, "reads 2 numbers stands on one of 3"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_explained(module, settings, error, text):
    with pytest.raises(error, match=text):
        flow_through_time(module, torch.zeros(1, 4, 2), **settings)


def test_a_panel_shows_each_flow_as_it_is_or_as_shares_of_its_first_norm():
    rnn = Flow("rnn", norms=np.array([4.0, 2.0, 1.0]), cell_norms=None)
    lstm = Flow("lstm", norms=np.array([1.0, 0.0, 0.1]), cell_norms=np.array([2.0, 1.0, 1.0]))
    lines = flow_panel("any", [rnn, lstm, rnn], relative=True).lines
    assert [line.name for line in lines] == ["rnn", "lstm, h(k)", "lstm, c(k)", "rnn"]
    assert lines[0].colour == lines[3].colour != lines[1].colour == lines[2].colour
    assert [line.dashed for line in lines] == [False, True, False, False]
    assert list(lines[0].up) == [1.0, 0.5, 0.25] and list(lines[2].up) == [1.0, 0.5, 0.5]
    assert list(flow_panel("any", [rnn]).lines[0].up) == [4.0, 2.0, 1.0]


def test_a_layer_that_comes_late_has_a_gap_before():
    panel = layer_panel([(1, {"a": 1.0}), (5, {"a": 0.5, "b": 2.0})], "any")
    first, second = panel.lines
    assert list(first.across) == [1, 5] and list(first.up) == [1.0, 0.5]
    assert math.isnan(second.up[0]) and second.up[1] == 2.0


def test_pictures_are_written_even_of_zeros(tmp_path):
    flows = [
        Flow("rnn", norms=0.5 ** np.arange(30), cell_norms=None),
        Flow("lstm", norms=np.zeros(30), cell_norms=0.9 ** np.arange(30)),
    ]
    draw_flows({"before": flows, "after": flows[:1]}, tmp_path / "flow.png", relative=True)
    draw_layer_norms([(1, {"a": 1.0}), (2, {"a": 0.0, "b": 2.0})], tmp_path / "layers.png")
    for name in ("flow.png", "layers.png"):
        assert (tmp_path / name).read_bytes().startswith(PNG)


def test_nothing_is_not_drawn(tmp_path):
    with pytest.raises(DataError, match="nothing to draw"):
        draw_flows({}, tmp_path / "flow.png")
    with pytest.raises(DataError, match="nothing to draw"):
        draw_layer_norms([], tmp_path / "layers.png")
    assert list(tmp_path.iterdir()) == []
