"""Why each line of a proof holds, in words."""

from collections.abc import Sequence

from gradus.gradients.deriving.derivation import Part
from gradus.gradients.elements.reader import Path
from gradus.gradients.elements.tree import (
    Element,
    Entry,
    Index,
    Match,
    Place,
    Places,
    below,
    bound,
    letters_at,
    letters_of,
)
from gradus.gradients.elements.writers import text
from gradus.gradients.expressions.facts import meaning, sums_to_one
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.linear import SYMMETRIC_KINDS
from gradus.gradients.expressions.nodes import Node, parts

#: What the entry of an operation is.
DEFINITIONS = {
    "matmul": "an entry of a product: a row times a column",
    "tr": "the diagonal, summed",
    "norm": "the root of the sum of squares",
    "amax": "the largest entry",
    "lse": "the logarithm of the sum of all exp",
    "softmax": "the definition of softmax",
    "logsoftmax": "log softmax z is z - log Σ exp z",
    "CE": "the definition of cross-entropy",
    "einsum": "the sum that einsum stands for",
    "sum": "a sum, written out",
}

#: How the derivative of a single entry comes about.
SLOPES = {
    "softmax": "quotient rule: every entry of the row stands in the sum of all exp",
    "logsoftmax": "the derivative of log Σ exp is a softmax",
    "lse": "the derivative of log Σ exp is exp over that sum",
    "norm": "chain rule for the root",
    "amax": "only where the largest entry is",
    "maximum": "only where it is the larger one",
    "minimum": "only where it is the smaller one",
    "leaky_relu": "one case each side of 0",
}

#: Identities of linear algebra that are used as they are.
IDENTITIES = {
    "det": "a known identity: in det A = Σ_b A[a, b] C[a, b] the cofactors C = det(A) A⁻ᵀ are free "
    "of A[a, b]",
    "logdet": "a known identity: log |det A| has the derivative A⁻ᵀ, by the cofactors",
    "inv": "a known identity: A A⁻¹ = I gives ∂A⁻¹ = -A⁻¹ ∂A A⁻¹",
}

LOG_OF_SOFTMAX = "log p = z - log Σ exp z, because p is the softmax of z"


def definition_words(consumer: Node, path: Path) -> str:
    """Why the entry of the consumer is what it is."""
    if len(path) > 1 and meaning(parts(consumer)[path[0]]).op == "softmax":
        return LOG_OF_SOFTMAX
    return DEFINITIONS.get(consumer.op, "written out")


def slope_words(consumer: Node, path: Path, definition: Element, by: Entry) -> str:
    """Why the derivative of the entry is what it is."""
    if consumer.op in IDENTITIES:
        return IDENTITIES[consumer.op]
    if len(path) > 1:
        inner = meaning(parts(consumer)[path[0]]).op
        return "the derivative of log Σ exp is a softmax" if inner == "softmax" else "chain rule"
    if consumer.op in FUNCTIONS:
        return FUNCTIONS[consumer.op].words
    if consumer.op in SLOPES:
        return SLOPES[consumer.op]
    where = _where(definition, by)
    if any(isinstance(one, Entry) and one.held for one in below(definition)):
        where += "; its other use is held fixed and has a share of its own"
    if consumer.op == "mul":
        return "; ".join(filter(None, (_product_rule(consumer, path[0]), where)))
    return where or "it stands there once"


def _product_rule(consumer: Node, at: int) -> str:
    exponents = consumer.data[1]
    if at >= len(exponents):
        return "(u^k)′ = u^k log u by the exponent"
    if exponents[at] != 1:
        return "(u^k)′ = k u^(k - 1)"
    return "the other factors stay"


def _where(definition: Element, by: Entry) -> str:
    """Which terms hold the entry that is differentiated by, and in which entries."""
    inner = {index.letter for one in below(definition) for index in bound(one)}
    terms: list[str] = []
    entries: list[str] = []
    for one in below(definition):
        if isinstance(one, Entry) and one.node is by.node and not one.held:
            for place, wanted in zip(one.places, by.places, strict=True):
                if place != wanted and letters_at(place):
                    summed = isinstance(place.base, Index) and place.base.letter in inner
                    (terms if summed else entries).append(f"{_shown(place)} = {_shown(wanted)}")
            break
    told = []
    if terms:
        told.append(f"only the term with {_listed(terms)} holds it")
    if entries:
        told.append(f"{'and ' if terms else ''}only if {_listed(entries)}")
    return ", ".join(told)


def chain_words(places: Places, slope: Element, total: Element) -> str:
    """Why the chain rule's sum has become what it is."""
    letters = [letter for place in places for letter in sorted(letters_at(place))]
    if not letters:
        return "chain rule"
    left = {index.letter for one in below(total) for index in bound(one)}
    decided = [letter for letter in letters if letter not in left and letter in letters_of(slope)]
    kept = [letter for letter in letters if letter in left]
    told = ["chain rule"]
    if decided:
        brackets = [_bracket(slope, letter) for letter in decided]
        sums = "sum" if len(decided) == 1 else "sums"
        told.append(f"one term of the {sums} over {_listed(decided)} is left: {_listed(brackets)}")
    if kept:
        told.append(f"the sum over {_listed(kept)} stays")
    return "; ".join(told)


def _bracket(slope: Element, letter: str) -> str:
    """What a bracket says that a letter must be."""
    for one in below(slope):
        if isinstance(one, Match) and one.sign == "=":
            for side, other in ((one.left, one.right), (one.right, one.left)):
                if letter in letters_at(side):
                    return f"{_shown(side)} = {_shown(other)}"
    return letter


def result_words(part: Part, target: Node) -> str:
    """Why the last line is the formula of the step."""
    told = ["in matrix form"]
    if part.consumer.op == "CE" and sums_to_one(part.consumer.args[1]):
        told.append("the labels sum to 1")
    if target.op == "input" and target.data[1] in SYMMETRIC_KINDS:
        told.append("the matrix is symmetric")
    return "; ".join(told)


def _shown(place: Place) -> str:
    """A place in words, such as ``i - H``."""
    written = text(Match(place, "=", place), lambda node: str(node.data[0]))
    return written[1:-1].partition(" = ")[0]


def _listed(words: Sequence[str]) -> str:
    unique = list(dict.fromkeys(words))
    return " and ".join([", ".join(unique[:-1]), unique[-1]] if len(unique) > 1 else unique)
