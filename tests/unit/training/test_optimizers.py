"""Optimizers: each follows its equation, fused or not, dense or row by row."""

from functools import partial

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from gradus.core.errors import SettingsError
from gradus.nn.penalties import decay_groups
from gradus.training.optimizers import OPTIMIZERS

RATE, DECAY = 0.05, 0.1


def sgd(w, g, s, t, rate):
    return w - rate * g


def momentum(w, g, s, t, rate, mu=0.9):
    s["v"] = mu * s.get("v", 0) + g
    return w - rate * s["v"]


def nesterov(w, g, s, t, rate, mu=0.9):
    s["v"] = mu * s.get("v", 0) + g
    return w - rate * (g + mu * s["v"])


def adagrad(w, g, s, t, rate):
    s["s"] = s.get("s", 0) + g**2
    return w - rate * g / (np.sqrt(s["s"]) + 1e-10)


def rmsprop(w, g, s, t, rate, rho=0.99):
    s["s"] = rho * s.get("s", 0) + (1 - rho) * g**2
    return w - rate * g / (np.sqrt(s["s"]) + 1e-8)


def adam(w, g, s, t, rate, beta1=0.9, beta2=0.999):
    s["m"] = beta1 * s.get("m", 0) + (1 - beta1) * g
    s["v"] = beta2 * s.get("v", 0) + (1 - beta2) * g**2
    return w - rate * (s["m"] / (1 - beta1**t)) / (np.sqrt(s["v"] / (1 - beta2**t)) + 1e-8)


#: The equations again, in NumPy: weight, gradient, memory, number of the step, rate.
RULES = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adam,
    "sparse_adam": adam,
}


def gradients(steps, shape=(3, 4), seed=1):
    return np.random.default_rng(seed).normal(size=(steps, *shape))


def stepped(line, grads, start, decay=0.0, dtype=torch.float64):
    weight = nn.Parameter(torch.tensor(start, dtype=dtype))
    groups = [{"params": [weight], "weight_decay": decay}]
    optimizer = OPTIMIZERS.make(line, groups=groups, rate=RATE)
    for grad in grads:
        weight.grad = torch.tensor(grad, dtype=dtype)
        optimizer.step()
    return weight.detach().double().numpy()


def test_every_optimizer_has_a_formula_here():
    assert set(RULES) == set(OPTIMIZERS)


@pytest.mark.parametrize("steps", [1, 10])
@pytest.mark.parametrize("name", RULES)
def test_steps_follow_the_equation(name, steps):
    grads = gradients(steps)
    expected, memory = np.ones((3, 4)), {}
    for step, grad in enumerate(grads, start=1):
        expected = RULES[name](expected, grad, memory, step, RATE)
    assert_allclose(stepped(name, grads, np.ones((3, 4))), expected, rtol=1e-12)
    assert_allclose(stepped(name, grads, np.ones((3, 4)), dtype=torch.float32), expected, rtol=1e-4)


@pytest.mark.parametrize("name", sorted(set(RULES) - {"adamw", "sparse_adam"}))
def test_decay_is_added_to_the_gradient(name):
    grads = gradients(10)
    expected, memory = np.ones((3, 4)), {}
    for step, grad in enumerate(grads, start=1):
        expected = RULES[name](expected, grad + DECAY * expected, memory, step, RATE)
    assert_allclose(stepped(name, grads, np.ones((3, 4)), decay=DECAY), expected, rtol=1e-12)


def test_adamw_shrinks_the_weights_beside_the_step():
    grads = gradients(10)
    expected, memory = np.ones((3, 4)), {}
    for step, grad in enumerate(grads, start=1):
        expected = adam(expected * (1 - RATE * DECAY), grad, memory, step, RATE)
    assert_allclose(stepped("adamw", grads, np.ones((3, 4)), decay=DECAY), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("line", "judge"),
    [
        ("sgd", lambda ps: torch.optim.SGD(ps, RATE, foreach=False)),
        ("momentum(0.8)", lambda ps: torch.optim.SGD(ps, RATE, momentum=0.8, foreach=False)),
        (
            "nesterov",
            lambda ps: torch.optim.SGD(ps, RATE, momentum=0.9, nesterov=True, foreach=False),
        ),
        ("adagrad", lambda ps: torch.optim.Adagrad(ps, RATE, foreach=False)),
        (
            "rmsprop(0.9, eps=1e-6)",
            lambda ps: torch.optim.RMSprop(ps, RATE, alpha=0.9, eps=1e-6, foreach=False),
        ),
        ("adam(beta2=0.98)", lambda ps: torch.optim.Adam(ps, RATE, (0.9, 0.98), foreach=False)),
        ("adamw", lambda ps: torch.optim.AdamW(ps, RATE, weight_decay=0.0, foreach=False)),
        ("sparse_adam", lambda ps: torch.optim.Adam(ps, RATE, foreach=False)),
    ],
)
def test_fused_steps_equal_the_plain_loop(line, judge):
    def train(make):
        torch.manual_seed(3)
        model = nn.Sequential(nn.Linear(5, 40), nn.Tanh(), nn.Linear(40, 3))
        optimizer, x = make(model.parameters()), torch.randn(20, 5)
        for _ in range(10):
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
        return torch.cat([p.detach().flatten() for p in model.parameters()])

    made = train(lambda parameters: OPTIMIZERS.make(line, groups=parameters, rate=RATE))
    torch.testing.assert_close(made, train(judge), rtol=1e-4, atol=1e-5)


