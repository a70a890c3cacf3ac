"""From sentences with labels to a saved tagger and back, through the command line."""

import json
import lzma

import pytest
from stopped_runs import Stopper
from tiny_taggers import labelled

from gradus.core.storage import map_tensors
from gradus.tasks.tagging import training
from gradus.text.columns import TaggedSentence, read_columns, write_columns
from gradus.text.conllu import read_conllu, write_conllu
from gradus.text.entities_in_misc import entity_tags
from gradus.text.schemes import NO_SPAN

TINY = (
    *("--dim", 8, "--epochs", 2, "--batch-size", 8, "--threads", 1, "--encoder", "lstm(8)"),
    *("--set", "affix_dim=4", "--set", "min_count=1"),
)

#: What is learnt by each kind of tagger, and from which file.
KINDS = {
    "tags": ("train.conllu",),
    "lemmas": ("train.conllu", "--columns", "upos,lemma", "--output", "margin"),
    "window": ("train.iob2", "--kind", "ner", "--preset", "window", "--output", "softmax"),
    "ner": ("train.iob2", "--kind", "ner"),
    "mixed": ("train.conllu", "--columns", "upos,entity"),
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Sentences as CoNLL-U and in five columns, to learn and to measure on."""
    folder = tmp_path_factory.mktemp("corpus")
    for part, seed in (("train", 1), ("dev", 2)):
        sentences = labelled(20, seed=seed)
        for number, sentence in enumerate(sentences):
            sentence.comments.append(f"# sent_id = {part}-{number}")
        write_conllu(sentences, folder / f"{part}.conllu")
        (folder / f"{part}.iob2").write_text(in_columns(sentences), encoding="utf-8")
    return folder


def in_columns(sentences):
    lines = []
    for sentence in sentences:
        lines += sentence.comments
        pairs = zip(sentence.words, entity_tags(sentence), strict=True)
        for number, (word, tag) in enumerate(pairs, start=1):
            lines.append(f"{number}\t{word.form}\t{tag}\t-\tsomebody")
        lines.append("")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def models(corpus):
    """Taggers of five kinds, made when first asked for."""
    from gradus.cli.app import main

    def model(kind):
        path = corpus / kind
        if not path.exists():
            file, *options = KINDS[kind]
            words = ["tagger", "train", corpus / file, "-o", path, "--quiet", *TINY, *options]
            assert main([str(word) for word in words]) == 0
        return path

    return model


def check_error(run, code, *words):
    assert run.code == code, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.strip()
    for word in words:
        assert word in run.stderr, run.stderr


def without(text, columns):
    """The text of a CoNLL-U file with some columns of the words blanked."""
    lines = []
    for line in text.split("\n"):
        cells = line.split("\t")
        if cells[0].isdigit():
            for column in columns:
                cells[column] = "_"
        lines.append("\t".join(cells))
    return "\n".join(lines)


RICH = """\
# newdoc id = d
# sent_id = 1
# text = Vámonos al mar
1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=Yes
1\tVamos\t_\t_\t_\t_\t0\troot\t_\t_
2\tnos\t_\t_\t_\t_\t1\tobj\t_\tGloss=us|Id=2
3-4\tal\t_\t_\t_\t_\t_\t_\t_\t_
3\ta\t_\t_\t_\t_\t5\tcase\t_\t_
4\tel\t_\t_\t_\t_\t5\tdet\t_\t_
4.1\tgran\tgrande\tADJ\t_\t_\t_\t_\t5:amod\tCopyOf=1
5\tmar\t_\t_\t_\t_\t1\tobl\t_\tSpaceAfter=No

# sent_id = 2
# no = number sign
1\tNueva York\t_\t_\t_\t_\t_\t_\t_\t_

"""


@pytest.mark.parametrize(("kind", "columns"), [("tags", (2, 3, 4, 5)), ("lemmas", (2, 3))])
def test_all_but_the_labels_comes_through_byte_for_byte(run_cli, models, corpus, kind, columns):
    text = (corpus / "dev.conllu").read_text(encoding="utf-8")
    run = run_cli("tagger", "tag", models(kind), corpus / "dev.conllu")
    assert run.code == 0, run.stderr
    assert without(run.stdout, columns) == without(text, columns)
    for given in (RICH, "\ufeff" + RICH, RICH.replace("\n", "\r\n")):
        run = run_cli("tagger", "tag", models(kind), "-", stdin=given)
        assert without(run.stdout, columns) == RICH
        words = [word for one in read_conllu(run.stdout.splitlines()) for word in one.words]
        assert all(word.upos != "_" != word.lemma for word in words)


@pytest.mark.parametrize("kind", ["ner", "window"])
def test_all_other_columns_come_through_byte_for_byte(run_cli, models, corpus, kind, tmp_path):
    text = (corpus / "dev.iob2").read_text(encoding="utf-8")
    run = run_cli("tagger", "tag", models(kind), corpus / "dev.iob2")
    assert run.code == 0, run.stderr

    def blank(text):
        rows = (line.split("\t") for line in text.split("\n"))
        return [row[:2] + row[3:] if len(row) > 1 else row for row in rows]

    assert blank(run.stdout) == blank(text)
    piped = run_cli("tagger", "tag", models(kind), stdin=text)
    assert piped.stdout == run.stdout
    both = run_cli("tagger", "tag", models(kind), corpus / "dev.iob2", corpus / "dev.iob2")
    assert both.stdout == run.stdout * 2
    found = read_columns(iter(run.stdout.splitlines()))
    in_misc = run_cli("tagger", "tag", models(kind), corpus / "dev.conllu")
    sentences = read_conllu(in_misc.stdout.splitlines())
    assert [one.tags for one in found] == [entity_tags(one) for one in sentences]


def test_tags_come_back_in_the_scheme_of_the_file(run_cli, models, tmp_path):
    rows = [TaggedSentence(["axs", "ays", "bxs"], ["B-x", "L-x", "U-x"])]
    write_columns(rows, tmp_path / "bilou")
    run = run_cli("tagger", "tag", models("ner"), tmp_path / "bilou")
    letters = {tag[0] for one in read_columns(iter(run.stdout.splitlines())) for tag in one.tags}
    assert letters <= set("BILUO")


@pytest.mark.parametrize("kind", ["tags", "ner"])
def test_a_tagger_says_how_good_it_is_and_is_found_to_be(run_cli, corpus, kind, tmp_path):
    file, *options = KINDS[kind]
    train, dev = corpus / file, corpus / file.replace("train", "dev")
    model = tmp_path / "model"
    run = run_cli("tagger", "train", train, "--dev", dev, "-o", model, "--json", *TINY, *options)
    assert run.code == 0, run.stderr
    figures = json.loads(run.stdout)["dev"]
    judged = run_cli("tagger", "evaluate", model, dev, "--json", "--errors", 3)
    assert judged.code == 0, judged.stderr
    found = json.loads(judged.stdout)
    for name in set(figures) - {"loss", "score"}:
        assert found[name] == pytest.approx(figures[name])
    assert all(len(rows) <= 3 for rows in found["confusions"].values())
    assert {path.name for path in model.iterdir()} == {
        *("config.json", "model.safetensors", "vocabulary.txt", "affixes.txt", "vector-words.txt"),
        *("metrics.json", "log.jsonl", "curves.png", "settings.toml"),
    }
    again = run_cli("tagger", "train", train, "-o", model, *TINY, *options)
    check_error(again, 1, "--force")
    settings = ("--settings", model / "settings.toml", "--dev", dev, "--quiet")
    same = run_cli("tagger", "train", train, "-o", tmp_path / "b", *settings)
    assert same.code == 0, same.stderr
    first, second = (map_tensors(path / "model.safetensors") for path in (model, tmp_path / "b"))
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)

    tagged = tmp_path / f"tagged-{dev.name}"
    assert run_cli("tagger", "tag", model, dev, "-o", tagged).code == 0
    other = run_cli("tagger", "evaluate", "--predicted", tagged, dev, "--json")
    assert other.code == 0, other.stderr
    for name in set(figures) - {"loss", "score"}:
        assert json.loads(other.stdout)[name] == pytest.approx(figures[name])


def test_figures_are_shown_by_column_and_by_type(run_cli, models, corpus):
    run = run_cli("tagger", "evaluate", models("mixed"), corpus / "dev.conllu", "--errors", 2)
    assert run.code == 0, run.stderr
    for word in ("upos", "accuracy", "F1", "creative-work", "most frequent mistakes in upos"):
        assert word in run.stdout
    assert "creative-work" in run.stdout


def test_what_gold_does_not_say_is_left_out_and_said_so(run_cli, models, corpus, tmp_path):
    bare = list(read_conllu(str(corpus / "dev.conllu")))
    for sentence in bare:
        for word in sentence.words:
            word.xpos, word.lemma = "_", "_"
    write_conllu(bare, tmp_path / "bare.conllu")
    run = run_cli("tagger", "evaluate", models("tags"), tmp_path / "bare.conllu", "--json")
    assert run.code == 0, run.stderr
    assert "says nothing of xpos, lemma: left out" in run.stderr
    assert not {"xpos", "lemma"} & set(json.loads(run.stdout))


def test_several_files_go_to_a_folder_and_only_once(run_cli, models, corpus, tmp_path):
    text = (corpus / "dev.iob2").read_text(encoding="utf-8")
    (tmp_path / "a.iob2").write_text(text)
    with lzma.open(tmp_path / "b.iob2.xz", "wt", encoding="utf-8") as file:
        file.write(text)
    files, out = (tmp_path / "a.iob2", tmp_path / "b.iob2.xz"), tmp_path / "out"
    assert run_cli("tagger", "tag", models("ner"), *files, "-o", out, "--quiet").code == 0
    assert sorted(path.name for path in out.iterdir()) == ["a.iob2", "b.iob2"]
    whole = (out / "a.iob2").read_text()
    assert (out / "b.iob2").read_text() == whole
    (out / "a.iob2").write_text("mine")
    (out / "b.iob2").unlink()
    again = run_cli("tagger", "tag", models("ner"), *files, "-o", out, "--quiet")
    assert "a.iob2 is there already; --force tags" in again.stderr
    assert (out / "a.iob2").read_text() == "mine"
    assert (out / "b.iob2").read_text() == whole
    assert run_cli("tagger", "tag", models("ner"), *files, "-o", out, "--force").code == 0
    assert (out / "a.iob2").read_text() == whole


def test_typed_sentences_are_shown_with_their_labels(run_cli, models):
    run = run_cli("tagger", "tag", models("mixed"), "--text", "She moved.", "--text", "Hi")
    assert run.code == 0, run.stderr
    first, second = run.stdout.split("\n\n")
    assert [line.split()[0] for line in first.splitlines()] == ["word", "She", "moved", "."]
    assert first.splitlines()[0].split() == ["word", "upos", "entity"]
    assert second.splitlines()[1].startswith("Hi")


def test_a_run_goes_on_where_it_stopped(run_cli, corpus, tmp_path, monkeypatch):
    train, dev = corpus / "train.conllu", corpus / "dev.conllu"
    words = ("tagger", "train", train, "--dev", dev, "--quiet", *TINY)
    words = (*words, "--set", "checkpoint_seconds=0")
    assert run_cli(*words, "-o", tmp_path / "whole").code == 0
    whole_fit = training.fit
    with monkeypatch.context() as patch:
        patch.setattr(
            training, "fit", lambda *a, **k: whole_fit(*a, **{**k, "callbacks": [Stopper(4)]})
        )
        assert run_cli(*words, "-o", tmp_path / "cut").code == 130
    assert run_cli(*words, "-o", tmp_path / "cut", "--resume").code == 0
    first, second = (
        map_tensors(tmp_path / name / "model.safetensors") for name in ("whole", "cut")
    )
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


BAD_FILES = {
    "empty.conllu": (b"", "holds no sentence"),
    "short.conllu": (b"1\tA\n\n", "line 1"),
    "bare.conllu": (b"1\tA\t_\t_\t_\t_\t_\t_\t_\t_\n\n", "the sentences have nothing in upos"),
    "odd.conllu": (b"1\t\xff\xfe\t_\t_\t_\t_\t_\t_\t_\t_\n\n", "odd.conllu"),
    "empty.iob2": (b"\n\n", "holds no sentence"),
    "ragged.iob2": (b"A\tO\nB\tB-x\nC\n\n", "line 3: 1 column in 'C', expected 2"),
    "wrong.iob2": (b"A\tO\nB\tO\nC\tB\n\n", "line 3: column 2: 'B' is no tag"),
    "plain.iob2": (b"one\ntwo\n", "one column in 'one'"),
    "none.iob2": (b"A\tO\nB\tO\n\n", "the sentences have nothing in entity"),
    "odd.iob2": (b"A\tO\n\xff\xfe\tB-x\n\n", "odd.iob2"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_told_and_leave_nothing(run_cli, models, tmp_path, name):
    content, message = BAD_FILES[name]
    path = tmp_path / name
    path.write_bytes(content)
    kind = "ner" if name.endswith("iob2") else "tags"
    run = run_cli("tagger", "train", path, "-o", tmp_path / "m", "--kind", kind, "--quiet", *TINY)
    check_error(run, 1, message)
    assert len(run.stderr.splitlines()) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    check_error(run_cli("tagger", "evaluate", models(kind), path), 1, message)
    if not name.startswith(("bare", "none")):
        out = tmp_path / "out"
        check_error(run_cli("tagger", "tag", models(kind), path, "-o", out), 1, message)
        assert not out.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--kind", "pos"], "--kind pos is unknown: choose tags or ner"),
        (["--kind", "ner", "--columns", "upos"], "leave one of them out"),
        (["--columns", "upos,mood"], "column 'mood' is unknown"),
        (["--columns", "upos,upos"], "name each of them once"),
        (["--columns", ""], "column '' is unknown"),
        (["--preset", "best"], "choose fast or accurate or window"),
        (["--output", "viterbi"], "'viterbi' is unknown"),
        (["--output", "margin(a)"], "margin"),
        (["--scheme", "BIOESX"], "'BIOESX'"),
        (["--encoder", "transformer"], "'transformer' is unknown"),
        (["--encoder", "lstm(0)"], "lstm(0)"),
        (["--dropout", 1], "dropout=1.0 is out of range"),
        (["--set", "hiden=3"], "no setting 'hiden'"),
        (["--patience", 1], "patience=1 waits for a better figure"),
        (["--settings", "nowhere.toml"], "nowhere.toml does not exist"),
        (["--resume"], "no run to resume"),
    ],
)
def test_wrong_settings_are_told_in_a_line(run_cli, corpus, tmp_path, options, message):
    train = (corpus / "train.conllu", "-o", tmp_path / "m", "--quiet")
    check_error(run_cli("tagger", "train", *train, *options), 2, message)
    assert not list(tmp_path.iterdir())


def bad_calls(models, corpus, tmp_path):
    dev, columns, missing = corpus / "dev.conllu", corpus / "dev.iob2", tmp_path / "missing"
    two = tmp_path / "two.iob2"
    two.write_text("A\tO\n\n")
    return [
        (("train", missing, "-o", tmp_path / "m"), 1, "missing"),
        (("train", dev, "--dev", missing, "-o", tmp_path / "m"), 1, "missing"),
        (("train", dev, "-o", tmp_path / "m", "--vectors", missing), 1, "missing"),
        (("tag", missing, dev), 1, "does not exist"),
        (("tag", corpus, dev), 1, "has no config.json"),
        (("tag", models("tags"), missing), 1, "missing"),
        (("tag", models("tags"), columns), 1, "dev.iob2, line 2"),
        (("tag", models("tags"), dev, "--format", "columns"), 2, "give CoNLL-U"),
        (("tag", models("ner"), columns, "--format", "text"), 2, "choose conllu or columns"),
        (("tag", models("ner"), columns, dev), 2, "tag them apart"),
        (("tag", models("ner"), columns, two), 2, "two.iob2 has other columns"),
        (("tag", models("ner"), dev, "--text", "Hi"), 2, "leave FILE and --out away"),
        (("tag", models("ner"), "--text", " "), 1, "holds no word"),
        (("tag", models("ner"), columns, "-o", columns), 1, "--force"),
        (("evaluate", models("tags"), missing), 1, "missing"),
        (("evaluate", missing, dev), 1, "does not exist"),
        (("evaluate", models("tags")), 2, "give a model and a file"),
        (("evaluate", models("tags"), dev, "--predicted", dev), 2, "only the file"),
        (("evaluate", "--predicted", corpus / "train.conllu", dev), 1, "other words"),
    ]


@pytest.mark.parametrize("number", range(19))
def test_what_cannot_be_done_is_said_without_a_traceback(run_cli, models, corpus, tmp_path, number):
    calls = bad_calls(models, corpus, tmp_path)
    assert len(calls) == 19
    words, code, message = calls[number]
    check_error(run_cli("tagger", *words), code, message)


def test_a_model_of_another_task_is_refused(run_cli, corpus, tmp_path):
    reviews, model = tmp_path / "reviews.tsv", tmp_path / "model"
    reviews.write_text("pos\tfine\nneg\tdull\n" * 10)
    assert run_cli("classifier", "train", reviews, "-o", model, "--quiet").code == 0
    for words in (("tag", model, "-"), ("evaluate", model, corpus / "dev.conllu")):
        check_error(run_cli("tagger", *words), 1, "of kind 'classifier'; this needs 'tagger'")


@pytest.fixture
def vectors(corpus, tmp_path):
    words = sorted(
        {word.form for one in read_conllu(str(corpus / "train.conllu")) for word in one.words}
    )
    lines = [f"{word} {number % 7} {number % 3} {number % 5}" for number, word in enumerate(words)]
    (tmp_path / "vectors.txt").write_text("\n".join(lines) + "\n")
    return tmp_path / "vectors.txt"


def test_vectors_are_scored_by_the_entities_that_they_find(run_cli, corpus, vectors):
    ner = ("--ner", corpus / "train.iob2", corpus / "dev.iob2", "--seeds", 2, "--epochs", 1)
    run = run_cli("vectors", "evaluate", vectors, *ner, "--json")
    assert run.code == 0, run.stderr
    found = json.loads(run.stdout)["ner"]
    assert (found["seeds"], len(found["vectors"]["f1"]), len(found["random"]["f1"])) == (2, 2, 2)
    shown = run_cli("vectors", "evaluate", vectors, *ner, "--quiet")
    assert {line.split()[0] for line in shown.stdout.splitlines()[1:]} == {
        *("vectors", "these", "random")
    }
    assert shown.stderr == ""


def test_vectors_without_anything_to_score_them_on_are_told(run_cli, corpus, vectors, tmp_path):
    check_error(run_cli("vectors", "evaluate", vectors), 2, "--ner TRAIN DEV")
    missing = ("--ner", corpus / "train.iob2", tmp_path / "missing")
    check_error(run_cli("vectors", "evaluate", vectors, *missing), 1, "missing does not exist")
    (tmp_path / "none.iob2").write_text(f"A\t{NO_SPAN}\n\n")
    none = ("--ner", tmp_path / "none.iob2", corpus / "dev.iob2")
    check_error(run_cli("vectors", "evaluate", vectors, *none), 1, "nothing in entity")
