"""Checkpoints: what goes in comes out, and damage is told."""

import numpy as np
import pytest
import torch

from gradus.core.errors import FormatError
from gradus.training.checkpoint import load, save, to_torch


def test_groups_and_values_come_back_as_they_were(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    weights = {"a.weight": torch.randn(3, 2), "count": torch.tensor(7)}
    save(path, {"model": weights, "empty": {}}, {"place": {"step": 3}, "best": None})
    groups, values = load(path)
    assert values == {"place": {"step": 3}, "best": None}
    assert set(groups) == {"model"}
    back = to_torch(groups["model"])
    assert all(torch.equal(back[name], weights[name]) for name in weights)
    back["a.weight"].add_(1)  # memory of its own, not the read-only file


@pytest.mark.parametrize("damage", [lambda b: b[:40], lambda b: b[:8] + b"\xff" * (len(b) - 8)])
def test_a_damaged_checkpoint_is_named(tmp_path, damage):
    path = tmp_path / "checkpoint.safetensors"
    save(path, {"model": {"w": np.ones(50)}}, {"x": 1})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(FormatError, match=r"checkpoint\.safetensors"):
        load(path)


def test_a_model_is_no_checkpoint(tmp_path):
    from gradus.core.storage import write_tensors

    write_tensors(tmp_path / "model.safetensors", {"w": np.ones(3)})
    with pytest.raises(FormatError, match="no checkpoint"):
        load(tmp_path / "model.safetensors")
