"""Half precision for a part of a network, on processors that are made for it."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch


def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in instructions of its own."""
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, check, bool)() for check in checks)


def half_where_fast(device: torch.device) -> AbstractContextManager[Any]:
    """A context in which products are made in bfloat16, if this processor has it; else nothing.

    PyTorch keeps a compiled routine for every size that it meets in bfloat16, so this is for layers
    that meet few sizes: of others memory would grow for long.
    """
    if device.type != "cpu" or not has_bfloat16():
        return nullcontext()
    return torch.autocast("cpu", dtype=torch.bfloat16)
