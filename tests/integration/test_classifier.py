"""From labelled texts to a saved classifier and back, through the command line."""

import gzip
import json
import random
import re
import time

import numpy as np
import pytest
from stopped_runs import Stopper, assert_killed_goes_on_alike, start

from gradus.core.errors import SettingsError
from gradus.core.storage import map_tensors
from gradus.core.workplace import CHECKPOINT, STATE, workplace_of
from gradus.tasks.classification import Classifier, train_classifier
from gradus.training import TrainingConfig

GOOD = ["a fine film", "wonderful acting", "i loved it", "great fun for all", "a true delight"]
BAD = ["a dull film", "terrible acting", "i hated it", "no fun for anyone", "a true bore"]


def rows(copies=8, seed=1):
    """Texts that say clearly what they mean, in random order."""
    chosen = random.Random(seed)
    found = [("pos", text) for text in GOOD] + [("neg", text) for text in BAD]
    found = [(label, f"{text} {chosen.randint(1, 5)}") for label, text in found * copies]
    chosen.shuffle(found)
    return found


@pytest.fixture
def tsv(tmp_path):
    path = tmp_path / "reviews.tsv"
    path.write_text("".join(f"{label}\t{text}\n" for label, text in rows()))
    return path


@pytest.fixture(scope="session")
def movie_reviews(data_folder, tmp_path_factory):
    """Sentences of the MR data as TSV files: 2,000 to train on, 500 to score."""
    folder = tmp_path_factory.mktemp("mr")
    lines = [
        f"{label}\t{text.strip()}\n"
        for label in ("neg", "pos")
        for text in (data_folder / "sentiment" / "mr" / f"rt-polarity.{label}")
        .read_text(encoding="utf-8")
        .splitlines()[:1250]
    ]
    random.Random(1).shuffle(lines)
    (folder / "train.tsv").write_text("".join(lines[:2000]), encoding="utf-8")
    (folder / "test.tsv").write_text("".join(lines[2000:]), encoding="utf-8")
    return folder


def test_a_model_learns_real_sentences_and_says_so(run_cli, movie_reviews, tmp_path):
    model = tmp_path / "model"
    trained = run_cli("classifier", "train", movie_reviews / "train.tsv", "-o", model, "--json")
    assert trained.code == 0, trained.stderr
    assert json.loads(trained.stdout)["dev"]["accuracy"] > 0.6
    judged = run_cli("classifier", "evaluate", model, movie_reviews / "test.tsv", "--json")
    report = json.loads(judged.stdout)
    assert report["examples"] == 500
    assert report["accuracy"] > 0.68
    assert len(report["most_wrong"]) == 5
    assert {path.name for path in model.iterdir()} == {
        *("config.json", "model.safetensors", "ngrams.safetensors", "vocabulary.txt"),
        *("metrics.json", "log.jsonl", "curves.png", "settings.toml"),
    }


@pytest.mark.parametrize(
    "encoder",
    ["average", "cnn(20)", "rnn(16)", "gru(16)", "lstm(16, bidirectional=True, pooling='max')"],
)
def test_every_encoder_learns_and_answers_alike_after_loading(run_cli, tsv, tmp_path, encoder):
    model = tmp_path / "model"
    trained = run_cli(
        *("classifier", "train", tsv, "-o", model, "--encoder", encoder, "--ngrams", 0),
        *("--set", "vectors=none", "--dim", 16, "--epochs", 12, "--rate", 0.02, "--json"),
    )
    assert trained.code == 0, trained.stderr
    judged = run_cli("classifier", "evaluate", model, tsv, "--json")
    assert json.loads(judged.stdout)["accuracy"] > 0.9
    once, again = (Classifier.load(model).probabilities(["a fine film"]) for _ in range(2))
    assert once.tobytes() == again.tobytes()


