"""A network's weights as safetensors files, and back into a network of the same shape.

What is not trained lies in a file of its own, so that networks which read the same table can share
it. Compact weights are halves, and large ones bytes with a scale for each row.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from gradus.core.errors import FormatError
from gradus.core.storage import TENSORS, map_tensors, model_file, write_tensors

#: The file of parameters that are not trained.
FROZEN = "frozen.safetensors"

#: What the name of a scale ends with, and from how many numbers on compact weights are bytes.
SCALE, LARGE = ".scale", 4096

Tensors = dict[str, np.ndarray]


def write_weights(
    folder: Path, model: nn.Module, *, name: str = TENSORS, compact: bool = False
) -> None:
    """Write every parameter and buffer of ``model`` to files in ``folder``.

    ``compact`` takes a half to a quarter of the space, for a loss of some digits.
    """
    tensors = {key: value.detach().cpu().numpy() for key, value in model.state_dict().items()}
    frozen = _frozen(model)
    files = {name: tensors.keys() - frozen, FROZEN: frozen}
    for file, keys in files.items():
        if keys or file == name:
            kept = {key: tensors[key] for key in sorted(keys)}
            write_tensors(folder / file, _compacted(kept) if compact else kept)


def load_weights_(model: nn.Module, folder: Path, *, name: str = TENSORS) -> None:
    """Fill ``model`` with what :func:`write_weights` wrote.

    Raises:
        FormatError: a file is missing or damaged, or its tensors are not those of ``model``.
    """
    path, still = model_file(folder, name), model_file(folder, FROZEN)
    found = _restored(map_tensors(path), path)
    if still.is_file() and _frozen(model):
        found = _restored(map_tensors(still), still) | found
    elif lacking := _frozen(model) - found.keys():
        raise FormatError(
            f"{still} is missing, which holds {min(lacking)}; the model folder is incomplete"
        )
    _check(path, found, {key: tuple(value.shape) for key, value in model.state_dict().items()})
    # a copy, because the file is mapped read-only
    model.load_state_dict({key: torch.from_numpy(array.copy()) for key, array in found.items()})


def _frozen(model: nn.Module) -> set[str]:
    return {key for key, value in model.named_parameters() if not value.requires_grad}


def _compacted(tensors: Tensors) -> Tensors:
    """The same numbers in less space."""
    compact: Tensors = {}
    for key, array in tensors.items():
        if array.dtype != np.float32:
            compact[key] = array
        elif array.ndim > 1 and array.size >= LARGE:
            scale = (np.abs(array).max(axis=-1) / 127).astype(np.float32)
            steps = array / np.where(scale > 0, scale, 1.0)[..., None]
            compact[key] = np.rint(steps).astype(np.int8)
            compact[key + SCALE] = scale
        else:
            compact[key] = array.astype(np.float16)
    return compact


def _restored(tensors: Tensors, path: Path) -> Tensors:
    """Numbers as networks have them, whether they were written compact or not."""
    scales = {key.removesuffix(SCALE) for key in tensors if key.endswith(SCALE)}
    restored: Tensors = {}
    for key, array in tensors.items():
        if key in scales and array.dtype == np.int8:
            scale = tensors[key + SCALE]
            if scale.shape != array.shape[:-1]:
                raise FormatError(
                    f"{path}: {key} has rows of shape {_shape(array.shape[:-1])} and scales of "
                    f"{_shape(scale.shape)}; the file is damaged"
                )
            restored[key] = array * scale[..., None].astype(np.float32)
        elif key.endswith(SCALE) and tensors.get(key.removesuffix(SCALE), array).dtype == np.int8:
            continue
        else:
            restored[key] = array.astype(np.float32) if array.dtype == np.float16 else array
    return restored


def _check(path: Path, found: Tensors, wanted: dict[str, tuple[int, ...]]) -> None:
    for key in sorted({*found, *wanted}):
        has = tuple(found[key].shape) if key in found else None
        needs = wanted.get(key)
        if has != needs:
            raise FormatError(
                f"{path} does not fit the settings in {path.parent}: {key} is "
                f"{_shape(has)} there, the settings ask for {_shape(needs)}; "
                "the folder is damaged, or was put together from two models"
            )
    for key, array in found.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise FormatError(f"{path}: {key} has numbers that are not finite; the file is damaged")


def _shape(shape: tuple[int, ...] | None) -> str:
    return "absent" if shape is None else "x".join(map(str, shape)) or "a number"
