"""The English model that comes with Gradus: small, told of, and as good as it says."""

from itertools import islice

import pytest

import gradus
from gradus.pipeline.conll_scores import PipelineReport
from gradus.pipeline.models import packaged_models
from gradus.text.conllu import read_conllu
from gradus.text.spacing import raw_text


@pytest.fixture(scope="module")
def nlp():
    return gradus.load("en")


def test_it_takes_eight_megabytes_and_tells_its_licence_and_scores(nlp):
    folder = packaged_models()["en"]
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert size <= 8_000_000
    assert "CC BY-SA 4.0" in nlp.about["licence"]
    assert "English-EWT" in nlp.about["data"]
    assert nlp.metrics["scores"]["figures"]["LAS"]["f1"] > 0.775
    assert "CC BY-SA 4.0" in (folder / "README.md").read_text()
    # nothing of the machine that trained it
    assert not any("/" in str(value) for value in nlp.analyzer.config.vectors or "")


def test_a_sentence_is_understood(nlp):
    document = nlp("Ada Lovelace wrote to Charles Babbage in London, but he didn't answer.")
    (sentence,) = document
    verb = sentence.words[2]
    assert (verb.form, verb.lemma, verb.upos, verb.head) == ("wrote", "write", "VERB", 0)
    assert [word.form for word in sentence.words][-4:] == ["did", "n't", "answer", "."]
    assert ("Ada Lovelace", "PER") in {(one.text, one.type) for one in document.entities}
    assert "London" in document._repr_html_()


def test_its_scores_are_what_it_says(nlp, data_folder):
    (path,) = (data_folder / "ud" / "en-ewt-2.5").glob("*-dev.conllu*")
    gold = list(islice(read_conllu(path), 500))
    report = PipelineReport.of(gold, nlp.stream([raw_text(gold)]))
    floors = {"Words": 0.985, "Sentences": 0.7, "UPOS": 0.92, "Lemmas": 0.94, "LAS": 0.75}
    for name, least in floors.items():
        assert report[name].f1 > least


@pytest.mark.parametrize(
    "text",
    [
        "word " * 3000,
        "x" * 1_000_000,
        "\x00\x01 a\x07b \x1f",
        "👩‍👩‍👧 नमस्ते दुनिया e\u0301 中文没有空格。",
        "one\r\ntwo\rthree\n\n\nfour\u2028five",
    ],
)
def test_odd_texts_are_kept_whole(text, nlp):
    document = nlp(text)
    assert document.text == text
    assert document.to_conllu()
