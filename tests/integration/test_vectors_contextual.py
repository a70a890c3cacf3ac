"""``gradus vectors contextual`` as a person uses it: from raw text to a better parser."""

import json

import numpy as np
import pytest
from tiny_parsers import treebank

from gradus.tasks.parsing.parser import Parser
from gradus.text.conllu import write_conllu

QUICK = (*("--dim", "6", "--hidden", "8", "--min-count", "1", "--batch-size", "2", "--jobs", "1"),)


@pytest.fixture
def text(tmp_path):
    rng = np.random.default_rng(1)
    words = ["cats", "dogs", "birds", "don't", "sleep", "sing", "and", "10"]
    lines = [" ".join(rng.choice(words, size=rng.integers(3, 9))) + "." for _ in range(80)]
    path = tmp_path / "raw.txt"
    path.write_text("\n".join(lines))
    return path


def test_train_then_parse(run_cli, text, tmp_path):
    out, model = tmp_path / "contexts", tmp_path / "model"
    made = run_cli("vectors", "contextual", text, "-o", out, *QUICK)
    assert made.code == 0
    assert f"next: gradus parser train TRAIN.conllu --contextual {out}" in made.stderr
    write_conllu(treebank(), tmp_path / "train.conllu")
    small = [f"--set={name}=6" for name in ("contextual_dim", "arc_dim", "label_dim", "dim")]
    options = ("--contextual", out, "--nonprojective", "graph", "--encoder", "lstm(4, layers=1)")
    trained = run_cli(
        "parser", "train", tmp_path / "train.conllu", "-o", model, *options, *small, "--epochs", "1"
    )
    assert trained.code == 0, trained.stderr
    assert Parser.load(model).network.reader.contextual is not None


def test_json_is_the_only_output(run_cli, text, tmp_path):
    out = tmp_path / "contexts"
    result = run_cli("vectors", "contextual", text, "-o", out, *QUICK, "--json", "--quiet")
    metrics = json.loads(result.stdout)
    assert metrics["width"] == 28
    assert set(metrics["models"]) == {"ahead", "back"}
    assert result.stderr == ""


def test_standard_input_is_a_text(run_cli, text, tmp_path):
    for name, source, stdin in (("file", text, b""), ("piped", "-", text.read_bytes())):
        out = tmp_path / name
        result = run_cli("vectors", "contextual", source, "-o", out, *QUICK, stdin=stdin)
        assert result.code == 0, result.stderr
    files = {(tmp_path / name / "frozen.safetensors").read_bytes() for name in ("file", "piped")}
    assert len(files) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("absent.txt",), "absent.txt does not exist"),
        (("raw.txt", "--dim", "0"), "dim=0 is out of range"),
        (("raw.txt", "--resume"), "leave out --resume"),
        (("raw.txt", "--min-count", "1000"), "lower --min-count"),
        (("raw.txt", "-o", "taken"), "--force"),
    ],
)
def test_mistakes_are_told_and_leave_nothing(run_cli, text, tmp_path, arguments, told, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    write_conllu(treebank(), tmp_path / "taken" / "mine.conllu")
    result = run_cli("vectors", "contextual", "-o", "contexts", "--jobs", "1", *arguments)
    assert result.code != 0
    assert told in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw.txt", "taken"]


def test_a_folder_of_another_kind_is_refused(run_cli, text, tmp_path):
    write_conllu(treebank(), tmp_path / "train.conllu")
    given = ("--contextual", tmp_path, "--nonprojective", "graph")
    result = run_cli("parser", "train", tmp_path / "train.conllu", "-o", tmp_path / "model", *given)
    assert result.code == 1
    assert "is not a Gradus model folder" in result.stderr


@pytest.mark.parametrize("swap", [("--nonprojective", "swap"), ("--set", "nonprojective=swap")])
def test_accurate_by_transitions_has_one_network(swap, run_cli, tmp_path):
    """The preset's members are those of a graph."""
    write_conllu(treebank(), tmp_path / "train.conllu")
    options = ("--preset", "accurate", *swap, "--encoder", "lstm(4, layers=1)")
    small = [f"--set={name}=6" for name in ("dim", "char_dim", "hidden")]
    model = tmp_path / "model"
    command = ("parser", "train", tmp_path / "train.conllu", "-o", model, "--epochs", "1")
    assert run_cli(*command, *options, *small).code == 0
    assert len(Parser.load(model).network.contexts) == 1
