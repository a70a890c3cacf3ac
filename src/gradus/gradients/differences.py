"""Slopes by central differences, each with an estimate of its error, and kinks told apart.

The difference over ±h is wrong by O(h²) plus rounding over h; those over ±h and ±h/2 together give
a better slope and say how far it can be trusted. At a kink (a ReLU at 0, a tie of maxima) the
slopes to both sides differ however small h is.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from gradus.core.shapes import Int

#: ``h`` at a coordinate of size 1: where the errors of both kinds are about alike.
STEP = float(np.finfo(np.float64).eps ** (1 / 5))

#: One-sided slopes that differ by this share of their size, and no less at ±h/2, are a kink.
KINK = 1e-2

Scalar = Callable[[np.ndarray], float]


class Slope(NamedTuple):
    """The derivative along one direction."""

    value: float
    error: float  # an estimate of how far it is off
    kink: bool


def slope(function: Scalar, x: np.ndarray, direction: np.ndarray) -> Slope:
    """The derivative of ``function`` at ``x`` along ``direction``, by Richardson's extrapolation.

    >>> found = slope(lambda x: float(x[0] ** 3), np.array([2.0]), np.array([1.0]))
    >>> abs(found.value - 12) < 1e-9, found.kink
    (True, False)
    >>> slope(lambda x: abs(float(x[0])), np.array([0.0]), np.array([1.0])).kink
    True
    """
    moved = np.abs(direction) > 0
    h = (
        STEP
        * max(1.0, float(np.abs(x[moved]).max(initial=0.0)))
        / max(1e-300, float(np.abs(direction).max(initial=0.0)))
    )
    middle = function(x)
    ahead, behind = function(x + h * direction), function(x - h * direction)
    half_ahead, half_behind = function(x + h / 2 * direction), function(x - h / 2 * direction)
    wide, narrow = (ahead - behind) / (2 * h), (half_ahead - half_behind) / h
    value = (4 * narrow - wide) / 3
    bend = (ahead - 2 * middle + behind) / h  # the slope ahead minus the slope behind
    half_bend = 2 * (half_ahead - 2 * middle + half_behind) / h
    size = max(abs(value), abs(wide), abs(bend), 1e-300)
    rounding = np.finfo(np.float64).eps * max(abs(ahead), abs(behind), abs(middle)) / h
    # where the function is smooth, half the step halves the bend; at a kink it stays, and between
    # h/2 and h from one it is there with the one step and not with the other
    kink = max(abs(bend), abs(half_bend)) > max(KINK * size, 1e3 * rounding) and not (
        0.3 * abs(bend) < abs(half_bend) < 0.7 * abs(bend)
    )
    return Slope(float(value), float(abs(value - narrow) + 4 * rounding), bool(kink))


def slopes(function: Scalar, x: np.ndarray, places: Int[np.ndarray, " places"]) -> Iterator[Slope]:
    """The partial derivatives at flat ``places`` of ``x``."""
    for place in places.tolist():
        direction = np.zeros(x.size)
        direction[place] = 1.0
        yield slope(function, x, direction.reshape(x.shape))


def numerical_gradient(function: Scalar, x: np.ndarray) -> np.ndarray:
    """The gradient of a function of one array, entry by entry.

    >>> numerical_gradient(lambda x: float((x**2).sum()), np.array([1.0, -3.0])).round(6)
    array([ 2., -6.])
    """
    x = np.asarray(x, dtype=np.float64)
    found = [one.value for one in slopes(function, x, np.arange(x.size))]
    return np.array(found).reshape(x.shape)
