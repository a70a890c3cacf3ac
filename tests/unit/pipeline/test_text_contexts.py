"""Contextual vectors from raw text: two language models, and the networks that read them."""

import shutil

import numpy as np
import pytest
import tiny_analyzers
import tiny_parsers
import tiny_taggers
import torch
from contextual import saved, small
from toys import same_bits

from gradus.core.errors import DataError, ExistsError, FormatError, SettingsError
from gradus.pipeline import text_contexts
from gradus.pipeline.analyzer.analyzer import Analyzer
from gradus.pipeline.analyzer.training import train_analyzer
from gradus.pipeline.text_contexts import (
    TrainDirection,
    contextual_settings,
    joined,
    train_contextual_vectors,
)
from gradus.tasks.base.words.contextual import END, OTHER, ContextualVectors
from gradus.tasks.parsing.parser import Parser
from gradus.tasks.parsing.training import train_parser
from gradus.tasks.tagging.tagger import Tagger
from gradus.tasks.tagging.training import train_tagger
from gradus.text.document import Sentence

SIZES = {"dim": 6, "hidden": 8, "layers": 2, "min_count": 1, "batch_size": 2, "epochs": 2}


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("raw") / "raw.txt"
    rng = np.random.default_rng(1)
    words = ["cats", "dogs", "birds", "don't", "sleep", "sing", "and", "10"]
    path.write_text(
        "\n".join(" ".join(rng.choice(words, size=rng.integers(3, 9))) + "." for _ in range(80))
    )
    return path


@pytest.fixture(scope="module")
def settings():
    config, training = contextual_settings(**SIZES)
    return {"config": config, "training": training}


