import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradus.nn.masks import mirror_index, step_mask, take_steps
from gradus.nn.pooling import POOLINGS

LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=5).map(torch.tensor)
ALONE = {
    "last": lambda states: states[-1],
    "mean": lambda states: states.mean(0),
    "max": lambda states: states.amax(0),
}


@pytest.mark.parametrize("name", list(POOLINGS))
@given(lengths=LENGTHS)
def test_pooling_a_padded_batch_is_pooling_each_sequence_alone(name, lengths):
    states = torch.randn(len(lengths), 7, 3) - 2
    states[~step_mask(lengths, 7)] = 1e4
    found = POOLINGS.make(name)(states, lengths)
    rows = [ALONE[name](row[:length]) for row, length in zip(states, lengths, strict=True)]
    torch.testing.assert_close(found, torch.stack(rows))


@pytest.mark.parametrize("name", list(POOLINGS))
def test_an_empty_sequence_pools_to_zeros(name):
    states = torch.randn(2, 3, 4, requires_grad=True)
    pooled = POOLINGS.make(name)(states, torch.tensor([0, 2]))
    assert pooled[0].eq(0).all()
    pooled.sum().backward()
    assert torch.isfinite(states.grad).all()
    assert states.grad[0].eq(0).all()


@given(lengths=LENGTHS)
def test_mirroring_twice_gives_the_sequence_back(lengths):
    states = torch.randn(len(lengths), 7, 2)
    mirror = mirror_index(lengths, 7)
    mirrored = take_steps(states, mirror)
    for row, image, length in zip(states, mirrored, lengths.tolist(), strict=True):
        assert torch.equal(image[:length], row[:length].flip(0))
        assert torch.equal(image[length:], row[length:])
    assert torch.equal(take_steps(mirrored, mirror), states)
