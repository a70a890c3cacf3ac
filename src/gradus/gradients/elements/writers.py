"""Elements as text, LaTeX and MathML.

How whole arrays are written is the reader's choice: every writer takes a function for that, such as
:func:`gradus.gradients.writing.notation.notation`. Places count from 1, as on paper.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

from gradus.gradients.elements.styles import LATEX, MATHML, TEXT, Style
from gradus.gradients.elements.tree import (
    START,
    Call,
    Derivative,
    Element,
    Entry,
    Holds,
    Index,
    Largest,
    Length,
    Match,
    Number,
    Place,
    Plus,
    Sigma,
    Times,
)
from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import Node

#: How an array is written.
Array = Callable[[Node], str]

#: How tightly a formula binds.
SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4

#: Arrays that need parentheses before their places, or within a formula.
OPEN = ("add", "mul", "matmul")

Written = tuple[str, int]


def text(element: Element, array: Array) -> str:
    """An element on one line, such as ``Σ_k x[i, k] W[k, j]``."""
    return _Writer(TEXT, array).write(element)[0]


def latex(element: Element, array: Array) -> str:
    r"""An element in LaTeX, such as ``\sum_{k=1}^{D} x_{ik} W_{kj}``."""
    return _Writer(LATEX, array).write(element)[0]


def mathml(element: Element, array: Array) -> str:
    """An element in MathML, without the ``math`` tags around it."""
    return _Writer(MATHML, array).write(element)[0]


class _Writer:
    def __init__(self, style: Style, array: Array) -> None:
        self.style, self.array = style, array

    def write(self, element: Element) -> Written:
        """An element, and how tightly it binds."""
        style = self.style
        match element:
            case Entry(node, ()):
                return self.array(node), SUM if node.op in OPEN else ATOM
            case Entry():
                return self.entry(element), ATOM
            case Number(value):
                return self.number(value)
            case Length(size):
                return self.dim(size)
            case Plus(terms):
                return self.signed(terms), SUM
            case Times():
                return self.times(element)
            case Call("abs", (inner,)):
                return style.size(self.write(inner)[0]), ATOM
            case Call(name, args):
                return style.call(name, [self.write(arg)[0] for arg in args]), ATOM
            case Sigma(index, body):
                letter, last = style.word(index.letter), self.dim(index.size)[0]
                return style.sigma(letter, last, self.within(body, PRODUCT)), PRODUCT
            case Largest(indices, body):
                letters = [style.word(index.letter) for index in indices]
                return style.largest(letters, self.within(body, POWER)), PRODUCT
            case Match():
                return self.match(element), ATOM
            case Holds(left, sign, right):
                return style.bracket(self.write(left)[0], sign, self.write(right)[0]), ATOM
            case Derivative(of, by):
                return style.derivative(self.within(of, ATOM), self.within(by, ATOM)), POWER
        raise TypeError(f"{type(element).__name__} is no element")

    def within(self, element: Element, least: int) -> str:
        """An element, in parentheses unless it binds at least so tightly."""
        written, binding = self.write(element)
        return written if binding >= least else self.style.group(written)

    # arrays and places

    def entry(self, entry: Entry) -> str:
        array = self.style.whole_array(self.array(entry.node), entry.node.op not in OPEN)
        if not entry.places:
            return array
        return self.style.entry(array, [self.place(place) for place in entry.places])

    def place(self, place: Place) -> str:
        match place.base:
            case Index(letter):
                return self.shifted(self.style.word(letter), place.shift)
            case Entry():
                return self.shifted(self.entry(place.base), place.shift)
        return self.dim(place.shift + Dim.number(1))[0]

    def shifted(self, base: str, shift: Dim) -> str:
        if shift == START:
            return base
        return self.style.signed([("", base), *self.dim_terms(shift)])

    def dim(self, size: Dim) -> Written:
        terms = self.dim_terms(size)
        if len(terms) == 1 and terms[0][0] == "+":
            return terms[0][1], ATOM
        first, *rest = terms
        return self.style.signed([(first[0].strip("+"), first[1]), *rest]), SUM

    def dim_terms(self, size: Dim) -> list[tuple[str, str]]:
        """The symbols of a length with their signs."""
        terms = []
        for name, count in size.terms:
            shown = self.style.word(name)
            if abs(count) != 1:
                shown = self.style.row([self.style.number(str(abs(count))), shown])
            terms.append(("-" if count < 0 else "+", shown))
        if size.number_part or not terms:
            shown = self.style.number(str(abs(size.number_part)))
            terms.append(("-" if size.number_part < 0 else "+", shown))
        return terms

    def match(self, element: Match) -> str:
        left, sign, right = element.left, element.sign, element.right
        if right.base is None and sign != "=":  # [j < H] from 0 is [j ≤ H] from 1
            signs = {"<": "<=", ">=": ">"}
            return self.style.bracket(self.place(left), signs[sign], self.dim(right.shift)[0])
        return self.style.bracket(self.place(left), sign, self.place(right))

    # sums and products

    def number(self, value: Fraction) -> Written:
        top, bottom = (self.style.number(str(part)) for part in abs(value).as_integer_ratio())
        if value.denominator == 1:
            return (self.style.signed([("-", top)]), SUM) if value < 0 else (top, ATOM)
        whole = self.style.fraction(top, bottom)
        return (self.style.signed([("-", whole)]), SUM) if value < 0 else (whole, PRODUCT)

    def signed(self, terms: Sequence[tuple[Element, Fraction]]) -> str:
        ordered = sorted(terms, key=lambda term: _sign(term) < 0)  # a positive one first
        found = []
        for place, (term, count) in enumerate(ordered):
            if isinstance(term, Number):
                written = self.number(abs(term.value * count))[0]
            elif isinstance(term, Times):
                written = self.product(abs(count * term.coefficient), term)
            elif abs(count) == 1:
                written = self.within(term, PRODUCT)
            else:
                written = self.product(abs(count), Times(Fraction(1), ((term, _ONE),)))
            sign = "-" if _sign((term, count)) < 0 else "+" if place else ""
            found.append((sign, written))
        return self.style.signed(found)

    def times(self, element: Times) -> Written:
        written = self.product(abs(element.coefficient), element)
        if element.coefficient < 0:
            return self.style.signed([("-", written)]), SUM
        lone = len(element.powers) == 1 and element.coefficient == 1
        up = element.powers[0][1]
        if lone and not (isinstance(up, Number) and up.value < 0):
            return written, POWER
        return written, PRODUCT

    def product(self, coefficient: Fraction, element: Times) -> str:
        """A coefficient times powers: numbers first, brackets last."""
        style = self.style
        above, below, brackets, sums = [], [], [], []
        for base, exponent in element.powers:
            if isinstance(base, Match | Holds):
                brackets.append((base, exponent))
            elif isinstance(exponent, Number) and exponent.value < 0:
                below.append((base, Number(-exponent.value)))
            elif isinstance(base, Sigma | Largest) and exponent == _ONE:
                sums.append((base, exponent))
            else:
                above.append((base, exponent))
        # a sum reaches as far as it can, so it comes last; but brackets are read best at the end
        above += [*sums, *brackets]
        if coefficient.numerator != 1:
            above.insert(0, (Number(Fraction(coefficient.numerator)), _ONE))
        if coefficient.denominator != 1:
            below.insert(0, (Number(Fraction(coefficient.denominator)), _ONE))
        if not below:
            return self.row(above)
        top = self.row(above) if above else style.number("1")
        bottom = self.row(below)
        if style.flat and (len(below) > 1 or self._lone(below[0]) < PRODUCT):
            bottom = style.group(bottom)
        elif not style.flat:
            top, bottom = (self.bare(one) or t for one, t in ((above, top), (below, bottom)))
        return style.fraction(top, bottom)

    def bare(self, powers: Sequence[tuple[Element, Element]]) -> str:
        """A lone factor, which needs no parentheses."""
        if len(powers) == 1 and powers[0][1] == _ONE:
            return self.write(powers[0][0])[0]
        return ""

    def _lone(self, power: tuple[Element, Element]) -> int:
        return self.write(power[0])[1] if power[1] == _ONE else ATOM

    def row(self, powers: Sequence[tuple[Element, Element]]) -> str:
        """Factors; a sum over a letter is put into parentheses unless it is the last of all."""
        found = []
        for place, (base, exponent) in enumerate(powers):
            if exponent == _ONE:
                reaches = isinstance(base, Sigma | Largest)
                bare = place == len(powers) - 1 or not reaches
                found.append(self.within(base, PRODUCT if bare else POWER))
            else:
                found.append(self.power(base, exponent))
        return self.style.row(found) if len(found) > 1 else found[0]

    def power(self, base: Element, exponent: Element) -> str:
        if exponent == Number(Fraction(1, 2)):
            return self.style.root(self.write(base)[0])
        return self.style.power(self.within(base, ATOM), self.write(exponent)[0])


_ONE = Number(Fraction(1))


def _sign(term: tuple[Element, Fraction]) -> Fraction:
    element, count = term
    match element:
        case Number(value) | Times(value):
            return value * count
    return count
