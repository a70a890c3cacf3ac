"""Expressions as they are written: signs, fractions, products; what every printer starts from.

The graph knows sums with coefficients and products with exponents; a reader expects ``a - b``,
``(p - y) / N`` and means. That choice is made here, once, for all formats.
"""

import unicodedata
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.linear import is_symmetric
from gradus.gradients.expressions.nodes import Node, length, product
from gradus.gradients.expressions.recurrence import at_first


class Piece(NamedTuple):
    """A part of a written formula: one of :data:`KINDS`."""

    kind: str
    parts: tuple["Piece", ...] = ()
    data: Any = None
    rank: int = 0  # 0: it stands for a single number

    @property
    def operations(self) -> int:
        """How many operations it takes to write: signs, calls, transposes, indices."""
        inside = sum(part.operations for part in self.parts)
        return inside + (OPERATIONS[self.kind](self) if self.kind in OPERATIONS else 1)


#: Every kind of piece, and what its parts and its data are.
KINDS = {
    # words
    "symbol": "data: a name",
    "number": "data: digits",
    # elementwise
    "neg": "what follows the minus sign",
    "opposite": "the same, where the minus sign is not that of a leading difference",
    "sum": "terms; data: the sign of each",
    "scaled": "single numbers, then what they multiply",
    "times": "arrays, multiplied entry by entry",
    "over": "above the line, below it",
    "power": "base, exponent",
    "root": "what the square root is of",
    "abs": "what the absolute value is of",
    # matrices
    "dot": "factors of a matrix product, the first two multiplied first",
    "inner": "the same, where the result is a single number; the first factor is a vector",
    "outer": "column, row",
    "transpose": "a matrix",
    "permute": "an array; data: its axes in their new order",
    "inverse": "a matrix",
    "inverse_transpose": "a matrix",
    "norm": "an array",
    # calls
    "call": "arguments; data: the function",
    "total": "an array; data: Axes",
    "reduction": "an array; data: Axes",
    "einsum": "operands; data: letters, as in ij,jk->ik",
    "filled": "lengths; data: ones, zeros, eye or causal_bias",
    # choices
    "compare": "left side, right side; data: the sign",
    "indicator": "a condition",
    "cases": "a condition, the value where it holds, the value elsewhere",
    # parts of arrays
    "index": "an array, then what is taken of each axis",
    "pick": "a matrix, the place in each row; data: the number of rows",
    "range": "first and last place, as far as they are given; data: whether each is",
    "new_axis": "nothing",
    "concat": "arrays; data: the axis along which they are joined",
    # recurrences
    "over_time": "what is summed over all times, the name of time",
    "each_time": "what is listed for each time, the name of time, the last time",
}

#: Operations that a kind adds to those of its parts; 1 where it is not listed.
OPERATIONS: dict[str, Callable[[Piece], int]] = {
    **dict.fromkeys(("symbol", "number", "range", "new_axis"), lambda piece: 0),
    **dict.fromkeys(("sum", "scaled", "times", "dot", "inner"), lambda piece: len(piece.parts) - 1),
    "inverse_transpose": lambda piece: 2,
}


class Axes(NamedTuple):
    """What a reduction goes over."""

    name: str  # sum, mean, amax, logsumexp
    axes: tuple[int, ...] | None  # None: all of them
    keep: bool  # whether they stay, with length 1
    lengths: tuple[Piece, ...]


def typeset(node: Node) -> Piece:
    """A node as a written formula."""
    return WRITERS.get(node.op, _call)(node)._replace(rank=node.rank)


def operations(node: Node) -> int:
    """The operations that it takes to write a node down."""
    return typeset(node).operations


def _all(nodes: Sequence[Node]) -> tuple[Piece, ...]:
    return tuple(map(typeset, nodes))


def _plain(kind: str) -> Callable[[Node], Piece]:
    """How to write an operation that is a kind of its own."""
    return lambda node: Piece(kind, _all(node.args), node.data)


# words


def symbol(name: str) -> Piece:
    """A name, accents joined to their letters."""
    return Piece("symbol", (), unicodedata.normalize("NFC", name))


def number(value: Fraction) -> Piece:
    """A number: a decimal or, where it has none that is short, a ratio."""
    if value < 0:
        return _negated(number(-value))
    if value.denominator == 1 or decimal(value):
        return Piece("number", (), decimal(value) or str(value))
    top, bottom = (Piece("number", (), str(part)) for part in value.as_integer_ratio())
    return Piece("over", (top, bottom))


def decimal(value: Fraction) -> str | None:
    """A number as a short decimal; halves and thirds stay ratios.

    >>> decimal(Fraction(1, 10)), decimal(Fraction(1, 2)), decimal(Fraction(1, 3))
    ('0.1', None, None)
    """
    if value.denominator <= 9:
        return str(value.numerator) if value.denominator == 1 else None
    text = repr(float(value))
    return text if Fraction(text) == value else None


