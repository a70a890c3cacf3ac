import numpy as np
import pytest
from numba.core.errors import TypingError
from numba.core.registry import CPUDispatcher

from gradus.core.jit import compiled


def test_a_function_is_compiled_and_keeps_its_result():
    @compiled
    def total(values):
        result = 0.0
        for value in values:
            result += value
        return result

    assert isinstance(total, CPUDispatcher)
    assert total(np.arange(4.0)) == 6.0
    assert total.__name__ == "total"


def test_options_reach_the_compiler():
    @compiled(fastmath=True, inline=True)
    def twice(value):
        return 2 * value

    assert twice.targetoptions["fastmath"] is True
    assert twice.targetoptions["nogil"] is True
    assert twice(4) == 8


def test_division_by_zero_follows_numpy():
    @compiled
    def divide(a, b):
        return a / b

    assert divide(1.0, 0.0) == np.inf


def test_a_checked_function_is_unwrapped_before_it_is_compiled():
    from shape_check import checked

    @compiled
    @checked
    def plus(a: int, b: int) -> int:
        return a + b

    assert plus(1, 2) == 3
    with pytest.raises(TypingError):
        plus("a", 2)
