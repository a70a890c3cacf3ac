"""Elementwise functions: values, and derivatives in terms of the argument or of the value."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gradus.gradients.expressions.nodes import Node, build, builder, const, intern, is_zero, zeros

#: What has no axes comes back from NumPy as a number.
Array = np.ndarray | np.float64


@dataclass(frozen=True)
class Function:
    """An elementwise function of one argument."""

    value: Callable[[Array], Array]
    slope: Callable[[Node, Node], Node]  # from the argument and the value
    words: str  # the derivative, as a person would say it


def apply(name: str, node: Node) -> Node:
    """An elementwise function of a node."""
    return build(name, (node,))


def positive(node: Node, sign: str = ">") -> Node:
    """1 where a node is above 0."""
    return build("ind", (build("compare", (node, const(0)), sign),))


def _piecewise(node: Node, yes: Node, no: Node) -> Node:
    return build("where", (build("compare", (node, const(0)), ">"), yes, no))


def _within_one(node: Node) -> Node:
    return build("ind", (build("compare", (apply("abs", node), const(1)), "<"),))


def sigmoid(x: Array) -> Array:
    """``1 / (1 + exp(-x))`` without overflow.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    small = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1.0, small) / (1 + small)


def _erf(x: Array) -> Array:
    return np.vectorize(math.erf, otypes=[np.float64])(x)


def normal_cdf(x: Array) -> Array:
    """The share of a standard normal distribution below ``x``."""
    return 0.5 * (1 + _erf(np.asarray(x) / math.sqrt(2)))


def normal_density(x: Array) -> Array:
    """The density of a standard normal distribution at ``x``."""
    return np.exp(-(np.asarray(x) ** 2) / 2) / math.sqrt(2 * math.pi)


#: Every elementwise function by name. ``x`` is the argument and ``y`` the value.
FUNCTIONS: dict[str, Function] = {
    "sigmoid": Function(sigmoid, lambda x, y: y * (1 - y), "σ′ = σ (1 - σ)"),
    "tanh": Function(np.tanh, lambda x, y: 1 - y**2, "tanh′ = 1 - tanh²"),
    "relu": Function(
        lambda x: np.maximum(x, 0),
        lambda x, y: positive(y if y.op == "name" else x),
        "relu′ is 1 above 0, else 0",
    ),
    "exp": Function(np.exp, lambda x, y: y, "exp is its own derivative"),
    "log": Function(np.log, lambda x, y: 1 / x, "log′(u) = 1 / u"),
    "sin": Function(np.sin, lambda x, y: apply("cos", x), "sin′ = cos"),
    "cos": Function(np.cos, lambda x, y: -apply("sin", x), "cos′ = -sin"),
    "tan": Function(np.tan, lambda x, y: 1 + y**2, "tan′ = 1 + tan²"),
    "sinh": Function(np.sinh, lambda x, y: apply("cosh", x), "sinh′ = cosh"),
    "cosh": Function(np.cosh, lambda x, y: apply("sinh", x), "cosh′ = sinh"),
    "arctan": Function(np.arctan, lambda x, y: 1 / (1 + x**2), "arctan′(u) = 1 / (1 + u²)"),
    "abs": Function(np.abs, lambda x, y: apply("sign", x), "|u|′ is the sign of u"),
    "sign": Function(np.sign, lambda x, y: zeros(x.shape), "sign is constant but at 0"),
    "Phi": Function(normal_cdf, lambda x, y: apply("phi", x), "Φ′ = φ"),
    "phi": Function(normal_density, lambda x, y: -x * y, "φ′(u) = -u φ(u)"),
    "softplus": Function(
        lambda x: np.logaddexp(0, x), lambda x, y: apply("sigmoid", x), "softplus′ = σ"
    ),
    "logsigmoid": Function(
        lambda x: -np.logaddexp(0, -np.asarray(x)),
        lambda x, y: 1 - apply("sigmoid", x),
        "(log σ)′ = 1 - σ",
    ),
    "gelu": Function(
        lambda x: x * normal_cdf(x),
        lambda x, y: apply("Phi", x) + x * apply("phi", x),
        "gelu′(u) = Φ(u) + u φ(u)",
    ),
    "silu": Function(
        lambda x: x * sigmoid(x),
        lambda x, y: apply("sigmoid", x) + y * (1 - apply("sigmoid", x)),
        "silu′ = σ + silu (1 - σ)",
    ),
    "elu": Function(
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        lambda x, y: _piecewise(x, const(1), 1 + y),
        "elu′ is 1 above 0, else exp(u)",
    ),
    "hardtanh": Function(
        lambda x: np.clip(x, -1, 1), lambda x, y: _within_one(x), "hardtanh′ is 1 within ±1, else 0"
    ),
}

#: Values at 0 that are known exactly.
AT_ZERO = {"tanh": 0, "relu": 0, "sin": 0, "tan": 0, "sinh": 0, "arctan": 0, "abs": 0, "sign": 0}


def build_function(args: tuple[Node, ...], data: Any, *, name: str) -> Node:
    """The node of an elementwise function."""
    (node,) = args
    if is_zero(node) and name in AT_ZERO:
        return zeros(node.shape)
    if name == "log" and node.op == "exp":
        return node.args[0]
    return intern(name, args, None, node.shape)


for _name in FUNCTIONS:
    builder(_name)(partial(build_function, name=_name))


@builder("leaky_relu")
def leaky_relu(args: tuple[Node, ...], data: Any = None) -> Node:
    """``u`` above 0, else ``a u``."""
    return intern("leaky_relu", args, None, args[0].shape)
