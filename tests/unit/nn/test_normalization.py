import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gradus.core.errors import SettingsError
from gradus.nn.masks import step_mask
from gradus.nn.normalization import NORMALIZATIONS, BatchNorm, MeanCentering

LENGTHS = torch.tensor([4, 1, 0, 3])


def padded():
    x = torch.randn(4, 5, 3)
    x[~step_mask(LENGTHS, 5)] = 1e6
    return x


def real_rows(x):
    return torch.cat([row[:length] for row, length in zip(x, LENGTHS, strict=True)])


def test_batch_norm_of_padded_steps_is_torchs_of_the_real_ones():
    x, ours, theirs = padded(), BatchNorm(dim=3), nn.BatchNorm1d(3)
    for _ in range(3):
        torch.testing.assert_close(real_rows(ours(x, LENGTHS)), theirs(real_rows(x)))
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value)
    torch.testing.assert_close(
        real_rows(ours.eval()(x, LENGTHS)), theirs.eval()(real_rows(x)), atol=1e-4, rtol=1e-4
    )


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_batch_norm_of_padding_is_0(training):
    out = BatchNorm(dim=3).train(training)(padded(), LENGTHS)
    assert out[~step_mask(LENGTHS, 5)].eq(0).all()


def test_batch_norm_gives_each_unit_mean_0_and_variance_1():
    out = BatchNorm(dim=3)(5 + 2 * torch.randn(200, 3)).detach().numpy()
    np.testing.assert_allclose(out.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(out.var(0), 1, atol=1e-4)


def test_batch_norm_without_lengths_takes_every_leading_axis_for_the_batch():
    x = torch.randn(4, 5, 3)
    flat = BatchNorm(dim=3)(x.reshape(20, 3)).view(4, 5, 3)
    assert torch.equal(BatchNorm(dim=3)(x), flat)


def test_a_single_training_row_is_normalized_by_the_running_statistics():
    norm = BatchNorm(dim=3)
    norm(torch.randn(50, 3) + 4)
    before = norm.running_mean.clone()
    row = torch.randn(1, 3)
    trained = norm(row)
    assert torch.equal(norm.running_mean, before)
    torch.testing.assert_close(trained, norm.eval()(row))


def test_the_gradient_of_padded_batch_norm_is_that_of_the_real_steps():
    norm, lengths = BatchNorm(dim=2).double(), torch.tensor([3, 1])
    x = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: norm(x, lengths), (x,))
    (gradient,) = torch.autograd.grad(norm(x, lengths).square().sum(), x)
    assert gradient[1, 1:].eq(0).all()


def test_a_momentum_out_of_range_is_refused():
    with pytest.raises(SettingsError, match="momentum=0"):
        NORMALIZATIONS.make("batch_norm(0)", dim=3)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=5), st.integers(0, 2**31))
def test_the_observed_mean_is_that_of_all_rows_together(sizes, seed):
    rng = np.random.default_rng(seed)
    batches = [rng.normal(3, 2, size=(size, 4)) for size in sizes]
    centre = MeanCentering(4).double()
    for batch in batches:
        centre.observe_(torch.from_numpy(batch))
    rows = np.concatenate(batches)
    expected = rows.mean(0) if len(rows) else np.zeros(4)
    np.testing.assert_allclose(centre.mean.numpy(), expected, atol=1e-12)


def test_centred_data_have_mean_0_and_padding_is_not_observed():
    x, centre = padded(), MeanCentering(3)
    centre.observe_(x, LENGTHS)
    torch.testing.assert_close(real_rows(centre(x)).mean(0), torch.zeros(3), atol=1e-5, rtol=0)


def test_the_mean_is_saved_but_never_trained():
    centre = MeanCentering(3)
    centre.observe_(torch.ones(2, 3))
    assert not list(centre.parameters())
    loaded = MeanCentering(3)
    loaded.load_state_dict(centre.state_dict())
    assert loaded(torch.ones(1, 3)).eq(0).all()
    loaded.observe_(torch.full((2, 3), 4.0))
    assert loaded.mean.tolist() == [2.5, 2.5, 2.5]
