"""The derivative of an entry by an entry, by the rules for single numbers alone.

All that is known of arrays is ``∂x_ij/∂x_ab = [i = a] [j = b]``; for determinants and inverses,
whose entries no short formula gives, three identities of linear algebra stand in.
"""

from collections.abc import Callable

from gradus.gradients.elements.algebra import (
    ONE,
    ZERO,
    applied,
    matched,
    negated,
    plus,
    power,
    times,
)
from gradus.gradients.elements.entries import entry
from gradus.gradients.elements.letters import names_in, spare
from gradus.gradients.elements.sums import mapped, renamed, sigma
from gradus.gradients.elements.tree import (
    Call,
    Element,
    Entry,
    Holds,
    Index,
    Largest,
    Places,
    Plus,
    Sigma,
    Times,
    bound,
    letters_at,
    letters_of,
    nodes_of,
)
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.nodes import Node, build, leaf


def partial(element: Element, atom: Node, places: Places) -> Element:
    """``∂element/∂atom[places]``, sums over decided letters carried out.

    >>> from gradus.gradients.expressions.dims import Dim
    >>> from gradus.gradients.elements.tree import Index, Place
    >>> from gradus.gradients.elements.writers import text
    >>> from gradus.gradients.writing.notation import notation
    >>> N, D, H = map(Dim.symbol, "NDH")
    >>> x, W = leaf("x", (N, D), ""), leaf("W", (D, H), "")
    >>> a, b = Place(Index("a", D)), Place(Index("b", H))
    >>> text(partial(entry(x @ W, "ij"), W, (a, b)), notation)
    'x[i, a] [j = b]'
    """
    return _worked_out(element, lambda part: partial(part, atom, places), atom, places)


#: The derivative of a part, by the entry in question.
Slope = Callable[[Element], Element]


def _worked_out(element: Element, slope: Slope, atom: Node, places: Places) -> Element:
    taken = set[str]().union(*map(letters_at, places))
    for index in bound(element):
        if index.letter in taken:
            fresh = Index(spare(taken | letters_of(element)), index.size)
            element = renamed(element, index, fresh)
    match element:
        case Entry():
            return _entry(element, atom, places)
        case Plus(terms):
            return plus((slope(term) for term, _ in terms), [count for _, count in terms])
        case Times():
            return _product(element, slope)
        case Call():
            return _call(element, slope)
        case Sigma(index, body):
            return sigma(index, slope(body))
        case Largest():
            return _largest(element, slope, taken)
    return ZERO


def _entry(element: Entry, atom: Node, places: Places) -> Element:
    if element.held:
        return ZERO
    if element.node is atom:
        return times(matched(p, "=", q) for p, q in zip(element.places, places, strict=True))
    if element.node.op in IDENTITIES and element.node.args[0] is atom:
        return IDENTITIES[element.node.op](element, places)
    return ZERO


def _product(element: Times, slope: Slope) -> Element:
    """``(u^k v)′ = k u^(k - 1) u′ v + ...``, and ``u^k log u`` by the exponent."""
    found = []
    for place, (base, exponent) in enumerate(element.powers):
        others = [power(b, e) for at, (b, e) in enumerate(element.powers) if at != place]
        inner, upper = slope(base), slope(exponent)
        lower = power(base, plus((exponent, ONE), (1, -1)))
        found.append(times((*others, exponent, lower, inner), element.coefficient))
        if upper != ZERO:
            whole = times((element, applied("log", base), upper))
            found.append(whole)
    return plus(found)


def _call(element: Call, slope: Slope) -> Element:
    if element.name in CHOICES:
        one, other = element.args
        if one == ZERO:  # max(0, u) passes on what is above 0
            one, other = other, one
        chosen = Holds(one, CHOICES[element.name], other)
        return plus((times((slope(one), chosen)), times((slope(other), negated(chosen)))))
    (inner,) = element.args
    outer = slope(inner)
    return times((function_slope(element.name, inner), outer)) if outer != ZERO else ZERO


#: Where the first of two values is chosen.
CHOICES = {"max": ">", "min": "<"}


def function_slope(name: str, at: Element) -> Element:
    """The derivative of an elementwise function, from the table of functions."""
    u = leaf("u", (), "scalar of a slope")
    slope = entry(FUNCTIONS[name].slope(u, build(name, (u,))), ())
    return _with(slope, u, at)


def _with(element: Element, atom: Node, value: Element) -> Element:
    if isinstance(element, Entry) and element.node is atom:
        return value
    return mapped(element, lambda part: _with(part, atom, value), lambda place: place)


def _largest(element: Largest, slope: Slope, taken: set[str]) -> Element:
    """Only where the largest is reached: ``Σ_k [f_k = max f] f_k′``."""
    top: Element = element
    for index in element.indices:
        used = taken | letters_of(element.body) | letters_of(top) | names_in(nodes_of(element))
        used |= {one.letter for one in bound(top)}
        top = renamed(top, index, Index(spare(used), index.size))
    found = times((Holds(element.body, "==", top), slope(element.body)))
    for index in reversed(element.indices):
        found = sigma(index, found)
    return found


# identities


def _det(element: Entry, places: Places) -> Element:
    """``det A = Σ_b A_ab C_ab``: the cofactors ``C_ab = det(A) (A⁻¹)_ba`` are free of ``A_ab``."""
    return times((element, _logdet(element, places)))


def _logdet(element: Entry, places: Places) -> Element:
    a, b = places
    return Entry(build("inv", element.node.args), (b, a))


def _inv(element: Entry, places: Places) -> Element:
    """From ``A A⁻¹ = I``: ``∂(A⁻¹)_ij = -(A⁻¹)_ia (A⁻¹)_bj ∂A_ab``."""
    (i, j), (a, b) = element.places, places
    return times((Entry(element.node, (i, a)), Entry(element.node, (b, j))), -1)


#: Derivatives that are known facts of linear algebra.
IDENTITIES: dict[str, Callable[[Entry, Places], Element]] = {
    "det": _det,
    "logdet": _logdet,
    "inv": _inv,
}
