"""Sums of numbers that are given by their logarithms, -∞ for 0."""

import math

import numpy as np

from gradus.core.jit import compiled

INF = np.inf


@compiled
def log_sum(logs):
    """``log Σ exp(x)``."""
    largest = -INF
    for value in logs:
        largest = max(largest, value)
    if largest == -INF:
        return -INF
    total = 0.0
    for value in logs:
        total += math.exp(value - largest)
    return largest + math.log(total)


@compiled
def log_add(a, b):
    """``log(exp(a) + exp(b))``."""
    high, low = max(a, b), min(a, b)
    return high + math.log1p(math.exp(low - high)) if low > -INF else high


@compiled
def log_add_number(log, number):
    """``log(exp(log) + number)`` for a sum that is negative by rounding at most."""
    if number > 0:
        return log_add(log, math.log(number))
    whole = 1.0 + number * math.exp(-log) if log > -700 else 0.0
    return log + math.log(whole) if whole > 0 else -INF