def dimension(dim: Dim) -> Piece:
    """The length of an axis."""
    terms = [(_times([number(Fraction(abs(n))), symbol(name)]), n) for name, n in dim.terms]
    if dim.number_part or not terms:
        terms.append((number(Fraction(abs(dim.number_part))), dim.number_part))
    return _signed(terms)


# sums and products


def _sum(node: Node) -> Piece:
    return _signed(
        [
            (typeset(product((term,), coefficient=abs(count))), count)
            for term, count in zip(node.args, node.data, strict=True)
        ]
    )


def _signed(terms: Sequence[tuple[Piece, Any]]) -> Piece:
    """The sum of some pieces, each with a number whose sign is its own; a positive one leads."""
    lead = next((place for place, (_, count) in enumerate(terms) if count > 0), 0)
    ordered = [terms[lead], *terms[:lead], *terms[lead + 1 :]]
    parts = [part for part, _ in ordered]
    signs = ["-" if count < 0 else "+" for _, count in ordered]
    if signs[0] == "-":
        parts[0], signs[0] = _negated(parts[0]), "+"
    return Piece("sum", tuple(parts), tuple(signs)) if len(parts) > 1 else parts[0]


def _negated(piece: Piece) -> Piece:
    # -(a - b) / N is (b - a) / N to a reader, and not the opposite of (a - b) / N
    apart = piece.kind != "sum" and _difference_leads(piece)
    return Piece("opposite" if apart else "neg", (piece,), None, piece.rank)


def _difference_leads(piece: Piece) -> bool:
    while piece.kind in ("over", "scaled", "times", "dot", "inner"):
        piece = piece.parts[0]
    return piece.kind == "sum" and "-" in piece.data


def _product(node: Node) -> Piece:
    coefficient, exponents = node.data
    powers = dict(zip(node.args, exponents, strict=True))
    averaged, mean = _as_mean(powers)
    size = abs(coefficient)
    if decimal(size):
        above, below = [number(size)], []
    else:
        above, below = [[number(Fraction(part))] for part in size.as_integer_ratio()]
    for base, power in powers.items():
        negative = isinstance(power, Fraction) and power < 0
        written = mean if base is averaged else _power(base, -power if negative else power)
        (below if negative else above).append(written)
    if coefficient < 0:
        above.sort(key=_difference_leads)
    top = _times(above)
    whole = Piece("over", (top, _times(below))) if below else top
    return _negated(whole) if coefficient < 0 else whole


UNIT = Piece("number", (), "1")


def _times(factors: Sequence[Piece]) -> Piece:
    """Single numbers in front of the entrywise product of arrays."""
    rank = max((factor.rank for factor in factors), default=0)
    numbers = [factor for factor in factors if not factor.rank and factor != UNIT]
    arrays = [factor for factor in factors if factor.rank]
    last = [Piece("times", tuple(arrays), None, rank)] if len(arrays) > 1 else arrays
    parts = (*numbers, *last)
    if not parts:
        return UNIT
    return Piece("scaled", parts, None, rank) if len(parts) > 1 else parts[0]


def _power(base: Node, power: Any) -> Piece:
    written, rank = typeset(base), base.rank
    if power == 1:
        return written
    if power == Fraction(1, 2):
        return Piece("root", (written,), None, rank)
    exponent = number(power) if isinstance(power, Fraction) else typeset(power)
    return Piece("power", (written, exponent), None, max(rank, exponent.rank))


def _as_mean(powers: dict[Node, Any]) -> tuple[Node | None, Piece]:
    """A sum divided by its own length, and the mean; the length is taken from ``powers``."""
    for base, power in powers.items():
        if base.op != "sum" or power != 1:
            continue
        shape, (axes, keep) = base.args[0].shape, base.data
        lengths = [length(shape[axis]) for axis in axes if not shape[axis].is_number]
        known = len(lengths) == len(axes) and len(set(lengths)) == len(lengths)
        if known and all(powers.get(one) == -1 for one in lengths):
            for one in lengths:
                del powers[one]
            return base, _reduction("mean", base.args[0], axes, keep=keep)
    return None, UNIT


# matrices


def _matmul(node: Node) -> Piece:
    factors = list(node.args)
    if not node.rank and factors[0].op == "matmul" and is_symmetric(factors[0].args[0]):
        matrix, vector = factors[0].args  # (S x) y is written x S y
        return Piece("inner", _all((vector, matrix, factors[1])))
    while factors[0].op == "matmul":
        factors[:1] = factors[0].args
    if node.rank:
        return Piece("dot", _all(factors))
    # a b for vectors, or a X b; but (W x) b, as W is no vector
    return Piece("inner", _all(factors if factors[0].rank == 1 else node.args))


def _transpose(node: Node) -> Piece:
    (source,) = node.args
    if node.rank != 2:
        return Piece("permute", _all(node.args), node.data)
    if source.op == "inv":
        return Piece("inverse_transpose", _all(source.args))
    return Piece("transpose", _all(node.args))


# calls


def _call(node: Node) -> Piece:
    return Piece("call", _all(node.args), NAMES.get(node.op, node.op))


#: Names in the notation that are not those of the operation.
NAMES = {"logsoftmax": "log_softmax", "diagonal": "diag"}


