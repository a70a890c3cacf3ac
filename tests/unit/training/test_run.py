"""A run on disk: what is written, what a stopped run leaves, and what cannot be resumed."""

import json
import signal
import tomllib

import pytest
import torch
from toys import Classify, Quadrants, config, network, same_bits

from gradus.core.errors import DivergenceError, ExistsError, FormatError, SettingsError
from gradus.core.storage import write_config
from gradus.core.workplace import CHECKPOINT, STATE, workplace_of
from gradus.tasks.base.weights import load_weights_, write_weights
from gradus.training.callbacks import Callback
from gradus.training.history import History
from gradus.training.loop import Training
from gradus.training.objective import Remembering
from gradus.training.run import Run


def run(model=None, *, objective=None, data=None, sanity=False, callbacks=(), dev=None, **settings):
    model = model or network()

    def write_model(folder):
        write_weights(folder, model)
        write_config(folder, kind="toy", version=1)

    chosen = config(**settings)
    return Run(
        Training(
            model,
            objective or Classify(),
            data or Quadrants(),
            chosen,
            dev=dev or Quadrants(40, seed=5),
        ),
        settings={"toy": {"hidden": 16, "nothing": None}, "training": {"rate": chosen.rate}},
        write_model=write_model,
        callbacks=callbacks,
        sanity=sanity,
    )


class InterruptAt(Callback):
    def __init__(self, step):
        self.step = step

    def after_step(self, done):
        if done.step == self.step:
            signal.raise_signal(signal.SIGINT)


def test_a_finished_run_is_a_folder_with_everything_in_it(tmp_path):
    metrics = run(tensorboard=True).to_folder(tmp_path / "m", force=False, resume=False)
    names = {path.name for path in (tmp_path / "m").iterdir()}
    assert names == {
        *("config.json", "model.safetensors", "metrics.json", "log.jsonl"),
        *("curves.png", "settings.toml", "tensorboard"),
    }
    assert json.loads((tmp_path / "m/metrics.json").read_text()) == json.loads(json.dumps(metrics))
    assert metrics["finished"]
    assert metrics["dev"]["loss"] > 0
    settings = tomllib.loads((tmp_path / "m/settings.toml").read_text())
    assert settings == {"toy": {"hidden": 16, "nothing": "none"}, "training": {"rate": 0.01}}
    assert (tmp_path / "m/curves.png").read_bytes()[:4] == b"\x89PNG"
    assert not workplace_of(tmp_path / "m").exists()
    history = History.read(tmp_path / "m")
    assert len(history.looks) == 4
    assert history.started["examples"] == 200


