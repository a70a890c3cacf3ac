"""Scores of features: kernels against their twins, gradients by central differences, both paths."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.naive_bayes import MultinomialNB

from gradus.gradients import check
from gradus.nn.feature_scores import REACH, FeatureScores, _gathered, log_count_ratios
from gradus.nn.kernels import feature_scores as compiled
from gradus.nn.kernels import reference

ROWS, LABELS = 7, 3


@st.composite
def batches(draw):
    texts = draw(st.lists(st.lists(st.integers(0, ROWS - 1), max_size=6), min_size=1, max_size=5))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    features = np.array([row for text in texts for row in text], dtype=np.int32)
    bounds = np.cumsum([0, *map(len, texts)])
    weight, priors = rng.normal(size=(2, ROWS, LABELS))
    return features, bounds, weight, priors, rng.normal(size=(len(texts), LABELS))


@given(batch=batches())
def test_kernels_follow_their_twins(batch):
    features, bounds, weight, priors, upstream = batch
    np.testing.assert_allclose(
        compiled.scaled_sums(features, bounds, weight, priors, 0.3, 7.0),
        reference.scaled_sums(features, bounds, weight, priors, 0.3, 7.0),
        rtol=1e-12,
        atol=1e-12,
    )
    places = np.full(ROWS, -1, np.int32)
    found = compiled.weight_gradient(features, bounds, priors, upstream, places, 7.0)
    expected = reference.weight_gradient(features, bounds, priors, upstream, places, 7.0)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-12, atol=1e-12)
    assert (places == -1).all()


@given(batch=batches())
def test_every_device_computes_the_same_scores(batch):
    features, bounds, weight, priors, _ = map(torch.from_numpy, batch)
    module = FeatureScores(ROWS, LABELS).double()
    module.weight.data, module.priors = weight, priors
    scores = module(features, bounds[:-1])
    torch.testing.assert_close(scores, _gathered(features, bounds, weight, priors))


@pytest.mark.parametrize("sparse", [True, False])
def test_the_gradient_is_that_of_central_differences(sparse):
    torch.manual_seed(1)
    module = FeatureScores(ROWS, LABELS, sparse=sparse).double()
    module.priors = torch.randn(ROWS, LABELS, dtype=torch.float64)
    features, starts = torch.tensor([1, 4, 4, 0], dtype=torch.int32), torch.tensor([0, 3])
    weights = torch.randn(2, LABELS, dtype=torch.float64)

    def loss(weight):
        module.weight.data, module.weight.grad = weight, None
        value = (module(features, starts) * weights).sum()
        value.backward()
        grad = module.weight.grad
        return value, {"weight": grad.to_dense() if sparse else grad}

    check(loss, {"weight": module.weight.detach().clone()}).raise_if_wrong()


def test_gradients_of_two_batches_add_up():
    module = FeatureScores(3, 2)
    module.prime_(np.ones((3, 2), np.float32))
    for _ in range(2):
        module(torch.tensor([0, 2], dtype=torch.int32), torch.tensor([0])).sum().backward()
    grad = module.weight.grad.coalesce().to_dense()
    torch.testing.assert_close(grad[0], torch.full((2,), REACH * 2 / 2**0.5))
    assert not grad[1].any()


@given(
    texts=st.lists(st.sets(st.integers(0, ROWS - 1), min_size=1), min_size=3, max_size=12),
    seed=st.integers(0, 99),
)
def test_priors_are_those_of_naive_bayes(texts, seed):
    labels = np.arange(len(texts)) % LABELS
    counts = np.zeros((len(texts), ROWS))
    for place, text in enumerate(texts):
        counts[place, sorted(text)] = 1
    judge = MultinomialNB(alpha=1.0).fit(counts, labels).feature_log_prob_.T
    features = np.array([row for text in texts for row in sorted(text)], dtype=np.int32)
    bounds = np.cumsum([0, *map(len, texts)])
    found = log_count_ratios(features, bounds, labels, size=ROWS, classes=LABELS)
    expected = judge - judge.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-6)
