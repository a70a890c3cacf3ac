"""A neural language model: one probability for every token, whichever way it is asked."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from stopped_runs import Stopper

from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.tasks.lm.dataset import Windows
from gradus.tasks.lm.loading import load_language_model
from gradus.tasks.lm.neural import NeuralLanguageModel
from gradus.tasks.lm.settings import LanguageModelConfig
from gradus.tasks.lm.spelling import Spelling
from gradus.tasks.lm.training import known_text, train_language_model
from gradus.training import TrainingConfig

LINES = ["the cat sat on the mat", "a dog ran", "the dog sat", "a cat ran on a mat"] * 6
KINDS = {
    "window": LanguageModelConfig(model="window", dim=6, hidden=5, window=3),
    "rnn": LanguageModelConfig(model="rnn", dim=6, hidden=5),
    "sigmoid": LanguageModelConfig(model="rnn", dim=6, hidden=5, activation="sigmoid"),
    "gru": LanguageModelConfig(model="gru", dim=6, hidden=5, layers=1),
    "lstm": LanguageModelConfig(dim=6, hidden=5),
    "tied": LanguageModelConfig(dim=6, hidden=5, tie=True, softmax="sampled(6)"),
    "adaptive": LanguageModelConfig(dim=6, hidden=5, softmax="adaptive((4,))"),
    "contrastive": LanguageModelConfig(
        dim=6, hidden=5, softmax="contrastive(8, 'negative_sampling')"
    ),
}
TRAINING = TrainingConfig(epochs=2, batch_size=3, rate=0.01, threads=1, clip_norm=1.0)


@pytest.fixture(params=KINDS)
def model(request):
    torch.manual_seed(5)
    config = replace(KINDS[request.param], documents="line", steps=4)
    spelling, _ = Spelling.learn(iter(LINES), min_count=1, documents="line")
    return NeuralLanguageModel(config, spelling)


def step_by_step(model, text):
    """Surprisals from the distribution before each token, document by document."""
    found = []
    for start, end in zip(text.bounds, text.bounds[1:], strict=False):
        state = model.begin(1)
        for token in text.ids[start:end]:
            log_p = model.log_probabilities(state)[0]
            assert np.exp(log_p).sum() == pytest.approx(1, abs=1e-5)
            found.append(-log_p[token])
            state = model.advance(state, np.array([token]))
    return np.array(found)


def test_scores_of_a_text_are_those_of_one_step_after_the_other(model):
    text = model.spelling.encode(iter([*LINES[:4], "the gnu sat"]))
    np.testing.assert_allclose(model.surprisals(text), step_by_step(model, text), atol=2e-5)


def test_long_documents_are_scored_across_stretches():
    torch.manual_seed(5)
    lines = [" ".join(LINES)] * 3
    spelling, text = Spelling.learn(iter(lines), min_count=1)
    model = NeuralLanguageModel(replace(KINDS["lstm"], layers=2), spelling)
    assert len(text) > 256
    np.testing.assert_allclose(model.surprisals(text), step_by_step(model, text), atol=3e-5)


def test_documents_do_not_know_each_other(model):
    alone = [model.surprisals(model.spelling.encode(iter([line]))) for line in LINES[:4]]
    together = model.surprisals(model.spelling.encode(iter(LINES[:4])))
    np.testing.assert_allclose(np.concatenate(alone), together, atol=2e-5)


def test_streams_of_a_dev_text_carry_what_they_know():
    torch.manual_seed(5)
    spelling, text = Spelling.learn(iter(LINES), min_count=1)
    model = NeuralLanguageModel(KINDS["gru"], spelling)
    model.model.eval()
    with torch.no_grad():
        one = model.evaluate(model.model, Windows(text, streams=1, steps=7))
    assert one["loss"] == pytest.approx(float(model.surprisals(text).mean()), abs=1e-5)


def test_a_run_reads_its_text_in_order_and_carries_states_without_gradients():
    torch.manual_seed(5)
    spelling, text = Spelling.learn(iter(LINES), min_count=1)
    plain = replace(KINDS["lstm"], input_dropout=0.0, hidden_dropout=0.0, output_dropout=0.0)
    model = NeuralLanguageModel(plain, spelling)
    windows = Windows(text, streams=1, steps=6)
    with torch.no_grad():
        losses = []
        for step in range(len(windows.sizes)):
            batch = windows.batch(np.array([step]))
            losses.append(model.loss(model.model, batch).item() * model.weight(batch))
    assert sum(losses) / len(text) == pytest.approx(float(model.surprisals(text).mean()), abs=1e-5)
    assert all(not kept.requires_grad for kept in model.memory().values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns_by_heart_and_is_the_same_after_loading(kind, tmp_path):
    config = replace(
        KINDS[kind], dim=16, hidden=16, steps=8, min_count=1, documents="line",
        input_dropout=0.0, hidden_dropout=0.0, output_dropout=0.0,
    )  # fmt: skip
    training = replace(TRAINING, epochs=60, rate=0.02, optimizer="adam")
    made = train_language_model(
        iter(LINES), config=config, training=training, folder=tmp_path / "m"
    )
    # after "the", "a" and their nouns the four lines branch; nothing more can be known
    best = train_free_entropy()
    found = made.perplexity(iter(LINES))
    # noise teaches a vocabulary of ten words less well
    assert found.nats / found.tokens < best * (2.5 if kind == "contrastive" else 1.35)
    loaded = load_language_model(tmp_path / "m")
    text = made.spelling.encode(iter(LINES))
    assert np.array_equal(made.surprisals(text), loaded.surprisals(text))


def train_free_entropy():
    """Nats a token of the best model of the four lines: only the first words and animals vary."""
    lines = [[*line.split(), "<eos>"] for line in LINES]
    nats = 0.0
    for line in lines:
        for place, token in enumerate(line):
            same = [other for other in lines if other[:place] == line[:place]]
            nats -= np.log(sum(other[place] == token for other in same) / len(same))
    return nats / sum(map(len, lines))


def train(seed=1, **more):
    config = replace(KINDS["lstm"], steps=5, min_count=1)
    training = replace(TRAINING, seed=seed)
    return train_language_model(iter(LINES), config=config, training=training, **more)


def weights(model):
    return b"".join(value.numpy().tobytes() for value in model.model.state_dict().values())


def test_the_same_seed_gives_the_same_model():
    assert weights(train()) == weights(train())
    assert weights(train()) != weights(train(seed=2))


@pytest.mark.parametrize("step", [3, 9, 14])
def test_a_resumed_run_carries_on_to_the_same_bits(tmp_path, step, monkeypatch):
    config = replace(KINDS["lstm"], steps=5, min_count=1, documents="blank")
    training = replace(TRAINING, checkpoint_seconds=0, average="triggered(0)")
    lines = [*LINES[:10], "", *LINES[10:]]
    more = {"config": config, "training": training, "dev": iter(LINES[:3])}
    monkeypatch.setattr("gradus.training.run.CHECKPOINT_PAUSE", 0.0)
    whole = train_language_model(iter(lines), folder=tmp_path / "whole", **more)
    more["dev"] = iter(LINES[:3])
    with pytest.raises(KeyboardInterrupt):
        train_language_model(iter(lines), folder=tmp_path / "m", callbacks=[Stopper(step)], **more)
    more["dev"] = iter(LINES[:3])
    resumed = train_language_model(iter(lines), folder=tmp_path / "m", resume=True, **more)
    assert weights(whole) == weights(resumed)
    assert resumed.metrics["dev"] == whole.metrics["dev"]


def test_parts_of_a_batch_may_meet_streams_that_are_not_there_yet():
    config = replace(KINDS["gru"], steps=5, min_count=1)
    training = replace(TRAINING, batch_size=16, accumulate=3)
    made = train_language_model(iter(LINES[:5]), config=config, training=training)
    assert made.metrics["finished"]


def test_texts_that_nothing_can_be_learnt_from_are_told(tmp_path):
    with pytest.raises(DataError, match="fewer than the steps=35"):
        train_language_model(iter(["a b a b"]), config=LanguageModelConfig())
    spelling, _ = Spelling.learn(iter(LINES))
    with pytest.raises(DataError, match="are <unk> or line ends"):
        known_text(iter(["ein Hund", "Katze"]), spelling)
    with pytest.raises(SettingsError, match="own order"):
        train(folder=None) and train_language_model(
            iter(LINES), training=replace(TRAINING, curriculum="linear")
        )


def test_a_vocabulary_too_large_for_memory_is_told_with_its_size(monkeypatch):
    monkeypatch.setattr("gradus.tasks.lm.footprint.free_memory", lambda: 1000)
    with pytest.raises(SettingsError, match=r"vocabulary of 10 tokens .* GB are free"):
        train()


def test_folders_of_another_family_and_damaged_ones_are_told(tmp_path):
    made = train(folder=tmp_path / "m")
    config = tmp_path / "m" / "config.json"
    text = config.read_text()
    config.write_text(text.replace('"neural"', '"ngram"'))
    with pytest.raises(FormatError, match="ngram language model, not a neural one"):
        NeuralLanguageModel.load(tmp_path / "m")
    config.write_text(text.replace('"family": "neural"', '"family": "other"'))
    with pytest.raises(FormatError, match="names no family"):
        load_language_model(tmp_path / "m")
    config.write_text(text.replace('"dim": 6', '"dim": 7'))
    with pytest.raises(FormatError, match=r"settings ask for 20x7"):
        load_language_model(tmp_path / "m")
    assert made.facts["vocabulary"] == 10


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model": "window", "tie": True, "dim": 3, "hidden": 4}, "set hidden=3"),
        ({"activation": "relu"}, "has its own functions"),
        ({"model": "transformer"}, "window"),
        ({"max_vocab": 2}, "max_vocab=2"),
    ],
)
def test_settings_that_contradict_are_told(values, message):
    with pytest.raises(SettingsError, match=message):
        LanguageModelConfig(**values)
