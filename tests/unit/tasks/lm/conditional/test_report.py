"""Figures by hand, and BLEU and chrF as sacrebleu has them."""

import math
import sys

import numpy as np
import pytest

from gradus.core.errors import MissingExtraError, SettingsError
from gradus.tasks.lm.conditional import SearchConfig, Seq2SeqConfig, Seq2SeqReport, preset_settings
from gradus.tasks.lm.conditional.metrics import overlap
from gradus.tasks.lm.conditional.presets import PRESETS
from gradus.training.settings import TrainingConfig

OUTPUTS = ["the cat sat on the mat", "a dog", "it rains today again"]
TARGETS = ["the cat sat on a mat", "a dog", "it rains again today"]


def report(**more):
    given = {
        "level": "word",
        "sources": ["k", "h", "r"],
        "targets": TARGETS,
        "outputs": OUTPUTS,
        "losses": np.array([3.5, 0.3, 10.0]),
        "steps": np.array([7, 3, 5]),
        "hits": 12,
    }
    return Seq2SeqReport(**given | more)


def test_figures_are_those_worked_out_by_hand():
    found = report()
    assert found.right == [False, True, False]
    assert found.exact_match == pytest.approx(1 / 3)
    assert found.accuracy == pytest.approx(12 / 15)
    assert found.loss == pytest.approx(13.8 / 15)
    assert found.perplexity == pytest.approx(math.exp(13.8 / 15))
    assert found.to_dict()["symbols"] == 15
    assert found.to_dict()["perplexity_per"].startswith("target word, the end")
    assert report(level="char").to_dict()["perplexity_per"].startswith("target character")


def test_the_most_wrong_are_wrong_and_surprise_most_by_symbol():
    worst = report().most_wrong()
    assert [error.index for error in worst] == [2, 0]
    assert [error.loss for error in worst] == pytest.approx([2.0, 0.5])
    assert [error.index for error in report().most_wrong(1)] == [2]
    assert worst[0].to_dict()["target"] == TARGETS[2]


def test_a_loss_beyond_all_numbers_is_an_infinite_perplexity():
    assert report(losses=np.array([1e6, 1e6, 1e6])).perplexity == math.inf


@pytest.mark.parametrize(("level", "tokenize"), [("word", "13a"), ("char", "char")])
def test_bleu_and_chrf_are_those_of_sacrebleu(level, tokenize):
    sacrebleu = pytest.importorskip("sacrebleu")
    found = report(level=level).overlap
    assert found.bleu == sacrebleu.corpus_bleu(OUTPUTS, [TARGETS], tokenize=tokenize).score
    assert found.chrf == sacrebleu.corpus_chrf(OUTPUTS, [TARGETS]).score
    assert f"tok:{tokenize}" in found.bleu_signature
    assert "nc:6" in found.chrf_signature


def test_bleu_of_one_sentence_is_the_mean_of_its_precisions():
    pytest.importorskip("sacrebleu")
    # of 6, 5, 4, 3 sequences of one to four words 5, 3, 2, 1 occur in the target
    expected = (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25
    assert overlap(OUTPUTS[:1], TARGETS[:1]).bleu == pytest.approx(100 * expected)


def test_a_missing_library_is_told_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'gradus\[bleu\]'.*--no-bleu"):
        _ = report().overlap


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_made_of_valid_settings(name):
    model, training = preset_settings(name)
    assert isinstance(model, Seq2SeqConfig)
    assert isinstance(training, TrainingConfig)


def test_settings_out_of_range_are_refused():
    with pytest.raises(SettingsError, match="'best' is unknown: choose fast or accurate"):
        preset_settings("best")
    with pytest.raises(SettingsError, match=r"hidden=3: .*multiple of 2"):
        Seq2SeqConfig(hidden=3)
    with pytest.raises(SettingsError, match="n=3 outputs are more than beam=2 follows"):
        SearchConfig(beam=2, n=3)
    with pytest.raises(SettingsError, match="beam=0 is out of range"):
        SearchConfig(beam=0)
