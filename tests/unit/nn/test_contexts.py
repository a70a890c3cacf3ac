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


@pytest.mark.parametrize("has", [False, True])
def test_half_precision_is_near_and_comes_back_in_full(has, monkeypatch):
    monkeypatch.setattr("gradus.nn.half.has_bfloat16", lambda: has)
    torch.manual_seed(1)
    full = CONTEXTS.make("lstm(8)", dim=4).eval()
    half = CONTEXTS.make("lstm(8, half=True)", dim=4).eval()
    half.load_state_dict(full.state_dict())
    vectors, lengths = torch.randn(2, 5, 4), torch.tensor([5, 3])
    one, two = full(vectors, lengths), half(vectors, lengths)
    assert two.dtype == torch.float32
    assert torch.equal(one, two) != has
    assert torch.allclose(one, two, atol=0.02)
    half(vectors, lengths).sum().backward()
    assert all(weight.grad is not None for weight in half.parameters())
