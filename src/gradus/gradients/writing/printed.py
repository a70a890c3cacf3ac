"""What LaTeX and MathML show in the same way: entries with indices, powers of ten."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from gradus.gradients.writing.typeset import UNIT, Axes, Piece, number, symbol


def scientific(piece: Piece) -> Piece:
    """``1e-05`` as a power of ten."""
    digits, _, exponent = piece.data.partition("e")
    if not exponent:
        return piece
    ten = Piece("power", (number(Fraction(10)), number(Fraction(int(exponent)))))
    return ten if digits == "1" else Piece("scaled", (Piece("number", (), digits), ten))


def entry(array: Piece, letters: str) -> Piece:
    """An entry of an array."""
    return Piece("index", (array, *map(symbol, letters))) if letters else array


def picked(piece: Piece) -> Piece:
    """``A[range(N), y]``: in each row n the entry at its place."""
    array, places = piece.parts
    return Piece("index", (array, symbol("n"), entry(places, "n")))


def contracted(piece: Piece) -> Piece:
    """An einsum: the sum over repeated letters of a product of entries."""
    inputs, _, result = piece.data.partition("->")
    operands = zip(piece.parts, inputs.split(","), strict=True)
    body = Piece("dot", tuple(entry(array, letters) for array, letters in operands))
    summed = dict.fromkeys(one for one in inputs if one.isalpha() and one not in result)
    if summed:
        body = Piece("total", (body,), Axes("Σ", None, False, tuple(map(symbol, summed))))
    return entry(body, result)


def fraction_first(piece: Piece) -> Piece:
    """What is long and divided by a number, after a fraction: ``1/2 Σ x²``."""
    top, bottom = piece.parts
    numbers, rest = (top.parts[:-1], top.parts[-1]) if top.kind == "scaled" else ((), top)
    if bottom.rank or not is_long(rest, with_factors=bool(numbers)):
        return piece
    above = Piece("scaled", numbers) if len(numbers) > 1 else (*numbers, UNIT)[0]
    return Piece("scaled", (Piece("over", (above, bottom)), rest), None, piece.rank)


def is_long(piece: Piece, *, with_factors: bool) -> bool:
    """Whether a piece is too long to stand above a line; other factors may stay there."""
    if piece.kind == "inner":
        return len(piece.parts) > 2
    return piece.kind in LONG or (with_factors and (piece.kind == "sum" or piece.rank > 0))


#: Kinds that are long above a line, whatever their parts.
LONG = ("total", "dot", "outer", "times")

#: Kinds that are written by way of others.
REWRITES: Mapping[str, Callable[[Piece], Piece]] = {
    "number": scientific,
    "over": fraction_first,
    "pick": picked,
    "einsum": contracted,
}
