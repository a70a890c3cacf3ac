"""Questions to word vectors from the command line, over every format."""

import json
import subprocess
import sys

import numpy as np
import pytest

from gradus.vectors.table import WordVectors

WORDS = ["king", "queen", "man", "woman", "paris", "rome", "france", "italy", "car", "road"]


@pytest.fixture(scope="module")
def table() -> WordVectors:
    vectors = np.random.default_rng(21).normal(size=(10, 6)).astype(np.float32)
    return WordVectors(WORDS, vectors, counts=np.arange(100, 0, -10))


@pytest.fixture
def folder(table, tmp_path):
    table.save(tmp_path / "vectors")
    return tmp_path / "vectors"


def test_neighbors(run_cli, table, folder):
    run = run_cli("vectors", "neighbors", folder, "king", "paris", "-n", 3, "--json")
    assert run.code == 0
    expected = {
        word: [one._asdict() for one in table.most_similar(word, n=3)] for word in ("king", "paris")
    }
    assert json.loads(run.stdout) == expected
    shown = run_cli("vectors", "neighbors", folder, "king", "-n", 3).stdout
    assert all(one["word"] in shown for one in expected["king"])


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_analogy(run_cli, table, folder, method):
    asked = ("man", "king", "woman")
    run = run_cli("vectors", "analogy", folder, *asked, "--method", method, "-n", 2, "--json")
    found = json.loads(run.stdout)["answers"]
    assert found == [one._asdict() for one in table.analogy(*asked, n=2, method=method)]
    assert "man : king = woman :" in run_cli("vectors", "analogy", folder, *asked).stdout


def test_odd(run_cli, table, folder):
    words = ["king", "queen", "car"]
    assert run_cli("vectors", "odd", folder, *words).stdout.strip() == table.odd_one_out(words)
    found = json.loads(run_cli("vectors", "odd", folder, *words, "--json").stdout)
    assert found == {"words": words, "odd": table.odd_one_out(words)}


def test_evaluate(run_cli, folder, tmp_path):
    questions, pairs = tmp_path / "questions.txt", tmp_path / "pairs.txt"
    questions.write_text(": capitals\nparis france rome italy\nparis france oslo norway\n")
    pairs.write_text("king\tqueen\t9\nking\tcar\t1\nking\troad\t2\nno\tsuch\t3\n")
    options = ["--analogies", questions, "--similarity", pairs, "--similarity", pairs]
    run = run_cli("vectors", "evaluate", folder, *options, "--json")
    report = json.loads(run.stdout)
    assert report["analogies"][0]["total"]["coverage"] == 0.5
    assert [one["covered"] for one in report["similarity"]] == [3, 3]
    shown = run_cli("vectors", "evaluate", folder, *options).stdout
    assert "capitals" in shown and "50.0%" in shown and "75.0%" in shown


def test_convert_through_every_format_and_back(run_cli, table, folder, tmp_path):
    names = ["a.txt", "b.bin", "c.vec.gz", "d.glove", "e.txt.zst", "folder"]
    source = folder
    for name in names:
        run = run_cli("vectors", "convert", source, tmp_path / name)
        assert (run.code, run.stdout) == (0, "")
        source = tmp_path / name
    back = WordVectors.load(source)
    assert back.words == WORDS
    np.testing.assert_array_equal(back.vectors, table.vectors)
    shown = run_cli("vectors", "neighbors", tmp_path / "c.vec.gz", "king", "--json").stdout
    assert json.loads(shown)["king"][0]["word"] == table.most_similar("king")[0].word


def test_plot(run_cli, folder, tmp_path):
    run = run_cli("vectors", "plot", folder, "-o", tmp_path / "map.svg", "--words", "king,car")
    assert (run.code, run.stdout) == (0, "")
    assert ">king<" in (tmp_path / "map.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["neighbors", "VECTORS", "kin"], 1, "'kin' is not among the 10 words; near"),
        (["neighbors", "VECTORS", "king", "-n", "0"], 2, "-n"),
        (["neighbors", "missing", "king"], 1, "missing does not exist"),
        (["neighbors", "VECTORS"], 2, "WORD"),
        (["analogy", "VECTORS", "king", "man"], 2, "C"),
        (["analogy", "VECTORS", "king", "man", "car", "--method", "x"], 2, "method='x' is unknown"),
        (["odd", "VECTORS", "king", "man"], 2, "2 words have no odd one out"),
        (["evaluate", "VECTORS"], 2, "--analogies FILE"),
        (["evaluate", "VECTORS", "--analogies", "missing.txt"], 1, "missing.txt does not exist"),
        (["convert", "VECTORS", "VECTORS"], 1, "--force"),
        (["convert", "VECTORS", "out.doc"], 2, "names no format"),
        (["plot", "VECTORS", "-o", "map.gif"], 2, "names no picture"),
        (["plot", "VECTORS"], 2, "--output"),
    ],
)
def test_mistakes_are_told_in_a_line(run_cli, folder, tmp_path, monkeypatch, arguments, code, text):
    monkeypatch.chdir(tmp_path)
    run = run_cli("vectors", *[str(folder) if one == "VECTORS" else one for one in arguments])
    assert run.code == code
    assert text in run.stderr.splitlines()[0]
    assert run.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["vectors"]


@pytest.mark.parametrize("command", ["neighbors", "analogy", "odd", "evaluate", "plot", "convert"])
def test_help_shows_examples(run_cli, command):
    run = run_cli("vectors", command, "--help")
    assert run.code == 0
    assert f"gradus vectors {command} " in run.stdout.split("Examples:")[1]


def test_a_question_imports_no_heavy_library(folder):
    program = (
        "import sys; from gradus.cli.app import main; "
        f"code = main(['vectors', 'neighbors', {str(folder)!r}, 'king']); "
        "heavy = {'numba', 'torch', 'sklearn', 'matplotlib', 'scipy', 'rich.progress'}; "
        "sys.exit(str(heavy & set(sys.modules)) if code or heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
