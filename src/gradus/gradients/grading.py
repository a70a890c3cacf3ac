"""A person's answer compared with the truth, and the likely mistake named.

First by numbers (transposed, a factor, the sign), then by what each slip of :mod:`slips` would
give, then by the parts of the derived formula: a term left out, a sum over another axis.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradus.core.errors import GradusError, NotationError, ShapeError
from gradus.gradients.deriving.derivation import Derivation
from gradus.gradients.deriving.rules import Share, shares
from gradus.gradients.deriving.simplify import simplified
from gradus.gradients.deriving.sweep import Sweep, SweepRule
from gradus.gradients.deriving.through_time import shares_through_time
from gradus.gradients.expressions.dims import Dim, show_shape
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import (
    Node,
    below,
    build,
    leaf,
    length,
    product,
    replaced,
    total,
)
from gradus.gradients.expressions.points import Point, points
from gradus.gradients.mistakes import CERTAIN, LOOSE, alike, name_mistake
from gradus.gradients.reading.calls import FUNCTION_NAMES
from gradus.gradients.reading.models import ModelReader, read_expression
from gradus.gradients.reading.names import canonical
from gradus.gradients.reading.syntax import parse
from gradus.gradients.slips import SLIPS
from gradus.gradients.writing.mathematics import mathematics

#: Answers are compared at so many random points, and at as many that lie further out, where other
#: sides of a maximum win.
POINTS, SPREAD = 2, 3.0

#: Equal means to this share of the largest entry.
EQUAL = 1e-9

#: Slips are tried alone and, up to this number of places, in pairs.
MOST_PAIRS = 400


@dataclass(frozen=True)
class Grade:
    """Whether an answer is right and, if not, what is wrong with it."""

    name: str
    answer: str
    right: bool
    mistake: str | None  # in words; None where it is right, or has none of the known mistakes

    def __str__(self) -> str:
        if self.right:
            return f"∂J/∂{self.name} = {self.answer}: right"
        return f"∂J/∂{self.name} = {self.answer}: WRONG: {self.mistake or UNNAMED}"


#: What is said where no mistake fits.
UNNAMED = "it differs from the gradient, by none of the usual mistakes"


def grade(
    derivation: Derivation, name: str, answer: str, *, given: str = "", seed: int = 1
) -> Grade:
    """Compare an answer in the notation of models with the derived gradient.

    The answer may use inputs, lines, and the error signals of the derivation; ``given`` are lines
    that define others, such as ``d1 = yhat - y``. Values are compared at random points.

    >>> from gradus.gradients.deriving.derivation import derive
    >>> found = derive("J = CE(softmax(x W + b), y)", kinds={"y": "onehot"},
    ...                shapes={"x": "1, D", "W": "D, C", "b": "1, C", "y": "1, C"})
    >>> print(grade(found, "W", "(yhat - y).T @ x"))
    ∂J/∂W = (yhat - y).T @ x: WRONG: it is the transpose of the gradient
    >>> print(grade(found, "b", "yhat - y"))
    ∂J/∂b = yhat - y: right

    Raises:
        NotationError: the answer cannot be read, or names something unknown.
    """
    key = canonical(name)
    if key not in derivation.answers:
        raise NotationError(
            f"the derivation has no gradient by {name}; it has {', '.join(derivation.answers)}"
        )
    true = derivation.answers[key]
    try:
        claimed = read_answer(derivation, answer, given)
    except ShapeError as error:
        return Grade(key, answer, False, f"its shapes do not fit: {error}")
    return _Grader(derivation, key, claimed, true, seed).grade(answer)


def read_answer(derivation: Derivation, answer: str, given: str = "") -> Node:
    """An answer as an expression; ``given`` are lines that define names for it."""
    model = derivation.model
    extra = {signal.data[0]: signal for signal in derivation.signals}
    if given:
        reader = ModelReader(given)
        reader.scope = {**extra, **model.inputs, **model.names}
        for symbol in model.symbols:
            reader.symbols[canonical(symbol)] = Dim.symbol(symbol)
        reader.read(parse(given, FUNCTION_NAMES, reader.scope))
        extra = {**extra, **{key: reader.scope[key] for key in (*reader.names, *reader.renamed)}}
    return read_expression(answer, model, extra)


class _Grader:
    def __init__(
        self, derivation: Derivation, name: str, claimed: Node, true: Node, seed: int
    ) -> None:
        self.derivation, self.name = derivation, name
        model = derivation.model
        self.target = model.inputs[name] if name in model.inputs else model.names[name]
        self.claimed, self.true = claimed, true
        near = points(derivation.model, POINTS, seed=seed)
        self.points = [*near, *points(derivation.model, POINTS, seed=seed, spread=SPREAD)]
        self.values = [self.value(point, claimed) for point in self.points]
        self.truths = [self.value(point, true) for point in self.points]

    def value(self, point: Point, node: Node, signals: Mapping[Node, Node] | None = None) -> Any:
        return point.value(node, self.derivation.signals if signals is None else signals)

    def grade(self, answer: str) -> Grade:
        if all(map(same, self.values, self.truths)):
            return Grade(self.name, answer, True, None)
        attempts: tuple[Callable[[], str | None], ...] = (
            self.by_numbers,
            self.by_other_gradient,
            self.by_slip,
            self.by_formula,
            self.by_slips,
            self.by_shape,
            self.by_loose_numbers,
        )
        return Grade(
            self.name, answer, False, next((told for try_ in attempts if (told := try_())), None)
        )

    # what is wrong

    def by_numbers(self) -> str | None:
        """The same finding at every point; a factor that changes with the point is none."""
        shapes = self.shapes()
        told = {
            name_mistake(claimed, true, shapes, CERTAIN)
            for claimed, true in zip(self.values, self.truths, strict=True)
        }
        found = told.pop() if len(told) == 1 else None
        # a factor that is no fraction has a name in the formula, or is a chance of single numbers
        unclear = found and "factor" in found and ("." in found or "length" in found)
        return None if unclear else found

    def by_loose_numbers(self) -> str | None:
        return name_mistake(self.values[0], self.truths[0], self.shapes(), LOOSE)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        model, sizes = self.derivation.model, self.points[0].sizes
        nodes = {**model.inputs, **model.names}
        return {name: tuple(dim.size(sizes) for dim in node.shape) for name, node in nodes.items()}

    def by_other_gradient(self) -> str | None:
        """The gradient of something else on the way."""
        target = (
            self.derivation.model.inputs.get(self.name) or self.derivation.model.names[self.name]
        )
        for step in self.derivation.steps:
            node = step.target
            if node.op != "name" or node is target or not step.value.cost:
                continue
            if target not in set(below([node])):
                continue
            if node.shape == target.shape and self.fits(step.value, self.derivation.signals):
                return (
                    f"that is the gradient of {mathematics(node)}, short of {self.name}: the "
                    "derivative of what lies between is missing"
                )
        return None

    def by_slip(self) -> str | None:
        for words, rule in self.slips():
            if self.slipped(rule):
                return words
        return None

    def by_slips(self) -> str | None:
        """Two paths left out at once: what someone took for constants."""
        lost = [(words, rule) for words, rule in self.slips() if words.startswith("the path")]
        pairs = [(a, b) for place, a in enumerate(lost) for b in lost[:place]]
        for (one, first), (other, second) in pairs[:MOST_PAIRS]:
            if self.slipped(lambda *a, f=first, s=second: _both(f, s, *a)):
                return f"{other}; {one}"
        return None

    def by_formula(self) -> str | None:
        whole = self.derivation.written_out(self.true)
        for changed, words in variants(whole):
            if changed.shape == self.claimed.shape and self.fits(changed, {}):
                return words
        return None

    def by_shape(self) -> str | None:
        if self.claimed.shape == self.true.shape:
            return None
        return (
            f"its shape is {show_shape(self.claimed.shape)}, but the gradient has that of "
            f"{self.name}, {show_shape(self.true.shape)}"
        )

    # trying

    def fits(self, node: Node, signals: Mapping[Node, Node]) -> bool:
        """Whether an expression has the value of the answer at every point."""
        try:
            return all(
                same(self.value(point, node, signals), claimed)
                for point, claimed in zip(self.points, self.values, strict=True)
            )
        except (KeyError, ValueError, np.linalg.LinAlgError):
            return False

    def slipped(self, rule: Any) -> bool:
        """Whether a sweep by a rule that slips gives the answer."""
        try:
            found, signals = swept(self.derivation.model, self.target, rule)
        except GradusError:
            return False
        return found.shape == self.claimed.shape and self.fits(found, signals)

    def slips(self) -> Iterator[tuple[str, Any]]:
        """Every slip at every node, as a rule for the whole sweep."""
        for step in self.derivation.steps:
            node = step.target
            if not node.args or node.op == "name":
                continue
            right = tuple(shares(node, node_like(node), node, frozenset()))
            for slip in SLIPS:
                for place, found in enumerate(
                    slip(node, node_like(node), node, right, mathematics)
                ):
                    yield found.words, _slipping(node, slip, place)


def swept(model: Model, target: Node, rule: SweepRule) -> tuple[Node, Mapping[Node, Node]]:
    """The gradient that a sweep by a rule gives, and the signals it is made of; not made short."""
    taken = {*model.inputs, *model.names, *model.symbols}
    sweep = Sweep(model, [target], {}, taken, rule, through_time=shares_through_time)
    return sweep.run()[target], sweep.definitions


def _slipping(wrong: Node, slip: Any, place: int) -> Any:
    def rule(node: Node, g: Node, out: Node, opaque: frozenset[Node]) -> Any:
        right = tuple(shares(node, g, out, opaque))
        if node is not wrong:
            return right
        found = list(slip(node, g, out, right, mathematics))
        return found[place].shares if place < len(found) else right

    return rule


def _both(first: Any, second: Any, node: Node, g: Node, out: Node, opaque: Any) -> list[Share]:
    right = tuple(shares(node, g, out, opaque))
    left = [{share.target for share in rule(node, g, out, opaque)} for rule in (first, second)]
    return [share for share in right if share.target in left[0] & left[1]]


def node_like(node: Node) -> Node:
    """A stand-in for the gradient of a node."""
    return leaf("\0g", node.shape, "signal")


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal but for rounding."""
    if np.shape(one) != np.shape(other):
        return False
    scale = max(float(np.abs(other).max(initial=0.0)), 1e-12)
    return bool(np.abs(one - other).max(initial=0.0) <= EQUAL * scale) and alike(one, other)


