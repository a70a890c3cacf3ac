"""Random typed expressions over all operations: choose a shape, then an operation that has it.

An expression is grown together with its value, so that logarithms and roots are of what is
positive, inverses of what is far from singular, and choices far from their ties. Terms mirror the
nodes of Gradus but are kept as they were built, so that both can be evaluated and compared.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import torch
import torch_values
from torch_values import DOUBLE, parts

import gradus.gradients.expressions.operations  # noqa: F401 - enters the builders of all operations
from gradus.gradients.expressions.dims import ONE, Dim, Shape, broadcast
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import (
    Node,
    build,
    const,
    eye,
    intern,
    leaf,
    length,
    named,
    ones,
    product,
    zeros,
)

SYMBOLS = ("N", "D", "H", "C")

#: Names that the derivation would like for its own lines, among plain ones.
TEMPTING = ("z1", "h1", "yhat", "q", "delta1", "delta2", "delta3", "z2", "g", "mu")

#: Choices closer to a tie than this are not made.
KINK = 1e-4

#: The largest entry that a term may have.
LARGEST = 40.0

HALF = Fraction(1, 2)


@dataclass(eq=False, slots=True)
class Term:
    """An operation as it was asked for, the node that was built for it, and its value."""

    op: str
    args: tuple["Term", ...]
    data: Any
    node: Node
    value: torch.Tensor

    @property
    def shape(self) -> Shape:
        return self.node.shape

    @property
    def rank(self) -> int:
        return len(self.node.shape)


@dataclass
class Expression:
    """A model with a value for every input."""

    result: Term
    inputs: dict[str, Term]
    lines: dict[str, Term]  # in order, without the result
    sizes: dict[str, int]
    kinks: int = 0  # choices that were not made, because they were too close to a tie

    @property
    def values(self) -> dict[str, torch.Tensor]:
        return {name: term.value for name, term in self.inputs.items()}

    def model(self) -> Model:
        nodes = {name: term.node for name, term in self.lines.items()}
        inputs = {name: term.node for name, term in self.inputs.items()}
        return Model(inputs, {**nodes, "J": named("J", self.result.node)}, "J", lengths=SYMBOLS)

    def differentiable(self) -> list[str]:
        """Every input but indices."""
        return [name for name, term in self.inputs.items() if term.data[1] != "index"]

    def operations(self) -> Counter[str]:
        return Counter(term.op for term in terms_below([self.result, *self.lines.values()]))


class Unfit(Exception):
    """An operation that does not go with a shape or a value: another one is tried."""


def terms_below(roots: Iterable[Term]) -> Iterator[Term]:
    """Every term, each once, arguments first."""
    seen: set[Term] = set()
    stack = [(root, False) for root in roots]
    while stack:
        term, ready = stack.pop()
        if ready:
            yield term
        elif term not in seen:
            seen.add(term)
            stack.append((term, True))
            stack.extend((part, False) for part in reversed(parts(term)))


#: Leaves and names are made by functions of their own.
LEAVES: dict[str, Callable[[Any, Shape], Node]] = {
    "input": lambda data, shape: leaf(data[0], shape, data[1]),
    "const": lambda data, shape: const(data),
    "length": lambda data, shape: length(data),
    "pi": lambda data, shape: intern("pi", (), None, ()),
    "ones": lambda data, shape: ones(shape),
    "zeros": lambda data, shape: zeros(shape),
    "eye": lambda data, shape: eye(shape[0]),
}


def node_of(op: str, args: tuple[Term, ...], data: Any, shape: Shape = ()) -> Node:
    """The node that Gradus builds."""
    nodes = [arg.node for arg in args]
    if op in LEAVES:
        return LEAVES[op](data, shape)
    if op == "name":
        return named(data, nodes[0])
    if op == "mul":
        coefficient, exponents = data
        powers = [e.node if isinstance(e, Term) else e for e in exponents]
        powers = [e.data if isinstance(e, Node) and e.op == "const" else e for e in powers]
        return product(nodes, powers, coefficient)
    return build(op, nodes, data)


@dataclass(eq=False)
class Asked:
    """What the value of a term follows, before there is a node for it."""

    op: str
    args: tuple[Term, ...]
    data: Any
    shape: Shape


def random_expression(seed: int | str, most: int = 36) -> Expression:
    """The expression of a seed; ``most`` bounds the operations of which it is grown."""
    grower = Grower(random.Random(seed))
    return grower.expression([size for size in (3, 5, 8, 12, 16, 24, 36) if size <= most])


@dataclass
class Grower:
    """The state of growing one expression."""

    rng: random.Random
    sizes: dict[str, int] = field(default_factory=dict)
    inputs: dict[str, Term] = field(default_factory=dict)
    lines: dict[str, Term] = field(default_factory=dict)
    pool: dict[Shape, list[Term]] = field(default_factory=dict)
    budget: int = 0
    kinks: int = 0

    def expression(self, sizes: Sequence[int]) -> Expression:
        rng = self.rng
        lengths = rng.sample((2, 3, 4, 5), len(SYMBOLS))
        self.sizes = dict(zip(SYMBOLS, lengths, strict=True))
        if rng.random() < 0.04:
            self.sizes[rng.choice(SYMBOLS)] = 1
        self.numbers = torch.Generator().manual_seed(rng.randrange(1 << 40))
        self.names = iter(self.fresh_names())
        self.budget = rng.choice(sizes)
        scalars = [self.scalar(rng.randint(1, 6)) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        pooled = [term for terms in self.pool.values() for term in terms if term.rank]
        if pooled and rng.random() < 0.3:  # so that something is used once more
            scalars.append(self.weighed(rng.choice(pooled)))
        result = scalars[0]
        if len(scalars) > 1:
            counts = [rng.choice((Fraction(1), Fraction(-1), HALF)) for _ in scalars]
            result = self.term("add", scalars, tuple(counts))
        dead = [line for line in self.lines.values() if rng.random() < 0.1]
        return assembled(result, dead, self.lines, self.sizes, self.kinks)

    def fresh_names(self) -> Iterator[str]:
        names = [f"x{number}" for number in range(1, 200)]
        tempting = list(TEMPTING)
        self.rng.shuffle(tempting)
        for name in names:
            yield tempting.pop() if tempting and self.rng.random() < 0.15 else name

    # making terms

    def term(self, op: str, args: Iterable[Term] = (), data: Any = None, shape: Shape = ()) -> Term:
        """A term with its value; what is too large is unfit."""
        args = tuple(args)
        node = node_of(op, args, data, shape)
        asked = Asked(op, args, data, node.shape)
        with torch.no_grad():
            value = torch_values.value(asked, [part.value for part in parts(asked)], self.sizes)
        if op != "compare" and not (torch.isfinite(value).all() and value.abs().max() < 1e12):
            raise Unfit
        wanted = tuple(dim.size(self.sizes) for dim in node.shape)
        assert tuple(value.shape) == wanted, (op, data, args, node.shape, value.shape)
        term = Term(op, args, data, node, value.detach())
        if op not in ("compare", "const", "causal_bias"):
            self.pool.setdefault(term.shape, []).append(term)
        return term

    def make(self, shape: Shape, depth: int) -> Term:
        """A random term of a shape."""
        rng = self.rng
        self.budget -= 1
        pooled = self.pool.get(shape, ())
        if pooled and rng.random() < 0.22:
            old = rng.choice(pooled)  # now and then two lines say the same
            return self.line(old) if rng.random() < 0.04 else old
        if depth <= 0 or self.budget <= 0 or rng.random() < 0.06:
            return self.leaf(shape)
        # one of the many elementwise functions is tried a third as often as another operation
        turns = {name: rng.expovariate(0.35 if name in FUNCTIONS else 1) for name in PRODUCERS}
        for name in sorted(PRODUCERS, key=turns.__getitem__):
            try:
                term = self.tamed(PRODUCERS[name](self, shape, depth - 1))
            except Unfit:
                continue
            return self.line(term) if rng.random() < 0.12 and term.op != "name" else term
        return self.leaf(shape)

    def line(self, term: Term) -> Term:
        name = next(self.names)
        self.lines[name] = self.term("name", (term,), name)
        return self.lines[name]

    def tamed(self, term: Term) -> Term:
        """What has grown, within bounds again."""
        largest = float(term.value.abs().max())
        if largest <= LARGEST:
            return term
        scale = Fraction(1, int(largest))
        return self.term("tanh", (self.term("mul", (term,), (scale, (Fraction(1),))),))

    def scalar(self, depth: int) -> Term:
        """A single number: most often an array, with a weight for every entry."""
        if self.rng.random() < 0.45:
            return self.make((), depth)
        return self.weighed(self.make(self.shape(self.rng.choice((1, 1, 2, 2, 2, 3))), depth))

    def weighed(self, term: Term) -> Term:
        if self.rng.random() < 0.7:
            weights = self.input(term.shape, "normal")
            both = (Fraction(1), (Fraction(1), Fraction(1)))
            term = self.term("mul", (weights, term), both)
        return self.term("sum", (term,), (tuple(range(term.rank)), False))

    def leaf(self, shape: Shape) -> Term:
        rng = self.rng
        old = [term for term in self.inputs.values() if term.shape == shape]
        old = [term for term in old if term.data[1] != "index"]
        if old and rng.random() < 0.5:
            return rng.choice(old)
        if not shape and rng.random() < 0.3:
            return self.number()
        if shape and rng.random() < 0.06:
            return self.term(rng.choice(("ones", "ones", "zeros")), (), None, shape)
        if self.square(shape) and rng.random() < 0.1:
            return self.term("eye", (), None, shape)
        return self.input(shape, rng.choice(self.kinds(shape)))

    def number(self) -> Term:
        rng = self.rng
        kind = rng.choice(("const", "const", "length", "pi"))
        if kind == "length":
            return self.term("length", (), Dim.symbol(rng.choice(SYMBOLS)))
        numbers = (2, 3, -1, 1, HALF, Fraction(1, 10), Fraction(-3, 2), 0)
        return self.term(kind, (), Fraction(rng.choice(numbers)) if kind == "const" else None)

    def kinds(self, shape: Shape) -> list[str]:
        kinds = ["normal"] * 6 + ["pos", "pos", "unit", "mask", "pm1", "constant"]
        if shape:
            kinds += ["onehot", "prob"]
        if self.square(shape):
            kinds += ["sym", "sym", "spd", "spd", "inv", "inv"]
        return kinds

    def input(self, shape: Shape, kind: str, value: torch.Tensor | None = None) -> Term:
        name = next(self.names)
        node = leaf(name, shape, kind)
        if value is None:
            value = VALUES[kind](self, tuple(dim.size(self.sizes) for dim in shape))
        self.inputs[name] = Term("input", (), (name, kind), node, value)
        return self.inputs[name]

    def index(self, shape: Shape, within: Dim) -> Term:
        """Places within an axis; with few places there are repeats."""
        old = [term for term in self.inputs.values() if term.data[1] == "index"]
        size = within.size(self.sizes)
        fitting = [t for t in old if t.shape == shape and int(t.value.max()) < size]
        if fitting and self.rng.random() < 0.4:
            return self.rng.choice(fitting)
        wanted = tuple(dim.size(self.sizes) for dim in shape)
        places = torch.randint(0, size, wanted, generator=self.numbers)
        return self.input(shape, "index", places)

    # shapes

    @staticmethod
    def square(shape: Shape) -> bool:
        return len(shape) == 2 and shape[0] == shape[1]

    def dim(self) -> Dim:
        rng = self.rng
        kind = rng.random()
        if kind < 0.7:
            return Dim.symbol(rng.choice(SYMBOLS))
        if kind < 0.82:
            return ONE
        if kind < 0.9:
            return Dim.number(rng.choice((2, 3)))
        one, other = rng.sample(SYMBOLS, 2)
        return Dim.symbol(one) + Dim.symbol(other)

    def shape(self, rank: int) -> Shape:
        if rank == 2 and self.rng.random() < 0.25:
            return (self.dim(),) * 2
        return tuple(self.dim() for _ in range(rank))

    def broadcasting(self, shape: Shape, count: int) -> list[Shape]:
        """Shapes that are broadcast to ``shape`` together."""
        full = self.rng.randrange(count)
        found = [list(shape) for _ in range(count)]
        for axis in range(len(shape)):
            owner = full if self.rng.random() < 0.6 else self.rng.randrange(count)
            for place in range(count):
                if place != owner and self.rng.random() < 0.4:
                    found[place][axis] = ONE
        for place, own in enumerate(found):
            while own and own[0] == ONE and place != full and self.rng.random() < 0.7:
                del own[0]
        shapes = [tuple(own) for own in found]
        whole: Shape | None = ()
        for own in shapes:
            whole = broadcast(whole, own) if whole is not None else None
        assert whole == shape, (shape, shapes)
        return shapes

    def unreduced(self, shape: Shape) -> tuple[Shape, tuple[tuple[int, ...], bool]]:
        """A shape from which a reduction over some axes leaves ``shape``."""
        rng = self.rng
        single = [axis for axis, dim in enumerate(shape) if dim.is_one]
        if single and rng.random() < 0.6:
            axes = sorted(rng.sample(single, rng.randint(1, len(single))))
            source = [self.dim() if axis in axes else dim for axis, dim in enumerate(shape)]
            return tuple(source), (tuple(axes), True)
        if len(shape) == 3:
            raise Unfit
        rank = rng.randint(len(shape) + 1, 3)
        axes = sorted(rng.sample(range(rank), rank - len(shape)))
        rest = iter(shape)
        source = [self.dim() if axis in axes else next(rest) for axis in range(rank)]
        return tuple(source), (tuple(axes), False)

    # domains

    def clear(self, *gaps: torch.Tensor) -> None:
        """Nothing here may be close to 0."""
        for gap in gaps:
            if gap.numel() and float(gap.abs().min()) < KINK:
                self.kinks += 1
                raise Unfit

    def above(self, shape: Shape, depth: int, least: float = 0.15) -> Term:
        """A term that is positive."""
        term = self.make(shape, depth)
        if float(term.value.min()) > least and float(term.value.max()) < LARGEST:
            return term
        way = self.rng.randrange(4)
        if way == 0:
            bounded = term if float(term.value.abs().max()) < 3 else self.term("tanh", (term,))
            return self.least(self.term("exp", (bounded,)), least)
        if way == 1:
            return self.plus(self.term("softplus", (term,)), Fraction(1, 2))
        if way == 2:
            return self.plus(self.tamed(self.power(term, Fraction(2))), Fraction(1))
        return self.input(shape, self.rng.choice(("pos", "unit")))

    def least(self, term: Term, least: float) -> Term:
        return term if float(term.value.min()) > least else self.plus(term, HALF)

    def plus(self, term: Term, number: Fraction) -> Term:
        one = self.term("const", (), Fraction(1))
        return self.term("add", (term, one), (Fraction(1), number))

    def power(self, base: Term, exponent: Any) -> Term:
        return self.term("mul", (base,), (Fraction(1), (exponent,)))

    def invertible(self, size: Dim, depth: int) -> Term:
        """A matrix that is far from singular."""
        shape = (size, size)
        way = self.rng.randrange(4)
        if way == 0:
            term = self.input(shape, self.rng.choice(("spd", "inv")))
        elif way == 1:
            term = self.make(shape, depth)
        elif way == 2:
            other = self.make((size, self.dim()), depth)
            flipped = self.term("transpose", (other,), (1, 0))
            square = self.tamed(self.term("matmul", (other, flipped)))
            term = self.with_diagonal(square, Fraction(1))
        else:
            other = self.term("tanh", (self.make(shape, depth),))
            term = self.with_diagonal(other, Fraction(size.size(self.sizes) + 1))
        extent = torch.linalg.svdvals(term.value)
        if float(extent.min()) < 0.1 or float(extent.max()) > 50:
            raise Unfit
        return term

    def with_diagonal(self, term: Term, number: Fraction) -> Term:
        identity = self.term("eye", (), None, term.shape)
        return self.term("add", (term, identity), (Fraction(1), number))


def assembled(
    result: Term,
    dead: Iterable[Term],
    lines: Mapping[str, Term],
    sizes: dict[str, int],
    kinks: int = 0,
) -> Expression:
    """The expression of a result: the lines and inputs that it and ``dead`` lines need."""
    found = list(terms_below([result, *dead]))
    inputs = {term.data[0]: term for term in found if term.op == "input"}
    used = {term.data: term for term in found if term.op == "name"}
    order = [name for name in lines if name in used]
    return Expression(result, inputs, {name: used[name] for name in order}, sizes, kinks)


# values of inputs by their kind


def normal(grower: Grower, shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(shape, generator=grower.numbers, dtype=DOUBLE)


def uniform(grower: Grower, shape: tuple[int, ...], low: float, high: float) -> torch.Tensor:
    return low + (high - low) * torch.rand(shape, generator=grower.numbers, dtype=DOUBLE)


def symmetric(grower: Grower, shape: tuple[int, ...]) -> torch.Tensor:
    entries = normal(grower, shape)
    return (entries + entries.T) / 2


def positive_definite(grower: Grower, shape: tuple[int, ...]) -> torch.Tensor:
    entries = normal(grower, shape)
    found = entries @ entries.T / shape[0] + torch.eye(shape[0], dtype=DOUBLE)
    return (found + found.T) / 2


def one_hot(grower: Grower, shape: tuple[int, ...]) -> torch.Tensor:
    places = torch.randint(0, shape[-1], shape[:-1], generator=grower.numbers)
    return torch.eye(shape[-1], dtype=DOUBLE)[places]


VALUES: dict[str, Callable[[Grower, tuple[int, ...]], torch.Tensor]] = {
    "normal": normal,
    "constant": normal,
    "pos": lambda grower, shape: uniform(grower, shape, 0.5, 2),
    "unit": lambda grower, shape: uniform(grower, shape, 0.2, 0.9),
    "onehot": one_hot,
    "prob": lambda grower, shape: torch.softmax(normal(grower, shape), -1),
    "mask": lambda grower, shape: (uniform(grower, shape, 0, 1) < 0.6).to(DOUBLE),
    "pm1": lambda grower, shape: torch.where(uniform(grower, shape, 0, 1) < 0.5, -1.0, 1.0).to(
        DOUBLE
    ),
    "sym": symmetric,
    "spd": positive_definite,
    "inv": lambda grower, shape: (
        2 * torch.eye(shape[0], dtype=DOUBLE) + 0.3 * normal(grower, shape)
    ),
}


# operations by name: each makes a term of a shape, or finds itself unfit


Producer = Callable[[Grower, Shape, int], Term]
PRODUCERS: dict[str, Producer] = {}


def producer(*names: str) -> Callable[[Producer], Producer]:
    """Enter a function into :data:`PRODUCERS`."""

    def enter(function: Producer) -> Producer:
        for name in names:
            PRODUCERS[name] = function
        return function

    return enter


def needs(condition: bool) -> None:
    if not condition:
        raise Unfit


COEFFICIENTS = tuple(map(Fraction, ("1", "1", "1", "-1", "-1", "2", "1/2", "-3", "1/10")))
EXPONENTS = tuple(map(Fraction, ("1", "1", "1", "1", "2", "3", "-1", "-2", "1/2", "-1/2", "3/2")))


@producer("add", "difference")
def _add(grower: Grower, shape: Shape, depth: int) -> Term:
    shapes = grower.broadcasting(shape, grower.rng.choice((2, 2, 3)))
    args = [grower.make(own, depth) for own in shapes]
    return grower.term("add", args, tuple(grower.rng.choice(COEFFICIENTS) for _ in args))


@producer("mul", "times")
def _mul(grower: Grower, shape: Shape, depth: int) -> Term:
    shapes = grower.broadcasting(shape, grower.rng.choice((1, 2, 2, 3)))
    args, exponents = [], []
    for own in shapes:
        exponent = grower.rng.choice(EXPONENTS)
        plain = exponent.denominator == 1 and exponent > 0
        args.append(grower.make(own, depth) if plain else grower.above(own, depth))
        exponents.append(exponent)
    return grower.term("mul", args, (grower.rng.choice(COEFFICIENTS), tuple(exponents)))


@producer("divide")
def _divide(grower: Grower, shape: Shape, depth: int) -> Term:
    above, below = grower.broadcasting(shape, 2)
    args = (grower.make(above, depth), grower.above(below, depth))
    return grower.term("mul", args, (Fraction(1), (Fraction(1), Fraction(-1))))


@producer("power")
def _power(grower: Grower, shape: Shape, depth: int) -> Term:
    """A power with a symbol, or an expression, in the exponent."""
    own, other = grower.broadcasting(shape, 2)
    base = grower.above(own, depth)
    exponent = grower.make(other, min(depth, 2))
    needs(float(exponent.value.abs().max()) < 4)
    if grower.rng.random() < 0.4:
        exponent = grower.term(
            "add", (exponent, grower.term("const", (), Fraction(1))), (Fraction(1), Fraction(-1))
        )
    return grower.power(base, exponent)


def function_producer(name: str) -> Producer:
    def produce(grower: Grower, shape: Shape, depth: int) -> Term:
        if name == "log":
            return grower.term(name, (grower.above(shape, depth),))
        arg = grower.make(shape, depth)
        if name in ("exp", "sinh", "cosh") and float(arg.value.abs().max()) > 4:
            arg = grower.term("tanh", (arg,))
        if name == "tan":
            needs(float(torch.cos(arg.value).abs().min()) > 0.2)
        if name in ("relu", "abs", "sign", "elu"):
            grower.clear(arg.value)
        if name == "hardtanh":
            grower.clear(arg.value - 1, arg.value + 1)
        return grower.term(name, (arg,))

    return produce


PRODUCERS.update({name: function_producer(name) for name in FUNCTIONS})


@producer("leaky_relu")
def _leaky(grower: Grower, shape: Shape, depth: int) -> Term:
    arg = grower.make(shape, depth)
    grower.clear(arg.value)
    slope = grower.make(grower.rng.choice([(), shape[-1:], shape]), 1)
    return grower.term("leaky_relu", (arg, slope))


@producer("softmax", "logsoftmax")
def _softmax(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(bool(shape))
    arg = grower.make(shape, depth)
    op = grower.rng.choice(("softmax", "logsoftmax"))
    if grower.square(shape) and grower.rng.random() < 0.5:
        mask = grower.term("causal_bias", (), shape[0])
        arg = grower.term("add", (arg, mask), (Fraction(1), Fraction(1)))
        return grower.term("softmax", (arg,))
    return grower.term(op, (arg,))


@producer("log_of_softmax")
def _log_of_softmax(grower: Grower, shape: Shape, depth: int) -> Term:
    """What has rules of its own: log softmax, log sigmoid, log(1 + exp), log sum exp."""
    way = grower.rng.randrange(4)
    if way == 0:
        needs(bool(shape))
        return grower.term("log", (grower.term("softmax", (grower.make(shape, depth),)),))
    if way == 1:
        return grower.term("log", (grower.term("sigmoid", (grower.make(shape, depth),)),))
    if way == 2:
        arg = grower.make(shape, depth)
        needs(float(arg.value.abs().max()) < 10)
        return grower.term("log", (grower.plus(grower.term("exp", (arg,)), Fraction(1)),))
    source, axes = grower.unreduced(shape)
    arg = grower.make(source, depth)
    needs(float(arg.value.abs().max()) < 10)
    return grower.term("log", (grower.term("sum", (grower.term("exp", (arg,)),), axes),))


@producer("sum", "lse")
def _reduction(grower: Grower, shape: Shape, depth: int) -> Term:
    source, axes = grower.unreduced(shape)
    return grower.term(grower.rng.choice(("sum", "lse")), (grower.make(source, depth),), axes)


@producer("mean")
def _mean(grower: Grower, shape: Shape, depth: int) -> Term:
    source, axes = grower.unreduced(shape)
    arg = grower.make(source, depth)
    return mean(grower, arg, axes)


def mean(grower: Grower, arg: Term, axes: tuple[tuple[int, ...], bool]) -> Term:
    lengths = [grower.term("length", (), arg.shape[axis]) for axis in axes[0]]
    exponents = (Fraction(1), *(Fraction(-1) for _ in lengths))
    return grower.term(
        "mul", (grower.term("sum", (arg,), axes), *lengths), (Fraction(1), exponents)
    )


@producer("weighted_rows")
def _weighted_rows(grower: Grower, shape: Shape, depth: int) -> Term:
    """What ``A @ r`` is, written as sums of rows."""
    needs(len(shape) == 1)
    inner = grower.dim()
    pair = (grower.make((*shape, inner), depth), grower.make((inner,), depth))
    rows = grower.term("mul", pair, (Fraction(1), (Fraction(1), Fraction(1))))
    return grower.term("sum", (rows,), ((1,), False))


@producer("normalized")
def _normalized(grower: Grower, shape: Shape, depth: int) -> Term:
    """Deviations from a mean, often divided by a standard deviation, as layers do."""
    needs(bool(shape))
    arg = grower.make(shape, depth)
    axes = ((grower.rng.randrange(len(shape)),), True)
    middle = mean(grower, arg, axes)
    if grower.rng.random() < 0.5:
        middle = grower.line(middle)
    centred = grower.term("add", (arg, middle), (Fraction(1), Fraction(-1)))
    if grower.rng.random() < 0.3:
        return centred
    if grower.rng.random() < 0.5:
        centred = grower.line(centred)
    variance = mean(grower, grower.power(centred, Fraction(2)), axes)
    scale = grower.power(grower.plus(variance, Fraction(1, 10)), Fraction(-1, 2))
    if grower.rng.random() < 0.5:
        scale = grower.line(scale)
    return grower.term("mul", (centred, scale), (Fraction(1), (Fraction(1), Fraction(1))))


@producer("amax")
def _amax(grower: Grower, shape: Shape, depth: int) -> Term:
    source, axes = grower.unreduced(shape)
    arg = grower.make(source, depth)
    rest = [axis for axis in range(arg.rank) if axis not in axes[0]]
    rows = arg.value.permute(*rest, *axes[0]).flatten(len(rest))
    if rows.shape[-1] > 1:
        top = rows.topk(2).values
        grower.clear(top[..., 0] - top[..., 1])
    return grower.term("amax", (arg,), axes)


@producer("norm")
def _norm(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(not shape)
    arg = grower.make(grower.shape(grower.rng.choice((0, 1, 1, 2, 2, 3))), depth)
    needs(float(arg.value.abs().max()) > 0.1)
    return grower.term("norm", (arg,))


@producer("CE")
def _cross_entropy(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(not shape)
    rng = grower.rng
    own = grower.shape(rng.choice((1, 1, 2, 2, 3)))
    way = rng.randrange(3)
    if way:
        p = grower.term("softmax", (grower.make(own, depth),))
        if way == 2:
            p = grower.line(p)
    else:
        p = grower.above(own, depth)
    needs(float(p.value.min()) > 1e-6)
    kind = rng.choice(("onehot", "onehot", "prob", "normal", "expression"))
    y = grower.make(own, min(depth, 1)) if kind == "expression" else grower.input(own, kind)
    return grower.term("CE", (p, y))


# matrices


@producer("matmul", "dot")
def _matmul(grower: Grower, shape: Shape, depth: int) -> Term:
    rng, inner = grower.rng, grower.dim()
    ways: list[tuple[Shape, Shape]] = []
    if not shape:
        ways = [((inner,), (inner,))]
    elif len(shape) == 1:
        ways = [((*shape, inner), (inner,)), ((inner,), (inner, *shape))]
    elif len(shape) == 2:
        one, other = shape
        ways = [((one, inner), (inner, other))] * 4
        ways += [((one, other, inner), (inner,)), ((inner,), (one, inner, other))]
    else:
        lead, one, other = shape
        ways = [
            ((lead, one, inner), (lead, inner, other)),
            ((one, inner), (lead, inner, other)),
            ((lead, one, inner), (inner, other)),
            ((ONE, one, inner), (lead, inner, other)),
            ((lead, one, inner), (ONE, inner, other)),
        ]
    left, right = rng.choice(ways)
    return grower.term("matmul", (grower.make(left, depth), grower.make(right, depth)))


@producer("scaled_matmul")
def _scaled_matmul(grower: Grower, shape: Shape, depth: int) -> Term:
    """A product whose sides are outer products, diagonals, stretched rows or vectors of ones."""
    needs(len(shape) in (1, 2))
    rng, inner = grower.rng, grower.dim()
    sides: list[Term] = []
    wanted = [(shape[0], inner), (inner, *shape[1:])]
    for own in wanted:
        ways = ["make"]
        if len(own) == 1:
            ways += ["ones"]
        else:
            ways += ["outer", "stretched", "stretched"]
            ways += ["diag"] if grower.square(own) else []
        way = rng.choice(ways)
        if way == "make":
            sides.append(grower.make(own, depth))
        elif way == "ones":
            sides.append(grower.term("ones", (), None, own))
        elif way == "outer":
            pair = (grower.make(own[:1], depth), grower.make(own[1:], depth))
            sides.append(grower.term("outer", pair))
        elif way == "diag":
            sides.append(grower.term("diag", (grower.make(own[:1], depth),)))
        else:
            thin = rng.choice([(), own[1:], (own[0], ONE), (ONE, own[1])])
            pair = (grower.make(thin, depth), grower.term("ones", (), None, own))
            sides.append(grower.term("mul", pair, (Fraction(1), (Fraction(1), Fraction(1)))))
    return grower.term("matmul", sides)


@producer("shared_factor")
def _shared_factor(grower: Grower, shape: Shape, depth: int) -> Term:
    """Sums with something in common: a factor, a matrix, a transpose, a coefficient."""
    rng = grower.rng
    count = rng.choice((Fraction(1), Fraction(-1), Fraction(2), HALF))
    way = rng.randrange(4)
    if way == 0 or len(shape) != 2:
        common = grower.make(shape, depth)
        pair = [grower.make(rng.choice([shape, shape[1:]]), depth) for _ in range(2)]
        terms = [
            grower.term("mul", (common, one), (Fraction(1), (Fraction(1),) * 2)) for one in pair
        ]
    elif way == 1:
        inner = grower.dim()
        side = grower.make((inner, shape[1]), depth)
        pair = [grower.make((shape[0], inner), depth) for _ in range(2)]
        terms = [grower.term("matmul", (one, side)) for one in pair]
    elif way == 2:
        terms = [
            grower.term("transpose", (grower.make((shape[1], shape[0]), depth),), (1, 0))
            for _ in range(2)
        ]
    else:
        row = grower.make(shape[1:], depth)
        terms = [grower.term("outer", (grower.make(shape[:1], depth), row)) for _ in range(2)]
    return grower.term("add", terms, (count, rng.choice((count, Fraction(1)))))


@producer("outer")
def _outer(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(len(shape) == 2)
    args = (grower.make(shape[:1], depth), grower.make(shape[1:], depth))
    return grower.term("outer", args)


@producer("transpose")
def _transpose(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(len(shape) >= 2)
    order = list(range(len(shape)))
    while order == sorted(order):
        grower.rng.shuffle(order)
    source: list[Dim] = [ONE] * len(shape)
    for axis, place in enumerate(order):
        source[place] = shape[axis]
    return grower.term("transpose", (grower.make(tuple(source), depth),), tuple(order))


@producer("tr")
def _trace(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(not shape)
    return grower.term("tr", (grower.make((grower.dim(),) * 2, depth),))


@producer("det", "logdet")
def _det(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(not shape)
    matrix = grower.invertible(grower.dim(), depth)
    return grower.term(grower.rng.choice(("det", "logdet")), (matrix,))


@producer("inv", "inv2")
def _inv(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(grower.square(shape))
    return grower.term("inv", (grower.invertible(shape[0], depth),))


@producer("quadratic")
def _quadratic(grower: Grower, shape: Shape, depth: int) -> Term:
    """Quadratic forms, traces of products, and their like in symmetric matrices."""
    needs(not shape)
    size = grower.dim()
    matrix = grower.input((size, size), grower.rng.choice(("sym", "spd", "normal")))
    if grower.rng.random() < 0.4:
        matrix = grower.line(matrix)
    if grower.rng.random() < 0.5:
        x = grower.make((size,), depth)
        y = x if grower.rng.random() < 0.6 else grower.make((size,), depth)
        return grower.term("matmul", (grower.term("matmul", (x, matrix)), y))
    other = grower.make((size, size), depth)
    return grower.term("tr", (grower.term("matmul", (matrix, other)),))


@producer("diag")
def _diag(grower: Grower, shape: Shape, depth: int) -> Term:
    if len(shape) == 1:
        return grower.term("diag", (grower.make(shape * 2, depth),))
    needs(grower.square(shape))
    return grower.term("diag", (grower.make(shape[:1], depth),))


# choices


@producer("maximum", "minimum")
def _extreme(grower: Grower, shape: Shape, depth: int) -> Term:
    one, other = (grower.make(own, depth) for own in grower.broadcasting(shape, 2))
    if grower.rng.random() < 0.2:
        other = grower.term("const", (), Fraction(grower.rng.choice((0, 1))))
        needs(one.shape == shape)
    grower.clear(one.value - other.value)
    pair = (one, other) if grower.rng.random() < 0.6 else (other, one)
    return grower.term(grower.rng.choice(("maximum", "minimum")), pair)


def condition(grower: Grower, shape: Shape, depth: int) -> Term:
    rng = grower.rng
    if rng.random() < 0.2:  # a mask is what it is exactly
        mask = grower.input(shape, "mask")
        one = grower.term("const", (), Fraction(1))
        return grower.term("compare", (mask, one), rng.choice(("==", "!=", ">=", "<")))
    one, other = (grower.make(own, depth) for own in grower.broadcasting(shape, 2))
    grower.clear(one.value - other.value)
    sign = rng.choice((">", ">=", "<", "<=", ">", "<", "==", "!="))
    return grower.term("compare", (one, other), sign)


@producer("where")
def _where(grower: Grower, shape: Shape, depth: int) -> Term:
    shapes = grower.broadcasting(shape, 3)
    chosen = condition(grower, shapes[0], min(depth, 1))
    yes, no = (grower.make(own, depth) for own in shapes[1:])
    return grower.term("where", (chosen, yes, no))


@producer("shared_choice")
def _shared_choice(grower: Grower, shape: Shape, depth: int) -> Term:
    """``[c] a + [not c] b``, and a choice between products with a factor in common."""
    chosen = condition(grower, shape, min(depth, 1))
    pair = [grower.make(shape, depth) for _ in range(3)]
    if grower.rng.random() < 0.5:
        both = (Fraction(1), (Fraction(1), Fraction(1)))
        sides = [grower.term("mul", (pair[2], one), both) for one in pair[:2]]
        return grower.term("where", (chosen, *sides))
    number = [grower.term("const", (), Fraction(value)) for value in (0, 1)]
    cases = (
        grower.term("ind", (chosen,)),
        grower.term("where", (chosen, number[0], number[1])),
    )
    both = (Fraction(1), (Fraction(1), Fraction(1)))
    terms = [grower.term("mul", sides, both) for sides in zip(cases, pair, strict=False)]
    return grower.term("add", terms, (Fraction(1), Fraction(1)))


@producer("ind")
def _indicator(grower: Grower, shape: Shape, depth: int) -> Term:
    return grower.term("ind", (condition(grower, shape, min(depth, 2)),))


# rows and parts


@producer("gather")
def _gather(grower: Grower, shape: Shape, depth: int) -> Term:
    rank = grower.rng.randint(0, min(2, len(shape)))
    rows, rest = shape[:rank], shape[rank:]
    needs(len(rest) <= 2)
    size = grower.dim()
    table = grower.make((size, *rest), depth)
    return grower.term("gather", (table, grower.index(rows, size)))


@producer("pick")
def _pick(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(len(shape) == 1)
    size = grower.dim()
    table = grower.make((*shape, size), depth)
    return grower.term("pick", (table, grower.index(shape, size)))


@producer("onehot")
def _onehot(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(bool(shape))
    return grower.term("onehot", (grower.index(shape[:-1], shape[-1]),), shape[-1])


def pieces(dim: Dim) -> tuple[Dim, Dim] | None:
    """A length as the sum of two."""
    if len(dim.terms) == 2 and not dim.number_part:
        one, other = (Dim((term,)) for term in dim.terms)
        return one, other
    if dim.is_number and dim.number_part >= 2:
        return ONE, dim - ONE
    return None


@producer("concat", "concat2")
def _concat(grower: Grower, shape: Shape, depth: int) -> Term:
    axes = [axis for axis, dim in enumerate(shape) if pieces(dim)]
    needs(bool(axes))
    axis = grower.rng.choice(axes)
    found = pieces(shape[axis])
    assert found is not None
    args = [grower.make((*shape[:axis], d, *shape[axis + 1 :]), depth) for d in found]
    return grower.term("concat", args, axis)


@producer("slice", "slice2")
def _slice(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(bool(shape))
    source, ranges = list(shape), [(Dim.number(0), dim) for dim in shape]
    for axis in grower.rng.sample(range(len(shape)), grower.rng.choice((1, 1, min(2, len(shape))))):
        before, after = (
            grower.rng.choice((Dim.number(0), ONE, Dim.symbol(grower.rng.choice(SYMBOLS))))
            for _ in range(2)
        )
        ranges[axis] = (before, before + shape[axis])
        source[axis] = before + shape[axis] + after
    return grower.term("slice", (grower.make(tuple(source), depth),), tuple(ranges))


@producer("split")
def _split(grower: Grower, shape: Shape, depth: int) -> Term:
    """Parts of one array, used apart."""
    needs(bool(shape))
    axis = grower.rng.randrange(len(shape))
    source = [*shape]
    source[axis] = shape[axis] + shape[axis]
    whole = grower.make(tuple(source), depth)
    found = []
    for start in (Dim.number(0), shape[axis]):
        ranges = [(Dim.number(0), dim) for dim in shape]
        ranges[axis] = (start, start + shape[axis])
        found.append(grower.term("slice", (whole,), tuple(ranges)))
    if grower.rng.random() < 0.5:
        found[0] = grower.term("tanh", found[:1])
    return grower.term("mul", found, (Fraction(1), (Fraction(1), Fraction(1))))


@producer("expand")
def _expand(grower: Grower, shape: Shape, depth: int) -> Term:
    axes = [axis for axis, dim in enumerate(shape) if dim.is_one]
    needs(bool(axes))
    axis = grower.rng.choice(axes)
    return grower.term("expand", (grower.make((*shape[:axis], *shape[axis + 1 :]), depth),), axis)


@producer("squeeze")
def _squeeze(grower: Grower, shape: Shape, depth: int) -> Term:
    needs(len(shape) < 3)
    count = grower.rng.randint(1, 3 - len(shape))
    axes = tuple(sorted(grower.rng.sample(range(len(shape) + count), count)))
    rest = iter(shape)
    source = tuple(ONE if axis in axes else next(rest) for axis in range(len(shape) + count))
    return grower.term("squeeze", (grower.make(source, depth),), axes)


@producer("einsum", "einsum2")
def _einsum(grower: Grower, shape: Shape, depth: int) -> Term:
    rng = grower.rng
    letters = "ijkl"
    lengths = dict(zip(letters, shape, strict=False))
    result = "".join(lengths)
    for letter in letters[len(shape) : len(shape) + rng.randint(0, 2)]:
        lengths[letter] = grower.dim()
    known = "".join(lengths)
    needs(bool(known))
    operands = [
        "".join(rng.choice(known) for _ in range(rng.randint(1, 3)))
        for _ in range(rng.choice((1, 2, 2, 3)))
    ]
    missing = set(result) - set("".join(operands))
    for letter in sorted(missing):
        place = next((at for at, own in enumerate(operands) if len(own) < 3), None)
        needs(place is not None)
        operands[place or 0] += letter
    args = [grower.make(tuple(lengths[letter] for letter in own), depth) for own in operands]
    order = list(result)
    return grower.term("einsum", args, f"{','.join(operands)}->{''.join(order)}")


def rebuilt(expression: Expression, replacements: Mapping[Term, Term]) -> Expression:
    """The expression with some terms replaced; the nodes are made anew.

    Raises:
        Unfit: a value leaves its bounds.
    """
    grower = Grower(random.Random(0), dict(expression.sizes))
    done: dict[Term, Term] = {}
    stated = {id(term) for term in expression.lines.values()}
    for term in terms_below([expression.result, *expression.lines.values()]):
        if term in replacements:
            done[term] = replacements[term]
        elif term.op == "input":
            done[term] = term
        else:
            args = [done[arg] for arg in term.args]
            data = term.data
            if term.op == "mul":
                coefficient, powers = data
                data = (coefficient, tuple(done.get(power, power) for power in powers))
            done[term] = grower.term(term.op, args, data, term.shape)
    lines = {name: done[term] for name, term in expression.lines.items() if id(term) in stated}
    names = {name: term for name, term in lines.items() if term.op == "name" and term.data == name}
    return assembled(done[expression.result], (), names, expression.sizes)


def fresh_leaf(expression: Expression, term: Term) -> Term:
    """An input with the value of a term, to stand in its place."""
    taken = {*expression.inputs, *expression.lines}
    name = next(f"v{number}" for number in itertools.count(1) if f"v{number}" not in taken)
    node = leaf(name, term.shape, "normal")
    return Term("input", (), (name, "normal"), node, term.value)
