"""Sums and products as Python: numbers first, small arrays before large ones."""

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

from gradus.gradients.codegen.chains import cheaper, volume
from gradus.gradients.codegen.codes import (
    ATOM,
    DOT,
    NEG,
    PRODUCT,
    SUM,
    Code,
    negated,
    number,
    power,
)
from gradus.gradients.codegen.kernels import rebuilt
from gradus.gradients.codegen.writer import Writer
from gradus.gradients.expressions.dims import Shape, broadcast
from gradus.gradients.expressions.nodes import Node, build, product

HALF = Fraction(1, 2)


def sum_code(writer: Writer, node: Node) -> Code:
    """``a - b + 2 * c``, a positive term first; what is small is added up first."""
    terms = list(zip(node.args, node.data, strict=True))
    small, rest = small_first(terms, node.shape)
    if small and all(count < 0 for _, count in small):
        inner = _sum(writer, [(term, -count) for term, count in small])
        lead = _sum(writer, rest)
        last = f"- {inner.inside(DOT)}"
        return Code(f"{lead.text} {last}", SUM, (*(lead.terms or (lead.text,)), last))
    return _sum(writer, [*small, *rest])


def _sum(writer: Writer, terms: Sequence[tuple[Node, Fraction]]) -> Code:
    terms = list(terms)
    lead = next((place for place, (_, count) in enumerate(terms) if count > 0), 0)
    terms.insert(0, terms.pop(lead))
    (term, count), *rest = terms
    first = writer.code(product((term,), coefficient=count))
    if not rest:
        return first
    texts = [first.inside(DOT)]
    for term, count in rest:
        code = writer.code(product((term,), coefficient=abs(count)))
        texts.append(f"{'-' if count < 0 else '+'} {code.inside(DOT)}")
    return Code(" ".join(texts), SUM, tuple(texts))


Items = list[tuple[Node, Any]]


def small_first(items: Sequence[tuple[Node, Any]], shape: Shape) -> tuple[Items, Items]:
    """Terms or factors of a smaller shape, if there are several of one, and all others.

    ``1 - m + X`` subtracts in the shape of ``m`` and adds once in that of ``X``.
    """
    shapes = dict.fromkeys(item.shape for item, _ in items)
    small = [one for one in shapes if one != shape and _several(one, items, shape)]
    if not small:
        return [], list(items)
    most = max(small, key=len)
    first = [item for item in items if broadcast(item[0].shape, most) == most]
    return first, [item for item in items if item not in first]


def _several(one: Shape, items: Sequence[tuple[Node, Any]], shape: Shape) -> bool:
    """Whether a shape, with others that fit into it, comes more than once, and is smaller."""
    inside = [item for item, _ in items if broadcast(item.shape, one) == one]
    return len(inside) > 1 and cheaper(volume(one), volume(shape))


def product_code(writer: Writer, node: Node) -> Code:
    """A product: numbers are multiplied and divided first, and sit where they cost least."""
    node = without_sign(writer, node)
    if node.op != "mul":
        return writer.code(node)
    coefficient, exponents = node.data
    powers = list(zip(node.args, exponents, strict=True))
    scalars = [(base, exponent) for base, exponent in powers if not base.rank]
    arrays = [(base, exponent) for base, exponent in powers if base.rank]
    if not arrays:
        return _quotient(writer, coefficient, powers)
    small, rest = small_first([(b, e) for b, e in arrays if not _is_below(e)], node.shape)
    above = [*small, *rest]
    below = [_power(writer, b, -e) for b, e in arrays if _is_below(e)]
    tops, bottoms = _over_and_under(writer, abs(coefficient), scalars, arrays=True)
    numerator, denominator = _times(tops), _times(bottoms)
    if numerator or denominator:
        above.sort(key=lambda item: not cheaper(volume(item[0].shape), volume(node.shape)))
    above.sort(key=lambda item: item[0].op == "ind")
    tops = [_array(writer, base, exponent, node) for base, exponent in above]
    if denominator and numerator:
        tops.insert(0, Code(f"{numerator.inside(PRODUCT)} / {denominator.inside(NEG)}", PRODUCT))
    elif numerator:
        tops.insert(0, numerator)
    elif denominator and len(above) > 1 and cheaper(volume(above[0][0].shape), volume(node.shape)):
        tops[0] = Code(f"{tops[0].inside(PRODUCT)} / {denominator.inside(NEG)}", PRODUCT)
    elif denominator:
        below.append(denominator)  # δ / N
    if coefficient < 0:
        tops = [negated(tops[0]), *tops[1:]] if tops else [Code("-1", NEG)]
    return _fraction(tops or [Code("1")], below)


