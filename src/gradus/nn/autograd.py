"""Models of the derivation engine in PyTorch: their values, and gradients by autograd.

This is the independent judge of derived gradients: nothing here knows a rule of differentiation.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node, below, parts
from gradus.gradients.expressions.points import Point
from gradus.gradients.expressions.recurrence import all_times

DOUBLE = torch.float64

Sizes = Mapping[str, int]


def judge(model: Model, point: Point, names: Sequence[str]) -> dict[str, Any]:
    """The gradients of a model's result by some inputs at a point, by autograd in float64.

    >>> from gradus.gradients.expressions.points import points
    >>> from gradus.gradients.reading.models import read_model
    >>> model = read_model("J = sum(x²)", {"x": "D"})
    >>> (point,) = points(model, 1)
    >>> bool((judge(model, point, ["x"])["x"] == 2 * point.values["x"]).all())
    True
    """
    tensors = {name: torch.as_tensor(np.asarray(value)) for name, value in point.values.items()}
    inputs = {
        name: one.to(DOUBLE).requires_grad_() if one.is_floating_point() else one
        for name, one in tensors.items()
    }
    if not names:
        return {}
    result = values([model.result], inputs, point.sizes)[model.result]
    wanted = [inputs[name] for name in names]
    if not result.requires_grad:
        return {name: np.zeros(one.shape) for name, one in zip(names, wanted, strict=True)}
    found = torch.autograd.grad(result, wanted, allow_unused=True)
    return {
        name: np.zeros(one.shape) if share is None else share.numpy()
        for name, one, share in zip(names, wanted, found, strict=True)
    }


def values(
    roots: Iterable[Node],
    inputs: Mapping[str, Tensor],
    sizes: Sizes,
    known: Mapping[Node, Any] | None = None,
) -> dict[Node, Any]:
    """The values of expressions and of all that they are made of; ``known`` are there already."""
    found: dict[Node, Any] = dict(known or {})
    for node in below([root for root in roots if root not in found]):
        if node in found:
            continue
        if node.op == "input":
            found[node] = inputs[node.data[0]]
        else:
            found[node] = operation(node, [found[part] for part in parts(node)], sizes)
    return found


def operation(node: Any, arguments: list[Any], sizes: Sizes) -> Any:
    """The value of one operation from those of its arguments, and of its exponents.

    ``node`` is a :class:`Node`, or anything else with ``op``, ``args``, ``data`` and ``shape``.
    """
    if node.op == "mul":
        return _product(node, arguments)
    if node.op == "scan":
        return _scan(node, arguments, sizes)
    if node.op in FUNCTIONS:
        return FUNCTIONS[node.op](*arguments)
    shape = tuple(dim.size(sizes) for dim in node.shape)
    if node.op == "length":
        return _number(node.data.size(sizes))
    if node.op == "slice":
        bounds = tuple(slice(start.size(sizes), stop.size(sizes)) for start, stop in node.data)
        return arguments[0][bounds]
    return OPERATIONS[node.op](node, shape, *arguments)


def _number(value: Any) -> Tensor:
    return torch.tensor(float(value), dtype=DOUBLE)


def _product(node: Any, arguments: list[Tensor]) -> Tensor:
    coefficient, powers = node.data
    exponents = iter(arguments[len(node.args) :])
    result = _number(coefficient)
    for base, power in zip(arguments[: len(node.args)], powers, strict=True):
        exponent = float(power) if isinstance(power, Fraction) else next(exponents)
        result = result * torch.pow(base, exponent)
    return result


def _sum(node: Any, shape: tuple[int, ...], *arguments: Tensor) -> Tensor:
    result = _number(0)
    for term, count in zip(arguments, node.data, strict=True):
        result = result + float(count) * term
    return result


def _scan(node: Node, arguments: list[Any], sizes: Sizes) -> list[dict[Node, Any]]:
    """At every time, the values of the cell's lines."""

    def lines_of(lines: list[Node], known: dict[Node, Any]) -> list[Any]:
        found = values(lines, {}, sizes, known)
        return [found[line] for line in lines]

    return all_times(node.data, arguments, node.data.length.size(sizes), lines_of)


