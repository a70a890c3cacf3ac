"""How far back models remember, through the command line."""

import json
import re

import numpy as np
import pytest
from tiny_language_models import LINES, tiny_model

from gradus.tasks.lm.loading import load_language_model
from gradus.tasks.lm.memory import MemoryConfig, measure_memory

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a model of each family and a text."""
    root = tmp_path_factory.mktemp("memory")
    for family in ("ngram", "neural"):
        tiny_model(family).save(root / family)
    (root / "text.txt").write_text("\n".join(LINES * 4) + "\n")
    return root


def test_both_tables_are_printed(run_cli, folder):
    done = run_cli(
        *("lm", "memory", folder / "neural", folder / "text.txt", "--distances", 6),
        *("--contexts", "1,3,10", "--positions", 20),
    )
    assert done.code == 0, done.stderr
    gradients, fits, contexts = done.stdout.split("\n\n")
    assert [line.split()[0] for line in gradients.splitlines()[2:]] == ["0", "1", "2", "4", "6"]
    assert "h, layer 1  c, layer 1  h, layer 2  c, layer 2" in gradients
    assert len(fits.splitlines()) == 3
    rows = [line.split() for line in contexts.splitlines()[2:]]
    assert [row[0] for row in rows] == ["1", "3", "10", "all"]
    assert [len(row) for row in rows] == [2, 4, 4, 4]
    assert "measuring gradients: 20 tokens" in done.stderr
    assert re.search("gradients halve in so many steps: .* in layer 1, .* in layer 2", done.stderr)


def test_json_has_what_the_library_gives(run_cli, folder):
    done = run_cli(
        *("lm", "memory", folder / "neural", folder / "text.txt", "--seed", 3, "--positions", 9),
        *("--json", "--quiet"),
    )
    report = measure_memory(
        load_language_model(folder / "neural"),
        folder / "text.txt",
        MemoryConfig(seed=3, positions=9),
    )
    assert json.loads(done.stdout) == json.loads(json.dumps(report.to_dict()))
    assert done.stderr == ""


def test_an_ngram_model_has_contexts_alone_which_end_with_its_order(run_cli, folder, tmp_path):
    picture = tmp_path / "memory.png"
    done = run_cli("lm", "memory", folder / "ngram", folder / "text.txt", "-o", picture, "--json")
    found = json.loads(done.stdout)
    assert found["gradients"] == []
    perplexities = [row["perplexity"] for row in found["contexts"]["rows"]]
    assert np.ptp(perplexities[1:]) < 1e-4 < abs(perplexities[0] - perplexities[1])
    assert found["contexts"]["effective_context"] == 2
    assert picture.read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("-o", "memory.gif"), 2, "the ending '.gif'"),
        (("--contexts", "1,two"), 2, "--contexts 1,two: write whole numbers with commas"),
        (("--contexts", "0"), 2, "each at least 1"),
        (("--positions", 0), 2, "positions=0"),
        (("--contexts", "5000"), 1, r"has \d+ tokens, and a token with 5,000 before it"),
        (("--distances", "9000"), 1, "a token with 9,001 before it"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_work(run_cli, folder, options, code, told):
    done = run_cli("lm", "memory", folder / "neural", folder / "text.txt", *options, "--quiet")
    assert done.code == code
    assert re.search(told, done.stderr), done.stderr
    assert done.stdout == ""
