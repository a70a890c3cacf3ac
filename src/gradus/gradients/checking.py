"""The public checker: is a gradient written by hand the gradient of its loss?

Entry by entry where there are few, else in chosen entries and along random directions, which every
entry has a part in. What is wrong is named where it is one of the usual mistakes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradus.core.errors import DataError, GradientError, SettingsError
from gradus.core.seeding import stream
from gradus.gradients.differences import Slope, slope, slopes
from gradus.gradients.mistakes import name_mistake

#: Gives the loss, a number, and its gradients: by name, or in the order of the inputs.
Function = Callable[..., tuple[Any, Mapping[str, Any] | Sequence[Any]]]

#: Errors of a gradient that are shown.
SHOWN = 5


@dataclass(frozen=True, eq=False)
class InputCheck:
    """What was found out about the gradient of one input."""

    name: str
    shape: tuple[int, ...]
    passed: bool
    checked: int  # entries and directions that were compared
    kinks: int  # of them, places without a derivative, which were left out
    worst: float  # largest difference, as a share of the largest slope
    mistake: str | None  # what is wrong, in words
    errors: tuple[tuple[tuple[int, ...], float, float], ...] = ()  # place, claimed, true

    def __str__(self) -> str:
        shape = "×".join(map(str, self.shape)) or "a number"
        left_out = f", {self.kinks} at kinks left out" if self.kinks else ""
        if self.passed:
            return (
                f"{self.name} ({shape}): right to {self.worst:.1e} in {self.checked} "
                f"places{left_out}"
            )
        lines = [f"{self.name} ({shape}): WRONG{left_out}: {self.mistake}"]
        for place, claimed, true in self.errors:
            where = f"[{', '.join(map(str, place))}]"
            lines.append(f"  at {where}: {claimed:.6g} instead of {true:.6g}")
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """The findings about every input."""

    inputs: tuple[InputCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether every gradient is right."""
        return all(one.passed for one in self.inputs)

    def __str__(self) -> str:
        return "\n".join(map(str, self.inputs))

    def raise_if_wrong(self) -> None:
        """Raise :class:`GradientError` with all findings unless every gradient is right."""
        if not self.passed:
            raise GradientError(str(self))


def check(
    function: Function,
    inputs: Mapping[str, Any],
    *,
    wrt: Sequence[str] | None = None,
    tolerance: float = 1e-6,
    entries: int = 500,
    directions: int = 4,
    seed: int = 1,
) -> GradientCheck:
    """Compare the gradients that ``function`` gives with slopes of the loss that it gives.

    ``function(**inputs)`` returns ``(loss, gradients)``; it must be deterministic and compute in
    float64, which is what it gets. Inputs are NumPy arrays or PyTorch tensors; ``wrt`` names those
    that are differentiated, by default all of floating point. Of an input with more than
    ``entries`` entries so many are drawn; ``directions`` random ones go through all.

    A gradient is right where it differs from the slope by at most ``tolerance`` of the largest
    slope. Places where the loss has a kink are left out and counted.

    >>> def squares(x, w):
    ...     error = x @ w - 1
    ...     return (error**2).sum(), {"x": 2 * error[:, None] * w, "w": error @ x}
    >>> rng = np.random.default_rng(1)
    >>> found = check(squares, {"x": rng.normal(size=(4, 3)), "w": rng.normal(size=3)})
    >>> print(str(found).partition(":")[0], found.passed)
    x (4×3) False
    >>> found.inputs[1].mistake
    'a factor is missing: the gradient is 2 times this'

    Raises:
        DataError: the loss is no finite number, or a gradient is missing.
        SettingsError: ``wrt`` names no input.
    """
    call = _Call(function, inputs)
    names = list(wrt) if wrt is not None else call.floating
    unknown = [name for name in names if name not in call.floating]
    if unknown or not names:
        raise SettingsError(
            f"wrt={list(names)} has to name inputs of floating point: {', '.join(call.floating)}"
        )
    claimed = call.gradients(names)
    shapes = {name: np.shape(value) for name, value in inputs.items()}
    return GradientCheck(
        tuple(
            _check_input(
                name,
                call,
                claimed[name],
                shapes,
                tolerance=tolerance,
                entries=entries,
                directions=directions,
                rng=stream(seed, "check", name),
            )
            for name in names
        )
    )