def test_tensorboard_reads_what_was_written(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run(tensorboard=True).to_folder(tmp_path / "m", force=False, resume=False)
    events = EventAccumulator(str(tmp_path / "m/tensorboard")).Reload()
    assert "dev/loss" in events.Tags()["scalars"]
    logged = [look["dev"]["loss"] for look in History.read(tmp_path / "m").looks]
    assert [event.value for event in events.Scalars("dev/loss")] == pytest.approx(logged)


def test_a_run_without_a_folder_gives_the_same_model(tmp_path):
    in_memory, on_disk = run(), run()
    in_memory.in_memory()
    on_disk.to_folder(tmp_path / "m", force=False, resume=False)
    assert same_bits(in_memory.training.model, on_disk.training.model)


@pytest.mark.parametrize("step", [1, 13, 30])
def test_an_interrupted_run_is_usable_and_goes_on_to_the_same_bits(tmp_path, step):
    whole = run()
    whole.in_memory()
    with pytest.raises(KeyboardInterrupt):
        run(callbacks=[InterruptAt(step)]).to_folder(tmp_path / "m", force=False, resume=False)
    load_weights_(network(), tmp_path / "m")
    assert not json.loads((tmp_path / "m/metrics.json").read_text())["finished"]
    resumed = run()
    resumed.to_folder(tmp_path / "m", force=False, resume=True)
    assert same_bits(resumed.training.model, whole.training.model)
    assert not (tmp_path / "m" / STATE).exists()
    assert [event["step"] for event in History.read(tmp_path / "m").steps] == list(range(1, 53))


class Drifting(Classify):
    """Scores are moved by what is carried from step to step: a running mean of scores."""

    def __init__(self):
        self.mean = torch.zeros(2)

    def loss(self, model, batch):
        scores = model(batch.inputs)
        loss = torch.nn.functional.cross_entropy(scores + self.mean, batch.labels)
        if model.training:
            self.mean = 0.9 * self.mean + scores.detach().mean(0)
        return loss


class Remembered(Drifting):
    """The same, and a run is told what is carried."""

    def memory(self):
        return {"mean": self.mean}

    def recall(self, memory):
        self.mean = memory["mean"]


@pytest.mark.parametrize(("objective", "step"), [(Remembered, 1), (Remembered, 30), (Drifting, 13)])
def test_what_an_objective_carries_is_resumed_if_it_is_told(tmp_path, objective, step):
    whole, stopped, resumed = (run(objective=objective(), keep_best=False) for _ in "abc")
    whole.in_memory()
    stopped.callbacks = [InterruptAt(step)]
    with pytest.raises(KeyboardInterrupt):
        stopped.to_folder(tmp_path / "m", force=False, resume=False)
    resumed.to_folder(tmp_path / "m", force=False, resume=True)
    told = isinstance(whole.training.objective, Remembering)
    assert told == (objective is Remembered)
    assert same_bits(resumed.training.model, whole.training.model) == told
    ends = (one.training.objective.mean for one in (resumed, whole))
    assert torch.equal(*ends) == told


def test_an_objective_may_have_nothing_to_carry_yet(tmp_path):
    class Empty(Remembered):
        def memory(self):
            return {}

        def recall(self, memory):
            assert memory == {}

    with pytest.raises(KeyboardInterrupt):
        run(objective=Empty(), callbacks=[InterruptAt(5)]).to_folder(
            tmp_path / "m", force=False, resume=False
        )
    run(objective=Empty()).to_folder(tmp_path / "m", force=False, resume=True)


def test_memory_of_other_names_is_no_checkpoint_of_this_run(tmp_path):
    class Other(Remembered):
        def memory(self):
            return {"median": self.mean}

    with pytest.raises(KeyboardInterrupt):
        run(objective=Other(), callbacks=[InterruptAt(5)]).to_folder(
            tmp_path / "m", force=False, resume=False
        )
    with pytest.raises(FormatError, match="no checkpoint of this run: 'mean'"):
        run(objective=Remembered()).to_folder(tmp_path / "m", force=False, resume=True)


def test_a_taken_folder_is_refused_and_replaced_when_forced(tmp_path):
    run().to_folder(tmp_path / "m", force=False, resume=False)
    with pytest.raises(ExistsError, match="--force"):
        run().to_folder(tmp_path / "m", force=False, resume=False)
    run().to_folder(tmp_path / "m", force=True, resume=False)


def test_nothing_is_resumed_where_nothing_was_stopped(tmp_path):
    with pytest.raises(SettingsError, match="no run to resume"):
        run().to_folder(tmp_path / "m", force=False, resume=True)


def test_a_run_is_not_resumed_with_other_settings_or_examples(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(callbacks=[InterruptAt(5)]).to_folder(tmp_path / "m", force=False, resume=False)
    with pytest.raises(SettingsError, match="rate"):
        run(rate=0.5).to_folder(tmp_path / "m", force=False, resume=True)
    with pytest.raises(SettingsError, match="examples"):
        run(data=Quadrants(200, seed=2)).to_folder(tmp_path / "m", force=False, resume=True)


def test_a_damaged_checkpoint_is_told_and_kept(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(callbacks=[InterruptAt(5)]).to_folder(tmp_path / "m", force=False, resume=False)
    checkpoint = tmp_path / "m" / STATE / CHECKPOINT
    checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    with pytest.raises(FormatError, match="damaged"):
        run().to_folder(tmp_path / "m", force=False, resume=True)


def test_a_diverged_run_leaves_nothing_behind(tmp_path):
    with pytest.raises(DivergenceError):
        run(optimizer="sgd", rate=100, l2=10.0, epochs=50).to_folder(
            tmp_path / "m", force=False, resume=False
        )
    assert list(tmp_path.iterdir()) == []


def test_the_sanity_check_is_logged(tmp_path):
    run(sanity=True).to_folder(tmp_path / "m", force=False, resume=False)
    sanity = History.read(tmp_path / "m").sanity
    assert sanity["passed"]
    assert sanity["last_loss"] < 0.05 * sanity["first_loss"]
