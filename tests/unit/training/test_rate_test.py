"""The range test: right in its order of magnitude, and silent where nothing falls."""

import copy
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from torch import nn

from gradus.core.errors import SettingsError
from gradus.training.optimizers import OPTIMIZERS
from gradus.training.rate_test import range_test, sweep


class Bowl(nn.Module):
    """``Σ λ w² / 2`` around the origin, from a start at 1."""

    def __init__(self, curvatures):
        super().__init__()
        self.weights = nn.Parameter(torch.ones(len(curvatures), dtype=torch.float64))
        self.register_buffer("curvatures", torch.tensor(curvatures, dtype=torch.float64))

    def forward(self, pull):
        return (self.curvatures * self.weights.square() / 2 + pull * self.weights).sum()


def bowl_test(curvatures, pull=0.0, line="sgd", **options):
    model = Bowl(curvatures)
    optimizer = OPTIMIZERS.make(line, groups=model.parameters(), rate=1.0)
    rng = np.random.default_rng(4)
    # every batch pulls elsewhere, by a share of the steepest slope
    pulls = torch.from_numpy(pull * max(curvatures) * rng.normal(size=(4, len(curvatures))))
    return range_test(model, lambda model, x: model(x), list(pulls), optimizer, **options)


def below_the_limit(suggestion, curvature):
    return 0.2 / curvature < suggestion < 2 / curvature


@settings(deadline=None, max_examples=8)
@given(curvature=st.floats(0.3, 1000), steps=st.integers(60, 120))
def test_in_a_round_bowl_the_rate_is_below_2_by_the_curvature_by_less_than_a_decade(
    curvature, steps
):
    found = bowl_test([curvature, curvature], steps=steps)
    assert below_the_limit(found.suggestion, curvature)


@settings(deadline=None, max_examples=8)
@given(
    curvature=st.floats(0.3, 1000),
    condition=st.floats(2, 100),
    pull=st.sampled_from([0.0, 0.03, 0.1]),
)
def test_in_a_long_bowl_the_steepest_curvature_decides(curvature, condition, pull):
    curvatures = (curvature / np.geomspace(1, condition, 8)).tolist()
    found = bowl_test(curvatures, pull)
    assert below_the_limit(found.suggestion, curvature)


def test_a_step_function_gives_the_same_as_a_model():
    weight, curvature = [1.0], 50.0

    def step(rate):
        weight[0] -= rate * curvature * weight[0]
        return curvature * weight[0] ** 2 / 2

    plain = sweep(step)
    assert plain.suggestion == pytest.approx(bowl_test([curvature]).suggestion, rel=1e-6)


def test_a_sweep_of_noisy_losses_finds_the_order_of_magnitude():
    rng, curvatures = np.random.default_rng(5), 20.0 / np.geomspace(1, 50, 20)
    weights = np.ones(20)

    def step(rate):
        nonlocal weights
        weights -= rate * (curvatures * weights + 0.1 * curvatures * rng.normal(size=20))
        return (curvatures * weights**2).sum() / curvatures.sum() + 0.05 * rng.normal()

    assert 0.1 / 20 < sweep(step, low=1e-6).suggestion < 2 / 20


def test_a_sweep_ends_when_the_loss_explodes():
    losses = iter([1.0] * 20 + [0.5] * 5 + [1e3, 1e6] + [1e9] * 100)
    found = sweep(lambda rate: next(losses))
    assert len(found.rates) == len(found.losses) == 27
    assert found.losses.max() == 5.0  # the explosion is cut off


@pytest.mark.parametrize("end", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_ends_the_sweep_as_a_break(end):
    losses = iter([1.0] * 20 + [0.9, 0.7, 0.5, 0.5, 0.5, end])
    found = sweep(lambda rate: next(losses))
    assert np.isfinite(found.losses).all() and len(found.losses) == 26
    assert "broke at" in found.why


def classifier(dropout=0.5):
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Linear(6, 20), nn.BatchNorm1d(20), nn.ReLU(), nn.Dropout(dropout), nn.Linear(20, 3)
    )


def points(learnable=True):
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(128, 6, generator=generator)
    labels = x[:, :3].argmax(1) if learnable else torch.zeros(128, dtype=torch.long)
    return torch.utils.data.TensorDataset(x, labels)


def cross_entropy(model, batch):
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def everything(model, optimizer):
    return copy.deepcopy(
        (
            model.state_dict(),
            [parameter.grad for parameter in model.parameters()],
            [module.training for module in model.modules()],
            optimizer.state_dict(),
            torch.get_rng_state(),
            np.random.get_state()[1],  # noqa: NPY002
            random.getstate(),
        )
    )


