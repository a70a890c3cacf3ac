"""Pieces of Python: a text, and how tightly it binds."""

from fractions import Fraction
from typing import NamedTuple

from gradus.gradients.writing.typeset import decimal

#: How tightly operators bind; what binds less is put into parentheses.
COMPARE, SUM, DOT, PRODUCT, NEG, POWER, ATOM = range(7)


class Code(NamedTuple):
    """An expression of Python."""

    text: str
    binding: int = ATOM
    terms: tuple[str, ...] = ()  # of a sum, each with its sign, for a line that is too long

    def inside(self, least: int) -> str:
        """The text, in parentheses unless it binds at least so tightly."""
        return self.text if self.binding >= least else f"({self.text})"

    @property
    def is_simple(self) -> bool:
        """Whether black writes a power of it without spaces: a name or a number."""
        return self.text.replace(".", "", 1).isidentifier() or self.text.replace(".", "").isdigit()


def power(base: Code, exponent: Code) -> Code:
    """``base**exponent``."""
    left, right = base.inside(ATOM), exponent.inside(NEG)
    space = "" if base.is_simple and exponent.is_simple else " "
    return Code(f"{left}{space}**{space}{right}", POWER)


def negated(code: Code) -> Code:
    """``-code``; of a product, its first factor is negated."""
    if code.binding == PRODUCT:
        return Code(f"-{code.text}", PRODUCT)
    return Code(f"-{code.inside(ATOM if code.binding == POWER else NEG)}", NEG)


def number(value: Fraction) -> Code:
    """A number: whole, as a short decimal, or as a ratio."""
    size = abs(value)
    if size == Fraction(1, 2):
        code = Code("0.5")
    elif size.denominator == 1:
        short = f"{float(size):g}".replace("e+0", "e")
        code = Code(short if size >= 10**6 and float(short) == size else str(size.numerator))
    elif found := decimal(size):
        code = Code(found)
    else:
        code = Code(f"{size.numerator} / {size.denominator}", PRODUCT)
    return negated(code) if value < 0 else code
