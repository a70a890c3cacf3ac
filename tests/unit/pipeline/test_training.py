"""From a treebank to a pipeline: its parts, interruptions, wrong settings, space on disk."""

import errno
import json
import re
import shutil
from copy import deepcopy

import numpy as np
import pytest
from contextual import saved
from tiny_treebanks import NAMES, NOUNS, SMALL, VERBS, small, treebank, with_names, without

from gradus.core.errors import DataError, ExistsError, FormatError, SettingsError, StorageError
from gradus.core.progress import SILENT
from gradus.core.workplace import workplace_of
from gradus.pipeline import packing
from gradus.pipeline.corpora import TAGS, Corpora
from gradus.pipeline.making import fold_of, split_folds
from gradus.pipeline.packing import pack_pipeline
from gradus.pipeline.pipeline import Pipeline
from gradus.pipeline.plan import Plan
from gradus.pipeline.presets import recipe
from gradus.pipeline.training import train_pipeline
from gradus.tasks.base import weights
from gradus.text.conllu import format_conllu
from gradus.text.spacing import raw_text
from gradus.vectors.table import WordVectors

#: Files that tell of a run: how long it took, and how it went.
TELLING = {"metrics.json", "log.jsonl", "curves.png", "README.md"}

FULL = small("tokenizer", "tagger", "parser", "entities", checkpoint_seconds=0.0)


class Notes:
    """Keeps the notes; may end the work at an update."""

    def __init__(self, last=0):
        self.notes, self.updates, self.last = [], 0, last

    def start(self, stage, *, total, unit):
        pass

    def update(self, done, **facts):
        self.updates += 1
        if self.updates == self.last:
            raise KeyboardInterrupt

    def finish(self):
        pass

    def note(self, text):
        self.notes.append(text)


@pytest.fixture(autouse=True, scope="module")
def no_curves():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gradus.training.run.draw_curves", lambda *_, **__: None)
        yield


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    words = [*NOUNS, *VERBS, *NAMES, "the", "dogs", "cats", "."]
    rows = np.random.default_rng(3).normal(size=(len(words), SMALL["tagger"]["dim"]))
    path = tmp_path_factory.mktemp("vectors") / "table"
    WordVectors(words, rows.astype(np.float32)).save(path)
    return path


@pytest.fixture(scope="module")
def given(vectors):
    """What every whole run is made from."""
    return {
        "treebank": treebank(),
        "dev": treebank(6, seed=3),
        "ner": with_names(),
        "vectors": vectors,
        "changes": FULL,
        "compact": False,
        "share": False,
    }


@pytest.fixture(scope="module")
def whole(given, tmp_path_factory):
    """A folder with every part, and what was told on the way."""
    folder, told = tmp_path_factory.mktemp("whole") / "model", Notes()
    train_pipeline(**given, folder=folder, progress=told, about={"name": "tiny"})
    return folder, told