class _Call:
    """The function as one of a single array, in float64."""

    def __init__(self, function: Function, inputs: Mapping[str, Any]) -> None:
        self.function, self.inputs = function, dict(inputs)
        self.arrays = {name: _array(value) for name, value in inputs.items()}
        self.floating = [
            name for name, array in self.arrays.items() if np.issubdtype(array.dtype, np.floating)
        ]

    def run(self, **changed: np.ndarray) -> tuple[float, Any]:
        given = {
            name: _like(self.inputs[name], changed.get(name, array))
            for name, array in self.arrays.items()
        }
        loss, gradients = self.function(**given)
        value = _array(loss)
        if value.size != 1:
            raise DataError(
                f"the function's value has the shape {value.shape}, but a gradient is that of one "
                "number; sum it, or weigh it by an upstream gradient first"
            )
        return float(value.reshape(())), gradients

    def loss(self, name: str) -> Callable[[np.ndarray], float]:
        return lambda array: self.run(**{name: array})[0]

    def gradients(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        loss, found = self.run()
        if loss != self.run()[0] and np.isfinite(loss):
            raise DataError(
                "the function gives another loss each time, so there are no slopes to compare; "
                "give it a fixed seed"
            )
        if not np.isfinite(loss):
            raise DataError(f"the loss is {loss} at the inputs given; choose others")
        if not isinstance(found, Mapping):
            found = dict(zip(self.inputs, found, strict=False))
        missing = [name for name in names if name not in found]
        if missing:
            raise DataError(
                f"the function gives no gradient of {', '.join(missing)}; it gives "
                f"{', '.join(found) or 'none'}"
            )
        return {name: _array(found[name]).astype(np.float64) for name in names}


def _check_input(
    name: str,
    call: _Call,
    claimed: np.ndarray,
    shapes: dict[str, tuple[int, ...]],
    *,
    tolerance: float,
    entries: int,
    directions: int,
    rng: np.random.Generator,
) -> InputCheck:
    x, loss = call.arrays[name].astype(np.float64), call.loss(name)
    places = np.arange(x.size)
    if x.size > entries:
        places = np.sort(rng.choice(x.size, entries, replace=False))
    found = list(slopes(loss, x, places))
    true = np.array([one.value for one in found])
    smooth = ~np.array([one.kink for one in found], dtype=bool)
    scale = max(float(np.abs(true[smooth]).max(initial=0.0)), 1e-12)
    kinks = int((~smooth).sum())
    if claimed.shape != x.shape:
        whole = np.array([one.value for one in slopes(loss, x, np.arange(x.size))])
        mistake = name_mistake(claimed, whole.reshape(x.shape), shapes)
        return InputCheck(name, x.shape, False, 0, kinks, np.inf, mistake)
    slack = tolerance * scale + np.array([one.error for one in found])
    # not-a-number differs from everything
    off = np.abs(claimed.ravel()[places] - true)
    wrong = smooth & ~(off <= slack)
    worst = float(off[smooth].max(initial=0.0)) / scale
    whole_way = _directions(loss, x, claimed, directions if not kinks else 0, rng)
    typical = float(np.linalg.norm(claimed)) / max(1.0, x.size**0.5)
    missed = [told for told in whole_way if not _fits(told, tolerance, typical)]
    if not wrong.any() and not missed:
        return InputCheck(name, x.shape, True, len(places) + len(whole_way), kinks, worst, None)
    order = places[wrong][np.argsort(-off[wrong], kind="stable")][:SHOWN]
    values = dict(zip(places.tolist(), true.tolist(), strict=True))
    errors = tuple(
        (_place(place, x.shape), float(claimed.flat[place]), values[place])
        for place in order.tolist()
    )
    mistake = None
    if len(places) == x.size and np.isfinite(claimed).all():
        # at kinks both are right as far as anyone knows
        both = np.where(smooth, claimed.ravel(), true).reshape(x.shape)
        mistake = name_mistake(both, true.reshape(x.shape), shapes)
    unnamed = "none of the usual mistakes; was a path to the loss forgotten, or one added twice?"
    return InputCheck(
        name, x.shape, False, len(places) + len(whole_way), kinks, worst, mistake or unnamed, errors
    )


def _directions(
    loss: Callable[[np.ndarray], float],
    x: np.ndarray,
    claimed: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> list[tuple[Slope, float]]:
    """The slope along random directions, and what the claimed gradient makes of it."""
    found = []
    for _ in range(count):
        direction = rng.normal(size=x.shape) / max(1.0, x.size**0.5)
        found.append((slope(loss, x, direction), float((claimed * direction).sum())))
    return [(one, told) for one, told in found if not one.kink]


def _fits(told: tuple[Slope, float], tolerance: float, typical: float) -> bool:
    found, claimed = told
    size = max(abs(found.value), abs(claimed), typical, 1e-12)
    return abs(claimed - found.value) <= 100 * tolerance * size + found.error


def _place(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(int, np.unravel_index(flat, shape)))


def _array(value: Any) -> np.ndarray:
    """A PyTorch tensor or anything else as an array."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return np.asarray(value)


def _like(original: Any, array: np.ndarray) -> Any:
    """``array`` as what the function was given first, but in float64; whole numbers as they are."""
    floating = np.issubdtype(array.dtype, np.floating)
    if not floating:
        return original
    if hasattr(original, "new_tensor"):
        return original.detach().double().new_tensor(array)
    return array.astype(np.float64)
