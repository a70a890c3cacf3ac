"""The value of an expression at given inputs, by NumPy, operation by operation."""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.nodes import Node, below, parts
from gradus.gradients.expressions.recurrence import Back, all_times

Values = Mapping[str, Any]
Sizes = Mapping[str, int]

#: The mask of positions that attention must not see.
MASKED = -1e9


def evaluate(node: Node, values: Values, sizes: Sizes) -> Any:
    """The value of ``node``: inputs by name, and a size for every symbol of a shape.

    Raises:
        KeyError: an input has no value.
    """
    return evaluate_all([node], values, sizes)[0]


def evaluate_all(
    nodes: Iterable[Node],
    values: Values,
    sizes: Sizes,
    known: dict[Node, Any] | None = None,
) -> list[Any]:
    """The values of some nodes, each shared part computed once; ``known`` are there already."""
    nodes = list(nodes)
    found: dict[Node, Any] = dict(known or {})
    for node in below([node for node in nodes if node not in found]):
        if node not in found:
            found[node] = _value(node, found, values, sizes)
    return [found[node] for node in nodes]


def _value(node: Node, found: dict[Node, Any], values: Values, sizes: Sizes) -> Any:
    if node.op == "input":
        return np.asarray(values[node.data[0]])
    if node.op in SIZED:
        return SIZED[node.op](node, sizes)
    if node.op == "mul":
        return _product(node, found)
    if node.op in OVER_TIME:
        return OVER_TIME[node.op](node, [found[arg] for arg in node.args], sizes)
    args = [found[arg] for arg in parts(node)]
    if node.op == "slice":
        return args[0][tuple(slice(a.size(sizes), b.size(sizes)) for a, b in node.data)]
    if node.op == "onehot":
        return np.eye(node.data.size(sizes))[args[0]]
    if node.op in FUNCTIONS:
        return FUNCTIONS[node.op].value(*args)
    return OPERATIONS[node.op](node, *args)


def _product(node: Node, found: dict[Node, Any]) -> Any:
    coefficient, exponents = node.data
    result: Any = float(coefficient)
    for base, exponent in zip(node.args, exponents, strict=True):
        power = found[exponent] if isinstance(exponent, Node) else exponent
        result = result * _power(found[base], power)
    return result


def _power(base: Any, power: Any) -> Any:
    if not isinstance(power, Fraction):
        return np.asarray(base, dtype=np.float64) ** power
    if power == 1:
        return base
    if power == -1:
        return 1 / np.asarray(base, dtype=np.float64)
    if power == 2:
        return base * base
    if power == 0.5:
        return np.sqrt(base)
    return np.asarray(base, dtype=np.float64) ** float(power)


def _sum(node: Node, *args: Any) -> Any:
    result = None
    for arg, count in zip(args, node.data, strict=True):
        term = arg if count == 1 else float(count) * arg
        result = term if result is None else result + term
    return result


def _softmax(x: Any) -> Any:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _logsoftmax(x: Any) -> Any:
    moved = x - x.max(axis=-1, keepdims=True)
    return moved - np.log(np.exp(moved).sum(axis=-1, keepdims=True))


def _lse(node: Node, x: Any) -> Any:
    axes, keep = node.data
    top = x.max(axis=axes, keepdims=True)
    whole = np.log(np.exp(x - top).sum(axis=axes, keepdims=True)) + top
    return whole if keep else whole.squeeze(axes)


# recurrences


def _scan(node: Node, args: list[Any], sizes: Sizes) -> list[dict[Node, Any]]:
    """At every time, the values of the cell's leaves and lines."""

    def lines_of(lines: list[Node], known: dict[Node, Any]) -> list[Any]:
        return evaluate_all(lines, {}, sizes, known)

    return all_times(node.data, args, node.data.length.size(sizes), lines_of)


def _scan_all(node: Node, args: list[Any], sizes: Sizes) -> Any:
    line = node.args[0].data.line(node.data)
    return np.stack([step[line] for step in args[0]])


def _scan_last(node: Node, args: list[Any], sizes: Sizes) -> Any:
    return args[0][-1][node.args[0].data.line(node.data)]


