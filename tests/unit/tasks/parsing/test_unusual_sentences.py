"""Sentences that training has not prepared a parser for: new labels and tags, long ones, none."""

import numpy as np
import pytest
from tiny_parsers import KINDS, arcs, learnable, quick, small_config, tiny, treebank
from tree_samples import leads_up, random_tree

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.base.words.batches import small_batches
from gradus.tasks.parsing.training import train_parser
from gradus.text.document import Sentence

kinds = pytest.mark.parametrize("kind", KINDS)
some_kinds = pytest.mark.parametrize("kind", ["defeat", "pseudo", "lstm", "graph", "graph-lstm"])


def check_trees(sentences):
    for sentence in sentences:
        assert sentence.heads.count(0) == 1
        assert len(sentence) > 200 or all(
            leads_up(sentence.heads, word) for word in range(len(sentence))
        )


@kinds
def test_labels_that_only_dev_has_count_as_wrong(kind):
    dev = learnable(kind)
    for sentence in dev:
        sentence.words[0].deprel = "new:label"
    parser = train_parser(learnable(kind), dev=dev, config=small_config(kind), training=quick())
    figures = parser.metrics["dev"]
    assert np.isfinite(figures["loss"])
    assert figures["las"] <= 1 - 10 / sum(map(len, dev))
    assert parser.report(dev).las == pytest.approx(figures["las"])


@some_kinds
def test_a_dev_set_of_new_labels_alone_has_a_finite_loss(kind):
    dev = [Sentence.of(["ax"], heads=[0], deprels=["other"])]
    parser = train_parser(learnable(kind), dev=dev, config=small_config(kind), training=quick())
    assert np.isfinite(parser.metrics["dev"]["loss"])
    assert parser.metrics["dev"]["uas"] == 1.0


@kinds
def test_new_tags_and_forms_and_no_tags_at_all(kind):
    strange = [
        Sentence.of(["§§", "日本語", "a b", "\U0001f600"], upos=["??", "_", "NOUN", "X" * 300]),
        Sentence.of(["bare", "words"]),
        Sentence.of(["x" * 5000]),
    ]
    strange[0].words[1].feats = "New=Feature|Case=Nom"
    check_trees(tiny(kind).parse(strange))


@kinds
def test_no_sentences_are_none_to_parse(kind):
    assert tiny(kind).parse([]) == []
    assert tiny(kind).parse([], confidence=True) == []
    assert list(tiny(kind).stream([])) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "graph-none"])  # words tie
def test_how_sentences_are_put_together_changes_nothing(kind):
    sentences = treebank(9, seed=12)
    together = arcs(tiny(kind).parse(sentences))
    assert arcs([tiny(kind).parse([sentence])[0] for sentence in sentences]) == together
    assert arcs(list(tiny(kind).stream(iter(sentences)))) == together
    assert arcs(tiny(kind).parse(sentences[::-1])) == together[::-1]


def test_sentences_are_not_changed():
    sentences = treebank(5)
    before = [arcs([sentence]) for sentence in sentences]
    tiny("defeat").parse(sentences, confidence=True)
    assert [arcs([sentence]) for sentence in sentences] == before
    assert all(word.misc == "_" for sentence in sentences for word in sentence.words)


@pytest.mark.parametrize("kind", ["defeat", "standard", "eager", "pseudo", "window", "graph"])
def test_a_sentence_of_5000_words_among_short_ones(kind):
    forms = [f"w{number % 977}" for number in range(5000)]
    (long, *short) = tiny(kind).parse([Sentence.of(forms), *treebank(70)])
    check_trees([long, *short])
    assert arcs(short) == arcs(tiny(kind).parse(treebank(70)))


def test_long_sentences_are_asked_in_small_batches():
    sizes = np.array([3000, 5, 400, 6, 2000, *[20] * 100])
    batches = list(small_batches(sizes))
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(sizes)))
    for batch in batches:
        assert len(batch) <= 64
        assert len(batch) == 1 or len(batch) * sizes[batch].max() ** 2 <= 1 << 22
    assert [len(batch) for batch in batches[:3]] == [1, 1, 26]


@some_kinds
def test_no_sentences_are_none_to_learn_or_look_at(kind):
    given = {"config": small_config(kind), "training": quick()}
    with pytest.raises(DataError, match="there are no sentences to learn from"):
        train_parser([], **given)
    with pytest.raises(DataError, match="no sentences in dev"):
        train_parser(learnable(kind), dev=[], **given)


@some_kinds
def test_half_a_tree_is_none_to_learn(kind):
    half = Sentence.of(["one", "two"], heads=[2, None])
    half.line = 9
    with pytest.raises(DataError, match=r'word 2 of the sentence "one two", line 9 has no head'):
        train_parser([*learnable(kind), half], config=small_config(kind), training=quick())


def test_vectors_of_another_length_are_told_with_both(tmp_path):
    (tmp_path / "v.txt").write_text("ax 1 2 3\n")
    with pytest.raises(SettingsError, match="dim=16, the vectors have 3"):
        train_parser(
            treebank(), config=small_config(vectors=str(tmp_path / "v.txt")), training=quick()
        )


@pytest.mark.parametrize("frozen", [False, True])
def test_vectors_are_taken_over_and_their_words_known(frozen, tmp_path):
    rng = np.random.default_rng(1)
    words = ["ax", "cy", "unmet", "rare"]
    (tmp_path / "v.txt").write_text(
        "".join(f"{word} {' '.join(map(str, rng.normal(size=16)))}\n" for word in words)
    )
    config = small_config(vectors=str(tmp_path / "v.txt"), max_vectors=3, frozen=frozen)
    parser = train_parser(treebank(), config=config, training=quick())
    assert set(words[:3]) <= set(parser.symbols.forms.vector_words)
    parser.save(tmp_path / "model")
    assert arcs(type(parser).load(tmp_path / "model").parse(treebank())) == arcs(
        parser.parse(treebank())
    )


def test_a_tree_as_deep_as_it_is_long_is_learnt():
    deep = Sentence.of(
        [f"w{n}" for n in range(400)],
        heads=random_tree(400, 1, window=1).tolist(),
        deprels=["x"] * 400,
    )
    for kind in ("defeat", "swap", "covington"):
        parser = train_parser(
            [deep, *treebank(3)],
            dev=[deep],
            config=small_config(kind),
            training=quick(batch_size=2),
        )
        assert np.isfinite(parser.metrics["dev"]["loss"])
