import itertools

import formulas
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gradus.core.errors import SettingsError
from gradus.nn.losses import IGNORED, LOSSES
from gradus.nn.sampled_losses import SAMPLED_LOSSES

BATCHES = st.tuples(st.integers(1, 6), st.integers(2, 5), st.integers(0, 2**31))


def drawn(shape):
    batch, classes, seed = shape
    rng = np.random.default_rng(seed)
    return 3 * rng.normal(size=(batch, classes)), rng.integers(classes, size=batch)


@given(BATCHES, st.floats(0, 0.9))
def test_smoothed_cross_entropy_is_that_of_the_mixed_targets(shape, smoothing):
    scores, targets = drawn(shape)
    loss = LOSSES.make(f"cross_entropy({smoothing!r})")
    found = loss(torch.from_numpy(scores), torch.from_numpy(targets)).item()
    expected = formulas.cross_entropy({}, scores, targets, smoothing)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(BATCHES, st.floats(0.1, 3), st.sampled_from([("best", max), ("all", sum)]))
def test_max_margin_is_against_the_best_or_all_wrong_classes(shape, margin, choice):
    against, total = choice
    scores, targets = drawn(shape)
    loss = LOSSES.make(f"max_margin({margin!r}, against={against!r})")
    found = loss(torch.from_numpy(scores), torch.from_numpy(targets)).item()
    expected = formulas.max_margin({}, scores, targets, margin, total)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_max_margin_over_all_classes_is_torchs_times_the_number_of_classes():
    scores, targets = torch.randn(6, 4), torch.tensor([0, 1, 2, 3, 0, 1])
    ours = LOSSES.make("max_margin(against='all')")(scores, targets)
    torch.testing.assert_close(ours, 4 * nn.MultiMarginLoss()(scores, targets))


def test_a_single_class_has_no_wrong_one():
    for against in ("best", "all"):
        loss = LOSSES.make(f"max_margin(against={against!r})")
        assert loss(torch.ones(2, 1), torch.zeros(2, dtype=torch.long)).item() == 0


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_distances_take_numbers_of_any_shape(name):
    order = int(name[1])
    outputs, targets = torch.randn(5, 2, 3), torch.randn(5, 2, 3)
    expected = ((outputs - targets).abs() ** order).sum((1, 2)).mean()
    torch.testing.assert_close(LOSSES.make(name)(outputs, targets), expected)


@pytest.mark.parametrize("name", list(LOSSES))
def test_every_loss_takes_class_scores_and_classes(name):
    loss = LOSSES.make(name)(torch.randn(4, 3), torch.tensor([0, 2, 1, 1]))
    assert loss.shape == ()
    assert loss.item() > 0


@pytest.mark.parametrize("line", [*LOSSES, "cross_entropy(0.1)", "max_margin(against='all')"])
def test_losses_of_scores_of_ten_thousand_are_finite_in_float32(line):
    scores = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], requires_grad=True)
    loss = LOSSES.make(line)(scores, torch.tensor([1, 0]))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(scores.grad).all()
    assert scores.grad.any()


@pytest.mark.parametrize("name", list(SAMPLED_LOSSES))
def test_sampled_losses_of_scores_of_ten_thousand_are_finite_in_float32(name):
    scores = torch.tensor([-1e4, 1e4], requires_grad=True)
    noise = torch.tensor([[1e4, -1e4], [-1e4, 0.0]], requires_grad=True)
    rare = -20.0  # the logarithm of a probability of two in a thousand million
    loss = SAMPLED_LOSSES.make(name)(
        scores, noise, torch.full_like(scores, rare), torch.full_like(noise, rare)
    )
    loss.backward()
    for value in (loss, scores.grad, noise.grad):
        assert torch.isfinite(value).all()
    assert scores.grad.any()


def test_a_confident_wrong_answer_costs_its_score():
    scores = torch.tensor([[1e4, 0.0]])
    assert LOSSES.make("cross_entropy")(scores, torch.tensor([1])).item() == 1e4
    assert LOSSES.make("cross_entropy")(scores, torch.tensor([0])).item() == 0


def test_negative_sampling_of_one_noise_word_by_hand():
    # σ(0) = 1/2 for the word, σ(-ln 3) = 1/4 for the noise word: log 2 + log 4
    loss = SAMPLED_LOSSES.make("negative_sampling")
    found = loss(torch.tensor([0.0]), torch.tensor([[3.0]]).log()).item()
    assert found == pytest.approx(np.log(8), rel=1e-6)


def test_noise_contrastive_of_one_noise_word_by_hand():
    # e^s = 1 against 1 q = 1/4: the word is data with 4/5; the noise word, e^s = 3/4, q = 1/4: 1/4
    loss = SAMPLED_LOSSES.make("noise_contrastive")
    quarter = torch.tensor([[0.25]]).log()
    found = loss(torch.tensor([0.0]), torch.tensor([[0.75]]).log(), quarter[0], quarter).item()
    assert found == pytest.approx(np.log(5 / 4) + np.log(4), rel=1e-6)


def test_noise_contrastive_is_least_where_scores_are_log_probabilities():
    data, noise = torch.tensor([0.6, 0.3, 0.1]), torch.tensor([0.2, 0.3, 0.5])
    scores = data.log().requires_grad_()
    loss = SAMPLED_LOSSES.make("noise_contrastive")
    expected = torch.zeros(())
    for word, *drawn in itertools.product(range(3), repeat=3):  # a word and two noise words
        chance = data[word] * noise[drawn].prod()
        expected = expected + chance * loss(
            scores[[word]], scores[drawn][None], noise[[word]].log(), noise[drawn].log()[None]
        )
    (gradient,) = torch.autograd.grad(expected, scores)
    torch.testing.assert_close(gradient, torch.zeros(3), rtol=0, atol=1e-6)


def test_ignored_targets_count_nowhere():
    scores, targets = torch.randn(4, 3), torch.tensor([0, IGNORED, 2, IGNORED])
    loss = LOSSES.make("cross_entropy(0.2)")
    torch.testing.assert_close(loss(scores, targets), loss(scores[[0, 2]], targets[[0, 2]]))


@pytest.mark.parametrize("line", ["cross_entropy(1.0)", "max_margin(against='some')"])
def test_settings_out_of_range_are_refused(line):
    with pytest.raises(SettingsError, match="choose"):
        LOSSES.make(line)
