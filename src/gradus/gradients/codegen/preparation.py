"""From a derivation to the program that is written down."""

from dataclasses import replace

from gradus.gradients.codegen.chains import CHAINS
from gradus.gradients.codegen.dots import DOTS
from gradus.gradients.codegen.expansions import EXPANSIONS
from gradus.gradients.codegen.kernels import is_scattered
from gradus.gradients.codegen.logarithms import LOGARITHMS
from gradus.gradients.codegen.lookups import LOOKUPS
from gradus.gradients.codegen.names import key_of
from gradus.gradients.codegen.plain_forms import PLAIN_FORMS, SOLUTIONS
from gradus.gradients.codegen.programs import Program, Rules, rewritten, substituted
from gradus.gradients.codegen.sharing import shared
from gradus.gradients.codegen.tensors import TENSORS
from gradus.gradients.codegen.writer import Library
from gradus.gradients.expressions.nodes import leaf


def merged(*tables: Rules) -> Rules:
    """Several tables of rules as one; those of the first are tried first."""
    ops = dict.fromkeys(op for table in tables for op in table)
    return {op: tuple(rule for table in tables for rule in table.get(op, ())) for op in ops}


#: What is rewritten one after the other, before what is particular to a library.
PASSES = (merged(LOOKUPS, LOGARITHMS, PLAIN_FORMS, DOTS, TENSORS), CHAINS, SOLUTIONS)


def prepared(program: Program, library: Library) -> Program:
    """A program as the library computes it best, with names for all that is shared."""
    for rules in PASSES:
        program = rewritten(program, rules)
    program = rewritten(with_updates_inside(program), LOOKUPS)
    program = rewritten(program, EXPANSIONS[library.name])
    taken = taken_names(program)
    program = shared(program, library.statements, taken)
    return with_statements(program, library, taken)


def with_updates_inside(program: Program) -> Program:
    """The program where changes of a few rows stand in the sum that they belong to.

    A long sum of gradients by a table may have been split; each part alone would be a table.
    """
    for name, value in program.equations.items():
        if name.op != "name" and is_scattered(value) and program.uses[name] == 1:
            rest = {one: other for one, other in program.equations.items() if one is not name}
            inner = substituted(replace(program, equations=rest), name, value)
            return with_updates_inside(inner)
    return program


def taken_names(program: Program) -> set[str]:
    """The names that are not free in a program."""
    model = program.model
    return {*model.inputs, *model.names, *model.symbols, *map(key_of, program.equations)}


def with_statements(program: Program, library: Library, taken: set[str]) -> Program:
    """Names for gradients that take a statement of their own."""
    for name, value in program.answers.items():
        if value.op in library.statements:
            key = f"d{name}"
            while key in taken:
                key += "_"
            taken.add(key)
            atom = leaf(key, value.shape, "signal")
            program = replace(
                program,
                answers={**program.answers, name: atom},
                equations={**program.equations, atom: value},
            )
    return program
