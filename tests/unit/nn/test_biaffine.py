"""Scores of pairs: all of them, or row by row; the shared tests judge them by their formula."""

import pytest
import torch
from torch import nn

from gradus.nn.biaffine import Biaffine


@pytest.mark.parametrize("out", [1, 3])
@pytest.mark.parametrize("rows", [0, 1, 6])
def test_pairs_alone_have_the_scores_that_they_have_among_all(out, rows):
    torch.manual_seed(1)
    layer = Biaffine(4, 3, out=out).double()
    nn.init.normal_(layer.weight)
    left, right = torch.randn(rows, 4).double(), torch.randn(rows, 3).double()
    among_all = layer(left[None], right[None])[0].diagonal(dim1=1, dim2=2).T
    torch.testing.assert_close(layer.paired(left, right), among_all)


def test_at_first_all_pairs_are_alike():
    layer = Biaffine(4, 3, out=2)
    assert not layer(torch.randn(2, 5, 4), torch.randn(2, 6, 3)).any()
    assert layer.weight.numel() == 2 * 5 * 4


def test_gradients_of_pairs_are_central_differences():
    torch.manual_seed(2)
    layer = Biaffine(3, 2, out=2).double()
    inputs = [torch.randn(4, size).double().requires_grad_() for size in (3, 2)]
    weight = torch.randn(2, 4, 3).double().requires_grad_()

    def call(weight, left, right):
        return torch.func.functional_call(_Paired(layer), {"layer.weight": weight}, (left, right))

    assert torch.autograd.gradcheck(call, [weight, *inputs])


class _Paired(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, left, right):
        return self.layer.paired(left, right)
