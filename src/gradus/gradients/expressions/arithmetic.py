"""Elementwise sums and products, each as one flat list with exact coefficients."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from gradus.core.errors import NotationError
from gradus.gradients.expressions.dims import Shape, broadcast, show_shape
from gradus.gradients.expressions.nodes import (
    LEFT,
    RIGHT,
    Node,
    build,
    builder,
    clash,
    const,
    intern,
    is_zero,
    ones,
    product,
    total,
    zeros,
)

ZERO, UNIT = Fraction(0), Fraction(1)

#: Exact numbers have no more bits above or below the line than this.
MOST_BITS = 1024

#: An exponent: a number, or a node that stands for one.
Exponent = Fraction | Node


def joint_shape(what: str, args: Iterable[Node]) -> Shape:
    """The shape of an elementwise operation.

    Raises:
        ShapeError: with both shapes, and where a new axis would help, how to write it.
    """
    shape: Shape = ()
    for arg in args:
        found = broadcast(shape, arg.shape)
        if found is None:
            one, other = show_shape(shape), show_shape(arg.shape)
            raise clash(
                f"cannot broadcast {one} with {other} in {what}",
                (LEFT, shape),
                (RIGHT, arg.shape),
                hint=broadcast_hint(shape, arg.shape),
            )
        shape = found
    return shape


def broadcast_hint(one: Shape, other: Shape) -> str:
    """How two shapes that clash could be meant."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    side = RIGHT if longer is one else LEFT
    if len(longer) == 2 and len(shorter) == 1 and longer[0] == shorter[0]:
        return (
            f"the trailing axis {longer[1]} meets {shorter[0]}; write {side}[:, None] to make it a "
            "column"
        )
    if len(longer) == len(shorter) == 2 and longer == tuple(reversed(shorter)):
        return "did you mean the transpose (.T) of one of them?"
    pairs = zip(reversed(longer), reversed(shorter), strict=False)
    first, second = next((a, b) for a, b in pairs if a != b and not a.is_one and not b.is_one)
    return f"{first} and {second} would have to be the same length, or one of them 1"


# sums


@builder("add")
def add(args: tuple[Node, ...], coefficients: tuple[Fraction, ...]) -> Node:
    """``Σ coefficient · term``: flat, like terms together, zeros left out."""
    shape = joint_shape("a sum", args)
    counts: dict[Node, Fraction] = {}
    for arg, coefficient in zip(args, coefficients, strict=True):
        for term, share in _terms(arg):
            counts[term] = counts.get(term, ZERO) + coefficient * share
    terms = {term: count for term, count in counts.items() if count}
    terms = _plain_ones(terms, shape)
    _sigmoid_of_negative(terms)
    if not terms:
        return zeros(shape)
    if len(terms) == 1:
        ((term, count),) = terms.items()
        return filled(_scaled(term, count), shape)
    if all(count < 0 for count in terms.values()):
        negated = tuple(-count for count in terms.values())
        return filled(product((add(tuple(terms), negated),), coefficient=-UNIT), shape)
    found = joint_shape("a sum", terms)
    node = intern("add", tuple(terms), tuple(terms.values()), found, frozenset(terms.items()))
    return filled(node, shape)


def _terms(node: Node) -> Iterable[tuple[Node, Fraction]]:
    if node.op == "add":
        return zip(node.args, node.data, strict=True)
    if is_zero(node):
        return ()
    if node.op == "const":
        return ((const(1), node.data),)
    if node.op == "mul":
        coefficient, exponents = node.data
        if coefficient != 1:
            rest = product(node.args, exponents)
            if rest.op == "add" and coefficient == -1:  # a - (b + c) is a - b - c
                return tuple((term, -share) for term, share in _terms(rest))
            return ((rest, coefficient),)
    return ((node, UNIT),)


def _plain_ones(terms: dict[Node, Fraction], shape: Shape) -> dict[Node, Fraction]:
    """``x - ones(N)`` is ``x - 1``, and ``1 - ones(N)`` is 0: what is full of ones is the number 1.

    Ones stay where no other term has the whole shape.
    """
    if not any(term.op == "ones" for term in terms):
        return terms
    plain: dict[Node, Fraction] = {}
    for term, count in terms.items():
        bare = const(1) if term.op == "ones" else term
        plain[bare] = plain.get(bare, ZERO) + count
    plain = {term: count for term, count in plain.items() if count}
    return plain if not plain or joint_shape("a sum", plain) == shape else terms


def _scaled(term: Node, count: Fraction) -> Node:
    return term if count == 1 else product((term,), coefficient=count)


def _sigmoid_of_negative(terms: dict[Node, Fraction]) -> None:
    """``1 - σ(-u)`` is ``σ(u)``."""
    for term, count in tuple(terms.items()):
        if count == -1 and term.op == "sigmoid" and terms.get(const(1)) == 1:
            inside = term.args[0]
            if inside.op == "mul" and inside.data[0] < 0:
                del terms[term], terms[const(1)]
                flipped = build("sigmoid", (-inside,))
                terms[flipped] = terms.get(flipped, ZERO) + 1
                return


def filled(node: Node, shape: Shape) -> Node:
    """``node``, stretched to ``shape`` where it is smaller."""
    return node if node.shape == shape else product((node, ones(shape)))


# products


