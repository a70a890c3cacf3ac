"""Reads a curve of losses over growing learning rates: where it falls and breaks, what to use.

Losses are smoothed as far as their own noise asks and no further, and a rate is suggested only
where the fall of the loss stands out from that noise.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

#: Widths of the smoothing window, in points; none is taken where the losses are quiet, else the
#: first that is wide enough.
WIDTHS = (3, 5, 9, 15, 25)

#: A width is enough when the noise that is left is below this share of the fall.
QUIET = 0.02

#: A fall is real above so many times the noise that is left, and above this share of the first
#: loss: less than that over all rates says nothing about any of them.
REAL, VISIBLE = 5.0, 0.01

#: The loss has broken when it rises from its lowest point by this share of its whole fall; less is
#: a bump, as when momentum overshoots a bias.
BREAK = 0.5

#: Points below which a curve is none.
FEWEST = 8

#: The suggestion lies this far below the rate at which the fall ended: a short sweep bears rates
#: that a long run does not.
MARGIN = 3.0


class Reading(NamedTuple):
    """What a curve says."""

    smoothed: Float[np.ndarray, " steps"]
    suggestion: float | None  # None: no rate can be recommended
    why: str


def read_curve(
    rates: Float[np.ndarray, " steps"], losses: Float[np.ndarray, " steps"], *, lag: float = 0.0
) -> Reading:
    """Suggest a rate from the ``losses`` after a step at each of the growing ``rates``.

    ``lag`` is the age in steps of the gradients that momentum mixes into a step: by so much the
    loss answers late. The suggestion is the rate at which the fall ended, moved back by the lag,
    divided by 3, but no lower than where the fall can be seen.

    >>> rates = np.geomspace(1e-3, 10, 41)
    >>> falls, breaks = 1 / (1 + 10 * rates), np.where(rates > 1, rates, 0)
    >>> round(read_curve(rates, falls + breaks).suggestion, 2)
    0.26
    >>> read_curve(rates, np.ones(41)).why
    'no descent found: the loss stayed near 1 at every rate'
    """
    if len(losses) < FEWEST:
        why = f"no descent found: the loss broke within {len(losses)} steps; start at a lower rate"
        return Reading(losses, None, why)
    smoothed, noise = _smooth(losses)
    start, real = smoothed[0], max(REAL * noise, VISIBLE * abs(smoothed[0]))
    lowest, edge = _end_of_fall(smoothed, real)
    fall, rise = start - smoothed[lowest], _largest_rise(smoothed[: lowest + 1])
    if fall <= max(real, rise / BREAK):
        return Reading(smoothed, None, _no_descent(rates, smoothed, edge, noise))
    seen = int(np.argmax(start - smoothed > max(QUIET * fall, REAL * noise)))
    blamed = np.exp(np.interp(lowest - lag, np.arange(len(rates)), np.log(rates)))
    suggestion = max(float(blamed) / MARGIN, float(rates[seen]))
    why = (
        f"the loss fell from {start:.4g} to {smoothed[lowest]:.4g} at rate {rates[lowest]:.2g} and "
    )
    if edge is None:
        why += f"did not break up to {rates[-1]:.2g}: a higher rate may do as well"
    else:
        why += f"broke at {rates[edge]:.2g}"
    return Reading(smoothed, suggestion, why)


def _smooth(losses: Float[np.ndarray, " steps"]) -> tuple[Float[np.ndarray, " steps"], float]:
    """The curve without its noise, and the standard deviation of what is left of it."""
    # an explosion is no noise, and a loss near 0 hides it, so two parts before that are asked
    early, falling = len(losses) // 3, int(losses.argmin()) + 1
    noise = max(_noise(losses[: max(FEWEST, part)]) for part in (early, falling))
    # one bad batch is not the curve
    smoothed, left = _windows(losses, 3, np.median), noise
    middle = _windows(losses, 7, np.median)
    calm = np.clip(losses, middle - 3 * noise, middle + 3 * noise)
    for width in WIDTHS:
        loud = left > QUIET * (smoothed[0] - smoothed.min())
        if not loud or width > len(losses) // 4:
            break
        smoothed, left = _windows(calm, width, np.mean), noise / width**0.5
    return smoothed, left


def _noise(losses: Float[np.ndarray, " steps"]) -> float:
    """The standard deviation from point to point, by the median bend: a trend or a break is none.

    Independent noise σ gives second differences with standard deviation ``√6 σ``, and the median
    of their absolute values is 0.6745 of that.
    """
    return float(np.median(np.abs(np.diff(losses, 2))) / (0.6745 * 6**0.5))


def _windows(
    values: Float[np.ndarray, " steps"], width: int, middle: Callable[[np.ndarray], Any]
) -> Float[np.ndarray, " steps"]:
    """The ``middle`` of a window around each point, cut off at the ends."""
    reach = width // 2
    return np.array(
        [middle(values[max(0, at - reach) : at + reach + 1]) for at in range(len(values))]
    )


def _end_of_fall(smoothed: Float[np.ndarray, " steps"], real: float) -> tuple[int, int | None]:
    """The lowest point before the loss breaks, and where it breaks; None: it does not."""
    lowest = np.minimum.accumulate(smoothed)
    # the lowest point owes some of its depth to noise, which then goes the other way
    limit = lowest + max(BREAK * (smoothed[0] - lowest[-1]), 2 * real)
    broken = np.flatnonzero(smoothed > limit)
    edge = int(broken[0]) if len(broken) else None
    return int(np.argmin(smoothed[:edge])), edge


def _largest_rise(smoothed: Float[np.ndarray, " steps"]) -> float:
    """How far the loss came up again on its way down."""
    return float((smoothed - np.minimum.accumulate(smoothed)).max())


def _no_descent(
    rates: Float[np.ndarray, " steps"],
    smoothed: Float[np.ndarray, " steps"],
    edge: int | None,
    noise: float,
) -> str:
    start = f"no descent found: the loss stayed near {smoothed[0]:.4g}"
    if REAL * noise > VISIBLE * abs(smoothed[0]):
        return f"{start} as far as its noise of {noise:.2g} shows; take more steps, larger batches"
    if edge is not None:
        return f"{start} and then rose at rate {rates[edge]:.2g}; take more steps, a lower rate"
    return f"{start} at every rate"
