"""``gradus vectors train`` as a person uses it: from a text file to a folder of vectors."""

import gzip
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from gradus.vectors import WordVectors

QUICK = ("--dim", "8", "--epochs", "2", "--threads", "1")


@pytest.fixture
def text(tmp_path):
    rng = np.random.default_rng(0)
    words = [f"word{number}" for number in range(40)]
    path = tmp_path / "text.txt"
    path.write_text("\n".join(" ".join(rng.choice(words, 12)) for _ in range(400)) + "\n")
    return path


@pytest.mark.parametrize("model", ["skipgram", "cbow", "glove"])
def test_train_then_ask(run_cli, text, tmp_path, model):
    out = str(tmp_path / "out")
    trained = run_cli("vectors", "train", str(text), "-o", out, "--model", model, *QUICK)
    assert trained.code == 0
    assert f"next: gradus vectors neighbors {out}" in trained.stderr
    asked = run_cli("vectors", "neighbors", out, "word3", "--json")
    assert len(json.loads(asked.stdout)["word3"]) == 10


def test_json_is_the_only_output(run_cli, text, tmp_path):
    out = str(tmp_path / "out")
    result = run_cli("vectors", "train", str(text), "-o", out, *QUICK, "--json", "--quiet")
    metrics = json.loads(result.stdout)
    assert metrics["words"] == 40
    assert metrics["finished"]
    assert result.stderr == ""


def test_packed_files_and_standard_input_are_one_corpus(run_cli, text, tmp_path):
    packed = tmp_path / "text.txt.gz"
    packed.write_bytes(gzip.compress(text.read_bytes()))
    commands = {
        "plain": ((str(text), str(text)), None),
        "mixed": ((str(text), str(packed)), None),
        "piped": (("-",), text.read_bytes() * 2),
    }
    for name, (corpus, stdin) in commands.items():
        out = str(tmp_path / name)
        assert run_cli("vectors", "train", *corpus, "-o", out, *QUICK, stdin=stdin).code == 0
    models = {(tmp_path / name / "model.safetensors").read_bytes() for name in commands}
    assert len(models) == 1


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--dim", "0"], 2, "dim=0 is out of range: choose a value at least 1"),
        (["--rate", "-1"], 2, "rate=-1.0 is out of range"),
        (["--model", "elmo"], 2, "choose skipgram, cbow, glove"),
        (["--model", "glove", "--no-shrink"], 2, "glove has no setting --shrink"),
        (["--x-max", "3"], 2, "skipgram has no setting --x-max"),
        (["--objective", "softmax", "--negative", "3"], 2, "only with --objective negative"),
        (["--objective", "wrong"], 2, "objective='wrong'"),
        (["--encoding", "klingon"], 2, "klingon"),
        (["--min-count", "100000"], 1, "min"),
        (["--resume"], 2, "no run to resume"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(run_cli, text, tmp_path, options, code, message):
    out = tmp_path / "place" / "out"
    out.parent.mkdir()
    result = run_cli("vectors", "train", str(text), "-o", str(out), *options)
    assert result.code == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(out.parent.iterdir())


def test_bad_bytes_are_named_with_their_place(run_cli, tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"good words here\n" * 3 + b"caf\xe9\n")
    result = run_cli("vectors", "train", str(bad), "-o", str(tmp_path / "out"))
    assert result.code == 1
    assert "byte 51" in result.stderr
    assert "--encoding" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.txt"]


def test_ctrl_c_saves_and_resume_ends_with_the_same_bytes(text, tmp_path):
    def command(out, *more):
        words = ["vectors", "train", str(text), "-o", str(out), "--threads", "1", "--dim", "64"]
        return [sys.executable, "-m", "gradus", *words, "--epochs", "600", "--quiet", *more]

    subprocess.run(command(tmp_path / "whole"), check=True)
    process = subprocess.Popen(command(tmp_path / "cut"), stderr=subprocess.PIPE, text=True)
    log = tmp_path / ".cut.run" / "log.jsonl"
    while not (log.exists() and log.read_text().count('"measured"') >= 3):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert "--resume goes on from here" in err
    assert "word1" in WordVectors.load(tmp_path / "cut")
    subprocess.run(command(tmp_path / "cut", "--resume"), check=True)
    models = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "cut")]
    assert models[0] == models[1]
