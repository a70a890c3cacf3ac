"""The tokenizer as a task: it learns, is saved and loaded, is interrupted and goes on."""

import numpy as np
import pytest
from stopped_runs import Stopper
from tiny_tokenizers import quick, sentence, small_config, tiny, treebank, written
from toys import same_bits, weights

from gradus.core.errors import DataError, ExistsError, SettingsError
from gradus.tasks.tagging.tokenization.labelling import text_scores, windows_of
from gradus.tasks.tagging.tokenization.presets import PRESETS
from gradus.tasks.tagging.tokenization.segments import LONGEST, segments
from gradus.tasks.tagging.tokenization.tokenizer import Tokenizer
from gradus.tasks.tagging.tokenization.training import train_tokenizer
from gradus.text.document import Sentence
from gradus.text.spacing import raw_text
from gradus.training.sanity import check_sanity

TEXT = "Del mar. I do n't know!  Darlo\n\n2-3 Smith, can't\t$3"


@pytest.fixture(scope="module")
def knowing():
    """A tokenizer that knows its ten sentences by heart."""
    return train_tokenizer(
        treebank(),
        dev=treebank(),
        config=small_config(),
        training=quick(epochs=80, rate=0.02, schedule="linear", evaluate_every=80),
    )


def test_ten_sentences_are_learnt_by_heart(knowing):
    figures = knowing.metrics["dev"]
    assert figures["loss"] < 0.02
    assert figures["mean_f1"] == figures["tokens_f1"] == 1.0
    found = knowing.sentences(raw_text(treebank()))
    assert written(found) == written(treebank())
    assert [row.f1 for row in knowing.report(treebank()).rows] == [1.0, 1.0, 1.0]


def test_sentences_are_numbered_and_tell_their_text_and_paragraph(knowing):
    text = "Go on!\n \nNo"
    first, second = knowing.sentences(text)
    assert first.comments == ["# sent_id = 1", "# text = Go on!"]
    assert second.comments == ["# newpar", "# sent_id = 2", "# text = No"]
    assert [word.misc for word in first.words] == ["_", "SpaceAfter=No", r"SpacesAfter=\n\s\n"]
    assert second.words[0].misc == "SpaceAfter=No"
    assert raw_text([first, second]) == text


def test_what_stands_before_the_text_is_kept_in_its_first_token(knowing):
    for text in ("\n Go on!", "\tdel mar,"):
        found = knowing.sentences(text)
        assert raw_text(found) == text
    assert found[0].multiword[0].misc == r"SpacesBefore=\t"
    assert found[0].words[0].misc == "_"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00\t\u2028\xa0"])
def test_a_text_of_nothing_but_white_space_has_no_sentence(text):
    assert tiny().sentences(text) == []


def test_what_was_saved_tokenizes_alike(tmp_path):
    tokenizer = tiny()
    tokenizer.save(tmp_path / "model")
    loaded = Tokenizer.load(tmp_path / "model")
    assert same_bits(loaded.model, tokenizer.model)
    assert loaded.sentences(TEXT) == tokenizer.sentences(TEXT)
    assert loaded.cutter == tokenizer.cutter
    assert loaded.expansions == tokenizer.expansions


def test_the_same_seed_gives_the_same_tokenizer_and_another_another():
    config = small_config(dropout=0.3, word_dropout=0.2)
    first, again, other = (
        train_tokenizer(treebank(), config=config, training=quick(epochs=2, seed=seed))
        for seed in (1, 1, 2)
    )
    assert same_bits(first.model, again.model)
    assert not same_bits(first.model, other.model)


def test_an_interrupted_run_goes_on_to_the_same_weights(tmp_path):
    given = {
        "dev": treebank(),
        "config": small_config(dropout=0.3, word_dropout=0.2),
        "training": quick(epochs=4, checkpoint_seconds=0, average="tail(0.5)"),
    }
    whole = train_tokenizer(treebank(), folder=tmp_path / "whole", **given)
    with pytest.raises(KeyboardInterrupt):
        train_tokenizer(treebank(), folder=tmp_path / "cut", callbacks=[Stopper(5)], **given)
    resumed = train_tokenizer(treebank(), folder=tmp_path / "cut", resume=True, **given)
    assert same_bits(whole.model, resumed.model)
    assert same_bits(Tokenizer.load(tmp_path / "cut").model, whole.model)


