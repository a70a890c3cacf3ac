"""Skip-gram and CBOW training: what it promises about bytes, losses, interrupts and quality."""

import json

import numpy as np
import pytest

from gradus.core.errors import (
    DataError,
    DivergenceError,
    ExistsError,
    FormatError,
    SettingsError,
)
from gradus.core.progress import Silent
from gradus.gradients import check
from gradus.text.corpora import encode_corpus
from gradus.vectors import (
    CbowConfig,
    CorpusConfig,
    SkipGramConfig,
    WordVectors,
    train_cbow,
    train_skipgram,
)
from gradus.vectors.objectives import cross_entropy
from gradus.vectors.run import chosen
from gradus.vectors.word2vec import Word2VecTrainer, split_blocks

ANIMALS = ["cat", "dog", "horse", "cow", "goat"]
TOOLS = ["saw", "hammer", "drill", "file", "wrench"]


def topical_lines(lines=3000, seed=0):
    """Lines about animals or about tools: words of one topic must end up near each other."""
    rng = np.random.default_rng(seed)
    return [
        " ".join(rng.choice([*topic, "the", "a", "some"], size=8))
        for topic in (ANIMALS if pick else TOOLS for pick in rng.integers(0, 2, lines))
    ]


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "topics.txt"
    path.write_text("\n".join(topical_lines()) + "\n")
    return path


TRAINERS = [(train_skipgram, SkipGramConfig), (train_cbow, CbowConfig)]
OBJECTIVES = ["negative", "hierarchical", "softmax"]


def config_of(config, **changes):
    return config(**{"dim": 12, "epochs": 2, "threads": 1, "subsample": 0, **changes})


def separation(vectors):
    """Mean cosine within topics less that between them."""
    unit = vectors[ANIMALS + TOOLS]
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    cosines, half = unit @ unit.T, len(ANIMALS)
    within = (cosines[:half, :half].sum() + cosines[half:, half:].sum() - 2 * half) / (
        2 * half * (half - 1)
    )
    return within - cosines[:half, half:].mean()


@pytest.mark.parametrize(("train", "config"), TRAINERS)
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("threads", [1, 3])
def test_words_of_one_topic_come_together(text, train, config, objective, threads):
    settings = config_of(config, objective=objective, threads=threads, epochs=4)
    assert separation(train(text, settings)) > 0.4


