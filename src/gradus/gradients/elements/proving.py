"""The proof of a step, entry by entry: what a learner would write to believe a rule of matrices.

For ``z = x W`` and its upstream gradient ``δ``::

    z_ij = Σ_k x_ik W_kj
    ∂z_ij/∂W_ab = x_ia [j = b]
    Σ_i Σ_j δ_ij ∂z_ij/∂W_ab = Σ_i δ_ib x_ia
                             = (xᵀ δ)_ab
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gradus.gradients.deriving.derivation import Part, Step
from gradus.gradients.deriving.rules import shares
from gradus.gradients.elements.algebra import ONE, times
from gradus.gradients.elements.collecting import collected, with_root
from gradus.gradients.elements.entries import entry
from gradus.gradients.elements.letters import TARGETS, Letters, names_in
from gradus.gradients.elements.partials import partial
from gradus.gradients.elements.reader import Path, Reader, summed
from gradus.gradients.elements.reasons import (
    chain_words,
    definition_words,
    result_words,
    slope_words,
)
from gradus.gradients.elements.tree import (
    Derivative,
    Element,
    Entry,
    Index,
    Largest,
    Places,
    Sigma,
    Times,
    below,
    letters_at,
)
from gradus.gradients.expressions.facts import meaning, softmax_argument
from gradus.gradients.expressions.nodes import Node, build, is_zero, named, parts, replaced
from gradus.gradients.expressions.nodes import below as nodes_below

#: A longer upstream gradient gets a name of its own.
LONGEST_UPSTREAM = 4

#: Names for it, if the model has not taken them.
UPSTREAM_NAMES = ("delta", "g", "gbar", "upstream")

#: Operations that only move entries: they are written out wherever they stand.
MOVING = ("transpose", "expand", "squeeze", "slice")


@dataclass(frozen=True)
class ProofLine:
    """``left = right``, and why."""

    left: Element
    right: Element
    reason: str


#: Error signals with their definitions.
Signals = Mapping[Node, Node]


def proofs(step: Step, signals: Signals | None = None) -> list[tuple[ProofLine, ...]]:
    """The proof of every part of a step, in order; empty where there is nothing to prove.

    A quantity that an expression uses twice, as in ``X @ X``, has a part for each use. ``signals``
    are those of the derivation, by whose names upstream gradients are called.
    """
    seen: Counter[Node] = Counter()
    found = []
    for part in step.parts:
        found.append(prove(part, step.target, seen[part.consumer], signals))
        seen[part.consumer] += 1
    return found


def prove(
    part: Part, target: Node, use: int | None = None, signals: Signals | None = None
) -> tuple[ProofLine, ...]:
    """The lines that prove what ``target`` gets from one place that uses it.

    ``use`` says which use is meant where that place names the target more than once, from 0 in the
    order of the rules; without it, the first use that the words of the part describe.

    >>> from gradus.gradients.deriving.derivation import derive
    >>> from gradus.gradients.elements.writers import text
    >>> from gradus.gradients.writing.notation import notation
    >>> shapes = {"x": "N, D", "W": "D, H", "delta": "N, H"}
    >>> step = derive("z = x @ W; J = sum(delta * z)", "W", shapes=shapes).steps[-1]
    >>> for line in prove(step.parts[0], step.target):
    ...     print(text(line.left, notation), "=", text(line.right, notation))
    (x @ W)[i, j] = Σ_k x[i, k] W[k, j]
    ∂(x @ W)[i, j]/∂W[a, b] = x[i, a] [j = b]
    Σ_i Σ_j delta[i, j] ∂(x @ W)[i, j]/∂W[a, b] = Σ_i delta[i, b] x[i, a]
    Σ_i delta[i, b] x[i, a] = (x.T @ delta)[a, b]
    """
    if not part.words:
        return ()
    if target not in parts(part.consumer):  # the rule stepped over what is between
        part = replace(part, consumer=with_softmax(part.consumer))
    return tuple(_Proof(part, target, use, signals or {}).lines())


def with_softmax(node: Node) -> Node:
    """A node in which a softmax that was written out is one operation."""

    def change(one: Node) -> Node | None:
        argument = softmax_argument(one)
        if argument is None or meaning(one).op == "softmax":
            return None
        whole = build("softmax", (argument,))
        return named(one.data, whole) if one.op == "name" else whole

    return replaced(node, change)


class _Proof:
    def __init__(self, part: Part, target: Node, use: int | None, signals: Signals) -> None:
        self.part, self.target, self.consumer = part, target, part.consumer
        told = [part.consumer, part.upstream, part.product, target]
        self.taken = names_in(told)
        self.letters = Letters(self.taken)
        self.path = path_to(part, target, use)
        # values by the names that the step knows them by: h for sigmoid(z)
        self.names = {node.args[0]: node for node in nodes_below(told) if node.op == "name"}
        self.alias: Node | None = None  # a name for a long upstream gradient
        self.signals = {definition: signal for signal, definition in signals.items()}

    def lines(self) -> Iterator[ProofLine]:
        i = self.letters.places(self.consumer.shape)
        whole = Entry(self.names.get(self.consumer, self.consumer), i)
        reader = Reader(self.letters, lambda node: node.op not in MOVING, self.target)
        definition = reader.entry(self.consumer, i, self.path)
        a = self.letters.places(self.target.shape, TARGETS)
        by = Entry(self.target, a)
        of = definition
        if has_sum(definition):
            yield ProofLine(whole, definition, definition_words(self.consumer, self.path))
            of = whole
        slope = with_root(self.collected(partial(definition, self.target, a)), definition, whole)
        reason = slope_words(self.consumer, self.path, definition, by)
        yield ProofLine(Derivative(of, by), slope, reason)
        total = slope
        upstream = self.upstream(i)
        if any(map(letters_at, i)) or upstream != ONE:
            if self.alias is not None:
                yield ProofLine(upstream, Entry(self.part.upstream, i), "the gradient from above")
            chain = raw_sum(i, times((upstream, Derivative(whole, by))))
            total = self.collected(summed(i, times((upstream, slope))))
            yield ProofLine(chain, total, chain_words(i, slope, total))
        result = entry(self.part.product, a, opaque=lambda node: True)
        if result != total:
            yield ProofLine(total, result, result_words(self.part, self.target))

    def collected(self, element: Element) -> Element:
        return collected(element, self.names)

    def upstream(self, places: Places) -> Element:
        """The entry of the upstream gradient: a product by its factors, what is long by a name."""
        node = self.part.upstream
        node = self.signals.get(node, node)
        stretched = any(arg.op in ("ones", "eye") for arg in node.args)
        if node.cost > LONGEST_UPSTREAM and not stretched:
            free = (one for one in UPSTREAM_NAMES if one not in self.taken)
            name = next(free, "upstream gradient")
            self.alias = named(name, node)
            return Entry(self.alias, places)
        factored = node if node.op == "mul" else None
        return entry(node, places, opaque=lambda one: one.op not in MOVING and one is not factored)


def has_sum(element: Element) -> bool:
    """Whether a sum or a maximum over a letter is in an element."""
    return any(isinstance(one, Sigma | Largest) for one in below(element))


def raw_sum(places: Places, body: Element) -> Element:
    """A sum over letters that is not worked out; only a sign is taken out."""
    negative = isinstance(body, Times) and body.coefficient < 0
    body = times((body,), -1) if negative else body
    for place in reversed(places):
        if isinstance(place.base, Index):
            body = Sigma(place.base, body)
    return times((body,), -1) if negative else body


def path_to(part: Part, target: Node, use: int | None) -> Path:
    """Which argument of the consumer leads to the use that a part is about, and so on down to it.

    The rules name the uses in order; where two readings are possible, the words of the part decide.
    """
    consumer = part.consumer
    closed = frozenset(arg for arg in parts(consumer) if arg.op == "name")
    for opaque in (frozenset[Node](), closed):
        told = list(shares(consumer, part.upstream, consumer, opaque))
        uses = [at for at, share in enumerate(told) if share.target is target]
        same = [at for at in uses if told[at].words == part.words]
        found = same[:1] if use is None else [at for at in uses[use : use + 1] if at in same]
        for at in found:
            place = order_of_uses(consumer)[at]
            return (place, *_down(parts(consumer)[place], target))
    raise ValueError(f"{part.words!r} is no rule by which {consumer.op} passes a gradient on")


def order_of_uses(node: Node) -> list[int]:
    """The places of arguments in the order of the rules: each base before its own exponent."""
    if node.op in ("maximum", "minimum") and is_zero(node.args[0]):
        return [1, 0]
    if node.op != "mul":
        return list(range(len(node.args)))[node.op == "where" :]
    found, at = [], len(node.args)
    for place, exponent in enumerate(node.data[1]):
        found.append(place)
        if isinstance(exponent, Node):
            found.append(at)
            at += 1
    return found


def _down(node: Node, target: Node) -> Path:
    """The first way from a node down to ``target``: rules step over what is between."""
    if node is target:
        return ()
    for at, arg in enumerate(parts(node)):
        if target in nodes_below([arg]):
            return (at, *_down(arg, target))
    raise ValueError("a rule has a target that its node does not use")