def test_the_sanity_check_passes_and_changes_nothing():
    tokenizer = tiny()
    before = weights(tokenizer.model)
    data = tokenizer.training_set(treebank(), seed=1)
    found = check_sanity(tokenizer.model, tokenizer, data, quick(optimizer="adam", rate=0.02))
    assert found.passed
    assert all((weights(tokenizer.model)[name] == before[name]).all() for name in before)


def test_training_stretches_move_and_stay_inside_their_paragraph():
    sentences = treebank() + treebank()
    sentences[10].comments.append("# newpar")
    data = tiny().training_set(sentences, seed=3)
    every = np.arange(len(data.sizes))
    still = data.batch(every)
    assert still.lengths.tolist() == data.sizes.tolist()
    moved = [data.batch(every, draw=step) for step in range(1, 20)]
    assert any((batch.features[:, 0] != still.features[:, 0]).any() for batch in moved)
    for batch in moved:
        assert (batch.lengths >= still.lengths).all()  # a short rest is read with what is before it
        ends = (batch.gaps[:, :, 1] == 5).long()
        inside = ends.sum(1) - ends[range(len(ends)), batch.lengths - 1]
        assert not inside.any()


def test_windows_label_every_piece_once_and_leave_no_segment():
    bounds = np.array([0, 5, 5, 1000, 1193])
    windows = windows_of(bounds)
    labelled = np.concatenate([np.arange(first, last) for _, _, first, last in windows.tolist()])
    assert labelled.tolist() == list(range(1193))
    for start, stop, first, last in windows.tolist():
        assert start <= first < last <= stop
        place = np.searchsorted(bounds, first, side="right")
        assert bounds[place - 1] <= start
        assert stop <= bounds[place]


def test_windows_that_are_short_are_labelled_as_if_alone():
    tokenizer = tiny()
    parts = list(segments(["Go on!\n\nNo, I do n't.\n\n" * 9], tokenizer.cutter))
    together = text_scores(tokenizer.model, tokenizer._numbering.numbers(parts))
    alone = [text_scores(tokenizer.model, tokenizer._numbering.numbers([part])) for part in parts]
    np.testing.assert_allclose(together, np.concatenate(alone), atol=1e-5)


def test_a_text_without_an_end_is_cut_somewhere_and_lost_nowhere():
    text = "go " * (LONGEST + 100)
    found = tiny().sentences(text)
    assert raw_text(found) == text
    assert max(map(len, found)) <= 1 << 12


def test_tokens_may_hold_spaces_where_the_treebank_has_them():
    one = Sentence.of(["10 000", "cats", "see", "5 000", "dogs"])
    trained = train_tokenizer(
        [one] * 8, config=small_config(), training=quick(epochs=40, rate=0.02)
    )
    assert trained.joins
    found = trained.sentences("10 000 cats see 5 000 dogs")
    assert [word.form for word in found[0].words] == ["10 000", "cats", "see", "5 000", "dogs"]
    assert not tiny().joins


def test_presets_are_settings_of_a_run():
    for name in PRESETS:
        config, training = PRESETS.settings(name)
        assert training.metric == "mean_f1"
        assert config.hidden > 0


def test_mistakes_are_told(tmp_path):
    with pytest.raises(DataError, match="no sentences to learn from"):
        train_tokenizer([])
    with pytest.raises(DataError, match="no sentences in dev"):
        train_tokenizer(treebank(), dev=[], config=small_config(), training=quick())
    with pytest.raises(SettingsError, match="choose fast"):
        train_tokenizer(treebank(), preset="best")
    with pytest.raises(SettingsError, match="dropout=2"):
        small_config(dropout=2)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "notes").touch()
    with pytest.raises(ExistsError):
        train_tokenizer([sentence("No")], folder=tmp_path / "model", training=quick())
