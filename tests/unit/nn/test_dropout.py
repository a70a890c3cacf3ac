import pytest
import torch

from gradus.core.errors import SettingsError
from gradus.nn.dropout import DROPOUTS, LockedDropout, RowDropout, WordDropout


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(11)


@pytest.mark.parametrize("line", ["none", "dropout(0.3)", "locked(0.3)"])
def test_dropout_keeps_the_expectation(line):
    # a unit is 0 or 1 / 0.7: the mean of 30,000 draws strays by 0.004, five times that is allowed
    assert DROPOUTS.make(line)(torch.ones(300, 1, 100)).mean().item() == pytest.approx(1, abs=0.02)


def test_row_dropout_keeps_the_expectation():
    ids = torch.arange(30_000)[None]
    vectors = RowDropout(0.3, words=30_000)(torch.ones(1, 30_000, 1), ids)
    assert vectors.mean().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("line", ["dropout(0.5)", "locked(0.5)"])
def test_nothing_is_dropped_outside_training(line):
    x = torch.randn(3, 4, 5)
    assert torch.equal(DROPOUTS.make(line).eval()(x), x)


def test_locked_dropout_drops_the_same_units_at_every_step_of_a_sequence():
    dropped = LockedDropout(0.5)(torch.ones(20, 7, 30)) == 0
    assert (dropped == dropped[:, :1]).all()
    assert not (dropped == dropped[:1]).all()  # each sequence has its own mask


def test_word_dropout_replaces_words_by_the_unknown_word_and_keeps_padding():
    ids = torch.randint(0, 50, (200, 50))
    found = WordDropout(0.2, unknown=77)(ids)
    changed = found != ids
    assert (found[changed] == 77).all()
    assert not changed[ids == 0].any()
    assert changed[ids != 0].float().mean().item() == pytest.approx(0.2, abs=0.02)


def test_row_dropout_drops_a_word_wherever_it_stands():
    ids = torch.randint(0, 40, (30, 20))
    dropped = RowDropout(0.5, words=40)(torch.ones(30, 20, 3), ids) == 0
    for word in range(40):
        places = dropped[ids == word]
        assert places.all() or not places.any()
    assert 0.2 < dropped.float().mean() < 0.8


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_a_rate_outside_its_range_is_refused(rate):
    for make in (WordDropout, LockedDropout, lambda rate: DROPOUTS.make(f"dropout({rate})")):
        with pytest.raises(SettingsError, match=r"choose a value in \[0, 1\)"):
            make(rate)


def test_the_printed_network_shows_the_rate():
    assert repr(LockedDropout(0.3)) == "LockedDropout(0.3)"
