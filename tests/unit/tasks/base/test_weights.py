"""Weights in files: exact or compact, what is frozen apart, and damage that is told."""

import numpy as np
import pytest
import torch
from torch import nn

from gradus.core.errors import FormatError
from gradus.core.storage import map_tensors, write_tensors
from gradus.tasks.base.weights import FROZEN, load_weights_, write_weights


def network(seed=1):
    torch.manual_seed(seed)
    model = nn.ModuleDict(
        {
            "table": nn.Embedding(700, 9),
            "still": nn.Embedding(600, 8),
            "cube": nn.Bilinear(33, 17, 12),
            "small": nn.Linear(5, 3),
        }
    )
    model["still"].requires_grad_(False)
    return model


def test_exact_weights_come_back_to_the_bit_and_the_frozen_ones_lie_apart(tmp_path):
    model, other = network(), network(2)
    write_weights(tmp_path, model)
    assert set(map_tensors(tmp_path / FROZEN)) == {"still.weight"}
    load_weights_(other, tmp_path)
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


def test_compact_weights_take_a_quarter_and_are_near(tmp_path):
    model, other = network(), network(2)
    for folder, compact in (("exact", False), ("compact", True)):
        (tmp_path / folder).mkdir()
        write_weights(tmp_path / folder, model, compact=compact)
    sizes = [
        sum(path.stat().st_size for path in (tmp_path / name).iterdir())
        for name in ("exact", "compact")
    ]
    assert sizes[1] < 0.45 * sizes[0]
    load_weights_(other, tmp_path / "compact")
    for name, value in model.state_dict().items():
        found = other.state_dict()[name]
        assert found.dtype == torch.float32
        largest = value.abs().amax(-1, keepdim=True)
        assert ((found - value).abs() <= largest / 250 + 1e-6).all()


def test_packing_twice_changes_next_to_nothing(tmp_path):
    model, once = network(), network(2)
    write_weights(tmp_path, model, compact=True)
    load_weights_(once, tmp_path)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_weights(tmp_path, once, compact=True)
    for name in first:
        before = np.frombuffer(first[name][-600:], np.int8).astype(int)
        after = np.frombuffer((tmp_path / name).read_bytes()[-600:], np.int8).astype(int)
        assert (np.abs(before - after) <= 1).all()


def test_what_parts_share_is_found_beside_them(tmp_path):
    model, other = network(), network(2)
    (tmp_path / "part").mkdir()
    (tmp_path / "shared").mkdir()
    write_weights(tmp_path / "part", model)
    (tmp_path / "part" / FROZEN).rename(tmp_path / "shared" / FROZEN)
    load_weights_(other, tmp_path / "part")
    assert torch.equal(other["still"].weight, model["still"].weight)


def test_missing_scales_and_frozen_files_are_told(tmp_path):
    write_weights(tmp_path, network(), compact=True)
    path = tmp_path / "model.safetensors"
    tensors = {name: array.copy() for name, array in map_tensors(path).items()}
    write_tensors(path, {**tensors, "table.weight.scale": tensors["table.weight.scale"][:5]})
    with pytest.raises(FormatError, match=r"rows of shape 700 and scales of 5"):
        load_weights_(network(), tmp_path)
    write_tensors(path, tensors)
    (tmp_path / FROZEN).unlink()
    with pytest.raises(FormatError, match=r"frozen\.safetensors is missing.*still\.weight"):
        load_weights_(network(), tmp_path)