def _put(root: Node, old: Node, new: Node) -> Node:
    return replaced(root, lambda node: new if node is old else None)


def variants(root: Node) -> Iterator[tuple[Node, str]]:
    """A formula with one thing wrong."""
    for node in below([root], through_names=False):
        for changed, words in _variants(node):
            with suppress(GradusError):  # not every slip fits the shapes around it
                yield simplified(_put(root, node, changed)), words


def _variants(node: Node) -> Iterator[tuple[Node, str]]:
    if node.op == "add":
        for place, (term, count) in enumerate(zip(node.args, node.data, strict=True)):
            rest = [
                product((t,), coefficient=c)
                for at, (t, c) in enumerate(zip(node.args, node.data, strict=True))
                if at != place
            ]
            written = mathematics(product((term,), coefficient=count))
            if total(rest).shape == node.shape:
                yield total(rest), f"the term {written} is missing"
            flipped = total([*rest, product((term,), coefficient=-count)])
            yield flipped, f"the sign of the term {written} is flipped"
    if node.op == "mul":
        coefficient, exponents = node.data
        for place, base in enumerate(node.args):
            bases = [b for at, b in enumerate(node.args) if at != place]
            powers = [e for at, e in enumerate(exponents) if at != place]
            found = product(bases, powers, coefficient)
            if found.shape == node.shape:
                factor = mathematics(product((base,), (exponents[place],)))
                yield found, f"the factor {factor} is missing"
    if node.op == "sigmoid":
        yield 1 - node, f"σ(-s) was used instead of σ(s), in {mathematics(node)}"
    if node.op == "ind":
        yield 1 - node, f"the opposite of the mask {mathematics(node)} was used"
    if node.op == "sum":
        source, (axes, keep) = node.args[0], node.data
        for axis in range(source.rank):
            if (axis,) != axes:
                words = f"summed over axis {axis} instead of {', '.join(map(str, axes))}"
                yield build("sum", (source,), ((axis,), keep)), words
        lengths = product([length(source.shape[axis]) for axis in axes])
        yield node / lengths, f"a mean was taken instead of the sum {mathematics(node)}"
    if node.op == "name" and len(node.args[0].args) == 1 and node.args[0].op in FUNCTIONS:
        argument = node.args[0].args[0]
        yield argument, f"{mathematics(argument)} was used instead of {mathematics(node)}"
    if node.op == "transpose":
        inner = node.args[0]
        if inner.shape == node.shape:
            yield inner, f"the transpose of {mathematics(inner)} is missing"
