"""Pipelines: texts alone or together, folders, parts left out, and what is wrong is told."""

import json

import pytest
import tiny_pipelines
from hypothesis import given, settings
from hypothesis import strategies as st

import gradus
from gradus.core.errors import FormatError, SettingsError
from gradus.pipeline.annotating import Annotator
from gradus.pipeline.pipeline import Pipeline
from gradus.text.conllu import format_conllu
from gradus.text.document import Sentence
from gradus.text.spacing import raw_text

TEXT = "I don't know.\n\nGo on! Mr. Smith can't see. \n\n\n They aren't here.\n"

#: Text as it comes: white space, signs of several scripts, control characters, joined emoji.
ANY = st.text(
    st.one_of(
        st.sampled_from("ab. ,'\n\r\t-"),
        st.sampled_from("éß中ก🙂\u0301\u200d\u200b\u00a0\u2028\x00\x1f\ufeff"),
    ),
    max_size=60,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_pipelines.write_tiny(tmp_path_factory.mktemp("tiny"))


def lines(sentences):
    return [format_conllu(sentence) for sentence in sentences]


def test_a_text_becomes_a_document_with_everything():
    document = tiny_pipelines.tiny()(TEXT)
    assert document.text == TEXT
    for sentence in document:
        assert sentence.heads.count(0) == 1
        assert all(word.upos != "_" and word.lemma != "_" for word in sentence.words)


@settings(max_examples=60)
@given(text=ANY)
def test_any_text_is_kept_and_can_be_written(text):
    document = tiny_pipelines.tiny()(text)
    assert document.to_conllu().count("\n\n") == len(document)
    if text.strip() and len(document):
        assert document.text == text


def test_texts_together_are_as_each_alone():
    pipeline = tiny_pipelines.tiny()
    texts = [TEXT, "", "Go on!", " \n", "No"] * 3
    together = [lines(document) for document in pipeline.pipe(texts)]
    assert together == [lines(pipeline(text)) for text in texts]
    assert [len(found) for found in together[:5]] == [len(pipeline(TEXT)), 0, 1, 0, 1]


def test_a_long_sentence_and_a_long_line():
    pipeline = tiny_pipelines.tiny()
    text = "word " * 4000 + "x" * 100_000
    assert pipeline(text).text == text


def test_a_folder_gives_the_same(folder):
    exact = lines(tiny_pipelines.tiny()(TEXT))
    loaded = Pipeline.load(folder)
    assert loaded.parts == ("tokenizer", "tagger", "parser", "entities")
    assert loaded.about == {"name": "tiny"}
    assert [len(one.split("\n")) for one in lines(loaded(TEXT))] == [
        len(one.split("\n")) for one in exact
    ]
    assert lines(gradus.load(folder)(TEXT)) == lines(loaded(TEXT))


def test_full_weights_give_exactly_the_same(tmp_path):
    loaded = Pipeline.load(tiny_pipelines.write_tiny(tmp_path, compact=False))
    assert lines(loaded(TEXT)) == lines(tiny_pipelines.tiny()(TEXT))


@pytest.mark.parametrize("jobs", [1, 2])
def test_one_text_by_any_number_of_processes(jobs, folder, monkeypatch):
    monkeypatch.setattr("gradus.pipeline.annotating.text_chunks", small_chunks)
    text = "\n\n".join([TEXT.strip(), "No", "Go on! The end."] * 4) + "\n"
    with Annotator(folder, jobs=jobs) as annotator:
        found = list(annotator.texts([text[:50], text[50:]]))
    assert raw_text(found) == text
    assert [one.sent_id for one in found] == [str(n) for n in range(1, len(found) + 1)]
    whole = list(Pipeline.load(folder).stream([text]))
    assert lines(found) == lines(whole)


def small_chunks(blocks):
    from gradus.pipeline.chunks import text_chunks

    return text_chunks(blocks, size=20)


def test_given_words_are_kept(folder):
    sentence = Sentence.of(["Do", "n't", "go on"])
    with Annotator(folder) as annotator:
        (found,) = annotator.sentences([sentence])
    assert [word.form for word in found.words] == ["Do", "n't", "go on"]
    assert found.heads.count(0) == 1
    assert sentence.heads == [None] * 3


def test_parts_can_be_left_out(folder):
    pipeline = Pipeline.load(folder).without(["parser", "entities"])
    assert pipeline.parts == ("tokenizer", "tagger")
    (sentence,) = pipeline("Go on!")
    assert sentence.heads == [None] * len(sentence)
    for name in ("tokenizer", "heart"):
        with pytest.raises(SettingsError, match=name):
            pipeline.without([name])


def test_what_parts_share_is_there_once(folder):
    names = [path.name for path in folder.rglob("*") if path.is_file()]
    assert "shared" in {path.name for path in folder.iterdir()}
    assert names.count("vector-words.txt") == 1


@pytest.mark.parametrize(
    "damage, match",
    [
        (lambda folder: (folder / "config.json").unlink(), "has no config.json"),
        (lambda folder: (folder / "tagger" / "config.json").unlink(), "tagger has no config"),
        (lambda folder: change(folder, parts=["tagger"]), "no list of parts"),
        (lambda folder: change(folder, parts=["tokenizer", "../x"]), "no list of parts"),
        (lambda folder: change(folder, kind="parser"), "kind 'parser'"),
        (lambda folder: change(folder, version=99), "update Gradus"),
        (lambda folder: (folder / "metrics.json").write_text("[1]"), "no table of figures"),
    ],
)
def test_a_damaged_folder_is_told(damage, match, tmp_path):
    folder = tiny_pipelines.write_tiny(tmp_path)
    damage(folder)
    with pytest.raises(FormatError, match=match):
        Pipeline.load(folder)


def change(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_an_unknown_name_is_told():
    with pytest.raises(FormatError, match="elvish is no folder"):
        gradus.load("elvish")
