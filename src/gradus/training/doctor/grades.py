"""Degrees of belief between 0 and 1 instead of sharp limits; a missing number is never believed.

``min`` of two grades says *and*, ``max`` says *or*, ``1 - grade`` says *not*.
"""

import math


def above(value: float, low: float, high: float) -> float:
    """0 up to ``low``, 1 from ``high`` on, a straight line between.

    >>> above(3.0, 2.0, 4.0), above(float("nan"), 2.0, 4.0)
    (0.5, 0.0)
    """
    if math.isnan(value):
        return 0.0
    return min(1.0, max(0.0, (value - low) / (high - low)))


def below(value: float, low: float, high: float) -> float:
    """1 up to ``low``, 0 from ``high`` on."""
    return above(-value, -high, -low)


def far_above(value: float, low: float, high: float) -> float:
    """:func:`above` by orders of magnitude.

    >>> far_above(10.0, 1.0, 100.0), far_above(0.0, 1.0, 100.0)
    (0.5, 0.0)
    """
    return above(_log(value), math.log(low), math.log(high))


def far_below(value: float, low: float, high: float) -> float:
    """:func:`below` by orders of magnitude; 0 is below everything."""
    return below(_log(value), math.log(low), math.log(high))


def _log(value: float) -> float:
    if math.isnan(value):
        return value
    return math.log(value) if value > 0 else -math.inf
