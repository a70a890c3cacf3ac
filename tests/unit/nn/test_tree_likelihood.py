"""The loss of trees, judged by counting out all trees and by finite differences."""

import numpy as np
import pytest
import torch
from every_tree import every_tree, log_sum_and_marginals

from gradus.core.errors import DataError
from gradus.nn.tree_likelihood import tree_log_partition


def padded_scores(lengths, *, scale=1.0):
    generator = torch.Generator().manual_seed(0)
    most = int(lengths.max())
    shape = (len(lengths), most, most + 1)
    return scale * torch.randn(shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("scale", [1.0, 30.0, 1000.0])
def test_sums_and_gradients_are_those_of_all_trees(scale):
    lengths = torch.tensor([3, 1, 5, 2])
    scores = padded_scores(lengths, scale=scale).requires_grad_()
    total = tree_log_partition(scores, lengths)
    total.sum().backward()
    for row, grad, value, words in zip(scores, scores.grad, total, lengths.tolist(), strict=True):
        own = row[:words, : words + 1].detach().numpy()
        expected, marginals = log_sum_and_marginals(own)
        assert value.item() == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(grad[:words, : words + 1], marginals, atol=1e-10)
        assert grad[words:].abs().sum() + grad[:, words + 1 :].abs().sum() == 0


def test_gradient_is_that_of_finite_differences():
    lengths = torch.tensor([4, 2, 1])
    scores = padded_scores(lengths).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: tree_log_partition(s, lengths), scores)


def test_likelihoods_of_all_trees_sum_to_one():
    scores = padded_scores(torch.tensor([4]))
    trees = torch.from_numpy(every_tree(4))
    own = scores[0, torch.arange(4), trees].sum(1)
    likelihoods = (own - tree_log_partition(scores, torch.tensor([4]))).exp()
    assert likelihoods.sum().item() == pytest.approx(1)


def test_training_by_it_finds_the_tree():
    heads = torch.tensor([2, 0, 2, 3])
    scores = torch.zeros(1, 4, 5, requires_grad=True)
    for _ in range(50):
        right = scores[0, torch.arange(4), heads].sum()
        (grad,) = torch.autograd.grad(
            tree_log_partition(scores, torch.tensor([4])).sum() - right, scores
        )
        scores = (scores - grad).detach().requires_grad_()
    assert scores[0].argmax(1).tolist() == heads.tolist()


def test_forbidden_arcs_get_no_gradient():
    scores = torch.zeros(1, 3, 4)
    scores[0, 0, 2] = -torch.inf
    scores.requires_grad_()
    tree_log_partition(scores, torch.tensor([3])).sum().backward()
    assert scores.grad[0, 0, 2] == 0
    assert torch.isfinite(scores.grad).all()


def test_float32_comes_back_as_float32():
    scores = padded_scores(torch.tensor([3])).float().requires_grad_()
    total = tree_log_partition(scores, torch.tensor([3]))
    total.sum().backward()
    assert total.dtype == scores.grad.dtype == torch.float32


def test_what_has_no_sum_is_named():
    scores = torch.zeros(2, 2, 3)
    with pytest.raises(DataError, match="sentence 1 of the batch has length 3"):
        tree_log_partition(scores, torch.tensor([2, 3]))
    with pytest.raises(DataError, match=r"shape \[2, 2, 2\]"):
        tree_log_partition(scores[:, :, :2], torch.tensor([2, 2]))
    scores[1, :, 0] = -torch.inf
    with pytest.raises(DataError, match="sentence 1 of the batch has no tree"):
        tree_log_partition(scores, torch.tensor([2, 2]))
    scores[0, 0, 2] = torch.nan
    with pytest.raises(DataError, match="sentence 0 of the batch has a score that is"):
        tree_log_partition(scores, torch.tensor([2, 2]))