@builder("mul")
def mul(args: tuple[Node, ...], data: tuple[Fraction, tuple[Exponent, ...]]) -> Node:
    """``coefficient · Π base^exponent``: flat, equal bases together, scalars first."""
    coefficient, exponents = data
    shape = joint_shape("a product", (*args, *(e for e in exponents if isinstance(e, Node))))
    powers: dict[Node, Any] = {}
    for arg, exponent in zip(args, exponents, strict=True):
        for base, power in _factors(arg, exponent):
            if base.op == "const" and isinstance(power, Fraction):
                number = _exact_power(base.data, power)
                if number is not None:
                    coefficient *= number
                    continue
            if base.op == "zeros":
                return zeros(shape)
            if base.op != "ones":  # they come back below if nothing else has the whole shape
                powers[base] = plus(powers.get(base, ZERO), power)
    if not coefficient:
        return zeros(shape)
    if max(abs(coefficient.numerator), coefficient.denominator).bit_length() > MOST_BITS - 2:
        raise NotationError("a product of numbers is too large to be kept exactly")
    bases = [base for base, power in powers.items() if power != ZERO]
    found: Shape = ()
    for base in bases:
        found = broadcast(found, factor_shape(base, powers[base])) or found
    if found != shape:  # what had the whole shape has cancelled
        filler = ones(shape)
        if filler.op == "ones":
            bases.append(filler)
            powers[filler] = UNIT
    bases.sort(key=lambda base: bool(base.shape))
    if not bases:
        return const(coefficient)
    if len(bases) == 1 and powers[bases[0]] == 1:
        (base,) = bases
        if coefficient == 1:
            return base
        if base.op == "add" and coefficient == -1 and any(c < 0 for c in base.data):
            return add(base.args, tuple(-c for c in base.data))
    power_list = tuple(powers[base] for base in bases)
    key = (coefficient, frozenset(zip(bases, power_list, strict=True)))
    return intern("mul", tuple(bases), (coefficient, power_list), shape, key)


def _factors(node: Node, exponent: Exponent) -> Iterable[tuple[Node, Exponent]]:
    """``node ** exponent`` as powers."""
    if node.op == "const" and exponent == 1:
        return ((node, UNIT),)
    if node.op != "mul":
        return ((node, exponent),)
    coefficient, exponents = node.data
    whole = isinstance(exponent, Fraction) and exponent.denominator == 1
    if not whole and not (len(node.args) == 1 and coefficient == 1 and is_positive(node.args[0])):
        scalars = coefficient if coefficient > 0 else UNIT
        if scalars == 1:
            return ((node, exponent),)
        rest = product(node.args, exponents, coefficient / scalars)
        return ((const(scalars), exponent), (rest, exponent))
    powers = [
        (base, times(power, exponent)) for base, power in zip(node.args, exponents, strict=True)
    ]
    return ((const(coefficient), exponent), *powers)


def is_positive(node: Node) -> bool:
    """Whether powers of powers may be joined: the base is known to be positive."""
    return node.op in ("exp", "sigmoid", "softmax", "length", "norm") or (
        node.op == "input" and node.data[1] in ("pos", "unit")
    )


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator == 1:
        if not base and exponent < 0:
            raise NotationError("division by the number 0")
        size = max(abs(base.numerator), base.denominator).bit_length()
        if size * abs(exponent.numerator) <= MOST_BITS or base in (0, 1, -1):
            return Fraction(base**exponent.numerator)
        raise NotationError(f"({base})**({exponent}) is too large a number to be kept exactly")
    if base in (0, 1):
        return base
    return None


def plus(one: Exponent, other: Exponent) -> Exponent:
    """The sum of two exponents."""
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one + other
    return _plain(total((_node(one), _node(other))))


def minus(one: Exponent, other: Exponent) -> Exponent:
    """The difference of two exponents."""
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one - other
    return _plain(_node(one) - _node(other))


def times(one: Exponent, other: Exponent) -> Exponent:
    """The product of two exponents."""
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one * other
    return _plain(product((_node(one), _node(other))))


def _node(exponent: Exponent) -> Node:
    return exponent if isinstance(exponent, Node) else const(exponent)


def _plain(node: Node) -> Exponent:
    return node.data if node.op == "const" else node


def factors(node: Node) -> tuple[Fraction, dict[Node, Exponent]]:
    """Any node as a product: its coefficient, and its bases with their exponents."""
    if node.op == "const":
        return node.data, {}
    if node.op == "mul":
        return node.data[0], dict(zip(node.args, node.data[1], strict=True))
    return UNIT, {node: UNIT}


def factor_shape(base: Node, exponent: Exponent) -> Shape:
    """The shape of ``base ** exponent``: that of the base, unless the exponent has one too."""
    if not isinstance(exponent, Node):
        return base.shape
    return joint_shape("a power", (base, exponent))


def from_factors(coefficient: Fraction, powers: dict[Node, Exponent]) -> Node:
    """The product with these :func:`factors`."""
    return product(tuple(powers), tuple(powers.values()), coefficient)


def terms_of(node: Node) -> list[tuple[Node, Fraction]]:
    """Any node as a sum: its terms with their coefficients."""
    return list(_terms(node))


def without_ones(node: Node) -> Node:
    """A product without its factors of ones: of a smaller shape where nothing else has the axes."""
    coefficient, powers = factors(node)
    kept = {base: power for base, power in powers.items() if base.op != "ones"}
    return node if len(kept) == len(powers) else from_factors(coefficient, kept)
