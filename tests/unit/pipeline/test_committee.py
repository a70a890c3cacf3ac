"""Analyzers that decide together: one alone, copies, and what the mean of two says."""

import shutil

import numpy as np
import pytest
import tiny_analyzers
import tiny_tokenizers
import torch

from gradus.core.errors import FormatError
from gradus.pipeline.analyzer.committee import Committee
from gradus.pipeline.analyzer.network import KnownStates
from gradus.pipeline.analyzer.training import train_analyzer
from gradus.pipeline.packing import pack_pipeline
from gradus.pipeline.pipeline import Pipeline
from gradus.tasks.parsing.graph.decoding import maximum_spanning_trees

COLUMNS = ("upos", "xpos", "feats", "lemma", "head", "deprel")


def member(seed, **more):
    return train_analyzer(
        tiny_analyzers.labelled(),
        config=tiny_analyzers.small_config(**more),
        training=tiny_analyzers.quick(epochs=3, seed=seed),
    )


@pytest.fixture(scope="module")
def members():
    return [member(1), member(2)]


def test_one_member_and_copies_of_it_say_what_it_says_alone(members):
    sentences = tiny_analyzers.labelled()
    alone = tiny_analyzers.said(members[0].annotate(sentences), COLUMNS)
    for count in (1, 2, 3):
        together = Committee(members[:1] * count).annotate(sentences)
        assert tiny_analyzers.said(together, COLUMNS) == alone


def test_heads_and_labels_are_those_of_the_mean(members):
    sentence = max(tiny_analyzers.labelled(), key=len)
    (found,) = Committee(members).annotate([sentence])
    arcs, labels = [], []
    for one in members:
        batch = one.dataset([sentence]).batch(np.arange(1))
        with torch.no_grad():
            states = one.network.states(batch)
            arcs.append(KnownStates(one.network, states).arc_scores(batch).arcs.log_softmax(-1))
            labels.append(one.network.label_scores(states, batch)[0].softmax(-1).log())
    mean = torch.stack(arcs).mean(0).numpy()
    (heads,) = maximum_spanning_trees(mean, np.array([len(sentence)]))
    assert found.heads == heads.tolist()
    upos = torch.stack(labels).mean(0).argmax(-1).tolist()
    assert [word.upos for word in found.words] == members[0].labels[0].spelled(upos)


def test_arguments_come_back_unchanged(members):
    sentences = tiny_analyzers.labelled()
    Committee(members).annotate(sentences)
    assert sentences == tiny_analyzers.labelled()


def test_members_of_other_sentences_or_by_transitions_are_refused(members):
    other = train_analyzer(
        tiny_analyzers.labelled(count=5, seed=9),
        config=tiny_analyzers.small_config(),
        training=tiny_analyzers.quick(),
    )
    with pytest.raises(FormatError, match="analyzer 2 was trained on other sentences"):
        Committee([members[0], other])
    with pytest.raises(FormatError, match="by transitions"):
        Committee([tiny_analyzers.tiny("hybrid")])


def test_a_folder_with_two_analyzers_has_a_committee(members, tmp_path):
    parts = {"tokenizer": tmp_path / "tokenizer"}
    tiny_tokenizers.tiny().save(parts["tokenizer"])
    for number, one in enumerate(members, start=1):
        parts[f"analyzer-{number}" if number > 1 else "analyzer"] = tmp_path / f"a{number}"
        one.save(tmp_path / f"a{number}")
    folder = tmp_path / "model"
    folder.mkdir()
    pack_pipeline(parts, folder, about={}, compact=False)
    assert (folder / "shared" / "vocabulary.txt").exists()
    pipeline = Pipeline.load(folder)
    assert pipeline.parts == ("tokenizer", "analyzer")
    sentences = tiny_analyzers.labelled()
    expected = tiny_analyzers.said(Committee(members).annotate(sentences), COLUMNS)
    assert tiny_analyzers.said(list(pipeline.annotate(sentences)), COLUMNS) == expected
    shutil.rmtree(folder / "analyzer-2")
    with pytest.raises(FormatError, match="analyzer-2"):
        Pipeline.load(folder)
