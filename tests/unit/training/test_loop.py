"""The loop: it does what a hand-written one does, stops and goes on, and is watched unchanged."""

import numpy as np
import pytest
import torch
from torch import nn
from toys import Classify, Quadrants, config, network, same_bits, weights

from gradus.core.errors import DivergenceError, MemoryLimitError, SettingsError
from gradus.core.runlog import RunLog
from gradus.training.callbacks import Callback, Callbacks, Recorder
from gradus.training.loop import Training
from gradus.training.probes import LayerProbe, UnitProbe
from gradus.training.resume import restore_training_, save_training


def training(model=None, *, data=None, dev=None, order=None, objective=None, **settings):
    return Training(
        model or network(),
        objective or Classify(),
        data or Quadrants(),
        config(**settings),
        dev=dev,
        order=order,
    )


class Stop(Exception):
    pass


def test_it_takes_the_steps_of_a_loop_written_by_hand():
    ours = training(network(dropout=0.0), optimizer="sgd", rate=0.1)
    ours.run()

    model, data, objective = network(dropout=0.0), Quadrants(), Classify()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(1, 5):
        for indices in ours.batches.plan(epoch):
            optimizer.zero_grad()
            objective.loss(model, data.batch(indices)).backward()
            optimizer.step()
    for name, value in weights(model).items():
        np.testing.assert_allclose(weights(ours.model)[name], value, rtol=1e-6, err_msg=name)


def test_parts_of_a_batch_add_up_to_its_step():
    whole, parts = (
        training(network(dropout=0.0), accumulate=accumulate, optimizer="sgd", rate=0.1)
        for accumulate in (1, 3)
    )
    for one in (whole, parts):
        one.run()
    for name, value in weights(whole.model).items():
        np.testing.assert_allclose(weights(parts.model)[name], value, rtol=1e-4, atol=1e-6)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    models = [training(seed=seed) for seed in (3, 3, 4)]
    for one in models:
        one.run()
    assert same_bits(models[0].model, models[1].model)
    assert not same_bits(models[0].model, models[2].model)


def test_the_random_numbers_of_the_caller_are_left_alone():
    one = training()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one.run()
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "sgd"},
        {"optimizer": "adamw", "weight_decay": 0.1, "schedule": "cosine", "warmup": 0.2},
        {"optimizer": "nesterov", "clip_norm": 0.5, "l2": 1e-3, "l1": 1e-4, "max_norm": 1.0},
        {"optimizer": "adam", "schedule": "plateau(patience=0)", "average": "ema(0.9)"},
        {"optimizer": "adagrad", "accumulate": 2, "evaluate_every": 0.5, "metric": "accuracy"},
        {"optimizer": "rmsprop", "average": "tail(0.5)", "patience": 3},
    ],
    ids=lambda settings: "-".join(settings),
)
@pytest.mark.parametrize("stop", [1, 13, 20, 51])
def test_a_run_that_was_stopped_goes_on_to_the_same_bits(tmp_path, settings, stop):
    dev = Quadrants(60, seed=9)
    whole, first, second = (training(dev=dev, **settings) for _ in range(3))
    whole.run()

    def between():
        if first.place.step == stop:
            save_training(first, tmp_path / "checkpoint")
            raise Stop

    with pytest.raises(Stop):
        first.run(between=between)
    restore_training_(second, tmp_path / "checkpoint")
    second.run()
    assert second.place == whole.place
    assert same_bits(second.model, whole.model)
    assert second.best.state() == whole.best.state()


def test_probes_and_records_leave_no_trace_in_the_result(tmp_path):
    plain, watched = training(), training()
    plain.run()
    probes = (LayerProbe(1), UnitProbe(1))
    watched.run(Callbacks([*probes, Recorder(RunLog(tmp_path), 1, probes)]))
    assert same_bits(plain.model, watched.model)
    events = RunLog(tmp_path).read()
    assert [event["step"] for event in events if event["event"] == "step"] == list(range(1, 53))
    layers = events[0]["layers"]
    assert set(layers) == {"0", "3"}
    assert all(layer["grad_norm"] > 0 and layer["update_ratio"] > 0 for layer in layers.values())
    assert 0 <= events[0]["units"]["1"]["saturated"] <= 1


