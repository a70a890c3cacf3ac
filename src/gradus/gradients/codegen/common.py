"""Parts of expressions that several share without being equal: factors, roots, divisors."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

from gradus.gradients.codegen.costs import (
    is_number,
    powers_of,
)
from gradus.gradients.codegen.definitions import defined, with_changes, with_name
from gradus.gradients.codegen.kernels import (
    rowdot,
)
from gradus.gradients.codegen.programs import Program, fresh, nodes_of, substituted
from gradus.gradients.codegen.words import word_for
from gradus.gradients.expressions.arithmetic import factors, from_factors
from gradus.gradients.expressions.nodes import Node, build, product

HALF = Fraction(1, 2)

#: Two factors with their exponents.
Pair = tuple[tuple[Node, Fraction], ...]


def common_factors(program: Program, taken: set[str]) -> Program:
    """The program with names for products of two factors that several products contain."""
    for _ in range(64):
        found = _common_pair(program)
        if found is None:
            return program
        program = _with_pair(program, dict(found), taken)
    return program


def _common_pair(program: Program) -> Pair | None:
    counts: Counter[frozenset[tuple[Node, Fraction]]] = Counter()
    orders: dict[frozenset[tuple[Node, Fraction]], Pair] = {}
    for node in nodes_of(program.expressions()):
        if node.op == "mul":
            own = [
                (base, power)
                for base, power in powers_of(node)
                if isinstance(power, Fraction) and not is_number(base, program)
            ]
            if len(own) <= 8:
                for pair in combinations(own, 2):
                    counts[frozenset(pair)] += 1
                    orders.setdefault(frozenset(pair), pair)
    common = [pair for pair, count in counts.items() if count > 1]
    return orders[max(common, key=lambda pair: counts[pair])] if common else None


def _with_pair(program: Program, pair: dict[Node, Fraction], taken: set[str]) -> Program:
    whole = product(tuple(pair), tuple(pair.values()))
    name = next((name for name, value in program.equations.items() if value is whole), None)
    if name is None:
        name = fresh(word_for(whole, program), whole, taken)

    def change(node: Node) -> Node | None:
        if node.op != "mul":
            return None
        coefficient, powers = factors(node)
        if not all(powers.get(base) == power for base, power in pair.items()):
            return None
        rest = {b: e for b, e in powers.items() if b not in pair}
        return from_factors(coefficient, {name: Fraction(1), **rest})

    changed = with_changes(program, change)
    return defined(changed, name, whole)


def common_roots(program: Program, taken: set[str]) -> Program:
    """The program with names for roots that are multiplied with and divided by."""
    found: dict[Node, set[Fraction]] = {}
    for node in nodes_of(program.expressions()):
        if node.op == "mul":
            for base, power in powers_of(node):
                if isinstance(power, Fraction) and abs(power) == HALF:
                    found.setdefault(base, set()).add(power)
    for base, powers in found.items():
        if len(powers) > 1 and not is_number(base, program):
            return common_roots(_with_root(program, base, taken), taken)
    return program


def _with_root(program: Program, base: Node, taken: set[str]) -> Program:
    whole = product((base,), (HALF,))
    name = fresh(word_for(whole, program), whole, taken)

    def change(node: Node) -> Node | None:
        if node.op != "mul":
            return None
        coefficient, powers = factors(node)
        if powers.get(base) not in (HALF, -HALF):
            return None
        power = powers.pop(base)
        return from_factors(coefficient, {name: 2 * power, **powers})

    changed = with_changes(program, change)
    return defined(changed, name, whole)


def common_divisors(program: Program, taken: set[str]) -> Program:
    """The program where several arrays are multiplied by one inverse, not each divided."""
    counts: Counter[tuple[Node, Fraction]] = Counter()
    larger: set[Node] = set()
    for node in nodes_of(program.expressions()):
        if node.op == "mul":
            for base, power in powers_of(node):
                if isinstance(power, Fraction) and power < 0 and not is_number(base, program):
                    counts[base, power] += 1
                    if base.rank and base.shape != node.shape:
                        larger.add(base)
    for (base, power), count in counts.items():
        if count > 1 and base in larger:
            return common_divisors(_with_power(program, base, power, taken), taken)
    return program


def _with_power(program: Program, base: Node, exponent: Fraction, taken: set[str]) -> Program:
    """The program with a name for a power of a base."""
    whole = product((base,), (exponent,))
    name = next((name for name, value in program.equations.items() if value is whole), None)
    if name is None:
        name = fresh("scale", whole, taken)

    def change(node: Node) -> Node | None:
        if node.op != "mul":
            return None
        coefficient, powers = factors(node)
        if powers.get(base) != exponent:
            return None
        del powers[base]
        return from_factors(coefficient, {name: Fraction(1), **powers})

    changed = with_changes(program, change)
    return defined(changed, name, whole)


def without_negatives(program: Program, taken: set[str]) -> Program:
    """The program where of two differences, ``a - b`` and ``b - a``, one is minus the other."""
    nodes = {node: None for node in nodes_of(program.expressions()) if node.op == "add"}
    for node in nodes:
        negative = build("add", node.args, tuple(-count for count in node.data))
        if negative in nodes and negative.op == "add":
            program = with_name(program, node, taken)
            name = next(name for name, value in program.equations.items() if value is node)
            return without_negatives(substituted(program, negative, -name), taken)
    return program


def common_reductions(program: Program, taken: set[str]) -> Program:
    """The program where a reduction with and one without its axes are one and the same."""
    nodes = dict.fromkeys(nodes_of(program.expressions()))
    for node in nodes:
        if node.op in ("sum", "amax", "lse") and node.data[1]:
            bare = build(node.op, node.args, (node.data[0], False))
        elif node.op == "rowdot" and node.data:
            bare = rowdot(*node.args, keep=False)
        else:
            continue
        if bare in nodes and bare is not node:
            program = with_name(program, node, taken)
            name = next(name for name, value in program.equations.items() if value is node)
            axes = node.data[0] if node.op != "rowdot" else (node.rank - 1,)
            program = substituted(program, bare, build("squeeze", (name,), axes))
            return common_reductions(program, taken)
    return program