def test_predictions_come_from_arguments_files_and_pipes_alike(run_cli, tsv, tmp_path):
    model = tmp_path / "model"
    run_cli("classifier", "train", tsv, "-o", model, "--quiet")
    texts = ["wonderful acting", "a terrible bore"]
    (tmp_path / "texts.txt").write_text("\n".join(texts) + "\n")
    given = run_cli("classifier", "predict", model, *texts)
    read = run_cli("classifier", "predict", model, "--file", tmp_path / "texts.txt")
    piped = run_cli("classifier", "predict", model, "--file", "-", stdin="\n".join(texts))
    assert given.stdout == read.stdout == piped.stdout
    assert [line.split("\t")[0] for line in given.stdout.splitlines()] == ["pos", "neg"]
    answer = run_cli("classifier", "predict", model, texts[0], "-n", 2, "--json")
    labels = json.loads(answer.stdout)["labels"]
    assert [guess["label"] for guess in labels] == ["pos", "neg"]
    assert sum(guess["probability"] for guess in labels) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("ending", ["jsonl", "csv", "fasttext", "tsv.gz"])
def test_every_format_gives_the_same_model(run_cli, tsv, tmp_path, ending):
    path = tmp_path / f"reviews.{ending}"
    write = {
        "jsonl": lambda label, text: json.dumps({"text": text, "label": label}) + "\n",
        "csv": lambda label, text: f'"{text}",{label}\n',
        "fasttext": lambda label, text: f"__label__{label} {text}\n",
        "tsv.gz": lambda label, text: f"{label}\t{text}\n",
    }[ending]
    content = ("text,label\n" if ending == "csv" else "") + "".join(
        write(label, text) for label, text in rows()
    )
    if ending == "tsv.gz":
        path.write_bytes(gzip.compress(content.encode()))
    else:
        path.write_text(content)
    for source, model in ((tsv, "a"), (path, "b")):
        named = ["--format", "fasttext"] if source.suffix == ".fasttext" else []
        trained = run_cli("classifier", "train", source, "-o", tmp_path / model, "--quiet", *named)
        assert trained.code == 0, trained.stderr
    first, second = (map_tensors(tmp_path / model / "model.safetensors") for model in "ab")
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_settings_come_from_file_options_and_assignments(run_cli, tsv, tmp_path):
    run_cli("classifier", "train", tsv, "-o", tmp_path / "a", "--quiet", "--epochs", 3)
    trained = run_cli(
        *("classifier", "train", tsv, "-o", tmp_path / "b", "--quiet"),
        *("--settings", tmp_path / "a" / "settings.toml", "--rate", 0.25, "--set", "seed=7"),
    )
    assert trained.code == 0, trained.stderr
    settings = (tmp_path / "b" / "settings.toml").read_text()
    assert "epochs = 3" in settings
    assert "rate = 0.25" in settings
    assert "seed = 7" in settings


def test_the_settings_of_a_run_give_the_same_run_again(run_cli, tsv, tmp_path):
    a, b = (tmp_path / name for name in "ab")
    chosen = ("--encoder", "average", "--set", "vectors=none", "--dim", 8, "--epochs", 2)
    first = run_cli("classifier", "train", tsv, "-o", a, "--quiet", *chosen)
    again = ("--settings", a / "settings.toml", "--preset", "accurate")
    second = run_cli("classifier", "train", tsv, "-o", b, "--quiet", *again)
    assert (first.code, second.code) == (0, 0), second.stderr
    for name in ("settings.toml", "model.safetensors"):
        assert (a / name).read_bytes() == (b / name).read_bytes()


def test_resuming_with_other_texts_tells_how_they_differ(run_cli, tsv, tmp_path):
    model = tmp_path / "model"
    given = {"folder": model, "training": TrainingConfig(checkpoint_seconds=0, batch_size=4)}
    with pytest.raises(KeyboardInterrupt):
        train_classifier(tsv, callbacks=[Stopper(2)], **given)
    with pytest.raises(SettingsError, match=r"dev='\d+ examples with checksum .* the run has dev="):
        train_classifier(tsv, dev_share=0.4, resume=True, **given)


def test_snapshots_of_a_run_answer_as_one(run_cli, tsv, tmp_path):
    model = tmp_path / "model"
    run_cli(
        *("classifier", "train", tsv, "-o", model, "--quiet", "--epochs", 6),
        *("--set", "snapshots=3", "--set", "schedule=cycles(3)"),
    )
    assert len(list((model / "snapshots").iterdir())) == 3
    judged = run_cli("classifier", "evaluate", model, tsv, "--snapshots", "--json")
    assert json.loads(judged.stdout)["accuracy"] == 1.0


