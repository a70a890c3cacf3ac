"""The meaning of every operation in indices: one entry of its value, from entries of its arguments.

Nothing here knows the rules of matrices: ``(A @ B)_ij`` is the sum ``Σ_k A_ik B_kj``.
"""

from collections.abc import Sequence
from fractions import Fraction

from gradus.gradients.elements.algebra import (
    ONE,
    ZERO,
    applied,
    matched,
    negated,
    number,
    plus,
    power,
    times,
)
from gradus.gradients.elements.reader import ENTRIES, Opened, means
from gradus.gradients.elements.sums import largest
from gradus.gradients.elements.tree import (
    FIRST,
    START,
    Element,
    Entry,
    Holds,
    Index,
    Length,
    Place,
    Places,
)
from gradus.gradients.expressions.contractions import letter_lengths, read_spec
from gradus.gradients.expressions.dims import Shape
from gradus.gradients.expressions.evaluate import MASKED
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.nodes import Node

ENTRIES["const"] = lambda one, places: number(one.node.data)
ENTRIES["length"] = lambda one, places: Length(one.node.data)
ENTRIES["pi"] = lambda one, places: Entry(one.node, ())
ENTRIES["ones"] = lambda one, places: ONE
ENTRIES["zeros"] = lambda one, places: ZERO
ENTRIES["name"] = lambda one, places: one.part(0, places)
ENTRIES["eye"] = lambda one, places: matched(places[0], "=", places[1])


@means("causal_bias")
def _causal_bias(one: Opened, places: Places) -> Element:
    return times((matched(places[0], "<", places[1]),), Fraction(MASKED))


# elementwise


@means("add")
def _add(one: Opened, places: Places) -> Element:
    return plus((one.fitted(at, places) for at in range(len(one.node.args))), one.node.data)


@means("mul")
def _product(one: Opened, places: Places) -> Element:
    coefficient, exponents = one.node.data
    factors, at = [], len(one.node.args)
    for place, exponent in enumerate(exponents):
        if isinstance(exponent, Node):
            up, at = one.fitted(at, places), at + 1
        else:
            up = number(exponent)
        factors.append(power(one.fitted(place, places), up))
    return times(factors, coefficient)


@means(*FUNCTIONS)
def _function(one: Opened, places: Places) -> Element:
    return applied(one.node.op, one.part(0, places))


@means("leaky_relu")
def _leaky_relu(one: Opened, places: Places) -> Element:
    above = Holds(one.part(0, places), ">", ZERO)
    below = times((one.fitted(1, places), one.part(0, places)))
    return plus((times((above, one.part(0, places))), times((negated(above), below))))


@means("maximum", "minimum")
def _extreme(one: Opened, places: Places) -> Element:
    name = {"maximum": "max", "minimum": "min"}[one.node.op]
    return applied(name, one.fitted(0, places), one.fitted(1, places))


@means("compare")
def _compare(one: Opened, places: Places) -> Element:
    return Holds(one.fitted(0, places), one.node.data, one.fitted(1, places))


@means("ind")
def _indicator(one: Opened, places: Places) -> Element:
    return one.part(0, places)


@means("where")
def _where(one: Opened, places: Places) -> Element:
    condition = one.fitted(0, places)
    if not isinstance(condition, Holds):
        condition = Holds(condition, "!=", ZERO)
    yes, no = one.fitted(1, places), one.fitted(2, places)
    return plus((times((condition, yes)), times((negated(condition), no))))


# matrices


@means("matmul")
def _matmul(one: Opened, places: Places) -> Element:
    left, right = one.node.args
    row = () if left.rank == 1 else places[len(places) - 1 - (right.rank > 1) :][:1]
    column = () if right.rank == 1 else places[-1:]
    lead = places[: len(places) - len(row) - len(column)]
    return one.over(
        left.shape[-1:],
        lambda k: times((_batch(one, 0, (*lead, *row, k)), _batch(one, 1, (*lead, k, *column)))),
    )


def _batch(one: Opened, at: int, places: Places) -> Element:
    """An argument of a product of matrices, whose leading axes are broadcast."""
    shape = one.args[at].shape
    own = places[len(places) - len(shape) :]
    lead = zip(shape[:-2], own[:-2], strict=True)
    whole = (*(FIRST if size.is_one else place for size, place in lead), *own[-2:])
    return one.part(at, whole)


@means("outer")
def _outer(one: Opened, places: Places) -> Element:
    return times((one.part(0, places[:1]), one.part(1, places[1:])))


@means("transpose")
def _transpose(one: Opened, places: Places) -> Element:
    inner = dict(zip(one.node.data, places, strict=True))
    return one.part(0, tuple(inner[axis] for axis in range(len(places))))


@means("tr")
def _trace(one: Opened, places: Places) -> Element:
    return one.over(one.args[0].shape[:1], lambda i: one.part(0, (i, i)))


@means("diag")
def _diag(one: Opened, places: Places) -> Element:
    return times((one.part(0, places[:1]), matched(places[0], "=", places[1])))


