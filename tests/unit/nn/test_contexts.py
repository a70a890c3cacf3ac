"""Contexts of words: what padding may not do, and wrong values that are told."""

import pytest
import torch

from gradus.core.errors import SettingsError
from gradus.nn.contexts import CONTEXTS

LINES = ("none", "window(6, reach=1)", "lstm(5)", "gru(5, layers=1)", "rnn(5)")


@pytest.mark.parametrize("line", LINES)
def test_padding_has_no_influence(line):
    context = CONTEXTS.make(line, dim=4).eval()
    vectors, lengths = torch.randn(2, 5, 4), torch.tensor([5, 3])
    other = vectors.clone()
    other[1, 3:] = 7.0
    one, two = (context(each, lengths) for each in (vectors, other))
    assert one.shape == (2, 5, context.width)
    assert torch.equal(one[0], two[0])
    assert torch.equal(one[1, :3], two[1, :3])


@pytest.mark.parametrize("line", ["window(6, reach=2)", "lstm(5)"])
def test_a_neighbour_is_seen_and_without_a_context_it_is_not(line):
    vectors, lengths = torch.randn(1, 3, 4), torch.tensor([3])
    other = vectors.clone()
    other[0, 2] += 1
    for name, differs in ((line, True), ("none", False)):
        context = CONTEXTS.make(name, dim=4).eval()
        one, two = (context(each, lengths)[0, 1] for each in (vectors, other))
        assert torch.equal(one, two) != differs


@pytest.mark.parametrize("line", ["window(0)", "window(4, reach=-1)", "lstm(0)", "walk"])
def test_wrong_values_are_told(line):
    with pytest.raises(SettingsError):
        CONTEXTS.make(line, dim=4)
