"""Models that write on and texts that are scored, through the command line."""

import json
import math
import re
import signal
import subprocess
import sys
from itertools import product

import pytest
from tiny_language_models import FAMILIES, LINES, tiny_model

from gradus.tasks.lm.generation import generate
from gradus.tasks.lm.generation_settings import GenerationConfig
from gradus.tasks.lm.loading import load_language_model
from gradus.tasks.lm.surprisal import token_surprisals

#: Colours of a terminal.
CODE = re.compile("\x1b\\[[0-9;]*m")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Model folders by family and level."""
    root = tmp_path_factory.mktemp("models")
    for family, level in product(FAMILIES, ("word", "char")):
        tiny_model(family, level=level).save(root / f"{family}-{level}")
    return {path.name: path for path in root.iterdir()}


@pytest.fixture(params=["ngram-word", "ngram-char", "neural-word", "neural-char"])
def model(request, folders):
    return folders[request.param]


def test_one_sample_is_printed_as_it_is_in_the_library(run_cli, model):
    shown = run_cli("lm", "generate", model, "--prompt", "the cat", "--tokens", 20, "--seed", 5)
    config = GenerationConfig(max_tokens=20, seed=5)
    (found,) = generate(load_language_model(model), "the cat", config=config)
    blank = "" if model.name.endswith("char") or found.text.startswith("\n") else " "
    assert shown.stdout.removesuffix("\n") == f"the cat{blank}{found.text}".removesuffix("\n")
    assert shown.stdout.endswith("\n")
    assert shown.stderr == ""
    again = run_cli("lm", "generate", model, "--prompt", "the cat", "--tokens", 20, "--seed", 5)
    assert again.stdout == shown.stdout


def test_samples_are_the_same_alone_among_others_and_as_json(run_cli, model):
    options = ("--prompt", "a dog", "--tokens", 15, "--top-k", 5, "--temperature", 0.9)
    one = run_cli("lm", "generate", model, *options)
    three = run_cli("lm", "generate", model, *options, "-n", 3)
    lines = run_cli("lm", "generate", model, *options, "-n", 3, "--json").stdout.splitlines()
    rule = "\n" + "─" * 40 + "\n"
    samples = three.stdout.removesuffix("\n").split(rule)
    assert samples[0] == one.stdout.removesuffix("\n")
    assert [json.loads(line)["sample"] for line in lines] == [0, 1, 2]
    for line, sample in zip(lines, samples, strict=True):
        found = json.loads(line)
        assert sample.startswith(found["prompt"])
        assert sample.endswith(found["text"].removesuffix("\n"))
        assert len(found["tokens"]) == 15
        assert found["stopped"] == "tokens"


def test_every_option_reaches_the_library(run_cli, folders):
    folder = folders["ngram-word"]
    shown = run_cli(
        *("lm", "generate", folder, "--json", "--tokens", 30, "--lines", 2, "--top-k", 9),
        *("--top-p", 0.9, "--repetition-penalty", 1.2, "--stop", "sat", "--stop", "ran"),
        *("--unknown", "--seed", 11, "--temperature", 1.5),
    )
    config = GenerationConfig(
        max_tokens=30,
        lines=2,
        top_k=9,
        top_p=0.9,
        repetition_penalty=1.2,
        stop=("sat", "ran"),
        unknown=True,
        seed=11,
        temperature=1.5,
    )
    (found,) = generate(load_language_model(folder), config=config)
    assert json.loads(shown.stdout) == {"sample": 0, **found.to_dict()}


def test_greedy_takes_no_settings_of_draws(run_cli, folders):
    folder = folders["ngram-word"]
    assert run_cli("lm", "generate", folder, "--greedy", "--lines", 1).stdout.startswith("the ")
    for option in (("--top-k", 3), ("--top-p", 0.5), ("--temperature", 2)):
        refused = run_cli("lm", "generate", folder, "--greedy", *option)
        assert refused.code == 2
        assert "nothing is drawn" in refused.stderr
    refused = run_cli("lm", "generate", folder, "--temperature", 0)
    assert refused.code == 2
    assert "--greedy takes the likeliest token" in refused.stderr.replace("(", "").replace(")", "")


def test_prompts_come_from_files_and_pipes_without_the_closing_line_end(run_cli, folders, tmp_path):
    folder = folders["neural-word"]
    (tmp_path / "prompt.txt").write_text("the dog\r\nthe cat\n")
    options = ("--tokens", 5, "--json")
    named = run_cli("lm", "generate", folder, "--prompt-file", tmp_path / "prompt.txt", *options)
    piped = run_cli(
        *("lm", "generate", folder, "--prompt-file", "-", *options), stdin="the dog\nthe cat\n"
    )
    given = run_cli("lm", "generate", folder, "--prompt", "the dog\nthe cat", *options)
    assert named.stdout == piped.stdout == given.stdout
    both = run_cli("lm", "generate", folder, "--prompt", "a", "--prompt-file", "b")
    assert both.code == 2
    missing = run_cli("lm", "generate", folder, "--prompt-file", tmp_path / "none.txt")
    assert missing.code == 1
    assert "none.txt" in missing.stderr


def test_unknown_tokens_of_a_prompt_are_said(run_cli, folders):
    shown = run_cli(
        *("lm", "generate", folders["ngram-word"], "--prompt", "the cats The", "--tokens", 3)
    )
    first, second = shown.stderr.splitlines()
    assert "'cats' is not among" in first
    assert "near spellings: cat" in first
    assert "<unk> is read in its place" in first
    assert "'the' is" in second
    assert shown.stdout.startswith("the cats The ")
    many = run_cli(
        *("lm", "generate", folders["ngram-word"], "--prompt", "1 2 3 4 5 6 7", "--tokens", 3)
    )
    assert many.stderr.endswith("2 more tokens of the prompt are unknown\n")


def test_an_empty_text_still_ends_its_line(run_cli, folders):
    shown = run_cli("lm", "generate", folders["ngram-word"], "--greedy", "--stop", "the")
    assert shown.stdout == "\n"


def test_ctrl_c_closes_the_line(folders):
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gradus", "lm", "generate", folders["ngram-word"]),
            *("--prompt", "the", "--tokens", "100000000"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    head = process.stdout.read(200)  # it is writing
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert head.startswith(b"the ")
    assert rest.endswith(b"\n")
    assert (process.returncode, errors) == (130, b"interrupted\n")


def rows_of(stdout):
    header, *lines = (line.split("\t") for line in stdout.splitlines())
    return [dict(zip(header, line, strict=True)) for line in lines]


def test_scores_are_rows_json_and_library_alike(run_cli, model, tmp_path):
    (tmp_path / "text.txt").write_text("the cat Žat .\n\na\tdog\n")
    scored = list(
        token_surprisals(load_language_model(model), str(tmp_path / "text.txt"), ranks=True)
    )
    shown = run_cli("lm", "score", model, tmp_path / "text.txt", "--rank", "--quiet")
    listed = run_cli("lm", "score", model, tmp_path / "text.txt", "--rank", "--quiet", "--json")
    assert [json.loads(line) for line in listed.stdout.splitlines()] == [
        row._asdict() for row in scored
    ]
    assert shown.stderr == ""
    for found, row in zip(rows_of(shown.stdout), scored, strict=True):
        assert found["token"] == row.token.replace("\t", "\\t")
        assert (found["document"], found["line"]) == (str(row.document), str(row.line))
        assert found["unknown"] == ("" if row.known else "<unk>")
        assert float(found["surprisal"]) == pytest.approx(row.surprisal, abs=1e-4)
        assert float(found["probability"]) == pytest.approx(2**-row.surprisal, rel=1e-4)
        assert int(found["rank"]) == row.rank
    assert {row.token for row in scored if not row.known} >= (
        {"Žat"} if model.name.endswith("word") else {"Ž"}
    )


def test_texts_to_score_come_from_files_pipes_and_the_line(run_cli, folders, tmp_path):
    folder = folders["ngram-word"]
    (tmp_path / "text.txt").write_text("the cat\nsat\n")
    named = run_cli("lm", "score", folder, tmp_path / "text.txt")
    piped = run_cli("lm", "score", folder, stdin="the cat\nsat\n")
    given = run_cli("lm", "score", folder, "--text", "the cat\nsat")
    assert named.stdout == piped.stdout == given.stdout
    assert "rank" not in named.stdout
    assert given.stderr.splitlines()[-1].startswith("perplexity ")
    assert "5 tokens, of them 2 line ends" in given.stderr
    both = run_cli("lm", "score", folder, tmp_path / "text.txt", "--text", "a")
    assert both.code == 2
    for option in ("--json", ("--top", 2)):
        options = option if isinstance(option, tuple) else (option,)
        assert run_cli("lm", "score", folder, "--text", "a", "--view", *options).code == 2
    empty = run_cli("lm", "score", folder, "--text", "")
    assert empty.code == 1
    assert "no token" in empty.stderr


def test_the_view_is_the_text_with_colours(run_cli, folders, monkeypatch):
    for name, value in (("TERM", "xterm-256color"), ("COLUMNS", "60"), ("COLORTERM", "truecolor")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = "the cat\n\nthe mat saw zebras ."
    shown = run_cli("lm", "score", folders["ngram-word"], "--text", text, "--view")
    legend, *lines = CODE.sub("", shown.stdout).splitlines()
    assert legend.startswith("bits:")
    assert lines == ["the cat ↵", "↵", "the mat saw zebras<unk> . ↵"]
    (coloured,) = [line for line in shown.stdout.splitlines() if "saw" in line]
    bits = {
        row.token: row.surprisal
        for row in token_surprisals(load_language_model(folders["ngram-word"]), iter([text]))
    }
    assert bits["saw"] > 2
    assert re.search("\x1b\\[[0-9;]*48;2;[0-9;]*msaw", coloured)
    long = run_cli("lm", "score", folders["ngram-word"], "--text", "the cat " * 40, "--view")
    wrapped = CODE.sub("", long.stdout).splitlines()[1:]
    assert all(len(line) <= 60 for line in wrapped)
    assert " ".join(line.strip() for line in wrapped) == "the cat " * 40 + "↵"


def test_the_most_surprising_tokens_are_listed(run_cli, folders):
    text = "\n".join(LINES[:3]) + "\ncat cat the zebra"
    listed = run_cli("lm", "score", folders["ngram-word"], "--text", text, "--top", 3, "--rank")
    title, columns, *rows = listed.stdout.splitlines()
    assert title.startswith("most surprising")
    assert columns.split() == ["bits", "rank", "document", "line", "text"]
    costs = [float(row.split()[0]) for row in rows]
    assert costs == sorted(costs, reverse=True)
    assert len(rows) == 3
    assert any("[zebra<unk>]" in row or "[cat]" in row for row in rows)
    as_json = run_cli(
        *("lm", "score", folders["ngram-word"], "--text", text, "--top", 1, "--json", "--quiet")
    )
    (found,) = map(json.loads, as_json.stdout.splitlines())
    assert found["surprisal"] == pytest.approx(costs[0], abs=0.01)
    assert math.isclose(found["probability"], 2 ** -found["surprisal"], rel_tol=1e-6)
    assert {"before", "after"} <= set(found)