@means("diagonal")
def _diagonal(one: Opened, places: Places) -> Element:
    return one.part(0, places * 2)


@means("einsum")
def _einsum(one: Opened, places: Places) -> Element:
    inputs, result = read_spec(one.node.data, one.args)
    lengths = letter_lengths(one.node.data, inputs, result, one.args)
    at = dict(zip(result, places, strict=True))
    rest = [letter for letter in lengths if letter not in at]

    def product(*inner: Place) -> Element:
        known = at | dict(zip(rest, inner, strict=True))
        return times(
            one.part(place, tuple(known[letter] for letter in letters))
            for place, letters in enumerate(inputs)
        )

    return one.over(tuple(lengths[letter] for letter in rest), product)


# reductions


def _axes(one: Opened) -> tuple[tuple[int, ...], Shape]:
    axes = one.node.data[0]
    return axes, tuple(one.args[0].shape[axis] for axis in axes)


def _among(one: Opened, places: Places, inner: Sequence[Place]) -> Places:
    """The places of the argument: ``inner`` on the axes that are reduced."""
    axes, keep = one.node.data
    own = dict(zip(axes, inner, strict=True))
    rest = iter(p for at, p in enumerate(places) if not keep or at not in axes)
    return tuple(own[at] if at in own else next(rest) for at in range(one.args[0].rank))


@means("sum")
def _sum(one: Opened, places: Places) -> Element:
    return one.over(_axes(one)[1], lambda *inner: one.part(0, _among(one, places, inner)))


@means("lse")
def _lse(one: Opened, places: Places) -> Element:
    def body(*inner: Place) -> Element:
        return applied("exp", one.part(0, _among(one, places, inner)))

    return applied("log", one.over(_axes(one)[1], body))


@means("amax")
def _amax(one: Opened, places: Places) -> Element:
    inner = one.reader.letters.places(_axes(one)[1])
    indices = tuple(place.base for place in inner if isinstance(place.base, Index))
    return largest(indices, one.part(0, _among(one, places, inner)))


@means("norm")
def _norm(one: Opened, places: Places) -> Element:
    squares = one.over(one.args[0].shape, lambda *inner: power(one.part(0, inner), number(2)))
    return power(squares, number(Fraction(1, 2)))


def _sum_of_powers(one: Opened, places: Places) -> Element:
    """``Σ exp z`` along the last axis."""
    size = one.args[0].shape[-1:]
    return one.over(size, lambda k: applied("exp", one.part(0, (*places[:-1], k))))


@means("softmax")
def _softmax(one: Opened, places: Places) -> Element:
    whole = power(_sum_of_powers(one, places), number(-1))
    return times((applied("exp", one.part(0, places)), whole))


@means("logsoftmax")
def _logsoftmax(one: Opened, places: Places) -> Element:
    return plus((one.part(0, places), applied("log", _sum_of_powers(one, places))), (1, -1))


@means("CE")
def _cross_entropy(one: Opened, places: Places) -> Element:
    def body(*inner: Place) -> Element:
        return times((one.part(1, inner), applied("log", one.part(0, inner))))

    return times((one.over(one.args[0].shape, body),), -1)


# rows and parts


def _looked_up(one: Opened, places: Places) -> Place:
    """The place that an entry of an index names."""
    return Place(Entry(one.args[-1], places))


@means("gather")
def _gather(one: Opened, places: Places) -> Element:
    rank = one.args[1].rank
    return one.part(0, (_looked_up(one, places[:rank]), *places[rank:]))


@means("pick")
def _pick(one: Opened, places: Places) -> Element:
    return one.part(0, (*places, _looked_up(one, places)))


@means("onehot")
def _onehot(one: Opened, places: Places) -> Element:
    return matched(_looked_up(one, places[:-1]), "=", places[-1])


@means("concat")
def _concat(one: Opened, places: Places) -> Element:
    axis, start, found = one.node.data, START, []
    here = places[axis]
    for at, arg in enumerate(one.args):
        stop = start + arg.shape[axis]
        if arg.shape[axis].is_one:
            inner, brackets = FIRST, [matched(here, "=", Place(None, start))]
        else:
            ends = ((">=", start), ("<", stop))
            inner = here.moved(start * -1)
            brackets = [matched(here, sign, Place(None, end)) for sign, end in ends]
        own = one.part(at, (*places[:axis], inner, *places[axis + 1 :]))
        found.append(times((*brackets, own)))
        start = stop
    return plus(found)


@means("slice")
def _slice(one: Opened, places: Places) -> Element:
    moved = (place.moved(start) for place, (start, _) in zip(places, one.node.data, strict=True))
    return one.part(0, tuple(moved))


@means("expand")
def _expand(one: Opened, places: Places) -> Element:
    axis = one.node.data
    return one.part(0, (*places[:axis], *places[axis + 1 :]))


@means("squeeze")
def _squeeze(one: Opened, places: Places) -> Element:
    rest = iter(places)
    rank = one.args[0].rank
    return one.part(0, tuple(FIRST if at in one.node.data else next(rest) for at in range(rank)))
