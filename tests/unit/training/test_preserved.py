"""What is tried on a model inside ``preserved`` leaves no trace."""

import copy
import random

import numpy as np
import pytest
import torch
from torch import nn

from gradus.training.optimizers import OPTIMIZERS
from gradus.training.preserved import preserved, preserved_random_numbers


class Counting(nn.Module):
    """A network with everything that can change: statistics, a buffer that is not saved, modes."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        self.head = nn.Linear(4, 1)
        self.head.bias.requires_grad_(False)
        self.register_buffer("calls", torch.zeros(1), persistent=False)

    def forward(self, x):
        self.calls += 1
        return self.head(self.layers(x))


def trained_for_a_while(name):
    torch.manual_seed(2)
    model = Counting()
    model.layers[1].eval()
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = OPTIMIZERS.make(name, groups=parameters, rate=0.1)
    for _ in range(2):
        steps(model, optimizer)
    return model, optimizer


def steps(model, optimizer):
    optimizer.zero_grad()
    model(torch.randn(8, 3)).square().mean().backward()
    optimizer.step()


def everything(model, optimizer):
    return copy.deepcopy(
        {
            "values": dict(model.named_parameters()) | dict(model.named_buffers()),
            "gradients": {name: p.grad for name, p in model.named_parameters()},
            "modes": [module.training for module in model.modules()],
            "optimizer": optimizer.state_dict(),
            "torch": torch.get_rng_state(),
            "numpy": np.random.get_state()[1],  # noqa: NPY002
            "python": random.getstate(),
        }
    )


def assert_same(first, second):
    assert type(first) is type(second)
    if isinstance(first, torch.Tensor):
        assert first.dtype == second.dtype and torch.equal(first, second)
    elif isinstance(first, np.ndarray):
        assert np.array_equal(first, second)
    elif isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            assert_same(first[key], second[key])
    elif isinstance(first, list | tuple):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            assert_same(one, other)
    else:
        assert first == second


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_everything_is_as_it_was_even_after_an_error(name):
    model, optimizer = trained_for_a_while(name)
    before = everything(model, optimizer)
    with pytest.raises(ZeroDivisionError), preserved(model, optimizer):
        model.train()
        for group in optimizer.param_groups:
            group["lr"] = 3.0
        steps(model, optimizer)
        random.random()
        np.random.rand()  # noqa: NPY002
        raise ZeroDivisionError
    assert_same(everything(model, optimizer), before)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_training_goes_on_to_the_same_bits(name):
    model, optimizer = trained_for_a_while(name)
    twin, twin_optimizer = trained_for_a_while(name)
    with preserved(model, optimizer):
        steps(model, optimizer)
    state = torch.get_rng_state()
    steps(model, optimizer)
    torch.set_rng_state(state)
    steps(twin, twin_optimizer)
    assert_same(everything(model, optimizer), everything(twin, twin_optimizer))


def test_gradients_inside_begin_at_nothing():
    model, optimizer = trained_for_a_while("sgd")
    with preserved(model, optimizer):
        assert all(p.grad is None for p in model.parameters())


def test_a_loader_with_numbers_of_its_own_comes_back_too():
    generator = torch.Generator().manual_seed(5)
    loader = torch.utils.data.DataLoader(range(20), shuffle=True, generator=generator)
    with preserved_random_numbers(loader):
        first = [int(batch) for batch in loader]
    assert [int(batch) for batch in loader] == first
