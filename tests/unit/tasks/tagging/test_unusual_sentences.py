"""Sentences that training has not prepared a tagger for, and treebanks that lack columns."""

from copy import deepcopy

import numpy as np
import pytest
from tiny_taggers import EVERYTHING, KINDS, labelled, quick, small_config, tiny

from gradus.core.errors import DataError, SettingsError
from gradus.core.progress import SILENT
from gradus.tasks.tagging.columns import COLUMNS
from gradus.tasks.tagging.training import train_tagger
from gradus.text.document import MultiwordToken, Sentence, Word
from gradus.text.entities_in_misc import entity_tags, with_entities
from gradus.text.spans import tag_faults
from gradus.vectors.table import WordVectors

kinds = pytest.mark.parametrize("kind", KINDS)


class Notes:
    """Progress that keeps what is said."""

    def __init__(self):
        self.said = []

    def __getattr__(self, name):
        return getattr(SILENT, name)

    def note(self, text):
        self.said.append(text)


def shown(sentences):
    return [[column.shown(sentence) for column in COLUMNS.values()] for sentence in sentences]


@kinds
def test_how_sentences_are_put_together_changes_nothing(kind):
    sentences, tagger = labelled(9, seed=12), tiny(kind)
    together = shown(tagger.tag(sentences))
    assert shown([tagger.tag([sentence])[0] for sentence in sentences]) == together
    assert shown(tagger.stream(iter(sentences))) == together
    assert shown(tagger.tag(sentences[::-1])) == together[::-1]


@kinds
def test_sentences_of_one_and_of_2000_words_among_others(kind):
    long, one = Sentence.of([f"w{n % 977}" for n in range(2000)]), Sentence.of(["w"])
    found = tiny(kind).tag([one, long, *labelled()])
    assert [len(sentence) for sentence in found[:2]] == [1, 2000]
    assert shown(found[2:]) == shown(tiny(kind).tag(labelled()))
    assert all(not tag_faults(entity_tags(sentence), "IOB2") for sentence in found)


@kinds
def test_new_forms_of_any_letters(kind):
    strange = [Sentence.of(["§§", "日本語", "a b", "\U0001f600", "İ"]), Sentence.of(["x" * 5000])]
    assert [len(sentence) for sentence in tiny(kind).tag(strange)] == [5, 1]


@kinds
def test_no_sentences_are_none_to_tag(kind):
    assert tiny(kind).tag([]) == []
    assert list(tiny(kind).stream([])) == []


@kinds
def test_sentences_are_not_changed_and_keep_all_else(kind):
    sentences = labelled(5)
    for number, sentence in enumerate(sentences):
        sentence.comments.append(f"# sent_id = {number}")
        sentence.multiword.append(MultiwordToken(1, 1, "whole"))
        for word in sentence.words:
            word.head, word.deprel, word.deps = 0, "root", "0:root"
            word.misc = "SpaceAfter=No" if word.misc == "_" else f"{word.misc}|Gloss=x"
    before = deepcopy(sentences)
    found = tiny(kind).tag(sentences)
    assert sentences == before
    for new, old in zip(found, sentences, strict=True):
        assert (new.comments, new.multiword) == (old.comments, old.multiword)
        for word, other in zip(new.words, old.words, strict=True):
            assert word is not other
            assert (word.form, word.head, word.deprel, word.deps) == (
                *(other.form, other.head, other.deprel, other.deps),
            )
            assert "SpaceAfter=No" in word.misc or "Gloss=x" in word.misc
    for name in set(EVERYTHING) - set(tiny(kind).config.columns):
        assert list(map(COLUMNS[name].shown, found)) == list(map(COLUMNS[name].shown, sentences))


@kinds
def test_labels_that_only_dev_has_count_as_wrong(kind):
    dev = labelled()
    for sentence in dev:
        sentence.words[0].upos, sentence.words[0].feats = "NEW", "New=Yes"
    tagger = train_tagger(labelled(), dev=dev, config=small_config(kind), training=quick())
    figures = tagger.metrics["dev"]
    assert np.isfinite(figures["loss"])
    for name in {"upos", "feats"} & set(tagger.config.columns):
        assert figures[name] <= 1 - 10 / sum(map(len, dev))
    assert tagger.report(dev).score == pytest.approx(figures["score"])


