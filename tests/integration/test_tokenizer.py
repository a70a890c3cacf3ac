"""From a treebank to a saved tokenizer and back, through the command line."""

import gzip
import io
import json
import lzma

import pytest
from udtools.udeval import evaluate, load_conllu

from gradus.core.storage import map_tensors
from gradus.text.conllu import read_conllu
from gradus.text.spacing import raw_text

TINY = (
    *("--hidden", 16, "--epochs", 4, "--batch-size", 8, "--threads", 1, "--rate", 0.01),
    *("--set", "dim=8", "--set", "affix_dim=8", "--set", "shape_dim=4"),
)
TEXT = 'Go on! "It is so", he said.\r\n\r\n  Don\'t\tstop\u00a0here...\nI know\n\n\n'


def part_of(data_folder, part, count):
    path = data_folder / "ud" / "en-ewt-2.5" / f"en_ewt-ud-{part}.conllu.xz"
    with lzma.open(path, "rt", encoding="utf-8") as file:
        text = file.read()
    return "\n\n".join(text.split("\n\n")[:count]) + "\n\n"


@pytest.fixture(scope="module")
def treebank(data_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("en")
    for part, count in (("train", 60), ("dev", 50)):
        (folder / f"{part}.conllu").write_text(part_of(data_folder, part, count), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def model(treebank):
    from gradus.cli.app import main

    path = treebank / "model"
    words = ["tokenizer", "train", treebank / "train.conllu", "-o", path, "--quiet", *TINY]
    assert main([str(word) for word in words]) == 0
    return path


def check_error(run, code, *words):
    assert run.code == code, run.stderr
    assert "Traceback" not in run.stderr
    for word in words:
        assert word in run.stderr, run.stderr


def test_a_tokenizer_says_how_good_it_is_and_the_official_evaluation_agrees(
    run_cli, treebank, tmp_path
):
    model, dev = tmp_path / "model", treebank / "dev.conllu"
    trained = run_cli(
        *("tokenizer", "train", treebank / "train.conllu", "--dev", dev, "-o", model, "--json"),
        *TINY,
    )
    assert trained.code == 0, trained.stderr
    figures = json.loads(trained.stdout)["dev"]
    judged = run_cli("tokenizer", "evaluate", model, dev, "--json")
    assert judged.code == 0, judged.stderr
    found = json.loads(judged.stdout)
    for name in ("tokens", "words", "sentences"):
        assert found[name]["f1"] == pytest.approx(figures[f"{name}_f1"])
    text = tmp_path / "dev.txt"
    text.write_text(raw_text(read_conllu(dev)), encoding="utf-8", newline="")
    run = run_cli("tokenizer", "tokenize", "--model", model, text)
    assert run.code == 0, run.stderr
    official = evaluate(load(dev.read_text(encoding="utf-8")), load(with_heads(run.stdout)))
    for name in ("tokens", "words", "sentences"):
        mine, theirs = found[name], official[name.title()]
        assert [mine[key] for key in ("precision", "recall", "f1")] == pytest.approx(
            [theirs.precision, theirs.recall, theirs.f1]
        )
    (tmp_path / "own.conllu").write_text(run.stdout, encoding="utf-8")
    own = run_cli("tokenizer", "evaluate", "--predicted", tmp_path / "own.conllu", dev, "--json")
    assert json.loads(own.stdout) == found
    table = run_cli("tokenizer", "evaluate", model, dev)
    assert "sentences" in table.stdout
    settings = ("--settings", model / "settings.toml", "--dev", dev, "--quiet")
    same = run_cli("tokenizer", "train", treebank / "train.conllu", "-o", tmp_path / "b", *settings)
    assert same.code == 0, same.stderr
    first, second = (map_tensors(path / "model.safetensors") for path in (model, tmp_path / "b"))
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def load(text):
    return load_conllu(io.StringIO(text), "text", {})


def with_heads(text):
    """The official evaluation wants trees."""
    rows = [line.split("\t") for line in text.split("\n")]
    for row in rows:
        if row[0].isdigit():
            row[6:8] = str(int(row[0]) - 1), "dep"
    return "\n".join("\t".join(row) for row in rows)


@pytest.mark.parametrize("learnt", [True, False])
def test_any_text_goes_in_and_can_be_had_again(run_cli, model, learnt, tmp_path):
    options = ("--model", model) if learnt else ()
    run = run_cli("tokenizer", "tokenize", *options, "-", stdin=TEXT)
    assert run.code == 0, run.stderr
    assert raw_text(read_conllu(run.stdout.split("\n"))) == TEXT
    with gzip.open(tmp_path / "a.txt.gz", "wt", encoding="utf-8", newline="") as file:
        file.write(TEXT)
    out = tmp_path / "a.conllu.xz"
    given = (*options, tmp_path / "a.txt.gz", "-o", out, "--quiet")
    assert run_cli("tokenizer", "tokenize", *given).code == 0
    assert lzma.decompress(out.read_bytes()).decode() == run.stdout
    check_error(run_cli("tokenizer", "tokenize", *given), 1, "exists", "--force")


def test_lines_have_a_sentence_each(run_cli, tmp_path):
    run = run_cli("tokenizer", "tokenize", "--format", "lines", "--contractions", stdin=TEXT)
    assert run.stdout.splitlines() == [
        *("Go on !", '" It is so " , he said .', "", "Do n't stop here ...", "I know"),
    ]
    out = tmp_path / "a.txt"
    given = ("--format", "lines", "-o", out, "--quiet", "--contractions")
    assert run_cli("tokenizer", "tokenize", *given, stdin=TEXT).code == 0
    assert out.read_text(encoding="utf-8") == run.stdout


def test_several_files_become_documents_with_their_names(run_cli, tmp_path):
    (tmp_path / "a.txt").write_text("One. Two.")
    (tmp_path / "b.txt").write_text("Three.")
    run = run_cli("tokenizer", "tokenize", tmp_path / "a.txt", tmp_path / "b.txt")
    found = list(read_conllu(run.stdout.split("\n")))
    assert [one.sent_id for one in found] == ["a-1", "a-2", "b-1"]
    assert f"# newdoc id = {tmp_path / 'b.txt'}" in found[2].comments
    assert raw_text(found) == "One. Two.\n\nThree."


def test_mistakes_are_told_in_a_line(run_cli, model, treebank, tmp_path):
    (tmp_path / "white.txt").write_text(" \n\n\t")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9 au lait")
    check_error(run_cli("tokenizer", "tokenize", tmp_path / "white.txt"), 1, "white space")
    check_error(run_cli("tokenizer", "tokenize", tmp_path / "latin.txt"), 1, "0xe9", "UTF-8")
    check_error(run_cli("tokenizer", "tokenize", tmp_path / "none.txt"), 1, "does not exist")
    check_error(run_cli("tokenizer", "tokenize", "--format", "xml"), 2, "conllu or lines")
    check_error(run_cli("tokenizer", "tokenize", "--model", tmp_path), 1, "not a Gradus model")
    both = run_cli("tokenizer", "tokenize", "--model", model, "--contractions")
    check_error(both, 2, "--contractions")
    check_error(run_cli("tokenizer", "evaluate", "a", "b", "c"), 2, "give a model")
    (tmp_path / "empty.conllu").write_text("")
    check_error(run_cli("tokenizer", "evaluate", model, tmp_path / "empty.conllu"), 1, "sentence")
    train = ("tokenizer", "train", treebank / "train.conllu", "-o", tmp_path / "m")
    check_error(run_cli(*train, "--hidden", 0), 2, "hidden=0")
    assert not (tmp_path / "m").exists()


def test_help_shows_examples(run_cli):
    for words in ((), ("train",), ("evaluate",), ("tokenize",)):
        run = run_cli("tokenizer", *words, "--help")
        assert run.code == 0
        assert "Examples:" in run.stdout


def test_a_megabyte_without_a_blank_goes_through(run_cli, tmp_path):
    (tmp_path / "long.txt").write_text("x" * 1_100_000)
    run = run_cli("tokenizer", "tokenize", tmp_path / "long.txt", "--format", "lines")
    assert (run.code, run.stdout.count("x")) == (0, 1_100_000)