@pytest.mark.parametrize(("train", "config"), TRAINERS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_same_seed_and_one_thread_give_the_same_bytes(text, tmp_path, train, config, objective):
    settings = config_of(config, objective=objective)
    for name in ("first", "second"):
        train(text, settings, folder=tmp_path / name)
    first, second = (
        (tmp_path / name / "model.safetensors").read_bytes() for name in ("first", "second")
    )
    assert first == second
    other = train(text, config_of(config, objective=objective, seed=2))
    assert not np.array_equal(other["cat"], WordVectors.load(tmp_path / "first")["cat"])


class Interrupting(Silent):
    """Progress that stands for a person who presses Ctrl-C some way into training."""

    def __init__(self, share):
        self.share, self.total, self.stage = share, 0, ""
        self.notes = []

    def start(self, stage, *, total, unit):
        self.stage, self.total = stage, total

    def update(self, done, **facts):
        if self.stage == "training" and done >= self.share * self.total:
            raise KeyboardInterrupt

    def note(self, text):
        self.notes.append(text)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_interrupted_run_is_usable_and_resumes_to_the_same_bytes(text, tmp_path, objective):
    settings = config_of(SkipGramConfig, objective=objective)
    train_skipgram(text, settings, folder=tmp_path / "whole")
    progress = Interrupting(share=0.3)
    with pytest.raises(KeyboardInterrupt):
        train_skipgram(text, settings, folder=tmp_path / "cut", progress=progress)
    assert "--resume" in progress.notes[-1]
    assert len(WordVectors.load(tmp_path / "cut")) == len(WordVectors.load(tmp_path / "whole"))
    assert not json.loads((tmp_path / "cut/metrics.json").read_text())["finished"]
    train_skipgram(text, settings, folder=tmp_path / "cut", resume=True)
    whole, cut = ((tmp_path / name) for name in ("whole", "cut"))
    assert (whole / "model.safetensors").read_bytes() == (cut / "model.safetensors").read_bytes()
    assert sorted(p.name for p in whole.iterdir()) == sorted(p.name for p in cut.iterdir())
    assert not list(tmp_path.glob(".*"))


def test_a_killed_run_resumes_from_its_last_checkpoint(text, tmp_path, monkeypatch):
    monkeypatch.setattr("gradus.vectors.run.CHECKPOINT_SECONDS", -1.0)
    settings = config_of(SkipGramConfig)
    train_skipgram(text, settings, folder=tmp_path / "whole")

    class Killed(Interrupting):
        def update(self, done, **facts):
            if self.stage == "training" and done >= self.share * self.total:
                raise OSError("the machine went away")

    with pytest.raises(OSError, match="went away"):
        train_skipgram(text, settings, folder=tmp_path / "cut", progress=Killed(0.5))
    assert not (tmp_path / "cut").exists()
    train_skipgram(text, settings, folder=tmp_path / "cut", resume=True)
    whole, cut = (tmp_path / name / "model.safetensors" for name in ("whole", "cut"))
    assert whole.read_bytes() == cut.read_bytes()


def cut_run(text, folder, share=0.3):
    """A run that was interrupted some way into training."""
    with pytest.raises(KeyboardInterrupt):
        train_skipgram(text, config_of(SkipGramConfig), folder=folder, progress=Interrupting(share))


@pytest.mark.parametrize("name", ["checkpoint.safetensors", "corpus/ids.bin"])
def test_a_run_that_cannot_be_resumed_stays_as_it_is(text, tmp_path, name):
    cut_run(text, tmp_path / "cut")
    damaged = tmp_path / "cut/state" / name
    damaged.write_bytes(damaged.read_bytes()[:100])
    with pytest.raises(FormatError, match="damaged"):
        train_skipgram(text, config_of(SkipGramConfig), folder=tmp_path / "cut", resume=True)
    assert "cat" in WordVectors.load(tmp_path / "cut")
    assert not list(tmp_path.glob(".*"))


def test_a_resumed_run_that_is_interrupted_at_once_loses_nothing(text, tmp_path):
    cut_run(text, tmp_path / "cut")
    before = (tmp_path / "cut/state/checkpoint.safetensors").read_bytes()

    class AtOnce(Interrupting):
        def start(self, stage, *, total, unit):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_skipgram(
            text,
            config_of(SkipGramConfig),
            folder=tmp_path / "cut",
            resume=True,
            progress=AtOnce(0),
        )
    assert (tmp_path / "cut/state/checkpoint.safetensors").read_bytes() == before
    assert "cat" in WordVectors.load(tmp_path / "cut")


def test_resume_refuses_another_corpus(text, tmp_path):
    cut_run(text, tmp_path / "cut")
    other = tmp_path / "other.txt"
    other.write_text("some other text\n")
    with pytest.raises(SettingsError, match=r"other\.txt.*but the run has corpus"):
        train_skipgram(other, config_of(SkipGramConfig), folder=tmp_path / "cut", resume=True)


def test_two_runs_do_not_share_a_folder(text, tmp_path):
    refused = []

    class Second(Silent):
        def start(self, stage, *, total, unit):
            if stage == "training" and not refused:
                with pytest.raises(ExistsError, match="another run is training"):
                    train_skipgram(text, config_of(SkipGramConfig), folder=tmp_path / "run")
                refused.append(True)

    train_skipgram(text, config_of(SkipGramConfig), folder=tmp_path / "run", progress=Second())
    assert refused
    assert len(WordVectors.load(tmp_path / "run")) == 13


def test_a_killed_run_is_not_started_over_by_accident(text, tmp_path, monkeypatch):
    monkeypatch.setattr("gradus.vectors.run.CHECKPOINT_SECONDS", -1.0)

    class Killed(Interrupting):
        def update(self, done, **facts):
            if self.stage == "training" and done >= self.share * self.total:
                raise OSError("the machine went away")

    with pytest.raises(OSError, match="went away"):
        train_skipgram(
            text, config_of(SkipGramConfig), folder=tmp_path / "run", progress=Killed(0.5)
        )
    with pytest.raises(ExistsError, match="can go on with --resume"):
        train_skipgram(text, config_of(SkipGramConfig), folder=tmp_path / "run")
    train_skipgram(text, config_of(SkipGramConfig), folder=tmp_path / "run", force=True)
    assert not list(tmp_path.glob(".*"))


def test_a_link_is_written_through(text, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    train_skipgram(text, config_of(SkipGramConfig), folder=tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert len(WordVectors.load(tmp_path / "real")) == 13


def test_settings_of_another_model_are_refused():
    assert chosen(None, CbowConfig) == CbowConfig()
    with pytest.raises(SettingsError, match="expected SkipGramConfig, found CbowConfig"):
        chosen(CbowConfig(), SkipGramConfig)


def test_resume_refuses_other_settings_and_runs_that_are_not_there(text, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train_skipgram(
            text, config_of(SkipGramConfig), folder=tmp_path / "cut", progress=Interrupting(0.3)
        )
    with pytest.raises(SettingsError, match="dim=13 but the run has dim=12"):
        train_skipgram(
            text, config_of(SkipGramConfig, dim=13), folder=tmp_path / "cut", resume=True
        )
    with pytest.raises(SettingsError, match="no run to resume"):
        train_skipgram(text, folder=tmp_path / "nowhere", resume=True)
    with pytest.raises(SettingsError, match="needs the folder"):
        train_skipgram(text, resume=True)


@pytest.mark.parametrize("cbow", [False, True])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_held_out_loss_is_the_same_at_any_thread_count_and_equals_a_plain_sum(
    text, tmp_path, objective, cbow
):
    corpus = encode_corpus(text, tmp_path, min_count=1)
    trainers = [
        Word2VecTrainer(
            corpus,
            config_of(SkipGramConfig, objective=objective, threads=threads, holdout=0.05),
            cbow=cbow,
        )
        for threads in (1, 2, 5)
    ]
    for trainer in trainers:
        rng = np.random.default_rng(3)
        for matrix in (trainer.model.inputs, trainer.objective.outputs):
            matrix.values[:] = rng.normal(size=matrix.values.shape)
    losses = [trainer.held_out_loss() for trainer in trainers]
    assert losses[0] == losses[1] == losses[2]
    assert losses[0] == pytest.approx(plain_loss(trainers[0], cbow), rel=1e-9)


def plain_loss(trainer, cbow):
    """The mean objective per example, one example at a time in float64."""
    held_out, objective = trainer.held_out, trainer.objective
    v = trainer.model.inputs.values.astype(float)
    u = objective.outputs.values.astype(float)
    if trainer.config.objective != "softmax":
        offsets, rows, targets = objective._outputs(held_out.centres)
    losses = []
    for i, centre in enumerate(held_out.centres):
        contexts = held_out.contexts[held_out.offsets[i] : held_out.offsets[i + 1]]
        for hidden in [v[contexts].mean(axis=0)] if cbow else v[contexts]:
            if trainer.config.objective == "softmax":
                losses.append(np.logaddexp.reduce(u @ hidden) - u[centre] @ hidden)
                continue
            own = slice(offsets[i], offsets[i + 1])
            x = (2 * targets[own] - 1) * (u[rows[own]] @ hidden)
            losses.append(np.logaddexp(0, -x).sum())
    return np.mean(losses)


def test_losses_fall_and_are_logged(text, tmp_path):
    train_skipgram(text, config_of(SkipGramConfig), folder=tmp_path / "run")
    events = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    measured = [event for event in events if event["event"] == "measured"]
    assert measured[0]["held_out_loss"] == pytest.approx(6 * np.log(2), rel=0.1)
    assert measured[-1]["held_out_loss"] < measured[0]["held_out_loss"]
    assert measured[-1]["training_loss"] < measured[1]["training_loss"]
    assert measured[-1]["share"] == 1.0


def test_cross_entropy_gradient_equals_central_differences():
    rng = np.random.default_rng(0)
    logits, gold = rng.normal(size=(3, 5)), np.array([4, 0, 2], np.int32)

    def cost(logits):
        losses, gradient = cross_entropy(logits, gold)
        return losses.sum(), {"logits": gradient}

    check(cost, {"logits": logits}).raise_if_wrong()


@pytest.mark.parametrize(("train", "config"), TRAINERS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_divergence_stops_the_run_and_leaves_nothing(text, tmp_path, train, config, objective):
    settings = config_of(config, objective=objective, rate=10, epochs=50, falling_rate=False)
    with pytest.raises(DivergenceError, match="lower the rate, now 10"):
        train(text, settings, folder=tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_bad_input_is_named_and_leaves_nothing(text, tmp_path):
    with pytest.raises(DataError, match=r"missing\.txt"):
        train_skipgram(tmp_path / "missing.txt", folder=tmp_path / "run")
    with pytest.raises(DataError, match="two or more"):
        train_skipgram(
            iter(["word " * 20]), folder=tmp_path / "run", reading=CorpusConfig(min_count=1)
        )
    assert not list(tmp_path.iterdir())
    with pytest.raises(SettingsError, match=r"window=0 is out of range"):
        SkipGramConfig(window=0)
    train_skipgram(text, config_of(SkipGramConfig), folder=tmp_path / "run")
    with pytest.raises(ExistsError, match="--force"):
        train_skipgram(text, config_of(SkipGramConfig), folder=tmp_path / "run")
    train_skipgram(text, config_of(SkipGramConfig), folder=tmp_path / "run", force=True)


def test_a_full_disk_is_one_clear_error(text):
    from gradus.core.errors import GradusError

    with pytest.raises(GradusError):
        train_skipgram(text, config_of(SkipGramConfig), folder="/dev/full/run")


@pytest.mark.parametrize("count", [1, 2, 3, 10, 400])
@pytest.mark.parametrize("holdout", [0, 0.01, 0.5])
def test_split_keeps_every_block_once(count, holdout):
    ends = np.arange(1, count + 1) * 7
    blocks = np.stack([ends - 7, ends], axis=1)
    held_out, trained = split_blocks(blocks, holdout)
    assert len(trained) >= 1
    assert len(held_out) <= max(1, round(0.5 * count))
    assert (len(held_out) == 0) == (holdout == 0 or count == 1)
    together = np.concatenate([held_out, trained])
    assert sorted(map(tuple, together.tolist())) == sorted(map(tuple, blocks.tolist()))
