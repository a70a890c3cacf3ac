"""Sums, products and brackets of elements, each in one form: like terms and factors together."""

from collections.abc import Iterable
from fractions import Fraction

from gradus.gradients.elements.tree import (
    Call,
    Element,
    Entry,
    Holds,
    Match,
    Number,
    Place,
    Plus,
    Times,
)
from gradus.gradients.expressions.dims import Dim

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))

#: What is true where a comparison is not.
OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}


def number(value: Fraction | int) -> Number:
    """A number as an element."""
    return Number(Fraction(value))


def plus(terms: Iterable[Element], counts: Iterable[Fraction | int] | None = None) -> Element:
    """The sum of some terms, each as often as ``counts`` says: flat, like terms together."""
    terms = list(terms)
    found: dict[Element, Fraction] = {}
    for term, count in zip(terms, counts or [1] * len(terms), strict=True):
        for part, share in terms_of(term):
            found[part] = found.get(part, Fraction(0)) + share * count
    left = tuple((term, count) for term, count in found.items() if count)
    if not left:
        return ZERO
    if len(left) == 1:
        ((term, count),) = left
        return times((term,), count)
    return Plus(left)


def terms_of(term: Element) -> tuple[tuple[Element, Fraction], ...]:
    """Any element as a sum: its terms with their coefficients."""
    match term:
        case Plus(terms):
            return terms
        case Number(value):
            return ((ONE, value),)
        case Times(coefficient, powers) if coefficient != 1:
            inner = times(power(base, exponent) for base, exponent in powers)
            return tuple((part, share * coefficient) for part, share in terms_of(inner))
    return ((term, Fraction(1)),)


def times(factors: Iterable[Element], coefficient: Fraction | int = 1) -> Element:
    """The product of some factors: flat, powers of one base together."""
    whole = Fraction(coefficient)
    powers: dict[Element, Element] = {}
    for factor in factors:
        count, parts = parts_of(factor)
        whole *= count
        for base, exponent in parts:
            if isinstance(base, Match | Holds):  # 0 or 1, so equal to its square
                powers[base] = ONE
            else:
                powers[base] = plus((powers.get(base, ZERO), exponent))
    left = tuple((base, exponent) for base, exponent in powers.items() if exponent != ZERO)
    if not whole:
        return ZERO
    if not left:
        return Number(whole)
    if whole == 1 and len(left) == 1 and left[0][1] == ONE:
        return left[0][0]
    return Times(whole, left)


def parts_of(factor: Element) -> tuple[Fraction, tuple[tuple[Element, Element], ...]]:
    """Any element as a product: its coefficient, and its bases with their exponents."""
    match factor:
        case Number(value):
            return value, ()
        case Times(coefficient, powers):
            return coefficient, powers
    return Fraction(1), ((factor, ONE),)


def power(base: Element, exponent: Element) -> Element:
    """A base to an exponent."""
    if exponent in (ZERO, ONE):
        return base if exponent == ONE else ONE
    if isinstance(exponent, Number) and exponent.value.denominator == 1:
        match base:
            case Number(value):
                return Number(Fraction(value**exponent.value.numerator))
            case Times(coefficient, powers):
                parts = (power(one, times((other, exponent))) for one, other in powers)
                return times(parts, coefficient**exponent.value.numerator)
    if base == ONE:
        return ONE
    return Times(Fraction(1), ((base, exponent),))


def applied(name: str, *args: Element) -> Element:
    """A function of numbers; the logarithm of a quotient of powers of e is a difference."""
    if name == "log":
        (inner,) = args
        _, powers = parts_of(inner)
        if isinstance(inner, Call) and inner.name == "exp":
            return inner.args[0]
        exponentials = any(isinstance(base, Call) and base.name == "exp" for base, _ in powers)
        if isinstance(inner, Times) and inner.coefficient == 1 and exponentials:
            return plus(times((exponent, applied("log", base))) for base, exponent in powers)
    return Call(name, args)


# brackets


def matched(left: Place, sign: str, right: Place) -> Element:
    """``[left sign right]`` of two places: 0 or 1 where the lengths of the axes tell."""
    if left == right:
        return ONE if sign != "<" else ZERO
    if right.base is None:  # [j - H >= G] is [j >= H + G]
        left, right = Place(left.base), Place(None, right.shift - left.shift)
    low, high = _gap(left, right)
    before = high is not None and _at_least_zero(high * -1 - Dim.number(1))
    after = low is not None and _at_least_zero(low if sign != "=" else low - Dim.number(1))
    if sign == "=":
        return ZERO if before or after else Match(left, sign, right)
    if before or after:
        return ONE if before == (sign == "<") else ZERO
    return Match(left, sign, right)


def _gap(left: Place, right: Place) -> tuple[Dim | None, Dim | None]:
    """The least and the greatest value of ``left - right``, where they are known."""
    shift = left.shift - right.shift
    if left.base == right.base:
        return shift, shift
    if isinstance(left.base, Entry) or isinstance(right.base, Entry):
        return None, None
    low = high = shift
    if left.base is not None:
        high = high + left.base.size - Dim.number(1)
    if right.base is not None:
        low = low - right.base.size + Dim.number(1)
    return low, high


def _at_least_zero(size: Dim) -> bool:
    """Whether a length is known not to be negative: every symbol is at least 1."""
    counts = [count for _, count in size.terms]
    return all(count > 0 for count in counts) and sum(counts) + size.number_part >= 0


def negated(condition: Element) -> Element:
    """1 where a condition does not hold, else 0."""
    if isinstance(condition, Holds):
        return Holds(condition.left, OPPOSITE[condition.sign], condition.right)
    return plus((ONE, condition), (1, -1))
