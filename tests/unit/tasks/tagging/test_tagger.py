"""The tagger as a task: it learns, is saved and loaded, is interrupted and goes on."""

from math import log

import pytest
from stopped_runs import Stopper
from tiny_taggers import KINDS, labelled, quick, small_config, tiny
from toys import same_bits, weights

from gradus.core.progress import SILENT
from gradus.tasks.tagging.columns import COLUMNS
from gradus.tasks.tagging.tagger import Tagger
from gradus.tasks.tagging.training import Preparation, train_tagger
from gradus.text.document import Sentence
from gradus.training.sanity import check_sanity

kinds = pytest.mark.parametrize("kind", KINDS)
some_kinds = pytest.mark.parametrize("kind", ["tags", "everything", "entities", "margin"])


@kinds
def test_ten_sentences_are_learnt_by_heart(kind):
    sentences = labelled()
    tagger = train_tagger(
        sentences,
        dev=sentences,
        config=small_config(kind),
        training=quick(epochs=100, batch_size=10, rate=0.02, schedule="linear", evaluate_every=100),
    )
    figures = tagger.metrics["dev"]
    assert figures["loss"] < 0.05
    assert figures["score"] == 1.0
    for name in tagger.config.columns:
        assert figures[name] == 1.0
        for gold, found in zip(sentences, tagger.tag(sentences), strict=True):
            assert COLUMNS[name].shown(found) == COLUMNS[name].shown(gold)
    assert tagger.report(sentences).score == 1.0


@kinds
def test_what_was_saved_tags_alike(kind, tmp_path):
    tagger = tiny(kind)
    tagger.save(tmp_path / "model")
    loaded = Tagger.load(tmp_path / "model")
    sentences = labelled(8, seed=9)
    assert same_bits(loaded.model, tagger.model)
    assert loaded.labels == tagger.labels
    assert loaded.tag(sentences) == tagger.tag(sentences)


@some_kinds
def test_the_same_seed_gives_the_same_tagger_and_another_another(kind):
    config = small_config(kind, dropout=0.2, word_dropout=0.2)
    first, again, other = (
        train_tagger(labelled(), config=config, training=quick(epochs=2, seed=seed))
        for seed in (1, 1, 2)
    )
    assert same_bits(first.model, again.model)
    assert not same_bits(first.model, other.model)


@pytest.mark.parametrize(("kind", "step"), [("tags", 2), ("tags", 5), ("everything", 3)])
def test_an_interrupted_run_goes_on_to_the_same_weights(kind, step, tmp_path):
    sentences = labelled()
    given = {
        "dev": sentences,
        "config": small_config(kind, dropout=0.2, word_dropout=0.2),
        "training": quick(epochs=3, checkpoint_seconds=0, average="tail(0.6)"),
    }
    whole = train_tagger(sentences, folder=tmp_path / "whole", **given)
    with pytest.raises(KeyboardInterrupt):
        train_tagger(sentences, folder=tmp_path / "cut", callbacks=[Stopper(step)], **given)
    resumed = train_tagger(sentences, folder=tmp_path / "cut", resume=True, **given)
    assert same_bits(whole.model, resumed.model)
    assert same_bits(Tagger.load(tmp_path / "cut").model, whole.model)


@some_kinds
def test_the_sanity_check_passes_and_changes_nothing(kind):
    tagger = tiny(kind)
    before = weights(tagger.model)
    data = tagger.training_set(labelled())
    found = check_sanity(tagger.model, tagger, data, quick(optimizer="adam", rate=0.02))
    assert found.passed
    assert all((weights(tagger.model)[name] == before[name]).all() for name in before)


def test_a_run_without_dev_keeps_the_last_model(tmp_path):
    given = {"config": small_config(), "training": quick(epochs=4)}
    kept = train_tagger(labelled(), folder=tmp_path / "model", **given)
    last = train_tagger(labelled(), **given)
    assert kept.metrics["dev"] is None
    assert same_bits(kept.model, last.model)


def test_a_guess_that_ignores_its_input_loses_the_entropy():
    sentences = [Sentence.of(["a", "b", "c"], upos=["X", "Y", "_"])]
    preparation = Preparation(sentences, small_config("alone"), quick(), SILENT)
    assert preparation.baseline() == {"loss": pytest.approx(log(2))}
    often = [Sentence.of(["a", "b", "c", "d"], upos=["X", "X", "X", "Y"])]
    skewed = Preparation(often, small_config("alone"), quick(), SILENT)
    other = skewed.tagger.training_set([Sentence.of(["a", "b"], upos=["Y", "Z"])])
    assert skewed.baseline(other) == {"loss": pytest.approx(log(3))}  # Y is 2 of 6 with one more
