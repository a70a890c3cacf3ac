"""The network: its equations in plain NumPy, step by step; no word of the padding."""

import formulas
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from gradus.nn.masks import step_mask

CELLS = pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
KINDS = pytest.mark.parametrize(
    "kind",
    [
        {"attention": "none"},
        {"attention": "dot"},
        {"attention": "general"},
        {"attention": "additive(5)"},
        {"attention": "general", "feeding": True},
        {"attention": "additive", "feeding": True, "layers": 2},
        {"attention": "dot", "layers": 2},
    ],
    ids=str,
)


def batch_of(model, pairs):
    return model.dataset(pairs).batch(np.arange(len(pairs)))


def softmax(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def score(w, kind, q, h):
    if kind.startswith("additive"):
        hidden = np.tanh(w["attention.query.weight"] @ q + w["attention.key.weight"] @ h)
        return w["attention.score.weight"][0] @ hidden
    return q @ w["attention.key.weight"] @ h if kind == "general" else q @ h


def step(cell, x, state, w):
    weights = [w[f"{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    if cell == "lstm":
        return formulas.lstm_step(x, *state, *weights)
    one = formulas.gru_step if cell == "gru" else lambda *a: formulas.rnn_step(np.tanh, *a)
    return (one(x, state[0], *weights),)


def plain(model, source, target):
    """Scores and weights at every step of one pair, by the equations alone."""
    config = model.config
    w = {name: value.double().numpy() for name, value in model.model.state_dict().items()}
    vectors = w["embedding.table.weight"][source]
    memory, last = formulas.run_layers(config.cell, vectors, formulas.cut(w, "encoder."))
    w |= formulas.cut(w, "decoder.")
    first = np.tanh(w["bridge.weight"] @ last + w["bridge.bias"])
    states = [
        (h, np.zeros_like(h)) if config.cell == "lstm" else (h,)
        for h in np.split(first, config.layers)
    ]
    readout = np.zeros(config.hidden)
    scores, weights = [], []
    table = w["decoder.embedding.table.weight"]
    for before in [0, *target[:-1]]:
        x = np.concatenate([table[before], readout]) if config.feeding else table[before]
        for layer in range(config.layers):
            weights_of_layer = formulas.cut(w, f"recurrent.layers.{layer}.rnn.")
            states[layer] = step(config.cell, x, states[layer], weights_of_layer)
            x = states[layer][0]
        shares = softmax(np.array([score(w, config.attention, x, h) for h in memory]))
        if config.attention == "none":
            both, shares = x, np.zeros(len(memory))
        else:
            both = np.concatenate([x, shares @ memory])
        readout = np.tanh(w["combine.weight"] @ both + w["combine.bias"])
        scores.append(w["output.weight"] @ readout + w["output.bias"])
        weights.append(shares)
    return np.stack(scores), np.stack(weights)


@CELLS
@KINDS
def test_scores_and_weights_follow_the_equations(untrained, pairs, cell, kind):
    model = untrained(cell=cell, **kind)
    model.model.double()
    batch = batch_of(model, pairs)
    with torch.no_grad():
        told = model.model(batch)
    scores = told.scores.split(batch.target_lengths.tolist())
    for row in range(len(pairs)):
        length, steps = batch.source_lengths[row], batch.target_lengths[row]
        source, target = batch.source[row, :length], batch.target[row, :steps]
        expected, weights = plain(model, source.numpy(), target.tolist())
        assert_allclose(scores[row], expected, atol=1e-10)
        assert_allclose(told.weights[row, :steps, :length], weights, atol=1e-10)
        assert not told.weights[row, :, length:].any()


@CELLS
@KINDS
def test_one_step_after_another_is_the_same_as_all_at_once(untrained, pairs, cell, kind):
    network, batch = untrained(cell=cell, **kind).model, batch_of(untrained(), pairs)
    with torch.no_grad():
        memory = network.encode(batch.source, batch.source_lengths)
        forced, state = network.decoder(batch.before, memory), network.decoder.start(memory)
        for number, symbols in enumerate(batch.before.split(1, 1)):
            decoded, state = network.decoder.advance(symbols, state, memory)
            torch.testing.assert_close(decoded.readouts[:, 0], forced.readouts[:, number])
            torch.testing.assert_close(decoded.weights[:, 0], forced.weights[:, number])


@CELLS
@KINDS
def test_a_pair_alone_costs_what_it_costs_in_a_batch(untrained, pairs, cell, kind):
    model = untrained(cell=cell, **kind)
    data = model.dataset(pairs)
    alone = [data.batch(np.array([index])) for index in range(len(pairs))]
    costs = [model.loss(model.model, batch).item() * model.weight(batch) for batch in alone]
    together = batch_of(model, pairs)
    total = model.loss(model.model, together).item() * model.weight(together)
    assert total == pytest.approx(sum(costs), rel=1e-5)
    # of other shapes, so that every pair meets other padding
    halves = [data.batch(np.arange(0, 10, 2)), data.batch(np.arange(1, 10, 2))]
    parts = [model.loss(model.model, batch).item() * model.weight(batch) for batch in halves]
    assert total == pytest.approx(sum(parts), rel=1e-5)


@pytest.mark.parametrize("kind", [{}, {"feeding": True, "layers": 2, "cell": "lstm"}], ids=str)
def test_gradients_of_the_loss_are_central_differences(untrained, pairs, kind):
    model = untrained(dim=3, hidden=4, spread=1.0, **kind)
    network, batch = model.model.double(), batch_of(model, pairs)
    names = [name for name, _ in network.named_parameters()]

    def loss(*weights):
        told = torch.func.functional_call(network, dict(zip(names, weights, strict=True)), (batch,))
        return model.criterion(told.scores, told.targets)

    variables = [
        # the row of padding gets no gradient on purpose, so tables are left as they are
        parameter.detach().requires_grad_("table" not in name)
        for name, parameter in network.named_parameters()
    ]
    assert torch.autograd.gradcheck(loss, variables, fast_mode=True)


@pytest.mark.parametrize("feeding", [False, True])
def test_what_is_dropped_is_the_same_at_all_steps(untrained, pairs, feeding):
    network = untrained(hidden=64, layers=2, dropout=0.5, feeding=feeding).model.train()
    batch, seen = batch_of(untrained(), pairs), []
    upper = network.decoder.recurrent.layers[1]
    upper.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    torch.manual_seed(1)
    network(batch)
    dropped = torch.cat(seen, 1) == 0
    assert 0.4 < dropped.float().mean() < 0.6
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))


def test_a_batch_says_what_stands_before_each_symbol(untrained, pairs):
    model = untrained()
    batch = model.dataset(pairs).batch(np.array([1, 0]))
    assert batch.target.tolist() == [[3, 2, 0], [2, 0, 0]]
    assert batch.before.tolist() == [[0, 3, 2], [0, 2, 0]]
    assert torch.equal(batch.real, step_mask(torch.tensor([3, 2]), 3))