def test_augmented_texts_are_learnt_and_the_same_seed_gives_the_same_model(run_cli, tsv, tmp_path):
    for name in "ab":
        trained = run_cli(
            *("classifier", "train", tsv, "-o", tmp_path / name, "--quiet", "--preset", "accurate"),
            *("--encoder", "average", "--dim", 16, "--curriculum", "root", "--epochs", 4),
            *("--set", "augment=['word_dropout(0.2)', 'swap', 'synonym(0.2)']"),
        )
        assert trained.code == 0, trained.stderr
    first, second = (map_tensors(tmp_path / name / "model.safetensors") for name in "ab")
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


BAD_FILES = {
    "no tab here\n": "line 1",
    "pos\tfine\n\tdull\n": "line 2.*label is missing",
    "pos\tfine\nneg\t \n": "line 2.*text is empty",
    "pos\tfine\npos\tgreat\n": "all 2 examples have the label 'pos'",
    "": "no examples",
}


@pytest.mark.parametrize("content", BAD_FILES)
def test_bad_training_files_are_told_by_line_and_leave_nothing(run_cli, tmp_path, content):
    path = tmp_path / "bad.tsv"
    path.write_text(content)
    trained = run_cli("classifier", "train", path, "-o", tmp_path / "model", "--quiet")
    assert trained.code == 1
    assert trained.stderr.startswith("error: ")
    assert len(trained.stderr.splitlines()) == 1
    assert re.search(BAD_FILES[content], trained.stderr), trained.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.tsv"]


def test_an_unknown_label_in_dev_is_told_with_near_ones(run_cli, tsv, tmp_path):
    (tmp_path / "dev.tsv").write_text("pos\tfine\nnge\tdull\n")
    trained = run_cli(
        *("classifier", "train", tsv, "--dev", tmp_path / "dev.tsv", "-o", tmp_path / "model"),
        "--quiet",
    )
    assert trained.code == 1
    assert "dev.tsv, line 2: the label 'nge'" in trained.stderr
    assert "perhaps 'neg'" in trained.stderr
    assert not (tmp_path / "model").exists()


def test_vectors_of_another_dimension_are_told_with_both(run_cli, tsv, tmp_path):
    (tmp_path / "v.txt").write_text("fine 1 2 3\ndull 3 2 1\n")
    trained = run_cli(
        *("classifier", "train", tsv, "-o", tmp_path / "model", "--quiet"),
        *("--encoder", "average", "--vectors", tmp_path / "v.txt", "--dim", 50),
    )
    assert trained.code == 1
    assert "dim 50" in trained.stderr
    assert "dim 3" in trained.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "actvation=relu"], "no setting 'actvation'"),
        (["--set", "dropout=2"], "dropout=2 is out of range"),
        (["--encoder", "transformer"], "'transformer' is unknown: choose from"),
        (["--optimizer", "adma"], "'adma' is unknown, perhaps 'adam'"),
        (["--preset", "best"], "choose fast or accurate"),
        (["--resume"], "no run to resume"),
        (["--set", "ngrams=0"], "nothing to learn"),
        (["--settings", "nowhere.toml"], "nowhere.toml does not exist"),
        (["--encoder", "cnn(10, dim=5)"], "encoder cnn(10, dim=5): dim is not for this line"),
        (["--encoder", "gru('x')"], "encoder gru('x'): hidden='x': input should be"),
        (["--encoder", "lstm(0)"], "encoder lstm(0): "),
        (["--optimizer", "adagrad(rate=3)"], "rate is not for this line to set"),
        (["--dropout", "0.5"], "dropout=0.5 has no effect with encoder='none'"),
        (["--set", "frozen=true", "--encoder", "average", "--set", "vectors=none"], "frozen=True"),
        (["--patience", 1, "--dev-share", 0], "patience=1 waits for a better figure on dev"),
        (["--dev-share", 1.5], "dev_share=1.5 is out of range"),
    ],
)
def test_wrong_settings_are_told_in_a_line(run_cli, tsv, tmp_path, arguments, message):
    trained = run_cli("classifier", "train", tsv, "-o", tmp_path / "m", "--quiet", *arguments)
    assert trained.code == 2, trained.stderr
    assert message in trained.stderr
    assert not (tmp_path / "m").exists()


