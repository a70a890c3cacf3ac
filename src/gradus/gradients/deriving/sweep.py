"""The reverse sweep: from the result back to what it is differentiated by.

Every node gets the sum of what its consumers pass back. Where a quantity of the model is reached,
its gradient becomes an error signal: a name (delta1, delta2, ...) for what follows.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from gradus.gradients.deriving.rules import Share, shares
from gradus.gradients.deriving.simplify import simplified
from gradus.gradients.deriving.staging import active_nodes
from gradus.gradients.expressions.arithmetic import filled
from gradus.gradients.expressions.facts import is_plain
from gradus.gradients.expressions.linear import is_symmetric
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node, below, const, leaf, parts, total, zeros

#: Operations that repeat their upstream gradient: a long one is named before.
REPEATING = ("softmax", "logsoftmax")


#: How a node passes its gradient back, see :func:`gradus.gradients.deriving.rules.shares`.
SweepRule = Callable[[Node, Node, Node, frozenset[Node]], Iterable[Share]]


#: How the uses of a recurrence with their gradients come back to its arguments.
ThroughTime = Callable[[Node, Sequence[tuple[Node, Node]], SweepRule, set[str]], Iterable[Share]]


@dataclass
class Signal:
    """The gradient of one node: what came back to it, and the sum by the name that it got."""

    node: Node
    parts: list[tuple[Node, Share]]  # from which consumer, and what it passed
    value: Node  # the sum, simplified
    atom: Node | None = None  # the name of the sum, if it has one


@dataclass
class Sweep:
    """The state of a reverse sweep."""

    model: Model
    wrt: Sequence[Node]
    scope: Mapping[Node, Node]  # names by their definitions
    taken: Set[str]  # names of the model
    rule: SweepRule = shares
    suffix: str = ""  # of the names of error signals, such as [t]
    through_time: ThroughTime | None = None
    special: Mapping[Node, str] = field(default_factory=dict)  # names of the signals at some lines
    signals: list[Signal] = field(default_factory=list)
    definitions: dict[Node, Node] = field(default_factory=dict)  # of the error signals, in order

    stepped_over: set[Node] = field(default_factory=set)  # lines that a use of them went past
    timed: set[str] = field(default_factory=set)  # names at one time, of all recurrences

    def __post_init__(self) -> None:
        self.keys = signal_names(self.suffix)

    def run(self) -> dict[Node, Node]:
        """The gradient by each of ``wrt``, zeros where the result does not follow it."""
        result = self.model.result
        active = active_nodes(result, frozenset(self.wrt))
        opaque = frozenset(node for node in self.wrt if node.op == "name")
        pending: dict[Node, list[tuple[Node, Share]]] = {}
        found: dict[Node, Node] = {}
        order = [node for node in below([result]) if node in active]
        names = {node.args[0]: node for node in order if node.op == "name"}
        for node in reversed(order):
            if node is result:
                value = const(1)
            elif node.op == "scan" and node in pending:
                self.scanned(node, pending, active)
                continue
            elif node in pending:
                came = [filled(share.gradient, node.shape) for _, share in pending[node]]
                value = simplified(total(came), self.scope)
            else:
                continue
            signal = Signal(node, pending.get(node, []), value)
            self.signals.append(signal)
            if node in self.wrt:
                found[node] = value
            if node.op == "name":
                upstream = self.named(signal) if self.is_signal(node, value) else value
                if node in self.wrt:
                    found[node] = upstream
                share = Share(node.args[0], upstream, "")
                pending.setdefault(node.args[0], []).append((node, share))
                continue
            if not node.args:
                continue
            out = names.get(node, node)
            for share in self.passed(node, value, out, opaque, active):
                pending.setdefault(share.target, []).append((node, share))
                if share.target not in parts(node):
                    self.stepped_over |= lines_between(node, share.target)
        return {node: found.get(node, zeros(node.shape)) for node in self.wrt}

    def scanned(
        self, scan: Node, pending: dict[Node, list[tuple[Node, Share]]], active: set[Node]
    ) -> None:
        """Pass back through a recurrence."""
        assert self.through_time is not None
        upstream = [(use, share.gradient) for use, share in pending[scan]]
        for share in self.through_time(scan, upstream, self.rule, self.timed):
            if share.target in active:
                pending.setdefault(share.target, []).append((scan, share))

    def passed(
        self, node: Node, g: Node, out: Node, opaque: frozenset[Node], active: set[Node]
    ) -> list[Share]:
        """What the active arguments get; a long upstream that is repeated gets a name first."""

        def tried(upstream: Node) -> list[Share]:
            return [
                share._replace(gradient=simplified(share.gradient, self.scope))
                for share in self.rule(node, upstream, out, opaque)
                if share.target in active
            ]

        plain = tried(g)
        once = node.op not in REPEATING and len(plain) < 2
        if g.cost < 2 or is_plain(g) or once or g in self.definitions:
            return plain
        atom = self.atom(g)
        with_name = tried(atom)
        if sum(share.gradient.cost for share in plain) <= g.cost + sum(
            share.gradient.cost for share in with_name
        ):
            del self.definitions[atom]
            return plain
        for signal in self.signals[-2:]:  # of the node, and of the line that it is the value of
            if signal.value is g:
                signal.atom = atom
        return with_name

    def named(self, signal: Signal) -> Node:
        """The name of the gradient at a line."""
        name = self.special.get(signal.node)
        if name is None:
            signal.atom = self.atom(signal.value)
        else:
            signal.atom = leaf(name, signal.value.shape, "signal")
            self.definitions[signal.atom] = signal.value
        return signal.atom

    def is_signal(self, node: Node, value: Node) -> bool:
        """Whether the gradient at a line gets a name."""
        return bool(value.cost) and (node in self.special or _is_signal(node, value))

    def atom(self, value: Node) -> Node:
        """A fresh name for a part of the backward pass."""
        key = next(key for key in self.keys if key not in self.taken)
        kind = "sym" if is_symmetric(value) else "signal"
        atom = leaf(key, value.shape, kind)
        self.definitions[atom] = value
        return atom


def lines_between(node: Node, target: Node) -> set[Node]:
    """The lines of the model under ``node`` that stand on ``target``."""
    return {
        line for line in below(parts(node)) if line.op == "name" and target in set(below(line.args))
    }


def signal_names(suffix: str = "", base: str = "delta") -> Iterator[str]:
    """delta1, delta2, ..."""
    return (f"{base}{number}{suffix}" for number in itertools.count(1))


def _is_signal(node: Node, value: Node) -> bool:
    """Whether the gradient of a named quantity is a quantity of its own."""
    definition = node.args[0]
    elementwise = len(definition.args) == 1 and definition.op not in ("sum", "transpose", "amax")
    power = definition.op == "mul" and len(definition.args) == 1
    return value.cost >= 1 and not elementwise and not power