def embedded(make, steps=10, words=50):
    torch.manual_seed(4)
    table, layer = nn.Embedding(words, 4, sparse=True), nn.Linear(4, 2)
    optimizers = make(table, layer)
    for ids in torch.randint(0, words, (steps, 3, 5)):
        for optimizer in optimizers:
            optimizer.zero_grad()
        layer(table(ids)).square().mean().backward()
        for optimizer in optimizers:
            optimizer.step()
    return table.weight.detach(), layer.weight.detach()


@pytest.mark.parametrize(
    ("line", "judge"),
    [
        ("sgd", torch.optim.SGD),
        ("adagrad", torch.optim.Adagrad),
        # torch adds ε to a differently scaled root here, so ε has to be nothing
        ("sparse_adam(eps=1e-30)", partial(torch.optim.SparseAdam, eps=1e-30)),
    ],
)
@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
def test_rows_of_sparse_gradients_move_as_in_torch_beside_dense_layers(line, judge):
    def beside(table, layer):
        dense = judge if line in ("sgd", "adagrad") else torch.optim.Adam
        return judge(table.parameters(), lr=RATE), dense(layer.parameters(), lr=RATE)

    def together(table, layer):
        parameters = [*table.parameters(), *layer.parameters()]
        return [OPTIMIZERS.make(line, groups=parameters, rate=RATE)]

    for made, expected in zip(embedded(together), embedded(beside), strict=True):
        torch.testing.assert_close(made, expected, rtol=1e-4, atol=1e-6)


def test_sparse_and_dense_gradients_give_adagrad_the_same_weights():
    def trained(sparse):
        torch.manual_seed(5)
        table = nn.Embedding(9, 2, sparse=sparse)
        optimizer = OPTIMIZERS.make("adagrad", groups=table.parameters(), rate=RATE)
        for ids in torch.randint(0, 9, (5, 4)):
            optimizer.zero_grad()
            table(ids).square().sum().backward()
            optimizer.step()
        return table.weight.detach()

    torch.testing.assert_close(trained(True), trained(False))


def test_a_closure_computes_the_gradients_of_a_row_step():
    table = nn.Embedding(3, 1, sparse=True)
    optimizer = OPTIMIZERS.make("sparse_adam", groups=table.parameters(), rate=0.5)
    before = table.weight.detach().clone()

    def closure():
        loss = table(torch.tensor([1])).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == before[1].item()
    assert (table.weight.detach() - before).flatten().tolist() == [0, pytest.approx(-0.5), 0]
    assert table.weight.grad.is_sparse  # still there for who looks after the step


@pytest.mark.parametrize("name", ["momentum", "nesterov", "rmsprop", "adam", "adamw"])
def test_a_dense_rule_says_which_ones_take_sparse_gradients(name):
    table = nn.Embedding(3, 1, sparse=True)
    optimizer = OPTIMIZERS.make(name, groups=table.parameters(), rate=0.5)
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(SettingsError, match="choose sgd, adagrad or sparse_adam"):
        optimizer.step()


@pytest.mark.parametrize("name", ["adagrad", "sparse_adam"])
def test_a_table_with_sparse_gradients_does_not_decay(name):
    table = nn.Embedding(3, 1, sparse=True)
    optimizer = OPTIMIZERS.make(name, groups=decay_groups(table, 0.1), rate=0.5)
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(SettingsError, match=r"weight_decay=0\.1 would move every row"):
        optimizer.step()


@pytest.mark.parametrize(
    "line",
    ["momentum(1.0)", "nesterov(-0.1)", "nesterov(0)", "rmsprop(2.0)", "adam(1.5)", "adam(eps=-1)"],
)
def test_a_value_out_of_range_is_refused(line):
    with pytest.raises(SettingsError):
        OPTIMIZERS.make(line, groups=[nn.Parameter(torch.ones(1))], rate=0.1)


def test_parameters_that_need_no_decay_do_not_decay():
    groups = decay_groups(nn.Linear(2, 2), 0.1)
    for name in OPTIMIZERS:
        optimizer = OPTIMIZERS.make(name, groups=[dict(group) for group in groups], rate=0.1)
        assert [group["weight_decay"] for group in optimizer.param_groups] == [0.1, 0.0]
        plain = OPTIMIZERS.make(name, groups=[nn.Parameter(torch.ones(1))], rate=0.1)
        assert plain.param_groups[0]["weight_decay"] == 0.0