def test_damaged_and_foreign_models_are_told_by_file(run_cli, tsv, tmp_path):
    model = tmp_path / "model"
    run_cli("classifier", "train", tsv, "-o", model, "--quiet")
    whole = (model / "model.safetensors").read_bytes()
    config = (model / "config.json").read_text()

    def asked():
        answer = run_cli("classifier", "predict", model, "fine")
        assert answer.code == 1
        return answer.stderr

    (model / "model.safetensors").write_bytes(whole[:-40])
    assert "model.safetensors is damaged" in asked()
    (model / "model.safetensors").write_bytes(whole)
    (model / "config.json").write_text(config.replace('"version": 1', '"version": 99'))
    assert "format version 99" in asked()
    (model / "config.json").write_text(config.replace('"kind": "classifier"', '"kind": "vectors"'))
    assert "kind 'vectors'" in asked()
    (model / "config.json").write_text(config.replace('"ngrams": 2', '"ngrams": 1'))
    assert "does not fit the settings" in asked()
    (model / "config.json").write_text(config)
    for damage, told in (
        (
            ('"settings"', '"setings"'),
            "config.json is damaged, or of another Gradus: no 'settings'",
        ),
        (('"ngrams"', '"nagrams"'), "has no setting nagrams"),
        (('"pos" ]', '"neg" ]'), "two or more different labels"),
    ):
        (model / "config.json").write_text(" ".join(config.split()).replace(*damage))
        assert told in asked()
    (model / "config.json").write_text(config)
    (model / "model.safetensors").write_bytes(whole[:-40] + b"\xff" * 40)
    assert "numbers that are not finite" in asked()
    (model / "model.safetensors").write_bytes(whole)
    (model / "vocabulary.txt").unlink()
    assert "vocabulary.txt is missing" in asked()


LONG = (
    *("--encoder", "gru(48)", "--dim", "32", "--set", "vectors=none", "--set", "threads=1"),
    *("--set", "checkpoint_seconds=0", "--epochs", "8", "--dropout", "0.3"),
)


def test_a_run_that_was_killed_goes_on_to_the_same_weights(tsv, tmp_path):
    tensors = assert_killed_goes_on_alike(("classifier", "train", tsv, "--quiet", *LONG), tmp_path)
    assert np.isfinite(tensors["bias"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_a_run_killed_at_any_time_goes_on_to_the_same_weights(tsv, tmp_path, share):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    words = ("classifier", "train", tsv, "--quiet", *LONG, "-o")
    began = time.monotonic()
    assert start(*words, whole).wait() == 0
    took = time.monotonic() - began
    for _ in range(3):
        process = start(*words, killed, *(["--resume"] if workplace_of(killed).exists() else []))
        time.sleep(share * took)
        process.kill()
        process.wait()
        if killed.exists() or not (workplace_of(killed) / STATE / CHECKPOINT).exists():
            break
    if not killed.exists():
        options = (
            ["--resume"] if (workplace_of(killed) / STATE / CHECKPOINT).exists() else ["--force"]
        )
        assert start(*words, killed, *options).wait() == 0
    first, second = (map_tensors(path / "model.safetensors") for path in (whole, killed))
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_a_learning_rate_is_suggested_and_nothing_is_trained(run_cli, tsv, tmp_path):
    picture = tmp_path / "rates.svg"
    asked = ("classifier", "rate", tsv, "--encoder", "average", "--set", "vectors=none")
    found = run_cli(*asked, "-o", picture, "--json", "--quiet")
    assert found.code == 0, found.stderr
    answer = json.loads(found.stdout)
    assert 1e-5 < answer["suggestion"] < 1
    assert len(answer["curve"]) > 10
    assert picture.read_text().startswith("<?xml")
    told = run_cli(*asked, "--quiet")
    assert told.stdout.startswith(f"suggested learning rate {answer['suggestion']:.2g}: the loss")
    assert not list(tmp_path.glob(".*"))


def test_a_rate_for_a_picture_that_cannot_be_is_refused_at_once(run_cli, tmp_path):
    refused = run_cli("classifier", "rate", tmp_path / "none.tsv", "-o", tmp_path / "a.gif")
    assert (refused.code, refused.stdout) == (2, "")
    assert "names no picture" in refused.stderr