@pytest.mark.parametrize("line", ["sgd", "momentum", "adagrad", "adam", "rmsprop"])
@pytest.mark.parametrize("learnable", [True, False])
def test_model_optimizer_random_numbers_and_batch_order_are_as_before(line, learnable):
    model = classifier()
    optimizer = OPTIMIZERS.make(line, groups=model.parameters(), rate=0.01)
    loader = torch.utils.data.DataLoader(
        points(learnable), batch_size=16, shuffle=True, generator=torch.Generator().manual_seed(8)
    )
    cross_entropy(model, next(iter(loader))).backward()
    optimizer.step()
    model.eval()
    before = everything(model, optimizer)
    order = torch.Generator().manual_seed(0)
    order.set_state(loader.generator.get_state())
    range_test(model, cross_entropy, loader, optimizer)
    torch.testing.assert_close(everything(model, optimizer), before, rtol=0, atol=0)
    assert torch.equal(loader.generator.get_state(), order.get_state())


@pytest.mark.parametrize("line", list(OPTIMIZERS))
def test_training_at_the_suggestion_lowers_the_loss(line):
    model, batches = classifier(dropout=0.0), list(points())
    batches = [
        [torch.stack(column) for column in zip(*batches[at : at + 16], strict=True)]
        for at in range(0, 128, 16)
    ]
    optimizer = OPTIMIZERS.make(line, groups=model.parameters(), rate=1.0)
    found = range_test(model, cross_entropy, batches, optimizer)
    optimizer = OPTIMIZERS.make(line, groups=model.parameters(), rate=found.suggestion)
    first = last = sum(cross_entropy(model, batch).item() for batch in batches) / 8
    for batch in batches * 10:
        optimizer.zero_grad()
        cross_entropy(model, batch).backward()
        optimizer.step()
    last = sum(cross_entropy(model, batch).item() for batch in batches) / 8
    assert last < 0.5 * first


def test_a_test_gives_the_same_whenever_it_is_run():
    found = []
    for _ in range(2):
        model = classifier()
        optimizer = OPTIMIZERS.make("adam", groups=model.parameters(), rate=1.0)
        torch.rand(3)  # random numbers that went elsewhere
        found.append(range_test(model, cross_entropy, [points()[:64], points()[64:]], optimizer))
    assert found[0].losses.tolist() == found[1].losses.tolist()
    assert str(found[0]) == str(found[1])


def test_where_no_weight_matters_no_rate_is_suggested():
    model = nn.Linear(2, 1)
    optimizer = OPTIMIZERS.make("sgd", groups=model.parameters(), rate=1.0)
    x = [torch.randn(8, 2) for _ in range(4)]
    found = range_test(model, lambda model, x: model(x).mean() * 0 + 1, x, optimizer)
    assert found.suggestion is None
    assert str(found) == "no descent found: the loss stayed near 1 at every rate"


def test_a_rate_that_the_sweep_bore_but_a_run_does_not_is_halved():
    curvatures = (100.0 / np.geomspace(1, 100, 8)).tolist()
    found = bowl_test(curvatures)
    swept = float(found.why.partition("at rate ")[2].partition(" ")[0]) / 3
    assert swept > 2 / 100 > found.suggestion
    assert f"30 steps at {found.suggestion:.2g} took it to" in found.why


def test_a_fall_that_no_kept_rate_repeats_is_not_suggested():
    model, calls = Bowl([1.0]), []

    def falls_by_itself(model, x):
        calls.append(x)
        value = 1 / len(calls) if len(calls) < 200 else float(len(calls))
        return 0 * model(x) + value

    optimizer = OPTIMIZERS.make("sgd", groups=model.parameters(), rate=1.0)
    found = range_test(model, falls_by_itself, [torch.zeros(1)], optimizer)
    assert found.suggestion is None
    assert found.why.startswith("no descent found: the loss fell from")
    assert "did not lower it" in found.why


def test_clipping_lets_a_test_bear_higher_rates():
    free = bowl_test([100.0])
    clipped = bowl_test([100.0], clip_norm=1.0)
    assert clipped.suggestion >= free.suggestion


def test_the_figure_marks_the_suggestion_on_a_logarithmic_axis():
    found, figure = bowl_test([10.0]), Figure()
    found.draw_on(figure)
    panel = figure.axes[0]
    assert panel.get_xscale() == "log"
    marked = [line.get_xdata() for line in panel.lines if line.get_label() == "suggestion"]
    assert marked == [[found.suggestion, found.suggestion]]
    flat = Figure()
    sweep(lambda rate: 1.0).draw_on(flat)
    assert flat.axes[0].get_title(loc="left") == "no descent found"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"low": 0.0}, "choose 0 < low < high"),
        ({"low": 1.0, "high": 0.1}, "choose 0 < low < high"),
        ({"steps": 5}, "10 steps or more"),
        ({"few": 0}, "few at least 1"),
    ],
)
def test_numbers_out_of_range_are_refused(options, text):
    with pytest.raises(SettingsError, match=text):
        bowl_test([1.0], **options)


def test_batches_that_would_be_used_up_are_refused():
    model = Bowl([1.0])
    optimizer = OPTIMIZERS.make("sgd", groups=model.parameters(), rate=1.0)
    with pytest.raises(SettingsError, match="run through again"):
        range_test(model, lambda model, x: model(x), iter([torch.zeros(1)]), optimizer)
    with pytest.raises(SettingsError, match="no batch"):
        range_test(model, lambda model, x: model(x), [], optimizer)
