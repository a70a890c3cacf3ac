"""Real text in documents: every place is right, entities are found again, formats agree."""

import json

import numpy as np
import pytest

from gradus.pipeline.conll_scores import PipelineReport
from gradus.pipeline.formats import formatted
from gradus.text.columns import read_columns
from gradus.text.conllu import read_conllu
from gradus.text.document import Sentence
from gradus.text.documents import Document
from gradus.text.entities_in_misc import with_entities
from gradus.text.spacing import raw_text
from gradus.text.spans import spans_of


@pytest.fixture(scope="module")
def treebank(data_folder):
    (path,) = (data_folder / "ud" / "en-ewt-2.5").glob("*-dev.conllu*")
    return list(read_conllu(path))


def test_the_text_of_a_treebank_and_the_places_in_it(treebank):
    document = Document.of(treebank)
    assert document.text == raw_text(treebank)
    assert len(document.tokens) == len(document.words) == 25_148
    assert all(document.text[one.start : one.end] == one.text for one in document.tokens)
    own = [" ".join(one.sentence.text.split()) for one in document.placed]
    assert [" ".join(one.text.split()) for one in document.placed] == own


def test_entities_of_a_corpus_come_back(data_folder):
    (path,) = (data_folder / "ner" / "uner-en-ewt").glob("*dev*")
    tagged = list(read_columns(path))
    sentences = [with_entities(Sentence.of(one.words), one.tags) for one in tagged]
    spans = [span for one in tagged for span in spans_of(one.tags)]
    text = raw_text(sentences)
    _, *rows = "".join(formatted(iter(sentences), "spans")).splitlines()
    assert len(rows) == len(spans) > 500
    for row, span in zip(rows, spans, strict=True):
        _, start, end, kind, shown = row.split("\t")
        assert kind == span.type
        assert " ".join(text[int(start) : int(end)].split()) == shown


def test_json_of_a_treebank(treebank):
    lines = "".join(formatted(iter(treebank[:200]), "json")).splitlines()
    assert list(map(json.loads, lines)) == Document.of(treebank[:200]).to_dict()["sentences"]


def test_figures_fall_as_words_are_glued(treebank):
    rng = np.random.default_rng(1)
    glued = []
    for sentence in treebank[:300]:
        forms, waiting = [], ""
        for word in sentence.words:
            waiting += word.form
            if rng.random() > 0.1 or word is sentence.words[-1]:
                forms.append(waiting)
                waiting = ""
        glued.append(Sentence.of(forms, upos=["NOUN"] * len(forms)))
    report = PipelineReport.of(treebank[:300], glued)
    assert report["Sentences"].f1 == 1
    assert 0.5 < report["Words"].f1 < report["Sentences"].f1
    assert report["UPOS"].f1 < report["Words"].f1
    assert report["LAS"].f1 == 0
    assert "the system side has no lemmas: Lemmas and BLEX cannot be right" in report.notes
