"""``gradus annotate`` and ``gradus pipeline`` on the command line, with a small pipeline."""

import json
import lzma
from functools import partial

import pytest
import tiny_pipelines
import tiny_taggers
import tiny_tokenizers

from gradus.pipeline.chunks import text_chunks
from gradus.pipeline.conll_scores import PipelineReport
from gradus.text.conllu import read_conllu, write_conllu
from gradus.text.spacing import raw_text

TEXT = "I don't know.\n\nGo on! Mr. Smith can't see.\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_pipelines.write_tiny(tmp_path_factory.mktemp("tiny"))


def check_error(run, code, *words):
    assert run.code == code, run.stderr
    assert "Traceback" not in run.stderr
    for word in words:
        assert word in run.stderr


def test_a_text_in_quotes_in_every_format(run_cli, model):
    for form in ("conllu", "json", "spans", "tree", "table"):
        run = run_cli("annotate", "--model", model, "Go on!", "--format", form)
        assert run.code == 0, run.stderr
        assert run.stdout
    row = json.loads(run_cli("annotate", "--model", model, "Go on!", "--format", "json").stdout)
    assert row["text"] == "Go on!"


def test_files_of_any_packing_become_files_in_a_folder(run_cli, model, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    with lzma.open(tmp_path / "b.txt.xz", "wt") as file:
        file.write("No\n")
    out = tmp_path / "out"
    words = ("annotate", "--model", model, tmp_path / "a.txt", tmp_path / "b.txt.xz", "-o", out)
    assert run_cli(*words).code == 0
    assert sorted(path.name for path in out.iterdir()) == ["a.conllu", "b.conllu"]
    assert raw_text(read_conllu(out / "a.conllu")) == TEXT
    before = (out / "a.conllu").stat().st_mtime_ns
    (out / "b.conllu").unlink()
    again = run_cli(*words)
    assert "a.conllu is there already" in again.stderr
    assert (out / "a.conllu").stat().st_mtime_ns == before
    assert (out / "b.conllu").exists()


def test_two_processes_give_what_one_gives(run_cli, model, tmp_path, monkeypatch):
    monkeypatch.setattr("gradus.pipeline.annotating.text_chunks", partial(text_chunks, size=1000))
    path = tmp_path / "text.txt"
    path.write_text("\n\n".join([TEXT.strip()] * 200))
    one, two = (
        run_cli("annotate", "--model", model, path, "--jobs", jobs, "--without", "entities")
        for jobs in (1, 2)
    )
    assert one.code == two.code == 0
    assert one.stdout == two.stdout
    assert len(one.stdout) > 50_000


def test_given_words_from_conllu(run_cli, model, tmp_path):
    write_conllu(tiny_tokenizers.treebank(), tmp_path / "words.conllu")
    run = run_cli("annotate", "--model", model, "--input", "conllu", tmp_path / "words.conllu")
    assert run.code == 0, run.stderr
    found = list(read_conllu(run.stdout.splitlines()))
    assert [[word.form for word in one.words] for one in found] == [
        [word.form for word in one.words] for one in tiny_tokenizers.treebank()
    ]


def test_standard_input(run_cli, model):
    run = run_cli("annotate", "--model", model, "-", stdin=TEXT)
    assert run.code == 0, run.stderr
    assert raw_text(read_conllu(run.stdout.splitlines())) == TEXT


@pytest.mark.parametrize("content", [b"", b" \n\t\n"])
def test_nothing_but_white_space_is_told_and_nothing_written(content, run_cli, model, tmp_path):
    (tmp_path / "empty.txt").write_bytes(content)
    out = tmp_path / "out.conllu"
    run = run_cli("annotate", "--model", model, tmp_path / "empty.txt", "-o", out)
    check_error(run, 1, "holds no word")
    assert not out.exists()


def test_mistakes_are_told(run_cli, model, tmp_path):
    (tmp_path / "latin.txt").write_bytes(b"Go on!\n" * 3 + b"caf\xe9")
    path = tmp_path / "latin.txt"
    check_error(run_cli("annotate", "--model", model, path), 1, "byte 24", "0xe9", "UTF-8")
    check_error(run_cli("annotate", "--model", model, "none.txt"), 1, "none.txt does not exist")
    check_error(run_cli("annotate", "--model", model, "寝る。"), 1, "standard input")
    check_error(run_cli("annotate", "--model", model, ""), 1, "the text holds no word")
    check_error(run_cli("annotate", "--model", "elvish", "Go on!"), 1, "elvish")
    check_error(run_cli("annotate", "--model", model, "Go on!", "--format", "xml"), 2, "xml")
    check_error(run_cli("annotate", "--model", model, "Go on!", "--input", "pdf"), 2, "pdf")
    check_error(run_cli("annotate", "--model", model, "Go on!", "--without", "heart"), 2, "heart")
    check_error(run_cli("annotate", "--model", model / "tagger", "Go on!"), 1, "'tagger'")


def test_scores_are_those_of_the_library(run_cli, model, tmp_path):
    gold = tiny_taggers.labelled()
    write_conllu(gold, tmp_path / "gold.conllu")
    out = tmp_path / "system.conllu"
    words = ("pipeline", "evaluate", model, tmp_path / "gold.conllu")
    run = run_cli(*words, "--json", "--write", out)
    assert run.code == 0, run.stderr
    gold = list(read_conllu(tmp_path / "gold.conllu"))
    report = PipelineReport.of(gold, list(read_conllu(out)))
    assert json.loads(run.stdout) == report.to_dict()
    again = run_cli("pipeline", "evaluate", "--predicted", out, tmp_path / "gold.conllu", "--json")
    assert again.stdout == run.stdout
    given = run_cli(*words, "--words")
    assert "Words" in given.stdout
    assert "100.00%" in given.stdout
    check_error(run_cli(*words, "--write", out), 1, "exists")
    check_error(run_cli("pipeline", "evaluate", model), 2, "give a pipeline and a file")


def test_a_pipeline_tells_of_itself(run_cli, model):
    run = run_cli("pipeline", "info", model)
    assert run.code == 0, run.stderr
    for part in ("tokenizer", "tagger", "parser", "entities"):
        assert part in run.stdout
    facts = json.loads(run_cli("pipeline", "info", model, "--json").stdout)
    assert facts["about"] == {"name": "tiny"}
    assert all(count > 0 for count in facts["parts"].values())


def test_wrong_settings_of_a_training_are_told(run_cli, tmp_path):
    write_conllu(tiny_taggers.labelled(), tmp_path / "train.conllu")
    words = ("pipeline", "train", "--treebank", tmp_path / "train.conllu", "-o", tmp_path / "m")
    check_error(run_cli(*words, "--set", "epochs=3"), 2, "PART.NAME=VALUE")
    check_error(run_cli(*words, "--set", "tagger.mood=3"), 2, "mood")
    check_error(run_cli(*words, "--set", "entities.epochs=3"), 2, "entities")
    check_error(run_cli(*words, "--about", "Dutch"), 2, "KEY=VALUE")
    check_error(run_cli(*words, "--preset", "huge"), 2, "fast or accurate")
    check_error(run_cli(*words, "--vectors", "v", "--text", "t"), 2, "name a table, or a text")
    check_error(run_cli(*words, "--ner-dev", "t"), 2, "without entities to learn from")
    check_error(run_cli(*words, "--resume"), 2, "no run to resume")
    assert not (tmp_path / "m").exists()
