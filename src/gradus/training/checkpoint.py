"""A checkpoint: named tensors and plain values in one safetensors file, whole or absent.

Nothing is pickled, so a checkpoint from elsewhere can do no more than hold wrong numbers.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradus.core.errors import FormatError
from gradus.core.storage import fresh_file, map_tensors, write_tensors

#: The entry that holds the plain values, as JSON.
VALUES = "values"


def save(path: Path, groups: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> None:
    """Write groups of arrays (NumPy or torch) and plain ``values`` to ``path``."""
    arrays = {
        f"{group}/{name}": to_numpy(array)
        for group, members in groups.items()
        for name, array in members.items()
    }
    arrays[VALUES] = np.frombuffer(json.dumps(dict(values)).encode(), dtype=np.uint8)
    with fresh_file(path) as temporary:
        write_tensors(temporary, arrays)


def load(path: Path) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, Any]]:
    """The groups and the values that :func:`save` wrote.

    Raises:
        FormatError: the file is missing or damaged.
    """
    arrays = map_tensors(path)
    try:
        values = json.loads(bytes(arrays.pop(VALUES)))
    except (KeyError, ValueError):
        raise FormatError(f"{path} is damaged: it is no checkpoint of a run") from None
    groups: dict[str, dict[str, np.ndarray]] = {}
    for key, array in arrays.items():
        group, _, name = key.partition("/")
        groups.setdefault(group, {})[name] = array
    return groups, values


def to_numpy(array: Any) -> np.ndarray:
    """A tensor's numbers as an array, without a copy where that is possible.

    >>> to_numpy(torch.ones(2, dtype=torch.float64))
    array([1., 1.])
    """
    return array.detach().cpu().numpy() if isinstance(array, Tensor) else np.asarray(array)


def to_torch(arrays: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """Arrays as tensors of their own memory.

    >>> to_torch({"w": np.zeros(2)})
    {'w': tensor([0., 0.], dtype=torch.float64)}
    """
    return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
