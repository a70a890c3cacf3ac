"""Try something on a model, and leave no trace: weights, gradients, optimizer, random numbers."""

import copy
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


@contextmanager
def preserved(model: nn.Module, optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """On leaving, all is as it was on entering, bit for bit, whatever happened between.

    That is: parameters, buffers, gradients and modes of ``model``, the state and the options of
    ``optimizer``, and the random numbers of PyTorch, NumPy and Python.

    >>> model = nn.Linear(1, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> before = model.weight.item()
    >>> with preserved(model, optimizer):
    ...     _ = nn.init.zeros_(model.weight)
    >>> model.weight.item() == before
    True
    """
    values = {name: value.detach().clone() for name, value in _values(model)}
    gradients = [(parameter, parameter.grad) for parameter in model.parameters()]
    modes = [(module, module.training) for module in model.modules()]
    state = copy.deepcopy(optimizer.state_dict())
    for parameter in model.parameters():
        parameter.grad = None  # the old ones are not added to
    with preserved_random_numbers():
        try:
            yield
        finally:
            with torch.no_grad():
                for name, value in _values(model):
                    value.copy_(values[name])
            for parameter, gradient in gradients:
                parameter.grad = gradient
            for module, mode in modes:
                module.training = mode
            optimizer.load_state_dict(state)


@contextmanager
def preserved_random_numbers(batches: Any = None) -> Iterator[None]:
    """The generators of PyTorch, NumPy and Python come back to where they were.

    So does the one that ``batches`` may have for themselves, as a ``DataLoader`` can.

    >>> with preserved_random_numbers():
    ...     first = torch.rand(1)
    >>> torch.rand(1) == first
    tensor([True])
    """
    own = getattr(batches, "generator", None)
    states = own.get_state() if isinstance(own, torch.Generator) else None
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - others use them
    with torch.random.fork_rng():
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)  # noqa: NPY002
            if isinstance(own, torch.Generator) and states is not None:
                own.set_state(states)


def _values(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Parameters and all buffers, also those that are not saved with the model."""
    yield from model.named_parameters()
    yield from model.named_buffers()
