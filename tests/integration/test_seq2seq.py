"""From pairs in a file to a saved encoder–decoder and back, through the command line."""

import gzip
import json
import random
import re
import sys

import pytest
from stopped_runs import assert_killed_goes_on_alike

from gradus.tasks.lm.conditional import Seq2Seq

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS = {name: str(digit) for digit, name in enumerate(NAMES)}
TINY = ("--target-level", "char", "--dim", 16, "--hidden", 32, "--set", "threads=1")


def rows(count=300, seed=1):
    """Words of digits and the digits, up to three of them."""
    chosen = random.Random(seed)
    found = [chosen.choices(list(DIGITS), k=chosen.randint(1, 3)) for _ in range(count)]
    return [(" ".join(words), "".join(DIGITS[word] for word in words)) for words in found]


def write(path, pairs):
    path.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), encoding="utf-8")
    return path


@pytest.fixture
def tsv(tmp_path):
    return write(tmp_path / "pairs.tsv", rows())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model that spells digits, and pairs that it has not seen."""
    from gradus.cli.app import main

    folder = tmp_path_factory.mktemp("digits")
    write(folder / "train.tsv", rows(600))
    write(folder / "dev.tsv", rows(60, seed=2))
    words = ["seq2seq", "train", folder / "train.tsv", "--dev", folder / "dev.tsv", "--quiet"]
    words += ["-o", folder / "model", "--epochs", 25, *TINY]
    assert main([str(word) for word in words]) == 0
    return folder


def test_a_model_learns_and_says_so(run_cli, trained):
    judged = run_cli("seq2seq", "evaluate", trained / "model", trained / "dev.tsv", "--json")
    assert judged.code == 0, judged.stderr
    report = json.loads(judged.stdout)
    assert report["pairs"] == 60
    assert report["exact_match"] > 0.9
    assert report["accuracy"] >= report["exact_match"]
    assert 1 <= report["perplexity"] < 1.5
    assert report["chrf"] > 80
    assert "tok:char" in report["bleu_signature"]
    assert report["perplexity_per"] == "target character, the end of each target included"
    assert len(report["most_wrong"]) <= 5
    assert {path.name for path in (trained / "model").iterdir()} == {
        *("config.json", "model.safetensors", "source.txt", "target.txt"),
        *("metrics.json", "log.jsonl", "curves.png", "settings.toml"),
    }


def test_figures_and_errors_are_shown_for_people(run_cli, trained, tmp_path):
    write(tmp_path / "wrong.tsv", [("one two", "99"), ("three", "3")])
    asked = ("seq2seq", "evaluate", trained / "model", tmp_path / "wrong.tsv")
    shown = run_cli(*asked).stdout
    assert "exact match" in shown
    assert "50.00%" in shown
    assert re.search(r"per target character, the end of each target included: 5\n", shown)
    assert re.search(r"one two +99 +12 ", shown)
    assert "BLEU nrefs:1" in shown
    bare = run_cli(*asked, "--no-bleu", "--errors", 0, "--beam", 3).stdout
    assert "BLEU" not in bare
    assert "most wrong" not in bare


def test_outputs_come_from_arguments_files_and_pipes_alike(run_cli, trained, tmp_path):
    texts = ["one two three", "nine nine", "zero"]
    (tmp_path / "texts.txt").write_text("\n".join(texts) + "\n")
    asked = ("seq2seq", "generate", trained / "model")
    given = run_cli(*asked, *texts)
    assert given.stdout.splitlines() == ["123", "99", "0"]
    read = run_cli(*asked, "--file", tmp_path / "texts.txt")
    piped = run_cli(*asked, "--file", "-", stdin="\n".join(texts))
    assert given.stdout == read.stdout == piped.stdout


def test_the_best_outputs_follow_each_other_with_their_log_probabilities(run_cli, trained):
    asked = ("seq2seq", "generate", trained / "model", "four two", "-n", 3)
    shown = [line.split("\t") for line in run_cli(*asked).stdout.splitlines()]
    assert shown[0][0] == "42"
    logs = [float(log) for _, log in shown]
    assert logs == sorted(logs, reverse=True)
    assert len({text for text, _ in shown}) == 3
    (record,) = map(json.loads, run_cli(*asked, "--beam", 8, "--json").stdout.splitlines())
    assert record["text"] == "four two"
    assert record["outputs"][0]["text"] == "42"


def test_alignments_are_drawn_and_given(run_cli, trained):
    asked = ("seq2seq", "generate", trained / "model", "four two", "--attention")
    output, header, *table = run_cli(*asked).stdout.rstrip().splitlines()
    assert output == "42"
    assert header.split() == ["4", "2", "∎"]
    assert [row.split()[0] for row in table] == ["four", "two"]
    record = json.loads(run_cli(*asked, "--json").stdout)
    alignment = record["outputs"][0]["alignment"]
    assert alignment["source"] == ["four", "two"]
    assert [sum(column) for column in zip(*alignment["weights"], strict=True)] == pytest.approx(
        [1, 1, 1], abs=1e-5
    )


def test_unknown_symbols_are_said(run_cli, trained, tmp_path):
    told = run_cli("seq2seq", "generate", trained / "model", "one zwei")
    assert told.code == 0
    assert "unknown to the model, so it had to guess: 'zwei'" in told.stderr
    write(tmp_path / "alien.tsv", [("eins", "1"), ("zwei", "2")])
    refused = run_cli("seq2seq", "evaluate", trained / "model", tmp_path / "alien.tsv")
    assert refused.code == 1
    assert "alien.tsv, line 1, and all others: no word of the source is known" in refused.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--attention", "none", "--cell", "rnn"),
        ("--attention", "dot", "--layers", 2),
        ("--attention", "additive(8)", "--cell", "lstm", "--set", "feeding=true"),
        ("--level", "char", "--set", "smoothing=0.1", "--set", "word_dropout=0.1"),
        ("--source-level", "char", "--set", "min_count=2", "--curriculum", "root"),
    ],
    ids=str,
)
def test_every_kind_is_trained_and_answers_alike_after_loading(run_cli, tsv, tmp_path, options):
    model = tmp_path / "model"
    made = run_cli("seq2seq", "train", tsv, "-o", model, "--epochs", 1, *TINY, *options, "--json")
    assert made.code == 0, made.stderr
    assert set(json.loads(made.stdout)["dev"]) == {"loss", "exact_match", "accuracy"}
    once, again = (Seq2Seq.load(model).generate(["one two"]) for _ in range(2))
    assert once == again


def test_packed_pairs_and_the_settings_of_a_run_give_the_same_run_again(run_cli, tsv, tmp_path):
    packed = tmp_path / "pairs.tsv.gz"
    packed.write_bytes(gzip.compress(tsv.read_bytes()))
    a, b = (tmp_path / name for name in "ab")
    first = run_cli("seq2seq", "train", tsv, "-o", a, "--quiet", "--epochs", 2, *TINY)
    again = ("--settings", a / "settings.toml", "--preset", "accurate")
    second = run_cli("seq2seq", "train", packed, "-o", b, "--quiet", *again)
    assert (first.code, second.code) == (0, 0), second.stderr
    for name in ("settings.toml", "model.safetensors", "source.txt", "target.txt"):
        assert (a / name).read_bytes() == (b / name).read_bytes()


def test_targets_that_share_no_word_are_answered_with_characters(run_cli, tmp_path):
    path = write(
        tmp_path / "p.tsv", [(f"{number} plus 1", f"{number + 1}") for number in range(40)]
    )
    made = run_cli("seq2seq", "train", path, "-o", tmp_path / "m", "--quiet")
    assert made.code == 1
    assert "no word of the target is known" in made.stderr
    assert "--target-level char" in made.stderr


BAD_FILES = {
    "no tab here\n": "bad.tsv, line 1: no TAB",
    "one\t1\n\t2\n": "bad.tsv, line 2: the source is empty",
    "one\t1\ntwo\t \n": "bad.tsv, line 2: the target is empty",
    "one\t1\t2\n": "bad.tsv, line 1: 3 columns",
    "": "bad.tsv has no pairs",
    "one\t1\n": "dev_share=0.1 of 1 different sources",
}


@pytest.mark.parametrize("content", BAD_FILES)
def test_bad_files_are_told_by_line_and_leave_nothing(run_cli, tmp_path, content):
    path = tmp_path / "bad.tsv"
    path.write_text(content)
    made = run_cli("seq2seq", "train", path, "-o", tmp_path / "model", "--quiet")
    assert made.code == 1
    assert made.stderr.startswith("error: ")
    assert len(made.stderr.splitlines()) == 1
    assert BAD_FILES[content] in made.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.tsv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "atention=dot"], "no setting 'atention'"),
        (["--attention", "self"], "attention 'self' is unknown: choose from none, dot"),
        (["--attention", "additive(0)"], "attention additive(0): units=0 is out of range"),
        (["--cell", "lstn"], "perhaps 'lstm'"),
        (["--level", "letter"], "level 'letter' is unknown: choose from word, char"),
        (["--hidden", 33], "hidden=33: input should be a multiple of 2"),
        (["--preset", "best"], "choose fast or accurate"),
        (["--resume"], "no run to resume"),
        (["--metric", "bleu", "--epochs", 1], "metric='bleu' is not measured"),
        (["--patience", 1, "--dev-share", 0], "patience=1 waits for a better figure on dev"),
        (["--dev-share", 1.5], "dev_share=1.5 is out of range"),
    ],
)
def test_wrong_settings_are_told_in_a_line(run_cli, tsv, tmp_path, arguments, message):
    made = run_cli("seq2seq", "train", tsv, "-o", tmp_path / "m", "--quiet", *TINY, *arguments)
    assert made.code == 2, made.stderr
    assert message in made.stderr
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give texts, or a file of them"),
        (["one", "--file", "-"], "give texts, or a file of them"),
        (["one", "-n", 3, "--beam", 2], "n=3 outputs are more than beam=2 follows"),
        (["one", "--length-power", -1], "length_power=-1.0 is out of range"),
    ],
)
def test_wrong_questions_are_told_in_a_line(run_cli, trained, arguments, message):
    asked = run_cli("seq2seq", "generate", trained / "model", *arguments)
    assert (asked.code, asked.stdout) == (2, "")
    assert message in asked.stderr


def test_a_missing_library_is_told_before_the_work(run_cli, trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", None)
    asked = ("seq2seq", "evaluate", trained / "model", trained / "dev.tsv")
    refused = run_cli(*asked)
    assert (refused.code, refused.stdout) == (1, "")
    assert "pip install 'gradus[bleu]'" in refused.stderr
    assert run_cli(*asked, "--no-bleu").code == 0


def test_a_run_that_was_killed_goes_on_to_the_same_weights(tsv, tmp_path):
    long = ("--set", "checkpoint_seconds=0", "--epochs", 12, "--dropout", 0.3)
    words = ("seq2seq", "train", tsv, "--quiet", *TINY, *long)
    assert assert_killed_goes_on_alike(words, tmp_path)
