"""What is wrong with a gradient: the usual mistakes, each with a test that recognises it.

A test gets the gradient that was claimed and the true one, and gives a sentence, or None.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np

#: Two arrays are alike when they differ by less than this share of the larger.
ALIKE = 1e-4

#: Factors with a numerator and a denominator up to this are named as fractions.
LARGEST = 12

Array = np.ndarray
Test = Callable[[Array, Array, dict[str, tuple[int, ...]]], str | None]


def name_mistake(
    claimed: Array,
    true: Array,
    shapes: dict[str, tuple[int, ...]],
    tests: tuple[Test, ...] | None = None,
) -> str | None:
    """The first mistake that explains the difference; None: none does.

    ``tests`` are by default all of :data:`MISTAKES`. ``shapes`` are those of all inputs by name, to
    tell which length a factor is.

    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> name_mistake(x.T, x, {})
    'it is the transpose of the gradient'
    >>> name_mistake(x / 2, x, {"x": (2, 2)})
    'a factor is missing: the gradient is 2 times this (2 is a length of x)'
    """
    tried = MISTAKES if tests is None else tests
    return next((told for test in tried if (told := test(claimed, true, shapes))), None)


def alike(one: Array, other: Array) -> bool:
    """Whether two arrays have one shape and differ by rounding."""
    if one.shape != other.shape:
        return False
    scale = max(float(np.abs(one).max(initial=0.0)), float(np.abs(other).max(initial=0.0)))
    return bool(np.abs(one - other).max(initial=0.0) <= ALIKE * scale)


def _zero(claimed: Array, true: Array, shapes: dict[str, tuple[int, ...]]) -> str | None:
    if claimed.shape == true.shape and not claimed.any():
        return "it is zero everywhere: no path from the input to the loss was followed"
    return None


def _sign(claimed: Array, true: Array, shapes: dict[str, tuple[int, ...]]) -> str | None:
    return "its sign is wrong: the gradient is its negative" if alike(-claimed, true) else None


def _factor(claimed: Array, true: Array, shapes: dict[str, tuple[int, ...]]) -> str | None:
    if claimed.shape != true.shape or not claimed.any():
        return None
    ratio = float((claimed * true).sum() / (claimed * claimed).sum())
    if not ratio or not alike(ratio * claimed, true):
        return None
    near = Fraction(ratio).limit_denominator(LARGEST)
    plain = abs(float(near) - ratio) < ALIKE * abs(ratio) and abs(near.numerator) <= LARGEST
    told = str(near) if plain else f"{ratio:.6g}"
    sizes = {name: shape for name, shape in shapes.items() if shape}
    for length in {abs(ratio), abs(1 / ratio)}:
        for name, shape in sizes.items():
            if any(abs(length - size) < ALIKE * size for size in shape if size > 1):
                told_length = f" ({length:.0f} is a length of {name})"
                return f"a factor is missing: the gradient is {told} times this{told_length}"
    return f"a factor is missing: the gradient is {told} times this"


def _transposed(claimed: Array, true: Array, shapes: dict[str, tuple[int, ...]]) -> str | None:
    for order in permutations(range(claimed.ndim)):
        if order != tuple(range(claimed.ndim)) and alike(claimed.transpose(order), true):
            if claimed.ndim == 2:
                return "it is the transpose of the gradient"
            return f"its axes are in another order: transpose it by {order}"
    return None


def _layout(claimed: Array, true: Array, shapes: dict[str, tuple[int, ...]]) -> str | None:
    if claimed.shape != true.shape and alike(claimed.ravel(), true.ravel()):
        return (
            f"its numbers are right but its shape is not: {_shape(claimed)} instead of "
            f"{_shape(true)}"
        )
    return None


def _missing_sum(claimed: Array, true: Array, shapes: dict[str, tuple[int, ...]]) -> str | None:
    if claimed.size <= true.size:
        return None
    for count in range(1, claimed.ndim + 1):
        for axes in combinations(range(claimed.ndim), count):
            where = f"{'axis' if count == 1 else 'axes'} {', '.join(map(str, axes))}"
            summed, mean = claimed.sum(axis=axes), claimed.mean(axis=axes)
            # whether an axis of length 1 was kept is another matter
            if alike(np.ravel(summed), np.ravel(true)):
                return (
                    f"a sum is missing: sum it over {where}, because the input was broadcast there"
                )
            if alike(np.ravel(mean), np.ravel(true)):
                return f"a mean is missing: take it over {where}"
    return None


def _wrong_shape(claimed: Array, true: Array, shapes: dict[str, tuple[int, ...]]) -> str | None:
    if claimed.shape == true.shape:
        return None
    return f"its shape is {_shape(claimed)}, but the input has {_shape(true)}"


def _shifted(claimed: Array, true: Array, shapes: dict[str, tuple[int, ...]]) -> str | None:
    rest = true - claimed
    constant = np.full_like(rest, rest.mean()) if rest.size > 1 else rest * 0
    if rest.any() and alike(rest, constant):
        return f"every entry lacks the same {rest.mean():.6g}: a term of the loss was forgotten"
    return None


def _partly(claimed: Array, true: Array, shapes: dict[str, tuple[int, ...]]) -> str | None:
    scale = float(np.abs(true).max(initial=0.0))
    wrong = np.abs(claimed - true) > ALIKE * max(scale, 1e-300)
    share = wrong.mean()
    if not 0 < share <= 0.5:
        return None
    if claimed.ndim > 1:
        for axis in range(claimed.ndim):
            others = tuple(one for one in range(claimed.ndim) if one != axis)
            rows = np.flatnonzero(wrong.any(axis=others))
            if len(rows) <= claimed.shape[axis] // 2:
                what = f"{'row' if axis == 0 else f'place of axis {axis}'}"
                shown = ", ".join(map(str, rows[:6].tolist()))
                if not claimed[wrong].any():
                    return f"it is zero in {what} {shown}, where the gradient is not"
                return f"it is wrong in {what} {shown} alone; repeated places have to be added up"
    return f"it is wrong in {int(wrong.sum())} of {wrong.size} entries alone"


def _shape(array: Array) -> str:
    return f"[{', '.join(map(str, array.shape))}]"


#: Tests that leave little doubt, then those that say where rather than what; in each the order in
#: which they are tried: what explains more comes first.
CERTAIN: tuple[Test, ...] = (_zero, _sign, _factor, _transposed, _layout, _missing_sum)
LOOSE: tuple[Test, ...] = (_wrong_shape, _shifted, _partly)
MISTAKES = CERTAIN + LOOSE
