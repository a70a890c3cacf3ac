"""The backward pass as lines that a person would write.

What is used twice has a name, no line is long, and nothing is named that is used once and short.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from gradus.gradients.deriving.simplify import simplified
from gradus.gradients.deriving.sweep import signal_names
from gradus.gradients.expressions.dims import Shape
from gradus.gradients.expressions.facts import is_plain
from gradus.gradients.expressions.linear import is_symmetric
from gradus.gradients.expressions.nodes import Node, below, is_zero, leaf, opens, parts, replaced

#: Lines grow to so many operations where something used once is written out.
GOOD_LINE = 8

#: More operations on one line are split.
LONGEST_LINE = 12

#: Operations that two lines must lose when joined, to make a line that is longer than good.
SHORTER = 3

#: What is shorter is written out wherever it is used.
SHORTEST_SHARED = 2


@dataclass
class Lines:
    """Definitions of error signals in order, and the answers in terms of them."""

    definitions: dict[Node, Node]
    answers: dict[Node, Node]
    scope: Mapping[Node, Node]
    taken: Set[str]  # names of the model
    followers: dict[tuple[int, Hashable], Node] = field(
        default_factory=dict
    )  # told in the same words
    suffix: str = ""  # of the names of error signals
    kept: frozenset[str] = frozenset()  # names that stay

    def arranged(self) -> "Lines":
        """Inline, share and split until nothing changes."""
        self.inline()
        self.share()
        self.inline()
        self.split()
        self.order()
        return self

    # every expression that is shown

    def expressions(self) -> Iterable[Node]:
        """The right sides of all lines."""
        yield from self.definitions.values()
        yield from self.answers.values()

    def substitute(self, old: Node, new: Node) -> None:
        """Write ``new`` for ``old`` everywhere."""

        def change(node: Node) -> Node | None:
            return new if node is old else None

        tables: tuple[dict[Any, Node], ...] = (self.definitions, self.answers, self.followers)
        for table in tables:
            for key, value in table.items():
                if key is not old and old in below([value], through_names=False):
                    table[key] = simplified(replaced(value, change), self.scope)

    def uses(self) -> Counter[Node]:
        """How often each node is written out, as far as it matters: once or more."""
        found: Counter[Node] = Counter()
        for value in self.expressions():
            occurrences(value, found)
        # one way back through time gives many gradients, but what goes into it is written once
        for node in [node for node in found if node.op == "scan_back"]:
            for arg in node.args:
                occurrences(arg, found)
        return found

    # rules of style

    def inline(self) -> None:
        """Write out signals that are used once, if the line stays short, or that are only names."""
        changed = True
        while changed:
            changed = False
            uses = self.uses()
            for atom, value in tuple(self.definitions.items()):
                if atom.data[0] in self.kept:
                    continue
                needed = value.cost and not is_zero(value)
                if uses[atom] and needed and (uses[atom] > 1 or not self.fits(atom, value)):
                    continue
                del self.definitions[atom]
                self.substitute(atom, value)  # also where only the followers speak of it
                changed = True
                break

    def fits(self, atom: Node, value: Node) -> bool:
        """Whether the one line that uses ``atom`` stays short with its value in place."""
        for other in self.expressions():
            if atom in below([other], through_names=False):
                joined = simplified(
                    replaced(other, lambda node: value if node is atom else None), self.scope
                )
                # what grows short together belongs together
                gained = joined.cost + SHORTER <= other.cost + value.cost
                longest = LONGEST_LINE if gained else max(GOOD_LINE, other.cost)
                return joined.cost <= longest
        return True

    def share(self) -> None:
        """Name what is written out more than once."""
        while True:
            uses = self.uses()
            shared = [
                node
                for node, count in uses.items()
                if count > 1 and node.cost >= SHORTEST_SHARED and opens(node) and is_value(node)
            ]
            if not shared:
                return
            best = max(shared, key=lambda node: (uses[node] - 1) * node.cost)
            self.name(best)

    def split(self) -> None:
        """Name a part of each line that is too long."""
        for _ in range(64):
            long = [value for value in self.expressions() if value.cost > LONGEST_LINE]
            if not long:
                return
            inner = [
                node
                for node in below([long[0]], through_names=False)
                if 2 <= node.cost <= GOOD_LINE and opens(node) and is_value(node)
            ]
            if not inner:
                return
            self.name(max(inner, key=lambda node: node.cost))

    def name(self, node: Node) -> None:
        """Give a part of the lines a name of its own."""
        used = {atom.data[0] for atom in self.definitions}
        gradients = {value for key, value in self.followers.items() if key[1:] == ("value",)}
        base = "delta" if node in gradients else "a"  # a gradient, or what only shortens lines
        names = signal_names(self.suffix, base)
        key = next(key for key in names if key not in self.taken | used)
        atom = leaf(key, node.shape, "sym" if is_symmetric(node) else "signal")

        def change(other: Node) -> Node | None:
            return atom if other is node else None

        tables: tuple[dict[Any, Node], ...] = (self.definitions, self.answers, self.followers)
        for table in tables:
            for key, value in table.items():
                table[key] = replaced(value, change)
        self.definitions[atom] = node

    def order(self) -> None:
        """Bring definitions before their uses and number them in that order."""
        done: dict[Node, Node] = {}

        def visit(atom: Node) -> None:
            if atom not in done:
                for node in below([self.definitions[atom]], through_names=False):
                    if node in self.definitions:
                        visit(node)
                done[atom] = self.definitions[atom]

        for atom in self.definitions:
            visit(atom)
        self.definitions = done
        self.renumber()

    def renumber(self) -> None:
        """delta1, delta2, ... in order."""
        inner = {
            signal.data[0].partition("[")[0]
            for node in below(self.expressions(), through_names=False)
            if node.op == "scan_back"
            for signal, _ in node.data.signals
        }
        keys = {
            base: (key for key in signal_names(self.suffix, base) if key not in inner)
            for base in ("delta", "a")
        }
        fresh: dict[Node, Node] = {}
        for atom in self.definitions:
            if atom.data[0] in self.kept:
                fresh[atom] = atom
            else:
                base = "delta" if atom.data[0].startswith("delta") else "a"
                key = next(key for key in keys[base] if key not in self.taken)
                fresh[atom] = leaf(key, *atom_parts(atom))

        def renamed(value: Node) -> Node:
            return replaced(value, fresh.get)

        self.definitions = {fresh[atom]: renamed(v) for atom, v in self.definitions.items()}
        self.answers = {key: renamed(value) for key, value in self.answers.items()}
        self.followers = {key: renamed(value) for key, value in self.followers.items()}


def atom_parts(atom: Node) -> tuple[Shape, str]:
    """The shape and the kind of a signal."""
    return atom.shape, atom.data[1]


def is_value(node: Node) -> bool:
    """Whether a node is a quantity of its own: no condition, no array of one number."""
    return node.op != "compare" and not (node.rank and is_plain(node))


def occurrences(root: Node, found: Counter[Node]) -> None:
    """Count every node as often as it is written out, to at most two levels of sharing."""
    counts: Counter[Node] = Counter({root: 1})
    order = list(below([root], through_names=False))
    for node in reversed(order):
        # what stands within something that is written twice is counted once: naming that is enough
        share = 1 if counts[node] else 0
        if node.op not in ("name", "scan_back"):
            for part in parts(node):
                counts[part] += share
        found[node] += counts[node]
