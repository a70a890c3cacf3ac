"""Functions of one's own: a value and a derivative, known to every part of the engine."""

from collections.abc import Callable
from functools import partial
from typing import Any

from gradus.core.errors import SettingsError
from gradus.gradients.deriving.rules import RULES
from gradus.gradients.expressions import functions
from gradus.gradients.expressions.functions import FUNCTIONS, Function
from gradus.gradients.expressions.nodes import Node, builder
from gradus.gradients.reading import calls


def add_function(
    name: str,
    value: Callable[[Any], Any],
    slope: Callable[[Node, Node], Node],
    words: str = "",
) -> None:
    """Make an elementwise function known: to texts, derivations and checks.

    ``slope(x, y)`` gives the derivative as an expression of the argument ``x`` and the value ``y``;
    ``words`` say it as a person would.

    >>> import numpy as np
    >>> add_function("mish", lambda x: x * np.tanh(np.logaddexp(0, x)),
    ...     lambda x, y: y / x + x * (1 - (y / x) ** 2) / (1 + functions.apply("exp", -x)))
    >>> from gradus.gradients.engine import derive
    >>> derive("J = sum(mish(x))", shapes={"x": "D"}).verify().passed
    True
    >>> remove_function("mish")

    Raises:
        SettingsError: the name is taken, or no name at all.
    """
    if not name.isidentifier():
        raise SettingsError(f"{name!r} is no name for a function")
    if name in calls.FUNCTION_NAMES:
        raise SettingsError(f"there is a function {name} already; choose another name")
    FUNCTIONS[name] = Function(value, slope, words or f"the derivative of {name}")
    builder(name)(partial(functions.build_function, name=name))
    RULES[name] = RULES["sigmoid"]
    calls.add_elementwise(name)


def remove_function(name: str) -> None:
    """Forget a function that :func:`add_function` made known."""
    for table in (FUNCTIONS, RULES):
        table.pop(name, None)
    calls.remove_elementwise(name)
