"""Small statistics of curves in which numbers may be missing; of nothing they are NaN."""

import math
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

#: A figure over the steps or looks of a run; NaN where it was not measured.
Curve: TypeAlias = Float[np.ndarray, " _"]


def number(value: Any) -> float:
    """``value`` as a number; NaN for None and for what is none."""
    return float(value) if isinstance(value, int | float) else math.nan


def finite(curve: Curve) -> Curve:
    """The points that were measured."""
    return curve[np.isfinite(curve)]


def median(curve: Curve) -> float:
    """The middle of what was measured.

    >>> median(np.array([1.0, np.nan, 3.0])), median(np.array([]))
    (2.0, nan)
    """
    there = finite(curve)
    return float(np.median(there)) if len(there) else math.nan


def most(values: Iterable[float]) -> float:
    """The greatest of the numbers that are there."""
    return float(max((value for value in values if math.isfinite(value)), default=math.nan))


def least(values: Iterable[float]) -> float:
    """The least of the numbers that are there."""
    return -most(-value for value in values)


def at(curve: Curve, place: int) -> float:
    """The number at a place, counted from the end if negative."""
    return float(curve[place]) if -len(curve) <= place < len(curve) else math.nan


def share(part: float, whole: float) -> float:
    """``part / whole`` for a positive whole."""
    return part / whole if whole > 0 else math.nan


def smooth(curve: Curve) -> Curve:
    """Medians of three neighbours: what only one batch says is not heard.

    >>> smooth(np.array([1.0, 9.0, 2.0, 3.0])).tolist()
    [5.0, 2.0, 3.0, 2.5]
    """
    return np.array([np.median(curve[max(0, i - 1) : i + 2]) for i in range(len(curve))])


def late_fall(curve: Curve) -> float:
    """How much of a fall lies in its second half: 1/2 on a straight line, near 0 once converged.

    NaN for fewer than 4 points, and for a curve that does not fall.

    >>> round(late_fall(np.linspace(2, 1, 40)), 2), round(late_fall(0.5 ** np.arange(40.0)), 2)
    (0.5, 0.0)
    """
    if len(curve) < 4:
        return math.nan
    part = max(1, len(curve) // 10)
    places = (0, (len(curve) - part) // 2, len(curve) - part)
    begin, half, end = (float(curve[place : place + part].mean()) for place in places)
    return share(half - end, begin - end)