def test_the_logged_gradient_norm_is_that_of_all_layers(tmp_path):
    one = training(observe=1000)
    probe = LayerProbe(1)
    one.run(Callbacks([probe, Recorder(RunLog(tmp_path), 1, [probe])]))
    for event in RunLog(tmp_path).read():
        if event["event"] == "step":
            norms = [layer["grad_norm"] for layer in event["layers"].values()]
            assert event["grad_norm"] == pytest.approx(np.linalg.norm(norms), rel=1e-4)


def test_the_model_that_was_best_on_the_dev_set_is_kept():
    one = training(network(hidden=64, dropout=0.0), dev=Quadrants(50, seed=7), epochs=30, rate=0.1)
    one.run()
    figures = one.objective.evaluate(one.model, one.dev)
    assert figures["loss"] == pytest.approx(one.best.value, rel=1e-6)
    assert one.best.step < one.place.step


def test_patience_ends_a_run_early():
    one = training(dev=Quadrants(50, seed=7), epochs=300, rate=0.3, patience=2)
    one.run()
    assert one.place.step < one.steps
    assert one.best.waited == 2


def test_a_figure_that_is_not_measured_is_told_at_the_first_look():
    with pytest.raises(SettingsError, match="the figures are loss, accuracy"):
        training(dev=Quadrants(20), metric="bleu").run()


def test_looks_come_as_often_as_asked():
    class Looks(Callback):
        def __init__(self):
            self.epochs = []

        def after_look(self, look):
            self.epochs.append(round(look.epoch, 2))

    watch = Looks()
    training(dev=Quadrants(20), epochs=2, evaluate_every=0.5, batch_size=10).run(watch)
    assert watch.epochs == [0.5, 1.0, 1.5, 2.0]


def test_clipping_keeps_every_step_within_its_length():
    class Lengths(Callback):
        def __init__(self, model):
            self.model, self.before, self.lengths = model, None, []

        def before_step(self, step):
            self.before = weights(self.model)

        def after_step(self, done):
            after = weights(self.model)
            moved = [np.linalg.norm(after[name] - self.before[name]) for name in after]
            self.lengths.append(np.linalg.norm(moved))

    one = training(optimizer="sgd", rate=2.0, clip_norm=0.05)
    watch = Lengths(one.model)
    one.run(watch)
    assert max(watch.lengths) <= 2.0 * 0.05 * (1 + 1e-5)


def test_penalties_spare_biases():
    class Nothing(Classify):
        def loss(self, model, batch):
            return 0.0 * super().loss(model, batch)

    one = training(objective=Nothing(), optimizer="sgd", l2=0.5, rate=0.1, epochs=1)
    with torch.no_grad():
        one.model[0].bias.fill_(1.0)
    before = weights(one.model)
    one.run()
    after = weights(one.model)
    np.testing.assert_array_equal(after["0.bias"], before["0.bias"])
    # each step multiplies a weight by 1 - rate · 2 · l2
    np.testing.assert_allclose(after["0.weight"], before["0.weight"] * 0.9**13, rtol=1e-4)


class Broken(nn.Module):
    """Gives NaN from its ``calls``-th call on."""

    def __init__(self, calls):
        super().__init__()
        self.left = calls

    def forward(self, x):
        self.left -= 1
        return x if self.left > 0 else x * float("nan")


def test_numbers_that_leave_the_finite_range_name_the_layer_and_the_step():
    model = nn.Sequential(nn.Linear(4, 8), nn.Sequential(nn.Tanh(), Broken(5)), nn.Linear(8, 2))
    with pytest.raises(DivergenceError, match=r"nan at step 5: layer 1\.1 \(Broken\) gives NaN"):
        training(model).run()


def test_an_exploded_parameter_is_named():
    deep = nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2)
    )
    with pytest.raises(DivergenceError, match=r"at step \d+.*lower the rate, now 100"):
        training(deep, optimizer="sgd", rate=100, epochs=50).run()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_batch_that_does_not_fit_gets_a_size_to_try(error):
    class Hungry(Classify):
        def loss(self, model, batch):
            raise error

    with pytest.raises(MemoryLimitError, match=r"batches of 16 examples.*try batch_size=8"):
        training(objective=Hungry()).run()


def test_other_errors_pass_as_they_are():
    class Wrong(Classify):
        def loss(self, model, batch):
            raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        training(objective=Wrong()).run()
