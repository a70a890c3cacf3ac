"""The order of a program's lines: each before its first use, the model's own in their order."""

from collections.abc import Iterator
from dataclasses import dataclass

from gradus.gradients.codegen.programs import Program
from gradus.gradients.expressions.nodes import Node


@dataclass(frozen=True)
class Plan:
    """Names in the order in which they get their values."""

    forward: tuple[Node, ...]
    backward: tuple[Node, ...]


def planned(program: Program) -> Plan:
    """What the result needs, in the order of the model, and then what only gradients need."""
    done: dict[Node, None] = {}
    needed = set(_below(program, program.result))

    def visit(name: Node) -> None:
        if name in done or name not in program.equations:
            return
        for node in program.inside(program.equations[name]):
            visit(node)
        done[name] = None

    for line in program.model.names.values():
        if line in needed:
            visit(line)
    visit(program.result)
    for name, value in program.equations.items():
        if value.op == "stored" and value.args[0] in done:  # the loop has stored it
            visit(name)
    forward = tuple(done)
    ours = [name for name in program.equations if name in program.backward]
    for name in ours:
        visit(name)
    for answer in program.answers.values():
        for node in program.inside(answer):
            visit(node)
    return Plan(forward, tuple(done)[len(forward) :])


def _below(program: Program, root: Node) -> Iterator[Node]:
    """The names that a name needs, with itself."""
    seen: set[Node] = {root}
    stack = [root]
    while stack:
        name = stack.pop()
        yield name
        for node in program.inside(program.equations[name]):
            if node in program.equations and node not in seen:
                seen.add(node)
                stack.append(node)
