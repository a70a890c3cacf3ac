"""What is computed once: every expression that is used twice has a name."""

from collections.abc import Container
from dataclasses import replace

from gradus.gradients.codegen.common import (
    common_divisors,
    common_factors,
    common_reductions,
    common_roots,
    without_negatives,
)
from gradus.gradients.codegen.costs import is_plain, is_view, uses
from gradus.gradients.codegen.definitions import with_name, without_aliases
from gradus.gradients.codegen.programs import Program, nodes_of, substituted
from gradus.gradients.expressions.nodes import Node, parts


def shared(program: Program, statements: Container[str], taken: set[str]) -> Program:
    """The program with names for what is used twice, and for what takes a statement of its own."""
    program = common_reductions(without_negatives(program, taken), taken)
    program = common_roots(common_factors(program, taken), taken)
    program = common_divisors(program, taken)
    while True:
        program = without_aliases(program)
        found = _first_shared(program, statements)
        if found is None:
            return joined_updates(program.needed())
        program = with_name(program, found, taken)


def _first_shared(program: Program, statements: Container[str]) -> Node | None:
    counts = uses(program)
    known = {value: name for name, value in program.equations.items()}
    inner = _inner(program)
    for node in nodes_of(program.expressions()):
        if is_plain(node, program):
            continue
        if counts[node] > 1 or (node in known and node in inner):
            # a condition takes no room and needs no type of numbers
            return node.args[0] if node.op == "ind" and node.rank else node
        if node.op in statements and node in inner:
            return node
    return None


def _inner(program: Program) -> set[Node]:
    """Every node that stands within an expression, but for the base of an update."""
    found: set[Node] = set()
    for node in nodes_of(program.expressions()):
        if node.op != "name":
            found.update(parts(node)[1:] if node.op == "update" else parts(node))
    return found


def joined_updates(program: Program) -> Program:
    """The program where an array that is made only to be changed is made where it is changed."""
    counts = uses(program)
    for node in nodes_of(program.expressions()):
        if node.op != "update":
            continue
        base = node.args[0]
        # lines of the model keep their name, and what is no array of its own stays
        if base.op == "name" or base not in program.equations or counts[base] > 1:
            continue
        value = program.equations[base]
        if not is_view(value):
            rest = {one: other for one, other in program.equations.items() if one is not base}
            return joined_updates(substituted(replace(program, equations=rest), base, value))
    return program
