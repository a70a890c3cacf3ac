"""The slips that people make in a backward pass, each as a rule that goes wrong at one node.

A slip changes what one node passes back. If the gradient that follows is the one that someone
claims, that slip is the likely mistake.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from gradus.gradients.deriving.rules import Share, fitted
from gradus.gradients.expressions.facts import meaning
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.nodes import Node, build, ones, product


class Slip(NamedTuple):
    """One wrong way for a node to pass its gradient back."""

    shares: tuple[Share, ...]
    words: str  # what was done wrong


#: Gets the node, its upstream gradient, its name and the right shares; gives wrong ones.
Rule = Callable[[Node, Node, Node, tuple[Share, ...], Callable[[Node], str]], Iterator[Slip]]


def _changed(shares: tuple[Share, ...], place: int, gradient: Node | None) -> tuple[Share, ...]:
    share = shares[place]
    if gradient is None:
        return shares[:place] + shares[place + 1 :]
    return (*shares[:place], share._replace(gradient=gradient), *shares[place + 1 :])


def _path(
    node: Node, g: Node, out: Node, shares: tuple[Share, ...], text: Callable[[Node], str]
) -> Iterator[Slip]:
    for place, share in enumerate(shares):
        told = f"the path to {text(share.target)} through {text(node)} is missing"
        yield Slip(_changed(shares, place, None), told)


def _sign(
    node: Node, g: Node, out: Node, shares: tuple[Share, ...], text: Callable[[Node], str]
) -> Iterator[Slip]:
    for place, share in enumerate(shares):
        told = f"the sign of what goes back through {text(node)} to {text(share.target)} is flipped"
        yield Slip(_changed(shares, place, -share.gradient), told)


def _local(
    node: Node, g: Node, out: Node, shares: tuple[Share, ...], text: Callable[[Node], str]
) -> Iterator[Slip]:
    """The local derivative left out."""
    for place, share in enumerate(shares):
        if node.shape == share.target.shape and share.gradient not in (g, -g):
            told = f"the local derivative of {text(node)} is missing"
            yield Slip(_changed(shares, place, g), told)


def _function(
    node: Node, g: Node, out: Node, shares: tuple[Share, ...], text: Callable[[Node], str]
) -> Iterator[Slip]:
    if node.op in FUNCTIONS:
        words = f"{node.op} itself was used where its derivative belongs"
        yield Slip(_changed(shares, 0, g * out), words)
        arg = node.args[0]
        slope = FUNCTIONS[node.op].slope(arg, arg)
        words = f"the derivative of {node.op} was taken at its argument instead of its value"
        yield Slip(_changed(shares, 0, g * slope), words)


def _softmax(
    node: Node, g: Node, out: Node, shares: tuple[Share, ...], text: Callable[[Node], str]
) -> Iterator[Slip]:
    if node.op == "softmax":
        words = "softmax was treated as an elementwise sigmoid: every p depends on every z"
        yield Slip(_changed(shares, 0, g * out * (1 - out)), words)
    if node.op == "CE" and meaning(node.args[0]).op == "softmax":
        p, y = node.args
        share = shares[0].gradient
        words = (
            "p - y is the error of softmax and cross-entropy already; "
            "p (1 - p), an elementwise sigmoid's derivative, does not belong there"
        )
        yield Slip(_changed(shares, 0, share * p * (1 - p)), words)
        words = "this stops at the probabilities: the Jacobian of softmax is missing"
        yield Slip(_changed(shares, 0, -g * y / p), words)


def _factor(
    node: Node, g: Node, out: Node, shares: tuple[Share, ...], text: Callable[[Node], str]
) -> Iterator[Slip]:
    if node.op != "mul":
        return
    coefficient, exponents = node.data
    for place, share in enumerate(shares):
        if coefficient != 1:
            yield Slip(
                _changed(shares, place, product((share.gradient,), coefficient=1 / coefficient)),
                f"the factor {coefficient} of {text(node)} is missing",
            )
        for base, power in zip(node.args, exponents, strict=True):
            if base is share.target:
                if isinstance(power, Fraction) and abs(power) != 1:
                    wrong = product((share.gradient,), coefficient=1 / power)
                    told = f"the exponent {power} does not come down as a factor in {text(node)}"
                    yield Slip(_changed(shares, place, wrong), told)
                continue
            wrong = product((share.gradient, base), (Fraction(1), -power))
            if wrong.shape == share.gradient.shape:
                factor = product((base,), (power,))
                told = f"the factor {text(factor)} is missing"
                yield Slip(_changed(shares, place, wrong), told)


def _choice(
    node: Node, g: Node, out: Node, shares: tuple[Share, ...], text: Callable[[Node], str]
) -> Iterator[Slip]:
    if node.op in ("maximum", "minimum"):
        one, other = node.args
        chosen = build("ind", (build("compare", (one, other), ">"),))
        for place, share in enumerate(shares):
            mask = chosen if share.target is other else 1 - chosen
            wrong = fitted(g * mask * ones(node.shape), share.target.shape)
            told = f"the mask of the other side of {text(node)} was used"
            yield Slip(_changed(shares, place, wrong), told)
    if node.op == "amax":
        told = "every entry gets the error, not the largest alone"
        yield Slip(_changed(shares, 0, g * ones(node.args[0].shape)), told)


def _matrix(
    node: Node, g: Node, out: Node, shares: tuple[Share, ...], text: Callable[[Node], str]
) -> Iterator[Slip]:
    if node.op != "matmul" or any(arg.rank != 2 for arg in node.args):
        return
    for place, share in enumerate(shares):
        left, right = node.args
        for wrong, other in (
            (_product(g, right), right),
            (_product(left, g), left),
            (_product(right, g), right),
            (_product(g, left), left),
        ):
            if wrong is not None and wrong.shape == share.target.shape:
                told = f"{text(other)} needs a transpose, or the factors another order"
                yield Slip(_changed(shares, place, wrong), told)


def _product(one: Node, other: Node) -> Node | None:
    fits = one.rank == other.rank == 2 and one.shape[1] == other.shape[0]
    return one @ other if fits else None


#: Slips in the order in which they are tried.
SLIPS: tuple[Rule, ...] = (_softmax, _factor, _local, _function, _path, _choice, _sign, _matrix)
