"""From a treebank to a saved parser and back, through the command line."""

import json
import lzma
import re
from itertools import islice

import pytest

from gradus.core.errors import FormatError
from gradus.core.storage import map_tensors
from gradus.tasks.parsing.parser import Parser
from gradus.text import conllu
from gradus.text.conllu import read_conllu, read_treebank, write_conllu
from gradus.text.document import Sentence

TINY = (
    *("--dim", 8, "--hidden", 12, "--epochs", 1, "--batch-size", 64, "--threads", 1),
    *("--set", "affix_dim=4", "--set", "tag_dim=4", "--set", "feature_dim=4"),
    *("--set", "arc_dim=8", "--set", "label_dim=8"),
)


def unpacked(data_folder, treebank, part):
    (path,) = (data_folder / "ud" / treebank).glob(f"*-{part}.conllu.xz")
    return lzma.open(path, "rt", encoding="utf-8").read()


def first_sentences(text, count):
    return "\n\n".join(text.split("\n\n")[:count]) + "\n\n"


@pytest.fixture(scope="module")
def treebank(data_folder, tmp_path_factory):
    """Files of a Dutch treebank: 60 sentences to learn, and all to measure on."""
    folder = tmp_path_factory.mktemp("nl")
    text = unpacked(data_folder, "nl-lassysmall-1.4", "train")
    (folder / "train.conllu").write_text(first_sentences(text, 60), encoding="utf-8")
    dev = unpacked(data_folder, "nl-lassysmall-1.4", "dev")
    (folder / "dev.conllu").write_text(dev, encoding="utf-8")
    (folder / "few.conllu").write_text(first_sentences(dev, 6), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def models(treebank):
    """Parsers of three kinds, made when first asked for."""
    from gradus.cli.app import main

    def model(kind):
        path = treebank / kind
        if not path.exists():
            words = ["parser", "train", treebank / "train.conllu", "-o", path, "--quiet", *TINY]
            assert main([str(word) for word in (*words, *KINDS[kind])]) == 0
        return path

    return model


KINDS = {
    "fast": (),
    "swap": ("--nonprojective", "swap", "--encoder", "window(8, reach=1)"),
    "graph": ("--nonprojective", "graph"),
}


def without_trees(text):
    """The text of a CoNLL-U file with HEAD and DEPREL blanked."""
    lines = []
    for line in text.split("\n"):
        cells = line.split("\t")
        if cells[0].isdigit():
            cells[6:8] = "_", "_"
        lines.append("\t".join(cells))
    return "\n".join(lines)


def check_error(run, code, *words):
    assert run.code == code, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.strip()
    for word in words:
        assert word in run.stderr, run.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_all_but_the_trees_comes_through_byte_for_byte(run_cli, models, treebank, kind):
    text = (treebank / "dev.conllu").read_text(encoding="utf-8")
    run = run_cli("parser", "parse", models(kind), treebank / "dev.conllu")
    assert run.code == 0, run.stderr
    assert without_trees(run.stdout) == without_trees(text)
    assert len(read_treebank(run.stdout.splitlines())) == 350


RICH = """\
# newdoc id = d
# sent_id = 1
# text = Vámonos al mar
1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=Yes
1\tVamos\tir\tVERB\t_\tMood=Imp|Number=Plur\t_\t_\t_\t_
2\tnos\tnosotros\tPRON\t_\tCase=Acc\t_\t_\t_\tGloss=us|Id=2
3-4\tal\t_\t_\t_\t_\t_\t_\t_\t_
3\ta\ta\tADP\t_\t_\t_\t_\t_\t_
4\tel\tel\tDET\t_\t_\t_\t_\t_\t_
4.1\tgran\tgrande\tADJ\t_\t_\t_\t_\t5:amod\tCopyOf=1
5\tmar\tmar\tNOUN\t_\t_\t_\t_\t_\tSpaceAfter=No

# sent_id = 2
# no = number sign
1\tNueva York\tNueva York\tPROPN\t_\t_\t_\t_\t_\t_

"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("marks", ["", "\ufeff", "crlf"])
def test_tokens_nodes_and_line_ends_of_any_kind(run_cli, models, kind, marks):
    given = RICH.replace("\n", "\r\n") if marks == "crlf" else marks + RICH
    run = run_cli("parser", "parse", models(kind), "-", stdin=given)
    assert run.code == 0, run.stderr
    assert without_trees(run.stdout) == RICH
    sure = run_cli("parser", "parse", models(kind), "-", "--confidence", stdin=given)
    assert re.search(r"\tGloss=us\|Id=2\|Confidence=[01]\.\d{3}\n", sure.stdout)
    assert re.sub(r"\|?Confidence=[\d.]+", "", sure.stdout).replace("\t\n", "\t_\n") == run.stdout


def test_english_comes_through_as_well(run_cli, models, data_folder):
    text = first_sentences(unpacked(data_folder, "en-ewt-2.5", "dev"), 300)
    run = run_cli("parser", "parse", models("fast"), "-", stdin=text)
    assert without_trees(run.stdout) == without_trees(text)


def test_a_parser_says_how_good_it_is_and_is_found_to_be(run_cli, treebank, tmp_path):
    model, few = tmp_path / "model", treebank / "few.conllu"
    trained = run_cli(
        *("parser", "train", treebank / "train.conllu", "--dev", few, "-o", model, "--json"),
        *(*TINY, "--epochs", 3),
    )
    assert trained.code == 0, trained.stderr
    figures = json.loads(trained.stdout)["dev"]
    judged = run_cli("parser", "evaluate", model, few, "--json")
    assert judged.code == 0, judged.stderr
    assert json.loads(judged.stdout)["uas"] == pytest.approx(figures["uas"])
    assert {path.name for path in model.iterdir()} == {
        *("config.json", "model.safetensors", "vocabulary.txt", "affixes.txt", "vector-words.txt"),
        *("metrics.json", "log.jsonl", "curves.png", "settings.toml"),
    }
    again = run_cli("parser", "train", treebank / "train.conllu", "-o", model, *TINY)
    check_error(again, 1, "--force")
    settings = ("--settings", model / "settings.toml", "--dev", few, "--quiet")
    same = run_cli("parser", "train", treebank / "train.conllu", "-o", tmp_path / "b", *settings)
    assert same.code == 0, same.stderr
    first, second = (map_tensors(path / "model.safetensors") for path in (model, tmp_path / "b"))
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_several_files_go_to_a_folder_and_only_once(run_cli, models, treebank, tmp_path):
    text = (treebank / "few.conllu").read_text(encoding="utf-8")
    (tmp_path / "a.conllu").write_text(text)
    with lzma.open(tmp_path / "b.conllu.xz", "wt", encoding="utf-8") as file:
        file.write(text)
    files, out = (tmp_path / "a.conllu", tmp_path / "b.conllu.xz"), tmp_path / "out"
    assert run_cli("parser", "parse", models("fast"), *files, "-o", out, "--quiet").code == 0
    assert sorted(path.name for path in out.iterdir()) == ["a.conllu", "b.conllu"]
    whole = (out / "a.conllu").read_text()
    assert (out / "b.conllu").read_text() == whole
    (out / "a.conllu").write_text("mine")
    (out / "b.conllu").unlink()
    again = run_cli("parser", "parse", models("fast"), *files, "-o", out, "--quiet")
    assert again.code == 0
    assert "a.conllu is there already" in again.stderr
    assert (out / "a.conllu").read_text() == "mine"
    assert (out / "b.conllu").read_text() == whole
    forced = run_cli("parser", "parse", models("fast"), *files, "-o", out, "--force", "--quiet")
    assert forced.code == 0
    assert (out / "a.conllu").read_text() == whole


def test_two_files_of_one_name_are_refused_before_anything(run_cli, models, treebank, tmp_path):
    (tmp_path / "x").mkdir()
    for folder in (tmp_path, tmp_path / "x"):
        (folder / "a.conllu").write_text((treebank / "few.conllu").read_text())
    files = (tmp_path / "a.conllu", tmp_path / "x" / "a.conllu")
    run = run_cli("parser", "parse", models("fast"), *files, "-o", tmp_path / "out")
    check_error(run, 2, "one name")
    assert not (tmp_path / "out").exists()


def test_one_file_is_written_whole_or_not_at_all(run_cli, models, treebank, tmp_path, monkeypatch):
    out, few = tmp_path / "parsed.conllu", treebank / "few.conllu"
    assert run_cli("parser", "parse", models("fast"), few, "-o", out).code == 0
    whole = out.read_text()
    run = run_cli("parser", "parse", models("fast"), few, "-o", out)
    check_error(run, 1, "exists", "--force")
    assert out.read_text() == whole
    assert run_cli("parser", "parse", models("fast"), few, "-o", out, "--force").code == 0

    written = []

    def failing(sentence):
        written.append(sentence)
        if len(written) == 4:
            raise FormatError("this sentence cannot be written")
        return "1\tx\n\n"

    monkeypatch.setattr(conllu, "format_conllu", failing)
    for name in (out, tmp_path / "new.conllu"):
        written.clear()
        run = run_cli("parser", "parse", models("fast"), few, "-o", name, "--force")
        check_error(run, 1, "cannot be written")
    assert out.read_text() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["parsed.conllu"]


def test_heads_that_are_there_are_kept(run_cli, models, treebank, tmp_path):
    half = list(islice(read_conllu(str(treebank / "few.conllu")), 6))
    for sentence in half:
        for number, word in enumerate(sentence.words, start=1):
            if word.head != 0 and number % 3 and abs((word.head or 0) - number) != 1:
                word.head, word.deprel = None, "_"
    write_conllu(half, tmp_path / "half.conllu")
    run = run_cli("parser", "parse", models("graph"), tmp_path / "half.conllu", "--keep")
    assert run.code == 0, run.stderr
    for before, after in zip(half, read_treebank(run.stdout.splitlines()), strict=True):
        for had, has in zip(before.words, after.words, strict=True):
            assert had.head in (None, has.head)
            assert had.deprel in ("_", has.deprel)
    refused = run_cli("parser", "parse", models("swap"), tmp_path / "half.conllu", "--keep")
    check_error(refused, 2, "cannot promise to keep arcs")
    (tmp_path / "bad.conllu").write_text(
        "\n\n1\tA\t_\t_\t_\t_\t2\t_\t_\t_\n2\tB\t_\t_\t_\t_\t1\t_\t_\t_\n\n"
    )
    bad = run_cli("parser", "parse", models("fast"), tmp_path / "bad.conllu", "--keep")
    check_error(bad, 1, '"A B", line 3', "cycle")


def test_a_trace_ends_in_the_tree(run_cli, models, treebank):
    chosen = ("--file", treebank / "few.conllu", "--sentence", 3)
    steps = json.loads(run_cli("parser", "trace", models("fast"), *chosen, "--json").stdout)
    heads = {step["arc"][2]: step["arc"][0] for step in steps if step["arc"]}
    sentence = list(read_conllu(str(treebank / "few.conllu")))[2]
    (parsed,) = Parser.load(models("fast")).parse([sentence])
    assert [heads[number] for number in range(1, len(parsed) + 1)] == parsed.heads
    table = run_cli("parser", "trace", models("fast"), "De/DET kat/NOUN slaapt/VERB")
    assert table.code == 0, table.stderr
    assert "start" in table.stdout
    assert "[De kat slaapt]" in table.stdout


def test_words_of_the_command_line_are_parsed_and_drawn(run_cli, models, treebank, tmp_path):
    run = run_cli("parser", "draw", "--model", models("fast"), "De kat slaapt.", "Ja")
    assert run.code == 0, run.stderr
    assert run.stdout.count("root") == 2
    picture = tmp_path / "tree.svg"
    options = ("--file", treebank / "few.conllu", "--sentence", 1, "-o", picture)
    assert run_cli("parser", "draw", "--model", models("graph"), *options).code == 0
    assert picture.read_text().startswith("<svg")


NO_TREE = "1\tA\t_\t_\t_\t_\t2\tx\t_\t_\n2\tB\t_\t_\t_\t_\t1\tx\t_\t_\n\n"
BAD_TREEBANKS = {
    "": "holds no sentence",
    "1\tA\n\n": "line 1",
    NO_TREE: "line 1",
    NO_TREE.replace("2\tx", "_\t_", 1): "head",
    NO_TREE.replace("2\tx", "0\tx↑y", 1): "mark lifted arcs",
}


@pytest.mark.parametrize("content", BAD_TREEBANKS)
def test_bad_treebanks_are_told_and_leave_nothing(run_cli, tmp_path, content):
    path = tmp_path / "bad.conllu"
    path.write_text(content)
    run = run_cli("parser", "train", path, "-o", tmp_path / "model", "--quiet", *TINY)
    check_error(run, 1, BAD_TREEBANKS[content])
    assert len(run.stderr.splitlines()) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.conllu"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "best"], "choose fast or accurate"),
        (["--system", "fancy"], "fancy"),
        (["--nonprojective", "some"], "nonprojective='some'"),
        (["--nonprojective", "graph", "--system", "eager"], "leave one of them out"),
        (["--nonprojective", "swap", "--system", "eager"], "needs system swap-hybrid or"),
        (["--nonprojective", "pseudo", "--system", "covington"], "builds crossing arcs"),
        (["--encoder", "transformer"], "'transformer' is unknown"),
        (["--encoder", "lstm(0)"], "encoder lstm(0)"),
        (["--set", "hiden=3"], "no setting 'hiden'"),
        (["--hidden", 0], "hidden=0 is out of range"),
        (["--set", "upos=perhaps"], "upos"),
        (["--explore", 2], "explore=2.0 is out of range"),
        (["--patience", 1], "patience=1 waits for a better figure"),
        (["--settings", "nowhere.toml"], "nowhere.toml does not exist"),
        (["--resume"], "no run to resume"),
        (["--optimizer", "adma"], "perhaps 'adam'"),
    ],
)
def test_wrong_settings_are_told_in_a_line(run_cli, treebank, tmp_path, options, message):
    train = (treebank / "few.conllu", "-o", tmp_path / "m", "--quiet")
    check_error(run_cli("parser", "train", *train, *options), 2, message)
    assert not list(tmp_path.iterdir())


def bad_calls(model, treebank, tmp_path):
    few, missing = treebank / "few.conllu", tmp_path / "missing"
    raw, odd = tmp_path / "raw.conllu", tmp_path / "odd.conllu"
    write_conllu([Sentence.of(["A", "B"])], raw)
    odd.write_bytes(b"1\t\xff\xfe\t_\t_\t_\t_\t_\t_\t_\t_\n\n")
    return [
        (("train", missing, "-o", tmp_path / "m"), 1, "missing"),
        (("train", few, "--dev", missing, "-o", tmp_path / "m"), 1, "missing"),
        (("train", raw, "-o", tmp_path / "m"), 1, "head"),
        (("parse", missing, few), 1, "does not exist"),
        (("parse", treebank, few), 1, "has no config.json"),
        (("parse", model, missing), 1, "missing"),
        (("parse", model, odd), 1, "odd.conllu"),
        (("parse", model, few, raw, "-o", few), 1, ""),
        (("trace", model), 2, "give a sentence"),
        (("trace", model, "A", "--file", few), 2, "give a sentence"),
        (("trace", model, "  "), 1, "holds no word"),
        (("trace", model, "--file", few, "--sentence", 99), 1, "fewer than 99"),
        (("trace", model, "--file", missing), 1, "missing"),
        (("trace", missing, "A"), 1, "does not exist"),
        (("evaluate", model, missing), 1, "missing"),
        (("evaluate", missing, few), 1, "does not exist"),
        (("evaluate", model, raw), 1, "head"),
        (("evaluate", model), 2, "give a model and a file"),
        (("evaluate", "--predicted", raw, few), 1, ""),
        (("draw", "--model", missing, "A"), 1, "does not exist"),
        (("draw", "--model", model, "--file", missing), 1, "missing"),
        (("draw", raw), 1, "head"),
    ]


@pytest.mark.parametrize("number", range(22))
def test_what_cannot_be_done_is_said_without_a_traceback(
    run_cli, models, treebank, tmp_path, number
):
    calls = bad_calls(models("fast"), treebank, tmp_path)
    assert len(calls) == 22
    words, code, message = calls[number]
    check_error(run_cli("parser", *words), code, message)


def test_a_graph_has_no_trace(run_cli, models):
    check_error(run_cli("parser", "trace", models("graph"), "A"), 2, "scores all arcs at once")


def test_a_model_of_another_task_is_refused(run_cli, tmp_path):
    reviews, model = tmp_path / "reviews.tsv", tmp_path / "model"
    reviews.write_text("pos\tfine\nneg\tdull\n" * 10)
    assert run_cli("classifier", "train", reviews, "-o", model, "--quiet").code == 0
    for words in (("parse", model, "-"), ("trace", model, "A"), ("draw", "--model", model, "A")):
        check_error(run_cli("parser", *words), 1, "of kind 'classifier'; this needs 'parser'")
