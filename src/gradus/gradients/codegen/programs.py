"""A program: a derivation as equations that are rewritten until a computer likes them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from gradus.gradients.codegen.kernels import rebuilt
from gradus.gradients.deriving.derivation import Derivation
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node, below, leaf, parts

#: How a program reads a name: as what it stands for.
Meaning = Callable[[Node], Node]

#: A rule: another expression for a node, or None.
Rule = Callable[[Node, "Program"], Node | None]

#: Rules by operation, in the order in which they are tried.
Rules = Mapping[str, tuple[Rule, ...]]


@dataclass(frozen=True)
class Program:
    """Equations in order, and what is returned."""

    model: Model
    equations: Mapping[Node, Node]  # lines of the model, error signals and further names
    answers: Mapping[str, Node]
    result: Node  # the name of what is differentiated
    hints: dict[Node, str] = field(default_factory=dict)  # what a node would be called
    backward: frozenset[Node] = frozenset()  # names of the backward pass

    def meaning(self, node: Node) -> Node:
        """What a name stands for; a node that is no name, as it is."""
        while node in self.equations:
            node = self.equations[node]
        return node

    def expressions(self) -> Iterator[Node]:
        """Everything that is computed."""
        yield from self.equations.values()
        yield from self.answers.values()

    def with_expressions(self, change: Callable[[Node], Node]) -> "Program":
        """The same names for other expressions."""
        return replace(
            self,
            equations={name: change(value) for name, value in self.equations.items()},
            answers={name: change(value) for name, value in self.answers.items()},
        )

    def needed(self) -> "Program":
        """The program without the equations that nothing needs."""
        used: set[Node] = set()
        stack = [self.result, *self.answers.values()]
        while stack:
            for node in self.inside(stack.pop()):
                if node in self.equations and node not in used:
                    used.add(node)
                    stack.append(self.equations[node])
        kept = {name: value for name, value in self.equations.items() if name in used}
        return replace(self, equations=kept)

    def inside(self, root: Node) -> Iterator[Node]:
        """The nodes of an expression, names closed."""
        return below([root], through_names=False)

    @cached_property
    def uses(self) -> dict[Node, int]:
        """By node, how many other nodes are made of it, names being ends."""
        counts: dict[Node, int] = {}
        seen: set[Node] = set()
        for root in self.expressions():
            counts[root] = counts.get(root, 0) + 1
            for node in self.inside(root):
                if node in seen or node.op == "name":
                    continue
                seen.add(node)
                for part in parts(node):
                    counts[part] = counts.get(part, 0) + 1
        return counts

    @cached_property
    def parents(self) -> dict[Node, list[Node]]:
        """By node, the nodes that are made of it, names being ends."""
        found: dict[Node, list[Node]] = {}
        for node in nodes_of(self.expressions()):
            if node.op != "name":
                for part in parts(node):
                    found.setdefault(part, []).append(node)
        return found


def as_program(derivation: Derivation) -> Program:
    """The lines of the model, the signals and the gradients as one program."""
    model = derivation.model
    lines = {node: node.args[0] for node in model.names.values()}
    equations = {**lines, **derivation.signals}
    program = Program(
        model,
        equations,
        dict(derivation.answers),
        model.result,
        backward=frozenset(derivation.signals),
    )
    return program.needed()


def rewritten(program: Program, rules: Rules) -> Program:
    """The program with rules applied everywhere, from the outside in, until none applies."""
    done: dict[Node, Node] = {}

    def change(node: Node) -> Node:
        if node not in done:
            done[node] = _changed(node)
        return done[node]

    def _changed(node: Node) -> Node:
        for rule in rules.get(node.op, ()):
            new = rule(node, program)
            if new is not None and new is not node:
                return change(new)
        if not node.args or node.op == "name":
            return node
        new = rebuilt(node, [change(part) for part in parts(node)])
        return node if new is node else change(new)

    return program.with_expressions(change).needed()


def substituted(program: Program, old: Node, new: Node) -> Program:
    """The program with one node for another; what a node would be called goes with it."""
    done: dict[Node, Node] = {old: new}
    hints = program.hints

    def change(node: Node) -> Node:
        if node not in done:
            closed = not node.args or node.op == "name"
            done[node] = node if closed else rebuilt(node, [change(part) for part in parts(node)])
            if node in hints:
                hints[done[node]] = hints[node]
        return done[node]

    return program.with_expressions(change)


def fresh(name: str, node: Node, taken: set[str]) -> Node:
    """A leaf that stands for an expression under a name that is free."""
    number, key = 1, name
    while key in taken:
        number += 1
        key = f"{name}{number}"
    taken.add(key)
    return leaf(key, node.shape, "signal")


def nodes_of(roots: Iterable[Node]) -> Iterator[Node]:
    """All nodes of some expressions, names closed."""
    return below(roots, through_names=False)
