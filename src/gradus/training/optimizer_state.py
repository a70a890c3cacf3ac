"""An optimizer's memory as named arrays and plain values, so that it can be saved without pickle.

What torch keeps for the parameter with number 3, say its ``exp_avg``, becomes the array
``3.exp_avg``; numbers count the parameters through all groups.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradus.core.errors import FormatError

#: Types without a NumPy twin that a wider one holds exactly.
WIDENED = {torch.bfloat16: torch.float32}


def pack_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Copies of the state's tensors, and all else as values for JSON; nothing is rounded.

    >>> weight = torch.nn.Parameter(torch.zeros(2))
    >>> optimizer = torch.optim.Adam([weight], lr=0.1)
    >>> weight.grad = torch.ones(2)
    >>> optimizer.step()
    >>> tensors, values = pack_state(optimizer)
    >>> sorted(tensors), float(tensors["0.step"]), values["groups"][0]["lr"]
    (['0.exp_avg', '0.exp_avg_sq', '0.step'], 1.0, 0.1)
    """
    state = optimizer.state_dict()
    tensors: dict[str, np.ndarray] = {}
    types: dict[str, str] = {}
    plain: dict[str, dict[str, Any]] = {}
    for number, entries in state["state"].items():
        plain[str(number)] = {}
        for name, value in entries.items():
            if isinstance(value, Tensor):
                tensors[f"{number}.{name}"] = _to_numpy(value)
                types[f"{number}.{name}"] = str(value.dtype).removeprefix("torch.")
            else:
                plain[str(number)][name] = value
    return tensors, {"groups": state["param_groups"], "types": types, "state": plain}


def unpack_state_(
    optimizer: torch.optim.Optimizer,
    tensors: Mapping[str, np.ndarray],
    values: Mapping[str, Any],
) -> None:
    """Give a fresh ``optimizer`` the state that :func:`pack_state` took from an equal one.

    Raises:
        FormatError: the state is of other parameters, or incomplete.
    """
    groups = [_tuples(group) for group in values["groups"]]
    _check_groups(optimizer, groups)
    state: dict[int, dict[str, Any]] = {
        int(number): dict(entries) for number, entries in values["state"].items()
    }
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for key, type_name in values["types"].items():
        number, _, name = key.partition(".")
        if key not in tensors:
            raise FormatError(f"the saved optimizer lacks the array {key}; the file is damaged")
        value = torch.from_numpy(np.array(tensors[key])).to(getattr(torch, type_name))
        parameter = parameters[int(number)]
        if value.ndim and value.shape != parameter.shape:
            raise FormatError(
                f"the saved optimizer has {key} of shape {tuple(value.shape)}, but that parameter "
                f"has {tuple(parameter.shape)}; resume with the model that was saved"
            )
        state[int(number)][name] = value
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _check_groups(optimizer: torch.optim.Optimizer, groups: list[dict[str, Any]]) -> None:
    saved = [len(group["params"]) for group in groups]
    found = [len(group["params"]) for group in optimizer.param_groups]
    if saved != found:
        raise FormatError(
            f"the saved optimizer has groups of {saved} parameters, but this one has {found}; "
            "resume with the model and the settings that were saved"
        )


def _tuples(group: Mapping[str, Any]) -> dict[str, Any]:
    """A group's options with the pairs that JSON turned into lists, such as Adam's betas."""
    return {
        name: tuple(value) if isinstance(value, list) and name != "params" else value
        for name, value in group.items()
    }


def _to_numpy(value: Tensor) -> np.ndarray:
    held = value.detach().cpu().to(WIDENED.get(value.dtype, value.dtype))
    return np.array(held.numpy())
