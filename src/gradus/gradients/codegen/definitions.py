"""Programs with one more name, or without names for names."""

from collections.abc import Callable
from dataclasses import replace

from gradus.gradients.codegen.costs import VIEWS
from gradus.gradients.codegen.kernels import (
    rebuilt,
)
from gradus.gradients.codegen.programs import Program, fresh, substituted
from gradus.gradients.codegen.words import word_for
from gradus.gradients.expressions.nodes import Node, parts


def with_name(program: Program, node: Node, taken: set[str]) -> Program:
    """The program where a node has a name, an old one if it has one."""
    known = next((name for name, value in program.equations.items() if value is node), None)
    answer = next((key for key, value in program.answers.items() if value is node), None)
    word = f"d{answer}" if answer and node.op not in VIEWS else word_for(node, program)
    name = known or fresh(word, node, taken)
    changed = substituted(program, node, name)
    return defined(changed, name, node)


def without_aliases(program: Program) -> Program:
    """The program without names for names, but for the result and names of a person's."""
    for name, value in program.equations.items():
        alias = value in program.equations or value.op in ("input", "const")
        if alias and name is not program.result:
            rest = {one: other for one, other in program.equations.items() if one is not name}
            return without_aliases(substituted(replace(program, equations=rest), name, value))
    return program


def defined(program: Program, name: Node, value: Node) -> Program:
    """The program with one more equation, or with that of a name as it was before a change."""
    equations = {name: value, **program.equations}
    equations[name] = value
    return replace(program, equations=equations)


def with_changes(program: Program, rule: Callable[[Node], Node | None]) -> Program:
    """The program where a rule has been applied to every node, arguments first."""
    done: dict[Node, Node] = {}

    def change(node: Node) -> Node:
        if node not in done:
            closed = not node.args or node.op == "name"
            new = node if closed else rebuilt(node, [change(part) for part in parts(node)])
            done[node] = rule(new) or new
        return done[node]

    return program.with_expressions(change)
