"""What an expression costs to write out again: a view or a number nothing, a product a pass."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from gradus.gradients.codegen.programs import Program, nodes_of
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.nodes import Node, parts

#: Operations that look at an array in another way, without computing.
VIEWS = ("transpose", "expand", "squeeze", "slice", "diagonal")


def is_view(node: Node) -> bool:
    """Whether the value of a node is a look at an array that is there already."""
    if node.op == "gather":
        return not node.args[1].rank
    return node.op in (*VIEWS, "fill", "input", "name")


def is_number(node: Node, program: Program) -> bool:
    """Whether a node is made of lengths and single numbers alone: no array has a part in it."""
    node = program.meaning(node)
    if node.rank:
        return False
    return all(is_number(part, program) for part in parts(node))


def is_plain(node: Node, program: Program) -> bool:
    """Whether a node costs nothing to write out wherever it is used."""
    if not node.args or node in program.equations:
        return True
    if node.op == "ind" and node.args[0] in program.equations:
        return True
    if node.op in VIEWS:
        return is_plain(node.args[0], program) and node.args[0].op not in VIEWS
    if not is_number(node, program) or node.cost > 2:
        return False
    return all(inside.op not in FUNCTIONS for inside in program.inside(node))


def uses(program: Program) -> Counter[Node]:
    """How often each node is written; a cube takes its base twice."""
    counts: Counter[Node] = Counter(program.expressions())
    for node in nodes_of(program.expressions()):
        if node.op != "name":
            counts.update(parts(node))
        if node.op == "mul":
            counts.update(base for base, power in powers_of(node) if repeats(power))
    return counts


def powers_of(node: Node) -> Iterator[tuple[Node, Any]]:
    """The bases of a product with their exponents."""
    return zip(node.args, node.data[1], strict=True)


def repeats(power: Any) -> bool:
    """Whether a power is written as a product of its base: ``x * x**2``, ``x * sqrt(x)``."""
    return isinstance(power, Fraction) and abs(power) in (3, Fraction(3, 2))
