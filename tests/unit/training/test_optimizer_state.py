"""A saved and restored optimizer goes on to the same bits, without pickle."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from gradus.core.errors import FormatError
from gradus.core.storage import map_tensors, write_tensors
from gradus.nn.penalties import decay_groups
from gradus.training.optimizer_state import pack_state, unpack_state_
from gradus.training.optimizers import OPTIMIZERS


class Tagger(nn.Module):
    def __init__(self, sparse, dtype):
        super().__init__()
        self.table = nn.Embedding(30, 4, sparse=sparse, dtype=dtype)
        self.layer = nn.Linear(4, 2, dtype=dtype)
        self.unused = nn.Parameter(torch.zeros(3, dtype=dtype))  # never has a gradient

    def forward(self, ids):
        return self.layer(self.table(ids))


def made(line, sparse, dtype):
    torch.manual_seed(6)
    model = Tagger(sparse, dtype)
    groups = decay_groups(model, 0.0 if sparse else 0.01)
    return model, OPTIMIZERS.make(line, groups=groups, rate=0.1)


def train(model, optimizer, steps):
    for step in steps:
        ids = torch.randint(0, 30, (8,), generator=torch.Generator().manual_seed(step))
        for group in optimizer.param_groups:
            group["lr"] = 0.1 / step
        optimizer.zero_grad()
        model(ids).float().square().mean().backward()
        optimizer.step()


def through_files(optimizer, folder):
    tensors, values = pack_state(optimizer)
    write_tensors(folder / "optimizer.safetensors", tensors)
    (folder / "optimizer.json").write_text(json.dumps(values, allow_nan=False))
    return map_tensors(folder / "optimizer.safetensors"), json.loads(
        (folder / "optimizer.json").read_text()
    )


CASES = [(name, False) for name in OPTIMIZERS]
CASES += [(name, True) for name in ("sgd", "adagrad", "sparse_adam")]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("before", [0, 3])
@pytest.mark.parametrize(("line", "sparse"), CASES)
def test_a_restored_run_equals_an_uninterrupted_one_bit_for_bit(
    line, sparse, before, dtype, tmp_path
):
    whole, optimizer = made(line, sparse, dtype)
    train(whole, optimizer, range(1, 8))

    first, optimizer = made(line, sparse, dtype)
    train(first, optimizer, range(1, before + 1))
    tensors, values = through_files(optimizer, tmp_path)
    second, optimizer = made(line, sparse, dtype)
    second.load_state_dict(first.state_dict())
    unpack_state_(optimizer, tensors, values)
    train(second, optimizer, range(before + 1, 8))

    for name, value in whole.state_dict().items():
        assert torch.equal(second.state_dict()[name], value), name


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
@pytest.mark.parametrize(("line", "sparse"), CASES)
def test_state_and_options_come_back_with_their_types(line, sparse, dtype, tmp_path):
    model, optimizer = made(line, sparse, dtype)
    train(model, optimizer, range(1, 4))
    _, fresh = made(line, sparse, dtype)
    unpack_state_(fresh, *through_files(optimizer, tmp_path))
    saved, back = optimizer.state_dict(), fresh.state_dict()
    assert back["param_groups"] == saved["param_groups"]
    assert back["state"].keys() == saved["state"].keys()
    for number, entries in saved["state"].items():
        for name, value in entries.items():
            found = back["state"][number][name]
            assert type(found) is type(value)
            if isinstance(value, torch.Tensor):
                assert found.dtype == value.dtype and torch.equal(found, value)


def test_momentum_that_has_not_begun_stays_none():
    weight = nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
    optimizer.state[weight]["momentum_buffer"] = None
    fresh = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
    unpack_state_(fresh, *pack_state(optimizer))
    assert fresh.state[weight] == {"momentum_buffer": None}


def test_packed_arrays_are_copies():
    model, optimizer = made("adam", False, torch.float32)
    train(model, optimizer, [1])
    tensors, _ = pack_state(optimizer)
    kept = {name: array.copy() for name, array in tensors.items()}
    train(model, optimizer, [2])
    assert all(np.array_equal(tensors[name], kept[name]) for name in kept)


def test_a_state_of_another_model_is_refused():
    model, optimizer = made("adam", False, torch.float32)
    train(model, optimizer, [1])
    tensors, values = pack_state(optimizer)
    fewer = OPTIMIZERS.make("adam", groups=model.layer.parameters(), rate=0.1)
    with pytest.raises(FormatError, match=r"groups of \[2, 2\] parameters.*\[2\]"):
        unpack_state_(fewer, tensors, values)
    wider = Tagger(False, torch.float32)
    wider.table = nn.Embedding(30, 5)
    other = OPTIMIZERS.make("adam", groups=decay_groups(wider, 0.0), rate=0.1)
    with pytest.raises(FormatError, match=r"0\.exp_avg of shape \(30, 4\).*\(30, 5\)"):
        unpack_state_(other, tensors, values)


def test_a_missing_array_is_named():
    model, optimizer = made("adam", False, torch.float32)
    train(model, optimizer, [1])
    tensors, values = pack_state(optimizer)
    del tensors["1.exp_avg"]
    _, fresh = made("adam", False, torch.float32)
    with pytest.raises(FormatError, match=r"lacks the array 1\.exp_avg"):
        unpack_state_(fresh, tensors, values)
