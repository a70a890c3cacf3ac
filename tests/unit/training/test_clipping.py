"""Clipping: the joint norm and the limits, dense and sparse, against NumPy."""

import numpy as np
import pytest
import torch
from torch import nn

from gradus.training.clipping import clip_norm_, clip_value_, gradient_values, joint_norm


def parameters(seed=1):
    torch.manual_seed(seed)
    table, layer = nn.Embedding(9, 4, sparse=True), nn.Linear(4, 3)
    layer(table(torch.tensor([1, 5, 5, 5]))).square().sum().backward()
    return [*table.parameters(), *layer.parameters()]


def dense(parameters):
    grads = [p.grad.to_dense() if p.grad.is_sparse else p.grad for p in parameters]
    return np.concatenate([grad.numpy().ravel() for grad in grads])


def test_the_norm_is_that_of_all_gradients_as_one_vector():
    given = parameters()
    expected = np.linalg.norm(dense(given))
    assert joint_norm(gradient_values(given)) == pytest.approx(expected, rel=1e-5)
    assert joint_norm([]) == 0.0


@pytest.mark.parametrize("limit", [0.1, 1e6])
def test_clipping_by_norm_scales_everything_alike_or_nothing(limit):
    given = parameters()
    before = dense(given).copy()
    values = gradient_values(given)
    norm = joint_norm(values)
    assert clip_norm_(values, norm, limit) == (norm > limit)
    np.testing.assert_allclose(dense(given), before * min(1, limit / norm), rtol=1e-5)


def test_clipping_by_value_bounds_every_entry():
    given = parameters()
    before = dense(given).copy()
    clip_value_(gradient_values(given), 0.05)
    np.testing.assert_allclose(dense(given), before.clip(-0.05, 0.05))


def test_parameters_without_a_gradient_are_left_out():
    assert gradient_values([nn.Parameter(torch.ones(2))]) == []
