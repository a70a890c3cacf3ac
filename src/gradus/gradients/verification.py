"""Proof by numbers that derived gradients are right: against slopes, and any other judge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradus.core.errors import DataError, SettingsError
from gradus.gradients.deriving.derivation import Derivation
from gradus.gradients.differences import slopes
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node, below, leaf, named, parts, with_parts
from gradus.gradients.expressions.points import Point, points

#: Gives the gradients of a model's result at a point, by name; of inputs alone.
Judge = Callable[[Model, Point, list[str]], Mapping[str, Any]]

#: Differences allowed, as a share of the largest entry: of slopes, and of exact judges.
SLOPE_TOLERANCE, EXACT_TOLERANCE = 1e-6, 1e-9

#: A step that is shorter than most distances to a kink, and how far off its slope may be.
TINY, TINY_TOLERANCE = 1e-7, 1e-5

#: What sums of numbers around 1 that cancel are off by.
ROUNDING = 1e-13


@dataclass(frozen=True)
class Verdict:
    """How one gradient compares with one judge."""

    name: str
    judge: str
    entries: int  # compared, over all points
    kinks: int  # of them, places without a derivative, which were left out
    worst: float  # largest difference, as a share of the largest entry
    passed: bool

    def __str__(self) -> str:
        kinks = f", {self.kinks} at kinks left out" if self.kinks else ""
        told = "agrees" if self.passed else "DIFFERS"
        return (
            f"∂J/∂{self.name} {told} with {self.judge}: {self.entries} entries, worst relative "
            f"difference {self.worst:.1e}{kinks}"
        )


@dataclass(frozen=True)
class Verification:
    """What all judges said about all gradients."""

    verdicts: tuple[Verdict, ...]
    points: int
    sizes: Mapping[str, int]

    @property
    def passed(self) -> bool:
        """Whether every judge agrees with every gradient."""
        return all(verdict.passed for verdict in self.verdicts)

    def __str__(self) -> str:
        sizes = ", ".join(f"{symbol} = {size}" for symbol, size in self.sizes.items())
        where = f"at {self.points} random points" + (f", {sizes}" if sizes else "")
        return "\n".join([where, *map(str, self.verdicts)])


def verify(
    derivation: Derivation,
    *,
    count: int = 3,
    seed: int = 1,
    sizes: Mapping[str, int] | None = None,
    judges: Mapping[str, Judge] | None = None,
) -> Verification:
    """Compare every derived gradient with central differences at ``count`` random points.

    ``judges`` are others to ask, such as automatic differentiation. Places where the result has a
    kink are recognised, left out and counted.

    >>> from gradus.gradients.deriving.derivation import derive
    >>> found = verify(derive("J = sum(tanh(W x)²)", shapes={"W": "C, D", "x": "D"}))
    >>> found.passed, [verdict.entries for verdict in found.verdicts]
    (True, [36, 9])
    """
    if count < 1:
        raise SettingsError(f"count={count} is the number of random points; it has to be 1 or more")
    model = derivation.model
    findings: dict[tuple[str, str], _Finding] = {}
    point = None
    for point in points(model, count, seed=seed, sizes=sizes):
        claimed = {
            name: point.value(node, derivation.signals) for name, node in derivation.answers.items()
        }
        for name, value in claimed.items():
            key = (name, "central differences")
            findings.setdefault(key, _Finding()).slopes(value, *_slopes(model, point, name, value))
        for judge, ask in (judges or {}).items():
            asked = [name for name in claimed if name in model.inputs]
            for name, told in ask(model, point, asked).items():
                findings.setdefault((name, judge), _Finding()).exact(claimed[name], told)
    verdicts = tuple(
        Verdict(name, judge, one.entries, one.kinks, one.worst, one.passed)
        for (name, judge), one in findings.items()
    )
    return Verification(verdicts, count, point.sizes if point else {})


class _Finding:
    """What one judge says about one gradient, over all points."""

    def __init__(self) -> None:
        self.entries, self.kinks, self.worst, self.passed = 0, 0, 0.0, True

    def exact(self, claimed: Any, told: Any) -> None:
        told = np.asarray(told)
        # where a gradient is 0, the other one may be what rounding left
        self.compare(claimed, told, EXACT_TOLERANCE * _scale(told) + ROUNDING)

    def slopes(self, claimed: Any, told: Any, slack: Any, smooth: Any) -> None:
        self.kinks += int((~smooth).sum())
        told = np.where(smooth, told, claimed if np.shape(claimed) == told.shape else told)
        self.compare(claimed, told, slack + SLOPE_TOLERANCE * _scale(told))

    def compare(self, claimed: Any, told: Any, slack: Any) -> None:
        self.entries += told.size
        if np.shape(claimed) != told.shape:
            self.passed, self.worst = False, np.inf
            return
        off = np.abs(claimed - told)
        self.worst = max(self.worst, float(off.max(initial=0.0)) / _scale(told))
        self.passed &= bool((off <= slack).all())  # not-a-number differs from everything


def _scale(told: Any) -> float:
    return max(float(np.abs(told).max(initial=0.0)), 1e-12)


def _slopes(model: Model, point: Point, name: str, claimed: Any) -> tuple[Any, Any, Any]:
    """The slopes of the result by one input or line, their errors, and where it is smooth."""
    if name in model.inputs:
        base = np.asarray(point.values[name], dtype=np.float64)

        def loss(value: np.ndarray) -> float:
            return float(point.with_value(name, value).value(model.result))

    else:
        line = model.names[name]
        base, held = point.value(line), result_by(model, line)

        def loss(value: np.ndarray) -> float:
            return float(point.with_value(HELD, value).value(held))

    with np.errstate(all="ignore"):
        found = list(slopes(loss, base, np.arange(base.size)))
    told = np.array([one.value for one in found]).reshape(base.shape)
    if not np.isfinite(told).all():
        raise DataError(
            f"the result is not finite around a random point of {name}; if it has to be positive, "
            f"say so: {name}: [...] positive"
        )
    slack = np.array([one.error for one in found]).reshape(base.shape)
    smooth = ~np.array([one.kink for one in found], dtype=bool).reshape(base.shape)
    if np.shape(claimed) == told.shape:
        smooth &= ~_near_kinks(loss, base, told, claimed, SLOPE_TOLERANCE * _scale(told))
    return told, np.where(smooth, slack, 0.0), smooth


def _near_kinks(
    loss: Callable[[np.ndarray], float], base: Any, told: Any, claimed: Any, slack: float
) -> Any:
    """Places where the slope over a tiny step is the claimed one: a kink is within a usual step."""
    near = np.zeros(base.shape, dtype=bool)
    for place in np.argwhere(np.abs(told - claimed) > slack):
        step = np.zeros(base.shape)
        step[tuple(place)] = TINY * max(1.0, abs(float(base[tuple(place)])))
        tiny = (loss(base + step) - loss(base - step)) / (2 * step[tuple(place)])
        off = abs(tiny - float(claimed[tuple(place)]))
        near[tuple(place)] = off <= TINY_TOLERANCE * _scale(told) < abs(tiny - told[tuple(place)])
    return near


#: The name under which the value of a line is held fixed.
HELD = "\0held"


def result_by(model: Model, line: Node) -> Node:
    """The result as a function of a line: all later uses follow it, earlier lines do not."""
    held = leaf(HELD, line.shape, "normal")
    done: dict[Node, Node] = {}
    for node in below([model.result]):
        if node is line:
            done[node] = held
        elif node.op == "name":
            done[node] = named(node.data, done[node.args[0]])
        else:
            done[node] = with_parts(node, [done[part] for part in parts(node)])
    return done[model.result]
