"""The rules that make a derived expression as short as a person would write it.

Each rule looks at one node whose arguments are simple already, and gives a node of equal value, or
None. Names are never opened. A rule applies only if the result is no longer than before.
"""

from collections.abc import Callable, Mapping

from gradus.gradients.deriving.recollection import recollected
from gradus.gradients.deriving.rewriting.factors import (
    binary_power,
    cancel,
    column_by_row,
    leading_axis,
    squeezed_factors,
)
from gradus.gradients.deriving.rewriting.matrices import (
    stretched_rows,
    transpose_of_column,
    transposed_terms,
    vector_of_ones,
)
from gradus.gradients.deriving.rewriting.reductions import (
    sum_is_dot,
    sum_is_known,
    sum_is_product,
    sum_of_transpose,
)
from gradus.gradients.deriving.rewriting.terms import (
    choice_factor,
    common_coefficient,
    common_factor,
    common_matrix,
    joined_choices,
    joined_parts,
    multiplied_out,
    ones_in_sum,
)
from gradus.gradients.expressions.nodes import Node, below, opens, parts, replaced, with_parts

Rule = Callable[[Node], Node | None]

#: Rules by operation, in the order in which they are tried.
RULES: dict[str, tuple[Rule, ...]] = {
    "sum": (sum_is_known, sum_is_dot, sum_is_product, sum_of_transpose),
    "mul": (leading_axis, column_by_row, cancel, binary_power),
    "add": (
        ones_in_sum,
        leading_axis,
        common_coefficient,
        multiplied_out,
        joined_choices,
        common_factor,
        common_matrix,
        joined_parts,
    ),
    "where": (choice_factor,),
    "matmul": (vector_of_ones, stretched_rows),
    "transpose": (transpose_of_column, transposed_terms),
    "squeeze": (squeezed_factors,),
}


def simplified(node: Node, scope: Mapping[Node, Node] | None = None) -> Node:
    """A node of equal value, at most as long; ``scope`` gives names by their definitions."""
    for _ in range(4):
        new = _once(node, scope or {})
        if new is node:
            break
        node = new
    return node


def _once(root: Node, scope: Mapping[Node, Node]) -> Node:
    done: dict[Node, Node] = {}
    for node in below([root], through_names=False):
        if node.op == "compare":  # to the last bit as it was: [x == max(x)] is all or nothing
            done[node] = replaced(node, scope.get)
            continue
        new = with_parts(node, [done[part] for part in parts(node)]) if opens(node) else node
        done[node] = _settled(new, scope)
    return done[root]


def _settled(node: Node, scope: Mapping[Node, Node]) -> Node:
    if node in scope:
        return scope[node]
    for rule in RULES.get(node.op, ()):
        found = rule(node)
        if found is not None and found is not node and found.cost <= node.cost:
            node = found
            break
    return recollected(node, scope) if scope else node