def _scan_back(node: Node, args: list[Any], sizes: Sizes) -> dict[Node, Any]:
    """The gradients by the cell's leaves: of a state at time 0, of a sequence at all times."""
    back: Back = node.data
    cell, (steps, *upstream) = back.cell, args
    carried: dict[str, Any] = {}
    stacked: dict[Node, list[Any]] = {leaf: [] for leaf in cell.sequences}
    summed: dict[Node, Any] = dict.fromkeys(cell.shared, 0.0)
    last = len(steps) - 1
    for time in range(last, -1, -1):
        known = dict(steps[time])
        for name, stand_in in (*back.gammas, *back.direct):
            known[stand_in] = carried.get(name, 0.0) + np.zeros(known[cell.line(name)].shape)
            for (used, where), value in zip(back.upstream, upstream, strict=True):
                if used == name and where == "all":
                    known[stand_in] = known[stand_in] + value[time]
                elif used == name and time == last:
                    known[stand_in] = known[stand_in] + value
        for signal, definition in back.signals:
            known[signal] = evaluate_all([definition], {}, sizes, known)[0]
        leaves = [leaf for leaf, _ in back.answers]
        given = evaluate_all([answer for _, answer in back.answers], {}, sizes, known)
        gradients = dict(zip(leaves, given, strict=True))
        carried = {state.name: gradients[state.before] for state in cell.states}
        for leaf in cell.shared:
            summed[leaf] = summed[leaf] + gradients[leaf]
        for leaf in cell.sequences:
            stacked[leaf].append(gradients[leaf])
    first = {state.before: carried[state.name] for state in cell.states}
    return first | summed | {leaf: np.stack(found[::-1]) for leaf, found in stacked.items()}


#: Operations over time; a scan has no value of its own, but one for each time.
OVER_TIME: dict[str, Callable[[Node, list[Any], Sizes], Any]] = {
    "scan": _scan,
    "scan_all": _scan_all,
    "scan_last": _scan_last,
    "scan_back": _scan_back,
    "scan_grad": lambda node, args, sizes: args[0][node.data],
}

#: The signs of conditions.
SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
}

#: Operations that know their arguments alone.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": _sum,
    "const": lambda node: np.float64(node.data),
    "pi": lambda node: np.float64(np.pi),
    "name": lambda node, x: x,
    "matmul": lambda node, a, b: a @ b,
    "outer": lambda node, a, b: np.multiply.outer(a, b),
    "transpose": lambda node, x: np.transpose(x, node.data),
    "tr": lambda node, x: np.trace(x),
    "det": lambda node, x: np.linalg.det(x),
    "logdet": lambda node, x: np.linalg.slogdet(x)[1],
    "inv": lambda node, x: np.linalg.inv(x),
    "diag": lambda node, x: np.diag(x),
    "diagonal": lambda node, x: np.diagonal(x),
    "sum": lambda node, x: x.sum(axis=node.data[0], keepdims=node.data[1]),
    "amax": lambda node, x: x.max(axis=node.data[0], keepdims=node.data[1]),
    "lse": _lse,
    "norm": lambda node, x: np.sqrt((x * x).sum()),
    "softmax": lambda node, x: _softmax(x),
    "logsoftmax": lambda node, x: _logsoftmax(x),
    "CE": lambda node, p, y: -(y * np.log(p)).sum(),
    "gather": lambda node, table, places: table[places],
    "pick": lambda node, table, places: table[np.arange(len(table)), places],
    "concat": lambda node, *args: np.concatenate(args, axis=node.data),
    "expand": lambda node, x: np.expand_dims(x, node.data),
    "squeeze": lambda node, x: np.squeeze(x, node.data),
    "compare": lambda node, a, b: SIGNS[node.data](a, b),
    "ind": lambda node, condition: np.asarray(condition, dtype=np.float64),
    "where": lambda node, condition, yes, no: np.where(condition, yes, no),
    "maximum": lambda node, a, b: np.maximum(a, b),
    "minimum": lambda node, a, b: np.minimum(a, b),
    "leaky_relu": lambda node, x, a: np.where(x > 0, x, a * x),
    "einsum": lambda node, *args: np.einsum(node.data, *args),
}


def _shape(node: Node, sizes: Sizes) -> tuple[int, ...]:
    return tuple(dim.size(sizes) for dim in node.shape)


#: Operations whose value depends on the sizes of axes.
SIZED: dict[str, Callable[[Node, Sizes], Any]] = {
    "length": lambda node, sizes: np.float64(node.data.size(sizes)),
    "ones": lambda node, sizes: np.ones(_shape(node, sizes)),
    "zeros": lambda node, sizes: np.zeros(_shape(node, sizes)),
    "eye": lambda node, sizes: np.eye(_shape(node, sizes)[0]),
    "causal_bias": lambda node, sizes: np.triu(np.full(_shape(node, sizes), MASKED), 1),
}
