"""When training cannot go on: numbers that are not finite, or too little memory; where, and why."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from gradus.core.errors import DivergenceError, MemoryLimitError


def check_finite(
    loss: float, model: nn.Module, forward: Callable[[], Any], *, step: int, rate: float
) -> None:
    """Raise :class:`DivergenceError` that names the layer if ``loss`` is NaN or infinite.

    ``forward`` runs the same batch again, so that every layer can be listened to.
    """
    if math.isfinite(loss):
        return
    raise DivergenceError(
        f"the loss became {loss} at step {step}: {blame(model, forward)}; "
        f"lower the rate, now {rate:g}, or limit gradients with clip_norm"
    )


def check_gradients(norm: float, model: nn.Module, *, step: int, rate: float) -> None:
    """Raise :class:`DivergenceError` if the joint gradient norm is not finite."""
    if math.isfinite(norm):
        return
    broken = [
        name
        for name, parameter in model.named_parameters()
        if parameter.grad is not None and not _finite(parameter.grad)
    ]
    # backpropagation goes from the last layer to the first: the last broken one broke first
    where = f"in {broken[-1]}" if broken else "as a sum, though no entry is"
    raise DivergenceError(
        f"the gradient became {norm} {where} at step {step}; "
        f"lower the rate, now {rate:g}, or limit gradients with clip_norm"
    )


def blame(model: nn.Module, forward: Callable[[], Any]) -> str:
    """Which parameter or layer first holds a number that is not finite.

    >>> model = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
    >>> _ = nn.init.constant_(model[0].bias, float("inf"))
    >>> blame(model, lambda: model(torch.ones(1, 1)))
    'parameter 0.bias holds inf'
    """
    for name, parameter in model.named_parameters():
        if not _finite(parameter):
            return f"parameter {name} holds {_worst(parameter)}"
    found: list[str] = []

    def listener(name: str) -> Any:
        def listen(module: nn.Module, inputs: Any, output: Any) -> None:
            first = output[0] if isinstance(output, tuple) else output
            if not found and isinstance(first, Tensor) and not _finite(first):
                kind = type(module).__name__
                found.append(f"layer {name or 'model'} ({kind}) gives {_worst(first)}")

        return listen

    # inner modules answer before those that hold them, so the first to complain is the culprit
    hooks = [module.register_forward_hook(listener(name)) for name, module in model.named_modules()]
    try:
        with torch.no_grad():
            forward()
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else "every layer is finite, so the loss itself overflows"


@contextmanager
def explained_memory(batch_size: int, longest: Callable[[], int]) -> Iterator[None]:
    """Turn an allocation that failed into a :class:`MemoryLimitError` with a batch size to try.

    ``longest`` says how many tokens the longest example has.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_memory(error):
            raise
        raise MemoryLimitError(
            f"out of memory with batches of {batch_size} examples, the longest of {longest()} "
            f"tokens; try batch_size={max(1, batch_size // 2)}, or accumulate=2 for the same steps"
        ) from error


def _is_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error)
    return "can't allocate memory" in text or "not enough memory" in text


def _finite(tensor: Tensor) -> bool:
    values = tensor.coalesce().values() if tensor.is_sparse else tensor
    return bool(torch.isfinite(values).all()) if values.is_floating_point() else True


def _worst(tensor: Tensor) -> str:
    return "NaN" if bool(torch.isnan(tensor).any()) else "inf"