def _reducer(name: str) -> Callable[[Node], Piece]:
    return lambda node: _reduction(name, node.args[0], node.data[0], keep=node.data[1])


def _reduction(name: str, source: Node, axes: Sequence[int], *, keep: bool) -> Piece:
    lengths = tuple(dimension(source.shape[axis]) for axis in axes)
    told = tuple(axes) if len(axes) < source.rank or (keep and axes) else None
    kind = "total" if name == "sum" else "reduction"
    rank = source.rank if keep else source.rank - len(axes)
    return Piece(kind, (typeset(source),), Axes(name, told, keep, lengths), rank)


def _filled(node: Node) -> Piece:
    square = node.op in ("eye", "causal_bias")
    return Piece("filled", tuple(map(dimension, node.shape[: 1 if square else None])), node.op)


# parts of arrays

WHOLE = Piece("range", (), (False, False))


def _slice(node: Node) -> Piece:
    places = _ranges(node)
    while places[-1] == WHOLE and len(places) > 1:
        places.pop()
    return _indexed(node.args[0], places)


def _ranges(node: Node) -> list[Piece]:
    """What a slice takes of each axis."""
    places = []
    for (start, stop), whole in zip(node.data, node.args[0].shape, strict=True):
        given = (start != Dim.number(0), stop != whole)
        bounds = [dim for dim, told in zip((start, stop), given, strict=True) if told]
        places.append(Piece("range", tuple(map(dimension, bounds)), given))
    return places


def _indexed(array: Node, places: Sequence[Piece]) -> Piece:
    """An index, joined with the one before where that is of earlier axes: ``A[1:, 2]``."""
    written = typeset(array)
    if array.op in ("slice", "squeeze", "expand") and written.kind == "index":
        source, *earlier = written.parts
        while earlier[-1] == WHOLE:
            earlier.pop()
        axes = sum(place.kind in ("range", "new_axis") for place in earlier)  # that they leave
        if all(place == WHOLE for place in places[:axes]):
            return Piece("index", (source, *earlier, *places[axes:]))
    return Piece("index", (written, *places))


def _expand(node: Node) -> Piece:
    places = [WHOLE] * node.rank
    places[node.data] = Piece("new_axis")
    return _indexed(node.args[0], places)


def _squeeze(node: Node) -> Piece:
    (source,), axes = node.args, node.data
    if len(axes) > 1:  # one index after the other would be several operations
        return _reduction("sum", source, axes, keep=False)
    (axis,) = axes
    places, at = [WHOLE] * source.rank, Dim.number(0)
    if source.op == "slice" and not source.args[0].shape[axis].is_one:  # x[2], not x[2:3][0]
        places, at, source = _ranges(source), source.data[axis][0], source.args[0]
    places[axis] = dimension(at)
    return _indexed(source, places)


def _line_of_scan(node: Node) -> Piece:
    """A line of a recurrence at all times: its name."""
    return symbol(node.data)


def _last_of_scan(node: Node) -> Piece:
    return Piece("index", (symbol(node.data), dimension(node.args[0].data.length)))


def _gradient_over_time(node: Node) -> Piece:
    """The formula of one time: summed over all, listed for each, or at the first."""
    back, part = node.args[0].data, node.data
    cell, answer = back.cell, back.answer(part)
    if part in cell.sequences:
        times = (symbol(cell.time), dimension(cell.length))
        return Piece("each_time", (typeset(answer), *times))
    if part in cell.shared:
        return Piece("over_time", (typeset(answer), symbol(cell.time)))
    return typeset(at_first(answer, cell.time))


#: How each operation is written; one that is not here is a call by its own name.
WRITERS: dict[str, Callable[[Node], Piece]] = {
    "add": _sum,
    "mul": _product,
    "const": lambda node: number(node.data),
    "input": lambda node: symbol(node.data[0]),
    "name": lambda node: symbol(node.data),
    "length": lambda node: dimension(node.data),
    "pi": lambda node: symbol("pi"),
    "abs": _plain("abs"),
    "matmul": _matmul,
    "outer": _plain("outer"),
    "transpose": _transpose,
    "inv": _plain("inverse"),
    "norm": _plain("norm"),
    "sum": _reducer("sum"),
    "amax": _reducer("amax"),
    "lse": _reducer("logsumexp"),
    "einsum": _plain("einsum"),
    **dict.fromkeys(("ones", "zeros", "eye", "causal_bias"), _filled),
    "compare": _plain("compare"),
    "ind": _plain("indicator"),
    "where": _plain("cases"),
    "gather": _plain("index"),
    "pick": lambda node: Piece("pick", _all(node.args), dimension(node.shape[0])),
    "onehot": lambda node: Piece("call", (*_all(node.args), dimension(node.data)), "onehot"),
    "slice": _slice,
    "expand": _expand,
    "squeeze": _squeeze,
    "concat": _plain("concat"),
    "scan_all": _line_of_scan,
    "scan_last": _last_of_scan,
    "scan_grad": _gradient_over_time,
}