@pytest.fixture(scope="module")
def made(text, settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "contexts"
    train_contextual_vectors([text], folder, jobs=1, **settings)
    return folder


def test_states_are_those_of_the_two_language_models(text, settings, tmp_path, monkeypatch):
    kept = {}

    def keep(*models):
        kept["models"] = models
        return joined(*models)

    monkeypatch.setattr(text_contexts, "joined", keep)
    vectors = train_contextual_vectors([text], tmp_path / "contexts", jobs=1, **settings)
    ahead, back = kept["models"]
    forms = ["Cats", "and", "gnus", "sing", "."]
    known = ["cats", "and", "<unk>", "sing", "."]
    ids = torch.from_numpy(vectors.words.numbers(forms))
    found = vectors(ids, torch.tensor([len(forms)]))
    assert found.shape == (5, 28)
    for model, words, part in ((ahead, known, found[:, 8:14]), (back, known[::-1], found[:, 22:])):
        network = model.network.eval()
        numbers = [model.spelling.end, *model.spelling.numbers(words).tolist()]
        with torch.no_grad():
            states, _ = network.read(torch.tensor([numbers]), network.begin(1).carried)
        own = states[0, 1:] if model is ahead else states[0, 1:].flip(0)
        np.testing.assert_allclose(part.numpy(), own.numpy(), atol=0.02)  # may be in bfloat16


def test_one_of_them_reads_lines_from_their_end(tmp_path):
    (tmp_path / "lines").write_text("the cat sleeps\n\nno\n")
    config, training = contextual_settings()
    ahead, back = (
        list(TrainDirection(tmp_path / "lines", tmp_path, name, config, training)._read())
        for name in ("ahead", "back")
    )
    assert ahead == ["the cat sleeps", "", "no"]
    assert back == ["sleeps cat the", "", "no"]


def test_words_are_those_of_a_treebank_in_small_letters(made):
    words = ContextualVectors.load(made).words.words
    assert {"n't", "do", "cats", ".", END, OTHER} <= set(words)
    assert not {"don't", "Cats"} & set(words)


@pytest.mark.parametrize("jobs", [1, 2])
def test_stopped_runs_go_on_to_the_same_vectors(jobs, text, settings, made, tmp_path, monkeypatch):
    goal = tmp_path / "contexts"
    with monkeypatch.context() as patch:

        def stop(*models):
            raise KeyboardInterrupt

        patch.setattr(text_contexts, "joined", stop)
        with pytest.raises(KeyboardInterrupt):
            train_contextual_vectors([text], goal, jobs=jobs, **settings)
    assert not goal.exists()
    with pytest.raises(ExistsError, match="resume"):
        train_contextual_vectors([text], goal, **settings)
    shutil.rmtree(tmp_path / ".contexts.run" / "state" / "parts" / "back")
    vectors = train_contextual_vectors([text], goal, jobs=jobs, resume=True, **settings)
    assert same_bits(vectors, ContextualVectors.load(made))
    assert [path.name for path in tmp_path.iterdir()] == ["contexts"]


def test_what_cannot_be_trained_leaves_nothing(tmp_path, settings):
    (tmp_path / "few.txt").write_text("No.")
    for texts in (["few.txt"], ["absent.txt"]):
        with pytest.raises(DataError):
            train_contextual_vectors(
                [tmp_path / name for name in texts], tmp_path / "contexts", jobs=1, **settings
            )
    assert [path.name for path in tmp_path.iterdir()] == ["few.txt"]


def parser(folder):
    config = tiny_parsers.small_config("graph-members", contextual=folder, contextual_dim=6)
    return train_parser(
        tiny_parsers.treebank(), config=config, training=tiny_parsers.quick(epochs=2)
    )


def tagger(folder):
    config = tiny_taggers.small_config(contextual=folder, contextual_dim=6)
    return train_tagger(
        tiny_taggers.labelled(), config=config, training=tiny_taggers.quick(epochs=2)
    )


def analyzer(folder):
    config = tiny_analyzers.small_config(contextual=folder, contextual_dim=6)
    return train_analyzer(
        tiny_analyzers.labelled(), config=config, training=tiny_analyzers.quick(epochs=2)
    )


READERS = {
    "parser": (parser, Parser, lambda model, given: model.parse(given)),
    "tagger": (tagger, Tagger, lambda model, given: model.tag(given)),
    "analyzer": (analyzer, Analyzer, lambda model, given: model.annotate(given)),
}


@pytest.mark.parametrize("name", READERS)
def test_a_network_keeps_the_vectors_it_reads(name, tmp_path):
    train, kind, use = READERS[name]
    model = train(saved(tmp_path / "contexts"))
    assert same_bits(model.network.reader.contextual.vectors, small())
    model.save(tmp_path / "model")
    shutil.rmtree(tmp_path / "contexts")  # all that is needed lies in the model's folder
    loaded = kind.load(tmp_path / "model")
    sentences = tiny_parsers.treebank(6, seed=3)
    assert use(loaded, sentences) == use(model, sentences)
    (tmp_path / "model" / "contextual-words.txt").unlink()
    with pytest.raises(FormatError, match=r"contextual-words.txt.*missing"):
        kind.load(tmp_path / "model")


def test_a_word_is_told_by_its_neighbours(tmp_path):
    """With no other context, only contextual vectors can tell two sentences apart at one word."""
    network = parser(saved(tmp_path / "contexts")).network.reader.eval()
    model = parser(str(tmp_path / "contexts"))
    batch = model.dataset([Sentence.of(["a", "b"]), Sentence.of(["a", "c"])]).batch(np.arange(2))
    first, _, second, _ = network(batch.forms, batch.form, torch.from_numpy(batch.lengths))
    assert not torch.equal(first, second)
    assert torch.equal(first[:-6], second[:-6])


def test_words_at_positions_have_no_neighbours(tmp_path):
    with pytest.raises(SettingsError, match="choose an encoder"):
        tiny_parsers.small_config("defeat", contextual=str(tmp_path))
    tiny_parsers.small_config("graph-none", contextual=str(tmp_path))
