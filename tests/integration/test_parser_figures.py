"""``gradus parser draw`` and ``evaluate`` on files of trees, and with a parser that stands in."""

import json
from xml.etree import ElementTree

import pytest

from gradus.tasks.parsing.attachment import AttachmentReport
from gradus.tasks.parsing.parser import Parser
from gradus.text.arcs import draw_svg, draw_terminal
from gradus.text.conllu import read_treebank, write_conllu
from gradus.text.document import Sentence


def sentence(*heads):
    forms = [f"word{number}" for number in range(1, len(heads) + 1)]
    deprels = ["obj" if head else "root" for head in heads]
    return Sentence.of(forms, heads=heads, deprels=deprels)


GOLD = [sentence(2, 0), sentence(2, 0, 2), sentence(0, 1, 1, 3)]
PARSED = [sentence(2, 0), sentence(3, 0, 2), sentence(0, 1, 2, 2)]


@pytest.fixture
def files(tmp_path):
    paths = tmp_path / "gold.conllu", tmp_path / "parsed.conllu"
    for path, trees in zip(paths, (GOLD, PARSED), strict=True):
        write_conllu(trees, path)
    return paths


class RightBranching:
    """A parser that hangs every word on the one before."""

    @classmethod
    def load(cls, folder):
        return cls()

    def parse(self, sentences, beam=1):
        return [sentence(*range(len(given))) for given in sentences]

    def stream(self, sentences):
        return iter(self.parse(list(sentences)))


@pytest.fixture
def model(monkeypatch, tmp_path):
    monkeypatch.setattr(Parser, "load", RightBranching.load)
    return tmp_path


def test_trees_of_a_file_are_drawn_in_the_terminal(run_cli, files):
    run = run_cli("parser", "draw", files[0], "--sentence", "2-3")
    assert run.code == 0
    drawings = [draw_terminal(tree) for tree in GOLD[1:]]
    assert run.stdout == (
        f"2: word1 word2 word3\n{drawings[0]}\n\n3: word1 word2 word3 word4\n{drawings[1]}\n"
    )


def test_standard_input_is_drawn(run_cli, files):
    run = run_cli("parser", "draw", "-", stdin=files[0].read_text())
    assert run.stdout.count("●") == 3


def test_a_picture_and_a_page(run_cli, files, tmp_path):
    picture, page = tmp_path / "tree.svg", tmp_path / "trees.html"
    options = ["--sentence", 3, "--gold", files[0], "--width", 200]
    assert run_cli("parser", "draw", files[1], *options, "-o", picture).code == 0
    assert picture.read_text() == draw_svg(PARSED[2], width=200, gold=GOLD[2])
    ElementTree.parse(picture)
    assert run_cli("parser", "draw", files[0], "-o", page).code == 0
    assert page.read_text().count("<svg") == 3
    again = run_cli("parser", "draw", files[0], "-o", page)
    assert (again.code, "--force" in again.stderr) == (1, True)
    assert run_cli("parser", "draw", files[0], "-o", page, "--force").code == 0


def test_text_is_parsed_first(run_cli, model):
    run = run_cli("parser", "draw", "--model", model, "Don't go!", "Stay.")
    assert run.code == 0
    assert [line.split()[1:3] for line in run.stdout.splitlines() if "root" in line] == [
        ["1", "word1"],
        ["1", "word1"],
    ]
    assert "3 word3" in run.stdout


def test_a_file_is_parsed_and_compared(run_cli, model, files):
    options = ["--file", files[0], "--gold", files[0], "--sentence", 3]
    run = run_cli("parser", "draw", "--model", model, *options)
    assert "obj  ≠ obj ← 1 word1" in run.stdout


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ([], 2, "give one CoNLL-U file with trees"),
        (["GOLD", "--sentence", "0"], 2, "counted from 1"),
        (["GOLD", "--sentence", "3-2"], 2, "counted from 1"),
        (["GOLD", "--sentence", "first"], 2, "a number such as 3"),
        (["GOLD", "--sentence", "9"], 1, "no sentence has such a number"),
        (["GOLD", "-o", "tree.png"], 2, "use .svg or .html"),
        (["GOLD", "-o", "trees.svg"], 2, "holds one tree, and there are 3"),
        (["GOLD", "--file", "x"], 2, "give one CoNLL-U file with trees"),
        (["--model", "m"], 2, "give sentences to parse, or a CoNLL-U file"),
        (["--model", "m", "  "], 1, "holds no word"),
    ],
)
def test_what_cannot_be_drawn(run_cli, files, model, tmp_path, monkeypatch, options, code, message):
    monkeypatch.chdir(tmp_path)
    run = run_cli(
        "parser", "draw", *(files[0] if option == "GOLD" else option for option in options)
    )
    assert (run.code, message in run.stderr) == (code, True), run.stderr


def test_trees_of_a_file_are_measured(run_cli, files):
    run = run_cli("parser", "evaluate", "--predicted", files[1], files[0], "--json")
    values = json.loads(run.stdout)
    intervals = values.pop("intervals")
    assert values == AttachmentReport.of(GOLD, PARSED).to_dict()
    for name, (low, high) in intervals.items():
        assert low <= values[name] <= high


def test_two_parsers_are_compared(run_cli, files, model, tmp_path):
    trees = tmp_path / "trees.conllu"
    options = ["--against", files[1], "--parsed", trees]
    run = run_cli("parser", "evaluate", model, files[0], *options, "--json")
    (first, second) = (
        AttachmentReport.of(GOLD, parsed) for parsed in (read_treebank(trees), PARSED)
    )
    found = json.loads(run.stdout)["differences"]
    assert [row["figure"] for row in found] == ["uas", "las", "clas"]
    assert found[0]["difference"] == pytest.approx(first.uas - second.uas)
    again = run_cli("parser", "evaluate", model, files[0], *options)
    assert (again.code, "--force" in again.stderr) == (1, True)
    same = run_cli("parser", "evaluate", model, files[0], "--against", model)
    assert same.stdout.count("+0.00%") == 3 * 3


def test_the_tables_name_every_figure(run_cli, files):
    run = run_cli("parser", "evaluate", "--predicted", files[1], files[0], "--errors", 1)
    assert run.code == 0
    for words in (
        "UAS",
        "CLAS",
        "LAS with subtypes",
        "3-6",
        "non-projective",
        "obj",
        "3 sentences",
    ):
        assert words in run.stdout
    assert run.stdout.endswith(draw_terminal(PARSED[2], gold=GOLD[2]) + "\n")


def test_a_model_or_its_trees_are_needed(run_cli, files):
    run = run_cli("parser", "evaluate", files[0])
    assert (run.code, "give a model and a file" in run.stderr) == (2, True)