def files(folder):
    """The content of every file that only depends on data, settings and seed."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in TELLING
    }


def lines(sentences):
    return [format_conllu(sentence) for sentence in sentences]


def plan(sentences, changes=None, *, note=SILENT.note, share=False, preset="fast"):
    corpora = Corpora.read(sentences, None, None, None)
    return Plan.of(corpora, recipe(preset), changes or {}, seed=1, share=share, note=note)


def test_every_part_is_learnt_and_scored_from_raw_text(whole, given):
    folder, told = whole
    pipeline = Pipeline.load(folder)
    assert pipeline.parts == ("tokenizer", "tagger", "parser", "entities")
    assert not workplace_of(folder).exists()
    assert pipeline.about == {"name": "tiny"}
    assert set(pipeline.metrics["parts"]) == set(pipeline.parts)
    figures = pipeline.metrics["scores"]["figures"]
    assert figures["Words"]["f1"] > 0.9
    assert figures["UPOS"]["f1"] > 0.8
    assert [note for note in told.notes if note.endswith(":")][-1] == "parser:"
    text = raw_text(given["dev"])
    assert pipeline(text).text == text
    first = pipeline("Ada sees the dogs.").sentences[0]
    assert [word.form for word in first.words] == ["Ada", "sees", "the", "dogs", "."]
    assert first.words[0].misc == "NER=B-NAME"


def test_arguments_come_back_unchanged(given, whole):
    assert lines(given["treebank"]) == lines(treebank())
    assert given["changes"] == small(
        "tokenizer", "tagger", "parser", "entities", checkpoint_seconds=0.0
    )


def test_two_parts_at_a_time_give_the_same_pipeline(whole, given, tmp_path):
    told = Notes()
    train_pipeline(
        **given, folder=tmp_path / "model", jobs=2, progress=told, about={"name": "tiny"}
    )
    assert files(tmp_path / "model") == files(whole[0])


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_an_interrupted_run_goes_on_to_the_same_files(share, whole, given, tmp_path):
    folder, about = tmp_path / "model", {"name": "tiny"}
    last = int(share * whole[1].updates)
    with pytest.raises(KeyboardInterrupt):
        train_pipeline(**given, folder=folder, progress=Notes(last))
    assert not folder.exists()
    with pytest.raises(ExistsError, match="--resume"):
        train_pipeline(**given, folder=folder)
    others = given | {"treebank": treebank(seed=7)}
    with pytest.raises(SettingsError, match=r"cannot resume.*train="):
        train_pipeline(**others, folder=folder, resume=True)
    changed = given | {"changes": small("tokenizer", "tagger", "parser", "entities", epochs=5)}
    with pytest.raises(SettingsError, match=r"cannot resume.*tagger\.epochs=5"):
        train_pipeline(**changed, folder=folder, resume=True)
    told = Notes()
    train_pipeline(**given, folder=folder, resume=True, progress=told, about=about)
    assert files(folder) == files(whole[0])
    assert told.updates < whole[1].updates  # what was made is not made again
    assert not workplace_of(folder).exists()


def test_parts_share_the_contextual_vectors_that_they_read(tmp_path):
    contexts, folder = saved(tmp_path / "contexts"), tmp_path / "model"
    pipeline = train_pipeline(
        treebank(8),
        ner=with_names(8),
        contextual=contexts,
        preset="accurate",
        changes=small("tokenizer", "analyzer", "entities", epochs=1),
        folder=folder,
    )
    shutil.rmtree(contexts)
    found = {path.parent.name for path in folder.rglob("contextual-words.txt")}
    assert found == {"shared"}
    text = raw_text(treebank(3, seed=4))
    loaded = Pipeline.load(folder)
    assert loaded(text).sentences == pipeline(text).sentences
    assert loaded.entities.network.reader.contextual is not None


def test_a_run_that_was_not_begun_cannot_go_on(given, tmp_path):
    with pytest.raises(SettingsError, match="no run to resume"):
        train_pipeline(**given, folder=tmp_path / "model", resume=True)


def test_compact_weights_take_less_space_and_say_the_same(whole, given, tmp_path):
    exact = Pipeline.load(whole[0])
    (tmp_path / "small").mkdir()
    parts = {name: whole[0] / name for name in exact.parts}
    pack_pipeline(parts, tmp_path / "small", about={}, compact=True)
    compact = Pipeline.load(tmp_path / "small")
    text = raw_text(given["dev"])
    assert lines(compact.stream([text])) == lines(exact.stream([text]))
    for name in exact.parts:
        first, second = (
            root / name / "model.safetensors" for root in (whole[0], tmp_path / "small")
        )
        assert second.stat().st_size < first.stat().st_size
        assert not (tmp_path / "small" / name / "log.jsonl").exists()
        assert (whole[0] / name / "log.jsonl").exists()


def test_files_that_parts_have_in_common_are_there_once(whole):
    shared = {path.name for path in (whole[0] / "shared").iterdir()}
    assert {"frozen.safetensors", "vector-words.txt", "vocabulary.txt"} <= shared
    for name in ("tagger", "parser"):
        assert not shared & {path.name for path in (whole[0] / name).iterdir()}
    for path in sorted(whole[0].rglob("*")):
        same = [one for one in whole[0].rglob(path.name) if one.is_file()]
        if path.name in shared:
            assert len({one.read_bytes() for one in same}) == len(same)


@pytest.mark.parametrize("name", ["frozen.safetensors", "vector-words.txt", "vocabulary.txt"])
def test_a_shared_file_that_is_missing_or_damaged_is_told(name, whole, tmp_path):
    folder = shutil.copytree(whole[0], tmp_path / "model")
    path = folder / "shared" / name
    content = path.read_bytes()
    for damage in (content[: len(content) // 2], b"\xff\xfe", b""):
        path.write_bytes(damage)
        with pytest.raises(FormatError, match=re.escape(str(folder))):
            Pipeline.load(folder)
    path.unlink()
    with pytest.raises(FormatError, match=re.escape(str(folder))):
        Pipeline.load(folder)


def test_parts_that_the_treebank_says_nothing_about_are_left_out_and_said_so(tmp_path):
    told = Notes()
    sentences = without(treebank(), "feats", "lemma", "head")
    pipeline = train_pipeline(
        sentences,
        changes=small("tokenizer", "tagger"),
        folder=tmp_path / "model",
        progress=told,
    )
    assert "the treebank says nothing of feats, lemma: left out" in told.notes
    assert "not every word of the treebank has one of the heads: left out" in told.notes
    assert pipeline.parts == ("tokenizer", "tagger")
    assert pipeline.tagger.config.columns == ("upos", "xpos")
    assert "scores" not in pipeline.metrics


def test_a_parser_needs_no_tags(tmp_path):
    told = Notes()
    sentences = without(treebank(), "upos", "xpos", "feats", "lemma")
    pipeline = train_pipeline(
        sentences, changes=small("tokenizer", "parser"), folder=tmp_path / "model", progress=told
    )
    assert "the treebank says nothing of upos, xpos, feats, lemma: left out" in told.notes
    assert pipeline.parts == ("tokenizer", "parser")
    assert not (pipeline.parser.config.upos or pipeline.parser.config.feats)
    assert not any("fold" in note for note in told.notes)


def test_what_is_planned_follows_the_treebank():
    assert plan(treebank()).folds == 2
    assert plan(treebank(1)).folds == 0  # a single sentence cannot be dealt out
    assert plan(without(treebank(), "upos", "feats")).folds == 0  # the parser reads no lemmas
    assert plan(without(treebank(), "feats")).settings["parser"][0].feats is False
    assert plan(treebank(), share=True).parts == ("tokenizer", "analyzer")
    assert plan(treebank(), share=True).folds == 0
    assert plan(treebank(), share=None).parts == ("tokenizer", "analyzer")
    two = plan(treebank(), share=None, preset="accurate")
    assert two.parts == ("tokenizer", "analyzer", "analyzer-2")
    assert [two.settings[name][1].seed for name in two.parts[1:]] == [1, 2]


@pytest.mark.parametrize(
    ("lost", "parts"),
    [(["head"], ("tokenizer", "tagger")), ([*TAGS], ("tokenizer", "parser"))],
)
def test_an_encoder_is_shared_only_where_there_are_tags_and_trees(lost, parts):
    notes = []
    made = plan(without(treebank(), *lost), share=True, note=notes.append)
    assert made.parts == parts
    assert notes[-1].endswith("not shared")


def test_heads_that_are_no_tree_are_told_before_anything_is_made(tmp_path):
    circle, missing = treebank(), treebank(4)
    circle[5].words[0].head, circle[5].words[1].head = 2, 1
    missing[2].words[0].head = None
    for train, dev, name in ((circle, treebank(4), "the treebank"), (treebank(), missing, "dev")):
        with pytest.raises(DataError, match=f"^{name} has .* in the sentence"):
            train_pipeline(train, dev=dev, folder=tmp_path / "model")
    assert not list(tmp_path.iterdir())


WRONG = {
    "part": ({"changes": {"chunker": {"epochs": 1}}}, "settings for chunker: this pipeline has"),
    "absent": ({"changes": {"entities": {"epochs": 1}}}, "settings for entities"),
    "replaced": ({"changes": {"tagger": {}}, "share": True}, "settings for tagger"),
    "name": ({"changes": {"tagger": {"depth": 1}}}, "the tagger has no setting 'depth'"),
    "value": ({"changes": {"parser": {"hidden": 0}}}, "hidden=0 is out of range"),
    "system": ({"changes": {"parser": {"system": "none"}}}, "none"),
    "preset": ({"preset": "slow"}, "preset 'slow' is unknown: choose fast or accurate"),
    "jobs": ({"jobs": 0}, "jobs=0 is out of range"),
    "both": ({"vectors": "a", "text": "b"}, "vectors=a beside text=b"),
    "measured": ({"ner_dev": with_names()}, "without entities to learn from"),
    "dim": (
        {"text": "-", "changes": {"parser": {"dim": 50}}},
        r"parser\.dim=50.* have 100 numbers",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_settings_are_told_and_leave_nothing(kind, tmp_path):
    more, message = WRONG[kind]
    with pytest.raises(SettingsError, match=message):
        train_pipeline(treebank(), folder=tmp_path / "model", **{"share": False, **more})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["treebank", "dev", "ner"])
def test_files_without_a_sentence_are_told(name, tmp_path):
    with pytest.raises(DataError, match="holds no sentence"):
        train_pipeline(**{"treebank": treebank(), name: []}, folder=tmp_path / "model")


def test_texts_and_entities_are_looked_at_before_anything_is_made(tmp_path):
    damaged = with_names()
    damaged[3].words[0].misc = "NER=Q"
    for wrong, message in (
        ({"text": tmp_path / "none.txt"}, "none.txt does not exist"),
        ({"ner": treebank(4)}, "the file of entities marks no entity"),
        ({"ner": damaged}, "'Q' is no tag"),
        ({"ner": with_names(), "ner_dev": damaged}, "'Q' is no tag"),
    ):
        with pytest.raises(DataError, match=message):
            train_pipeline(treebank(), folder=tmp_path / "model", **wrong)
        assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing_half_written_and_the_run_goes_on(tmp_path, monkeypatch):
    folder = tmp_path / "model"
    run = {
        "treebank": without(treebank(), "head", "feats"),
        "changes": small("tokenizer", "tagger"),
    }
    train_pipeline(**run, folder=folder)
    before = files(folder)

    def full(path, tensors):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "no space left")

    write, packed = weights.write_tensors, packing.pack_pipeline

    def pack(*arguments, **more):
        monkeypatch.setattr(weights, "write_tensors", full)
        packed(*arguments, **more)

    monkeypatch.setattr("gradus.pipeline.training.pack_pipeline", pack)
    with pytest.raises(StorageError, match=r"model.*the disk is full"):
        train_pipeline(**run, folder=folder, force=True, seed=2)
    assert files(folder) == before
    monkeypatch.setattr(weights, "write_tensors", write)
    monkeypatch.setattr("gradus.pipeline.training.pack_pipeline", packed)
    told = Notes()
    train_pipeline(**run, folder=folder, resume=True, seed=2, progress=told)
    assert told.updates == 0  # only packing was left to do
    assert files(folder) != before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_is_replaced_only_when_asked(whole, given, tmp_path):
    folder = shutil.copytree(whole[0], tmp_path / "model")
    with pytest.raises(ExistsError, match="--force"):
        train_pipeline(**given, folder=folder)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("Dear all")
    with pytest.raises(ExistsError, match="not a Gradus model folder"):
        train_pipeline(**given, folder=tmp_path / "mine", force=True)


@pytest.mark.parametrize("folds", [2, 3, 5])
@pytest.mark.parametrize("total", [5, 6, 49, 99, 100, 101, 1000])
def test_every_sentence_is_in_one_fold_and_none_is_empty(total, folds):
    sentences = treebank(total)
    parts = split_folds(sentences, folds)
    for own, others in parts:
        assert own and others
        assert len(own) + len(others) == total
    whole = [iter(own) for own, _ in parts]
    joined = [next(whole[fold_of(place, folds, total)]) for place in range(total)]
    assert all(one is other for one, other in zip(joined, sentences, strict=True))
    if total >= 1000:
        assert max(len(own) for own, _ in parts) <= min(len(own) for own, _ in parts) + 50


def test_a_shared_encoder_from_treebank_to_raw_text(given, tmp_path, run_cli):
    told = Notes()
    arguments = {name: given[name] for name in ("treebank", "dev", "ner", "vectors")}
    before = deepcopy(arguments)
    changes = small("tokenizer", "analyzer", "entities")
    changes["analyzer"]["epochs"] = 12
    pipeline = train_pipeline(
        **arguments, changes=changes, share=True, folder=tmp_path / "model", progress=told
    )
    assert arguments == before
    assert pipeline.parts == ("tokenizer", "analyzer", "entities")
    assert not any("fold" in note for note in told.notes)
    assert pipeline.metrics["parts"]["analyzer"]["dev"]["las"] > 0.8
    assert pipeline.metrics["scores"]["figures"]["LAS"]["f1"] > 0.7
    names = {path.name for path in (tmp_path / "model").iterdir()}
    assert {"config.json", "shared", *pipeline.parts} <= names
    assert not names & {"tagger", "parser", "state"}
    text = raw_text(given["dev"])
    loaded = Pipeline.load(tmp_path / "model")
    assert lines(loaded.stream([text])) == lines(pipeline.stream([text]))
    (sentence,) = loaded("Ada sees the dogs.").sentences
    assert [word.upos for word in sentence.words] == ["PROPN", "VERB", "DET", "NOUN", "PUNCT"]
    assert sentence.heads == [2, 0, 4, 2, 2]
    bare = loaded.without(["analyzer"])
    assert bare.parts == ("tokenizer", "entities")
    assert {word.head for word in bare("Ada sees the dogs.").sentences[0].words} == {None}
    for name in ("tagger", "parser"):
        with pytest.raises(SettingsError, match="come from one network"):
            loaded.without([name])
    told = run_cli("pipeline", "info", tmp_path / "model", "--json")
    assert list(json.loads(told.stdout)["parts"]) == list(pipeline.parts)
    said = run_cli("annotate", "--model", tmp_path / "model", "Ada sees the dogs.")
    assert "\t2\tnsubj\t" in said.stdout
    bare = run_cli(
        *("annotate", "--model", tmp_path / "model", "--without", "analyzer"), "Ada sees the dogs."
    )
    assert "nsubj" not in bare.stdout
    refused = run_cli("annotate", "--model", tmp_path / "model", "--without", "parser", "Ada sees.")
    assert refused.code != 0
    assert "leave out both (analyzer)" in refused.stderr


def test_a_folder_with_an_analyzer_beside_a_tagger_is_damaged(whole, tmp_path):
    folder = shutil.copytree(whole[0], tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config["parts"].append("analyzer")
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(FormatError, match="an analyzer beside a tagger"):
        Pipeline.load(folder)


@pytest.mark.parametrize("share", [None, False, True])
def test_the_command_line_asks_for_a_shared_encoder(share, monkeypatch, tmp_path, run_cli):
    asked = {}

    def train(treebank, **more):
        asked.update(more)
        raise DataError("enough")

    monkeypatch.setattr("gradus.pipeline.training.train_pipeline", train)
    words = {None: [], False: ["--separate"], True: ["--share-encoder"]}[share]
    words += ["--set", "analyzer.arc_dim=16"] if share else []
    run_cli("pipeline", "train", "--treebank", "a.conllu", "-o", tmp_path / "model", *words)
    assert asked["share"] is share
    assert asked["changes"] == ({"analyzer": {"arc_dim": 16}} if share else {})
