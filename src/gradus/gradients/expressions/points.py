"""Random points at which formulas are compared: sizes for symbols, values for inputs."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradus.core.errors import SettingsError
from gradus.core.seeding import stream
from gradus.gradients.expressions.evaluate import evaluate_all
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node, below

#: Sizes that symbols get, in order: all different, so that no wrong shape fits by chance.
SIZES = (4, 3, 5, 2, 6, 7, 8, 9, 10, 11, 12, 13)


#: Entries of all inputs together that a check goes through at most.
MOST_ENTRIES = 20_000


@dataclass(frozen=True)
class Point:
    """A value for every input, and a size for every symbol."""

    values: dict[str, Any]
    sizes: dict[str, int]

    def value(self, node: Node, signals: Mapping[Node, Node] | None = None) -> Any:
        """The value of an expression; ``signals`` are those of a derivation."""
        known: dict[Node, Any] = {}
        for signal, definition in (signals or {}).items():
            known[signal] = evaluate_all([definition], self.values, self.sizes, known)[0]
        return np.asarray(evaluate_all([node], self.values, self.sizes, known)[0])

    def with_value(self, name: str, value: Any) -> "Point":
        """The point with another value of one input."""
        return Point({**self.values, name: value}, self.sizes)


def sizes_of(model: Model, wanted: Mapping[str, int] | None = None) -> dict[str, int]:
    """A size for every symbol of a model: those wanted, else small ones that all differ."""
    unknown = set(wanted or {}) - set(model.symbols)
    if unknown:
        raise SettingsError(
            f"there is no length {', '.join(sorted(unknown))}; the model has "
            f"{', '.join(model.symbols) or 'none'}"
        )
    wrong = {symbol: size for symbol, size in (wanted or {}).items() if size < 1}
    if wrong:
        raise SettingsError(f"sizes are 1 or more, not {wrong}")
    free = iter(size for size in (*SIZES, *range(14, 1000)) if size not in (wanted or {}).values())
    return {symbol: (wanted or {}).get(symbol) or next(free) for symbol in model.symbols}


def points(
    model: Model,
    count: int,
    *,
    seed: int = 1,
    sizes: Mapping[str, int] | None = None,
    spread: float = 1.0,
) -> Iterator[Point]:
    """Random points of a model; every input has values of its kind, those of no kind spread out."""
    chosen = sizes_of(model, sizes)
    entries = sum(math.prod(dim.size(chosen) for dim in n.shape) for n in model.inputs.values())
    if entries > MOST_ENTRIES:
        raise SettingsError(
            f"with these sizes the inputs have {entries:,} entries; checks go up to "
            f"{MOST_ENTRIES:,}: choose smaller ones"
        )
    for number in range(count):
        rng = stream(seed, "point", str(number))
        values = {
            name: sample(
                model.kind(name), tuple(dim.size(chosen) for dim in node.shape), rng, bound
            )
            for name, node in model.inputs.items()
            for bound in [_bound(model, name, chosen)]
        }
        for name in model.inputs:
            if model.kind(name) == "normal":
                values[name] = values[name] * spread
        yield Point(values, chosen)


def _bound(model: Model, name: str, sizes: Mapping[str, int]) -> int:
    """An index is below the length that it was declared for, or else below all tables it is in."""
    within = (model.ranges or {}).get(name)
    if within is not None:
        return within.size(sizes)
    return _shortest_table(model, model.inputs[name], sizes)


def _shortest_table(model: Model, index: Node, sizes: Mapping[str, int]) -> int:
    lengths = []
    for node in below([model.result]):
        if node.op in ("gather", "pick") and node.args[1] is index:
            axis = 0 if node.op == "gather" else 1
            lengths.append(node.args[0].shape[axis].size(sizes))
        if node.op == "onehot" and node.args[0] is index:
            lengths.append(node.data.size(sizes))
    return min(lengths, default=1)


def sample(kind: str, shape: tuple[int, ...], rng: np.random.Generator, bound: int = 1) -> Any:
    """Values of a kind (:mod:`gradus.gradients.expressions.model`); ``bound`` limits an index."""
    return SAMPLES[kind](shape, rng, bound)


def _probabilities(shape: tuple[int, ...], rng: np.random.Generator, bound: int) -> Any:
    powers = np.exp(rng.normal(size=shape))
    return powers / powers.sum(axis=-1, keepdims=True)


def _one_hot(shape: tuple[int, ...], rng: np.random.Generator, bound: int) -> Any:
    return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]


def _symmetric(shape: tuple[int, ...], rng: np.random.Generator, bound: int) -> Any:
    matrix = rng.normal(size=shape)
    return (matrix + matrix.T) / 2


def _positive_definite(shape: tuple[int, ...], rng: np.random.Generator, bound: int) -> Any:
    matrix = rng.normal(size=shape)
    return matrix @ matrix.T / shape[0] + np.eye(shape[0])


#: How values of each kind are drawn.
SAMPLES: dict[str, Any] = {
    "normal": lambda shape, rng, bound: 0.7 * rng.normal(size=shape),
    "constant": lambda shape, rng, bound: 0.3 + 0.5 * rng.random(shape),
    "pos": lambda shape, rng, bound: 0.5 + rng.random(shape),
    "unit": lambda shape, rng, bound: 0.2 + 0.6 * rng.random(shape),
    "mask": lambda shape, rng, bound: (rng.random(shape) > 0.4).astype(np.float64),
    "pm1": lambda shape, rng, bound: np.where(rng.random(shape) > 0.5, 1.0, -1.0),
    "prob": _probabilities,
    "onehot": _one_hot,
    "sym": _symmetric,
    "spd": _positive_definite,
    "inv": lambda shape, rng, bound: 0.4 * rng.normal(size=shape) + 2 * np.eye(shape[0]),
    "index": lambda shape, rng, bound: rng.integers(bound, size=shape),
}
