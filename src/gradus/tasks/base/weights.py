"""A network's weights as a safetensors file, and back into a network of the same shape."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from gradus.core.errors import FormatError
from gradus.core.storage import TENSORS, map_tensors, write_tensors


def write_weights(folder: Path, model: nn.Module, *, name: str = TENSORS) -> None:
    """Write every parameter and buffer of ``model`` to a file in ``folder``."""
    tensors = {key: value.detach().cpu().numpy() for key, value in model.state_dict().items()}
    write_tensors(folder / name, tensors)


def load_weights_(model: nn.Module, folder: Path, *, name: str = TENSORS) -> None:
    """Fill ``model`` with what :func:`write_weights` wrote.

    Raises:
        FormatError: the file is missing or damaged, or its tensors are not those of ``model``.
    """
    path = folder / name
    found = map_tensors(path)
    wanted = model.state_dict()
    for key in sorted({*found, *wanted}):
        has, needs = (
            tuple(tensors[key].shape) if key in tensors else None for tensors in (found, wanted)
        )
        if has != needs:
            raise FormatError(
                f"{path} does not fit the settings in {folder}: {key} is "
                f"{_shape(has)} there, the settings ask for {_shape(needs)}; "
                "the folder is damaged, or was put together from two models"
            )
    for key, array in found.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise FormatError(f"{path}: {key} has numbers that are not finite; the file is damaged")
    # a copy, because the file is mapped read-only
    model.load_state_dict({key: torch.from_numpy(array.copy()) for key, array in found.items()})


def _shape(shape: tuple[int, ...] | None) -> str:
    return "absent" if shape is None else "x".join(map(str, shape)) or "a number"