def without_sign(writer: Writer, node: Node) -> Node:
    """``-a * (b - c)`` is ``a * (c - b)``: the sign is free where a difference is near."""
    coefficient, exponents = node.data
    if coefficient > 0:
        return node
    for place, (base, exponent) in enumerate(zip(node.args, exponents, strict=True)):
        flipped = _flipped(writer, base) if exponent == 1 else None
        if flipped is not None:
            args = [*node.args[:place], flipped, *node.args[place + 1 :]]
            return product(args, exponents, -coefficient)
    return node


def _typed(writer: Writer, whole: Node) -> bool:
    """Whether a product has a factor that gives conditions their type."""
    return any(
        base.op != "ind" and not writer.is_number(base) and not _is_below(exponent)
        for base, exponent in zip(whole.args, whole.data[1], strict=True)
    )


def _flipped(writer: Writer, node: Node) -> Node | None:
    """The negative of a difference, or of a sum of differences, at no cost."""
    if node in writer.identifiers:
        return None
    if node.op == "add" and min(node.data) < 0 < max(node.data):
        return build("add", node.args, tuple(-count for count in node.data))
    if node.op in ("sum", "sumall"):
        inside = _flipped(writer, node.args[0])
        return None if inside is None else rebuilt(node, [inside])
    return None


def _array(writer: Writer, base: Node, exponent: Any, whole: Node) -> Code:
    """A factor; a condition takes the type of numbers from a factor beside it."""
    bare = base.op == "ind" and base not in writer.identifiers and exponent == 1
    if bare and _typed(writer, whole):
        return Code(writer.text(base.args[0]), -1 if base.args[0].op == "compare" else ATOM)
    return _power(writer, base, exponent)


def _is_below(exponent: Any) -> bool:
    return isinstance(exponent, Fraction) and exponent < 0


def _over_and_under(
    writer: Writer,
    coefficient: Fraction,
    powers: Sequence[tuple[Node, Any]],
    *,
    arrays: bool = False,
) -> tuple[list[Code], list[Code]]:
    """The numbers above and below the line of a fraction."""
    above = [_power(writer, b, e) for b, e in powers if not _is_below(e)]
    below = [_power(writer, b, -e) for b, e in powers if _is_below(e)]
    top, bottom = coefficient.numerator, coefficient.denominator
    written = number(coefficient)
    halves = coefficient == HALF and (not arrays or below)
    if bottom > 1 and written.binding == ATOM and not halves:  # 0.1 stays a factor
        above.insert(0, written)
    else:
        if top != 1:
            above.insert(0, number(Fraction(top)))
        if bottom != 1:
            below.insert(0, number(Fraction(bottom)))
    return above, below


def _quotient(writer: Writer, coefficient: Fraction, powers: Sequence[tuple[Node, Any]]) -> Code:
    above, below = _over_and_under(writer, abs(coefficient), powers)
    if coefficient < 0:
        above = [negated(above[0]), *above[1:]] if above else [Code("-1", NEG)]
    return _fraction(above or [Code("1")], below)


def _times(codes: Sequence[Code]) -> Code | None:
    if not codes:
        return None
    return reduce(lambda a, b: Code(f"{a.inside(PRODUCT)} * {b.inside(NEG)}", PRODUCT), codes)


def _fraction(tops: Sequence[Code], divisors: Sequence[Code]) -> Code:
    """Factors over divisors: ``a * b / (c * d)``."""
    first, *rest = tops
    if not rest and not divisors:
        return first
    lead = first.inside(PRODUCT if rest else DOT)
    text = " * ".join([lead, *(code.inside(NEG) for code in rest)])
    bottom = _times(divisors)
    if bottom is None:
        return Code(text, PRODUCT)
    return Code(f"{text} / {bottom.inside(NEG)}", PRODUCT)


def _power(writer: Writer, base: Node, exponent: Any) -> Code:
    """``base ** exponent`` by products and roots where it can be."""
    code = writer.code(base)
    if exponent == 1:
        return code
    if exponent == HALF:
        return root(writer, base)
    if exponent == 2:
        return power(code, Code("2"))
    if exponent == 3 and base.rank:
        return Code(f"{code.inside(NEG)} * {power(code, Code('2')).text}", PRODUCT)
    if exponent == 4 and base.rank:
        return power(Code(f"({power(code, Code('2')).text})"), Code("2"))
    if exponent == Fraction(3, 2):
        return Code(f"{code.inside(NEG)} * {root(writer, base).text}", PRODUCT)
    written = number(exponent) if isinstance(exponent, Fraction) else writer.code(exponent)
    return power(code, written)


def root(writer: Writer, base: Node) -> Code:
    """The square root, of plain numbers by the module math."""
    inside = writer.text(base)
    if writer.is_number(base):
        return Code(f"{writer.math('sqrt')}({inside})")
    return writer.call("sqrt", inside)


def const_code(writer: Writer, node: Node) -> Code:
    """A number."""
    return number(node.data)
