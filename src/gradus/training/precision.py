"""In which numbers a forward pass computes, and the loss scaling that half precision needs.

On a CPU float32 is the default, so that a seed gives the same model on every processor; on one with
instructions for bfloat16, that makes CNNs a third and large LSTMs nearly twice as fast, and others
slower: ``fast`` takes it just there, so that the model depends on the processor. On a GPU
bfloat16 is the default, where the GPU has it, else float16 with scaled losses [micikevicius2018].
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from gradus.core.errors import SettingsError
from gradus.nn.half import has_bfloat16


def chosen_device(name: str) -> torch.device:
    """The device called ``name``; ``auto`` is a GPU where PyTorch finds one.

    >>> chosen_device("cpu")
    device(type='cpu')

    Raises:
        SettingsError: there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise SettingsError(f"device={name!r} is unknown: choose cpu, cuda or auto") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise SettingsError(f"device={name!r}, but PyTorch finds no GPU; choose cpu or auto")
    return device


class Precision:
    """Runs forward passes in the chosen numbers, and steps of the optimizer to match."""

    def __init__(self, name: str, device: torch.device) -> None:
        self.device = device
        self.dtype = _dtype(name, device)
        scaled = self.dtype is torch.float16 and device.type == "cuda"
        self._scaler = torch.amp.GradScaler(device.type) if scaled else None

    def forward(self) -> AbstractContextManager[Any]:
        """The context of a forward pass."""
        if self.dtype is torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.dtype)

    def backward(self, loss: Tensor) -> None:
        """Backpropagate ``loss``, scaled where its gradients would vanish in half precision."""
        torch.autograd.backward(loss if self._scaler is None else self._scaler.scale(loss))

    def unscale_(self, optimizer: torch.optim.Optimizer) -> None:
        """Give the gradients their true size again."""
        if self._scaler is not None:
            self._scaler.unscale_(optimizer)

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        """Make a step; a scaled one is left out when its gradients overflowed."""
        if self._scaler is None:
            optimizer.step()
        else:
            self._scaler.step(optimizer)
            self._scaler.update()

    @property
    def overflows(self) -> bool:
        """Whether gradients that are not finite are part of the game."""
        return self._scaler is not None

    def state(self) -> dict[str, Any]:
        """The scale, as plain values."""
        return {} if self._scaler is None else self._scaler.state_dict()

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a :meth:`state`."""
        if self._scaler is not None and state:
            self._scaler.load_state_dict(state)


def _dtype(name: str, device: torch.device) -> torch.dtype:
    if name == "fast" and device.type == "cpu":
        return torch.bfloat16 if has_bfloat16() else torch.float32
    if name not in ("auto", "fast"):
        return {
            "float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16
        }[name]  # fmt: skip
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