def _over_axes(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda node, shape, x: reduce(x, node.data[0], node.data[1])


#: Signs of conditions.
SIGNS: dict[str, Callable[..., Tensor]] = {
    ">": torch.gt,
    ">=": torch.ge,
    "<": torch.lt,
    "<=": torch.le,
    "==": torch.eq,
    "!=": torch.ne,
}

#: Elementwise functions.
FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "arctan": torch.arctan,
    "abs": torch.abs,
    "sign": torch.sign,
    "Phi": torch.special.ndtr,
    "phi": lambda x: torch.exp(-0.5 * x * x) / math.sqrt(2 * math.pi),
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "logsigmoid": torch.nn.functional.logsigmoid,
    "gelu": torch.nn.functional.gelu,
    "silu": torch.nn.functional.silu,
    "elu": torch.nn.functional.elu,
    "hardtanh": torch.nn.functional.hardtanh,
}

#: Other operations, from the node, the sizes of its axes, and the values of its arguments.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "const": lambda node, shape: _number(node.data),
    "pi": lambda node, shape: _number(math.pi),
    "ones": lambda node, shape: torch.ones(shape, dtype=DOUBLE),
    "zeros": lambda node, shape: torch.zeros(shape, dtype=DOUBLE),
    "eye": lambda node, shape: torch.eye(shape[0], dtype=DOUBLE),
    "causal_bias": lambda node, shape: torch.full(shape, -1e9, dtype=DOUBLE).triu(1),
    "name": lambda node, shape, x: x,
    "add": _sum,
    "matmul": lambda node, shape, a, b: torch.matmul(a, b),
    "outer": lambda node, shape, a, b: torch.outer(a, b),
    "transpose": lambda node, shape, x: x.permute(node.data),
    "tr": lambda node, shape, x: torch.trace(x),
    "det": lambda node, shape, x: torch.linalg.det(x),
    "logdet": lambda node, shape, x: torch.linalg.slogdet(x).logabsdet,
    "inv": lambda node, shape, x: torch.linalg.inv(x),
    "diag": lambda node, shape, x: torch.diag(x),
    "diagonal": lambda node, shape, x: torch.diag(x),
    "sum": _over_axes(torch.sum),
    "amax": _over_axes(torch.amax),
    "lse": _over_axes(torch.logsumexp),
    "norm": lambda node, shape, x: torch.linalg.vector_norm(x),
    "softmax": lambda node, shape, x: torch.softmax(x, -1),
    "logsoftmax": lambda node, shape, x: torch.log_softmax(x, -1),
    "CE": lambda node, shape, p, y: -(y * torch.log(p)).sum(),
    "gather": lambda node, shape, table, places: table[places],
    "pick": lambda node, shape, table, places: table.gather(1, places[:, None])[:, 0],
    "onehot": lambda node, shape, places: torch.eye(shape[-1], dtype=DOUBLE)[places],
    "concat": lambda node, shape, *args: torch.cat(args, node.data),
    "expand": lambda node, shape, x: x.unsqueeze(node.data),
    "squeeze": lambda node, shape, x: x.reshape(shape),
    "compare": lambda node, shape, a, b: SIGNS[node.data](a, b),
    "ind": lambda node, shape, condition: condition.to(DOUBLE),
    "where": lambda node, shape, condition, yes, no: torch.where(condition, yes, no),
    "maximum": lambda node, shape, a, b: torch.maximum(a, b),
    "minimum": lambda node, shape, a, b: torch.minimum(a, b),
    "leaky_relu": lambda node, shape, x, slope: torch.where(x > 0, x, slope * x),
    "einsum": lambda node, shape, *args: torch.einsum(node.data, *args),
    "scan_all": lambda node, shape, steps: torch.stack(
        [step[node.args[0].data.line(node.data)] for step in steps]
    ),
    "scan_last": lambda node, shape, steps: steps[-1][node.args[0].data.line(node.data)],
}
