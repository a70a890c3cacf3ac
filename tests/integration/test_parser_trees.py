"""Treebanks measured and constituency trees converted, through the command line."""

import json

import pytest

from gradus.text.conllu import read_treebank, write_conllu
from gradus.text.document import Sentence

TREES = """
( (S (NP-SBJ-1 (DT The) (NN cat))
     (VP (VBZ wants) (S (NP-SBJ (-NONE- *-1)) (VP (TO to) (VP (VB sleep)))))
     (. .)) )
(FRAG (UH Oh))
"""


@pytest.fixture
def brackets(tmp_path):
    path = tmp_path / "trees.mrg"
    path.write_text(TREES)
    return path


@pytest.fixture
def treebank(tmp_path):
    path = tmp_path / "treebank.conllu"
    flat = Sentence.of(["Cats", "sleep"], heads=[2, 0], deprels=["nsubj", "root"])
    crossed = Sentence.of(list("abcdefgh"), heads=[2, 4, 4, 0, 2, 7, 5, 4], deprels=["x"] * 8)
    write_conllu([flat, crossed], path)
    return path


def test_projectivity_is_counted_for_every_file(run_cli, treebank):
    run = run_cli("parser", "projectivity", treebank, treebank)
    assert run.code == 0, run.stderr
    header, *rows = run.stdout.splitlines()
    assert header.split()[:3] == ["sentences", "words", "longest"]
    assert [row.split()[:3] for row in rows] == [["2", "10", "8"]] * 2
    assert "50.00%" in rows[0]
    assert "10.00%" in rows[0]


def test_projectivity_as_json_holds_the_whole_report(run_cli, treebank):
    run = run_cli("parser", "projectivity", treebank, "--json")
    (report,) = json.loads(run.stdout)
    assert report["file"] == str(treebank)
    assert report["nonprojective_arc_share"] == 0.1
    assert report["gap_degrees"] == {"0": 1, "1": 1}
    assert report["crossing_arcs"] == 2


def test_the_figures_of_a_real_treebank(run_cli, data_folder):
    dutch = data_folder / "ud" / "nl-lassysmall-1.4" / "nl_lassysmall-ud-dev.conllu.xz"
    (report,) = json.loads(run_cli("parser", "projectivity", dutch, "--json").stdout)
    assert (report["sentences"], report["words"]) == (350, 4616)
    assert report["nonprojective_sentences"] == 110
    assert report["nonprojective_arcs"] == 300


def test_text_without_heads_has_no_projectivity(run_cli, tmp_path):
    path = tmp_path / "raw.conllu"
    write_conllu([Sentence.of(["Cats", "sleep"])], path)
    run = run_cli("parser", "projectivity", path)
    assert run.code == 1
    assert str(path) in run.stderr


def test_brackets_become_conllu_on_standard_output(run_cli, brackets, tmp_path):
    run = run_cli("parser", "convert", brackets)
    assert run.code == 0, run.stderr
    path = tmp_path / "out.conllu"
    path.write_text(run.stdout)
    first, second = read_treebank(path)
    assert [word.form for word in first.words] == ["The", "cat", "wants", "to", "sleep", "."]
    assert first.heads == [2, 3, 0, 3, 4, 3]
    assert first.deprels == ["DT", "NP-SBJ", "root", "S", "VP", "."]
    assert second.heads == [0]


def test_brackets_become_a_file_that_is_not_replaced_unasked(run_cli, brackets, tmp_path):
    out = tmp_path / "out.conllu"
    run = run_cli("parser", "convert", brackets, "-o", out)
    assert (run.code, run.stdout) == (0, "")
    assert f"wrote 2 trees to {out}" in run.stderr
    assert len(read_treebank(out)) == 2
    assert run_cli("parser", "convert", brackets, "-o", out).code == 1
    assert run_cli("parser", "convert", brackets, "-o", out, "--force").code == 0


def test_rules_of_ones_own_choose_the_heads(run_cli, tmp_path):
    rules = tmp_path / "heads.txt"
    rules.write_text("NP left DT\n* left\n")
    run = run_cli("parser", "convert", "-", "--rules", rules, stdin="(NP (DT the) (NN cat))")
    assert [line.split("\t")[6] for line in run.stdout.splitlines() if line] == ["0", "1"]


def test_both_views_are_drawn(run_cli, brackets, tmp_path):
    run = run_cli("parser", "convert", brackets, "--show")
    assert run.code == 0, run.stderr
    assert "├── NP-SBJ-1" in run.stdout
    assert "\t" not in run.stdout
    assert run.stdout.count("cat") == 2  # once in each view
    out = tmp_path / "out.conllu"
    both = run_cli("parser", "convert", brackets, "--show", "-o", out)
    assert both.stdout == run.stdout
    assert len(read_treebank(out)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(S (NN cat)\n(S", "standard input, line 2, column 1: this bracket is never closed"),
        ("\n", "standard input holds no tree"),
        ("(S (NN cat)) (S (-NONE- *))", "tree 2 of standard input: the tree holds nothing but"),
    ],
)
def test_what_cannot_be_converted_is_said(run_cli, text, message):
    run = run_cli("parser", "convert", "-", stdin=text)
    assert run.code == 1
    assert message in run.stderr
