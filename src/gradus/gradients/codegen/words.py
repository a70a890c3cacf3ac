"""Names for expressions that are used twice: after their parts, or after what they do."""

from collections.abc import Sequence
from fractions import Fraction

from gradus.gradients.codegen.programs import Program
from gradus.gradients.expressions.nodes import Node, parts

HALF = Fraction(1, 2)


#: What an expression is called by its operation, if it has no better name.
WORDS = {
    "sum": "total",
    "amax": "top",
    "matmul": "product",
    "rowdot": "dots",
    "dot": "dot",
    "add": "combined",
    "update": "changed",
    "compare": "chosen",
    "ind": "chosen",
    "where": "choice",
    "gather": "rows",
    "pick": "picked",
    "mul": "scaled",
    "inv": "inverse",
    "solve": "solved",
    "concat": "joined",
    "einsum": "contracted",
    "softmax": "p",
    "logsoftmax": "logp",
    "lse": "log_total",
    "onehot": "rows",
    "causal_bias": "mask",
}


def word_for(node: Node, program: Program) -> str:
    """What to call an expression: after its parts if it is short, else after what it does."""
    if node in program.hints:
        return program.hints[node]
    names = [name_of(part) for part in parts(node)]
    found = _short_word(node, names) if all(names) else ""
    if found and len(found) <= 14:
        return found
    if node.op == "mul" and node.data == (1, (HALF,)):
        inside = program.meaning(node.args[0])
        squares = inside.op in ("dot", "matmul") and inside.args[0] is inside.args[1]
        name = name_of(inside.args[0]) if squares else ""
        return f"norm_{name}" if name else "root"
    if node.op == "add" and min(node.data) < 0:
        return "residual"
    return WORDS.get(node.op, "part")


def _short_word(node: Node, names: Sequence[str]) -> str:
    if node.op in ("matmul", "dot") and node.args[0] is node.args[1]:
        return f"{names[0]}_squared"
    if node.op == "matmul" or (node.op == "mul" and len(names) == 2 and node.data == (1, (1, 1))):
        return "_".join(names)
    if node.op == "add" and len(names) == 2 and set(map(abs, node.data)) == {1}:
        minus = node.data.index(-1) if -1 in node.data else 2
        first, second = names if minus else reversed(names)
        first, second = ("one" if name == "1" else name for name in (first, second))
        return f"{first}_{'plus' if minus == 2 else 'minus'}_{second}"
    if len(names) == 1 and node.op not in WORDS:
        return f"{node.op}_{names[0]}"
    return ""


def name_of(node: Node) -> str:
    """The name of a leaf or a line, empty for other expressions."""
    if node.op == "name":
        return str(node.data)
    if node.op == "transpose" and node.rank == 2:
        inside = name_of(node.args[0])
        return f"{inside}T" if inside else ""
    if node.op == "const":
        return "1" if node.data == 1 else ""
    return str(node.data[0]) if node.op == "input" else ""
