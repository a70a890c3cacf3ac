"""The parser as a task: it learns, is saved and loaded, is interrupted and goes on."""

import pytest
from stopped_runs import Stopper
from tiny_parsers import KINDS, arcs, learnable, quick, small_config, tiny, treebank
from toys import same_bits, weights

from gradus.tasks.parsing.parser import Parser
from gradus.tasks.parsing.targets import learnt_tree, tree_of
from gradus.tasks.parsing.training import train_parser
from gradus.training.sanity import check_sanity

kinds = pytest.mark.parametrize("kind", KINDS)
some_kinds = pytest.mark.parametrize("kind", ["defeat", "pseudo", "lstm", "graph"])


@kinds
def test_ten_sentences_are_learnt_by_heart(kind):
    sentences = learnable(kind)
    parser = train_parser(
        sentences,
        dev=sentences,
        config=small_config(kind),
        training=quick(epochs=100, batch_size=10, rate=0.02, schedule="linear", evaluate_every=100),
    )
    figures = parser.metrics["dev"]
    assert figures["loss"] < 0.02
    assert figures["las"] == 1.0
    assert arcs(parser.parse(sentences)) == arcs(sentences)
    assert parser.report(sentences).las == 1.0


@kinds
def test_what_was_saved_parses_alike(kind, tmp_path):
    parser = tiny(kind)
    parser.save(tmp_path / "model")
    loaded = Parser.load(tmp_path / "model")
    sentences = treebank(8, seed=9)
    assert same_bits(loaded.model, parser.model)
    assert loaded.parse(sentences, confidence=True) == parser.parse(sentences, confidence=True)
    assert loaded.best(sentences[3], 3) == parser.best(sentences[3], 3)


@some_kinds
def test_the_same_seed_gives_the_same_parser_and_another_another(kind):
    config = small_config(kind, dropout=0.2, form_dropout=0.1, word_dropout=0.2)
    first, again, other = (
        train_parser(learnable(kind), config=config, training=quick(epochs=2, seed=seed))
        for seed in (1, 1, 2)
    )
    assert same_bits(first.model, again.model)
    assert not same_bits(first.model, other.model)


@pytest.mark.parametrize(("kind", "step"), [("defeat", 2), ("defeat", 5), ("graph-lstm", 3)])
def test_an_interrupted_run_goes_on_to_the_same_weights(kind, step, tmp_path):
    sentences = learnable(kind)
    given = {
        "dev": sentences,
        "config": small_config(kind, dropout=0.2, form_dropout=0.1, word_dropout=0.2),
        "training": quick(epochs=3, checkpoint_seconds=0),
    }
    whole = train_parser(sentences, folder=tmp_path / "whole", **given)
    with pytest.raises(KeyboardInterrupt):
        train_parser(sentences, folder=tmp_path / "cut", callbacks=[Stopper(step)], **given)
    resumed = train_parser(sentences, folder=tmp_path / "cut", resume=True, **given)
    assert same_bits(whole.model, resumed.model)
    assert same_bits(Parser.load(tmp_path / "cut").model, whole.model)


@pytest.mark.parametrize("kind", ["defeat", "graph"])
def test_the_sanity_check_passes_and_changes_nothing(kind):
    parser, sentences = tiny(kind), learnable(kind)
    before = weights(parser.model)
    trees = [learnt_tree(parser.config, tree_of(sentence)) for sentence in sentences]
    data = parser.training_set(sentences, trees, seed=1)
    found = check_sanity(parser.model, parser, data, quick(optimizer="adam", rate=0.02))
    assert found.passed
    assert all((weights(parser.model)[name] == before[name]).all() for name in before)