@kinds
def test_a_dev_set_of_new_labels_alone_has_a_finite_loss(kind):
    dev = [with_entities(Sentence([Word("new", "wen", "NEW", "new", "New=Yes")]), ["B-NEW"])]
    tagger = train_tagger(labelled(), dev=dev, config=small_config(kind), training=quick())
    assert np.isfinite(tagger.metrics["dev"]["loss"])
    assert tagger.metrics["dev"]["score"] == 0.0


@pytest.mark.parametrize("missing", EVERYTHING)
def test_what_a_treebank_does_not_say_is_left_out_and_said_so(missing, tmp_path):
    sentences, notes = labelled(), Notes()
    for sentence in sentences:
        for word in sentence.words:
            if missing == "entity":
                word.misc = "_"
            else:
                setattr(word, missing, "_")
    config = small_config("everything")
    tagger = train_tagger(sentences, config=config, training=quick(), progress=notes)
    assert tagger.config.columns == tuple(name for name in EVERYTHING if name != missing)
    assert f"the training sentences say nothing of {missing}: left out" in notes.said
    found = tagger.tag(labelled())
    assert list(map(COLUMNS[missing].shown, found)) == list(map(COLUMNS[missing].shown, labelled()))
    tagger.save(tmp_path / "model")
    assert type(tagger).load(tmp_path / "model").config == tagger.config


def test_a_lemma_that_is_not_said_is_learnt_from_others():
    sentences = labelled()
    for sentence in sentences[::2]:
        for word in sentence.words:
            word.lemma = "_"
    tagger = train_tagger(
        sentences,
        dev=sentences,
        config=small_config("alone"),
        training=quick(epochs=40, batch_size=10, rate=0.02),
    )
    assert tagger.metrics["dev"]["lemma"] == 1.0
    assert all(word.lemma != "_" for one in tagger.tag(sentences) for word in one.words)


@pytest.mark.parametrize("output", ["softmax", "crf", "margin"])
def test_a_column_of_one_label_is_learnt(output):
    sentences = [Sentence.of(["a", "b"], upos=["X", "X"])] * 3
    config = small_config(columns=("upos",), output=output)
    tagger = train_tagger(sentences, dev=sentences, config=config, training=quick())
    assert tagger.metrics["dev"]["upos"] == 1.0


@kinds
def test_there_must_be_sentences_and_labels(kind):
    given = {"config": small_config(kind), "training": quick()}
    with pytest.raises(DataError, match="there are no sentences to learn from"):
        train_tagger([], **given)
    with pytest.raises(DataError, match="no sentences in dev"):
        train_tagger(labelled(), dev=[], **given)
    with pytest.raises(DataError, match="the sentences have nothing in"):
        train_tagger([Sentence.of(["bare", "words"])], **given)


def test_vectors_of_another_length_are_told_with_both(tmp_path):
    (tmp_path / "v.txt").write_text("ax 1 2 3\n")
    with pytest.raises(SettingsError, match="dim=16, the vectors have 3"):
        train_tagger(
            labelled(), config=small_config(vectors=str(tmp_path / "v.txt")), training=quick()
        )


def test_vectors_of_no_word_are_told():
    far = WordVectors(["far"], np.ones((1, 16), np.float32))
    config = small_config(max_vectors=0)
    with pytest.raises(DataError, match="none of the vectors is of a word"):
        train_tagger(labelled(), config=config, training=quick(), vectors=far)


def test_vectors_are_taken_over_and_saved(tmp_path):
    rng = np.random.default_rng(1)
    words = ["axs", "bxs", "unmet", "rare"]
    (tmp_path / "v.txt").write_text(
        "".join(f"{word} {' '.join(map(str, rng.normal(size=16)))}\n" for word in words)
    )
    config = small_config(vectors=str(tmp_path / "v.txt"), max_vectors=3)
    tagger = train_tagger(labelled(), config=config, training=quick())
    assert set(words[:3]) <= set(tagger.symbols.vector_words)
    tagger.save(tmp_path / "model")
    assert type(tagger).load(tmp_path / "model").tag(labelled()) == tagger.tag(labelled())
