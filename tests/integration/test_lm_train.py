"""From a text to a language model and its perplexity, through the command line."""

import json

import numpy as np
import pytest
from stopped_runs import assert_killed_goes_on_alike

from gradus.tasks.lm import load_language_model

SMALL = (
    *("--dim", "12", "--hidden", "16", "--steps", "10", "--batch-size", "4"),
    *("--epochs", "4", "--rate", "0.02", "--threads", "1", "--set", "min_count=1"),
)
LAYERS = ("--layers", "1")


@pytest.fixture
def corpus(tmp_path):
    """A small language: who does what, and where."""
    rng = np.random.default_rng(1)
    who, does, where = ["the cat", "a dog", "the bird"], ["sat", "ran"], ["on the mat", "home"]
    lines = [f"{rng.choice(who)} {rng.choice(does)} {rng.choice(where)}\n" for _ in range(150)]
    (tmp_path / "train.txt").write_text("".join(lines[:120]))
    (tmp_path / "dev.txt").write_text("".join(lines[120:]))
    return tmp_path


def train(run_cli, corpus, *options, out="model"):
    words = (corpus / "train.txt", "--dev", corpus / "dev.txt", "-o", corpus / out)
    return run_cli("lm", "train", *words, *options)


def perplexity(run_cli, corpus, out="model"):
    judged = run_cli("lm", "evaluate", corpus / out, corpus / "dev.txt", "--json")
    assert judged.code == 0, judged.stderr
    return json.loads(judged.stdout)[0]


@pytest.mark.parametrize("kind", ["window", "rnn", "gru", "lstm"])
def test_every_kind_learns_a_small_language_and_is_measured_alike(run_cli, corpus, kind):
    small = SMALL if kind == "window" else (*SMALL, *LAYERS)
    made = train(run_cli, corpus, "--model", kind, *small, "--json")
    assert made.code == 0, made.stderr
    figures = json.loads(made.stdout)["dev"]
    found = perplexity(run_cli, corpus)
    # a look at the dev text reads sixteen streams side by side, each without what came before
    assert found["perplexity"] == pytest.approx(figures["perplexity"], rel=0.35)
    assert 1.2 < found["perplexity"] < 3
    assert found["line_ends"] == 30
    assert found["vocabulary"] == load_language_model(corpus / "model").facts["vocabulary"]


def test_an_ngram_model_is_made_measured_and_compared_by_characters(run_cli, corpus):
    made = train(run_cli, corpus, "--model", "ngram", "--order", "3", "--set", "min_count=1")
    assert made.code == 0, made.stderr
    assert "dev perplexity" in made.stderr
    by_word = perplexity(run_cli, corpus)
    letters = ("--model", "ngram", "--level", "char", "--order", "6")
    assert train(run_cli, corpus, *letters, out="letters").code == 0
    by_letter = perplexity(run_cli, corpus, "letters")
    assert by_word["characters"] == by_letter["characters"] == by_letter["tokens"]
    ratio = by_word["bits_per_character"] / by_letter["bits_per_character"]
    assert 0.5 < ratio < 2  # both say what a character of the same text costs


def test_what_is_counted_is_said_beside_the_figures(run_cli, corpus):
    train(run_cli, corpus, "--model", "ngram")
    told = run_cli("lm", "evaluate", corpus / "model", corpus / "dev.txt", corpus / "train.txt")
    assert "line end (<eos>)" in told.stderr
    assert "30 line ends" in told.stderr
    assert len(told.stdout.splitlines()) == 3


def test_a_cache_helps_or_is_left_out(run_cli, corpus):
    train(run_cli, corpus, *SMALL)
    words = ("lm", "evaluate", corpus / "model", corpus / "dev.txt", "--cache", corpus / "dev.txt")
    told = run_cli(*words)
    assert told.code == 0, told.stderr
    assert "--cache 2000," in told.stderr
    given = run_cli("lm", "evaluate", corpus / "model", corpus / "dev.txt", "--cache", "2000,x")
    assert given.code == 2
    assert "size,weight,sharpness" in given.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--model", "ngram", "--hidden", "9"), "hidden: not for --model ngram"),
        (("--model", "ngram", "--resume"), "for neural models"),
        (("--model", "ngram", "--order", "99"), "order=99 is out of range"),
        (("--order", "3"), "--order 3 is for --model ngram"),
        (("--window", "9"), "--window is for --model window; a lstm model"),
        (("--model", "window", "--layers", "3"), "--layers is for --model rnn and gru and lstm"),
        (("--model", "transformer"), "--model transformer is unknown"),
        (("--softmax", "soft"), "softmax 'soft' is unknown"),
        (("--softmax", "adaptive", "--no-tie"), "lie beyond the vocabulary"),
        (("--softmax", "adaptive((2,))", "--tie"), "choose tie=false"),
        (("--steps", "100000"), "fewer than the steps=100000"),
        (("--set", "curriculum=linear"), "read in its own order"),
        (("--preset", "huge"), "preset 'huge' is unknown"),
        (("--set", "color=red"), "no setting 'color'"),
        (("--level", "syllable"), "level='syllable'"),
    ],
)
def test_what_cannot_be_is_told_in_a_line_and_leaves_nothing(run_cli, corpus, options, message):
    told = train(run_cli, corpus, *options)
    assert told.code in (1, 2)  # of the data, or of the command
    assert message in told.stderr
    assert "Traceback" not in told.stderr
    assert {path.name for path in corpus.iterdir()} == {"train.txt", "dev.txt"}


def test_a_dev_text_of_another_language_is_told(run_cli, corpus):
    (corpus / "dev.txt").write_text("Dies versteht niemand\n")
    for options in (SMALL, ("--model", "ngram")):
        told = train(run_cli, corpus, *options)
        assert told.code == 1
        assert "<unk> or line ends" in told.stderr


def test_numbers_that_leave_their_range_are_told_with_step_and_tensor(run_cli, corpus):
    options = ("--optimizer", "sgd", "--rate", "100", "--model", "rnn", "--set", "activation=relu")
    told = train(
        run_cli, corpus, *SMALL, *options, "--set", "clip_norm=none", "--set", "precision=float32"
    )
    assert told.code == 1
    assert "step" in told.stderr
    assert "reader.layers.0" in told.stderr or "output" in told.stderr or "table" in told.stderr
    assert not (corpus / "model").exists()


def test_models_of_another_task_and_damaged_ones_are_told(run_cli, corpus):
    train(run_cli, corpus, *SMALL)
    config = corpus / "model" / "config.json"
    config.write_text(config.read_text().replace('"lm"', '"parser"'))
    for command in ("evaluate", "score", "memory"):
        told = run_cli("lm", command, corpus / "model", corpus / "dev.txt")
        assert told.code == 1
        assert "parser" in told.stderr


def test_a_run_that_was_killed_goes_on_to_the_same_weights(corpus):
    options = ("--epochs", "30", "--set", "checkpoint_seconds=0", "--softmax", "sampled(8)")
    words = ("lm", "train", corpus / "train.txt", "--quiet", *SMALL, *options)
    assert assert_killed_goes_on_alike(words, corpus)
