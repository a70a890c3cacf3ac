"""The sanity check: networks that work pass, broken ones do not, and nothing is changed."""

import torch
from torch import nn
from toys import Classify, Quadrants, config, network, weights

from gradus.training.sanity import check_sanity


def check(model, objective=None, **settings):
    return check_sanity(model, objective or Classify(), Quadrants(), config(**settings))


def test_a_network_that_works_passes_and_stays_as_it_was():
    model = network(dropout=0.5)
    before = weights(model)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    found = check(model, weight_decay=10.0, optimizer="adamw", schedule="linear")
    assert torch.equal(torch.get_rng_state(), state)
    assert found.passed
    assert not found.own_settings_diverged
    assert all((weights(model)[name] == value).all() for name, value in before.items())
    assert model[2].p == 0.5


def test_a_network_that_ignores_its_input_fails():
    class Blind(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 2)

        def forward(self, x):
            return self.layer(x * 0)

    found = check(Blind())
    assert not found.passed
    assert "failed" in str(found)
    assert "bug" in str(found)


def test_a_loss_with_the_wrong_sign_fails():
    class Wrong(Classify):
        def loss(self, model, batch):
            scores = model(batch.inputs).log_softmax(1)
            return (scores.exp() * scores).sum(1).mean() + 2  # rewards being unsure

    assert not check(network(), Wrong()).passed


def test_smoothed_labels_keep_the_loss_up_and_are_no_bug():
    class Smoothed(Classify):
        def loss(self, model, batch):
            return nn.functional.cross_entropy(
                model(batch.inputs), batch.labels, label_smoothing=0.2
            )

    found = check(network(), Smoothed())
    assert found.passed
    assert found.last_loss > 0.3


def test_a_rate_that_is_far_too_high_is_told_from_a_bug():
    deep = nn.Sequential(
        nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2)
    )
    found = check(deep, optimizer="sgd", rate=30.0)
    assert found.passed
    assert found.own_settings_diverged
    assert "lower the rate" in str(found)


def test_a_rate_that_is_too_low_is_no_bug():
    found = check(network(), rate=1e-6)
    assert found.passed
    assert not found.own_settings_diverged
