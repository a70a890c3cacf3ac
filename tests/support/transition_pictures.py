"""A parse as a table: each transition, what it leaves on the stack and in the buffer, its arc."""

import numpy as np
from plain_transitions import PLAIN, Configuration

from gradus.tasks.parsing.kernels.moves import apply_
from gradus.tasks.parsing.kernels.oracles import cost, projective_order, projective_parts
from gradus.tasks.parsing.kernels.state import NONE, start
from gradus.tasks.parsing.systems import MOVES, SYSTEMS


def oracle_parse(name, heads):
    """Transitions by name, the oracle's first choice each time, with the configuration of each."""
    gold = np.array([-1, *heads], dtype=np.int32)
    extra = projective_order(gold), projective_parts(gold)
    number, plain = SYSTEMS[name].number, PLAIN[name]
    twin, state = Configuration.of(len(heads)), start(len(heads))
    yield "", None, twin
    while not plain.final(twin):
        free = [
            move
            for move in plain.allowed(twin)
            if cost(number, state, MOVES.index(move), gold, *extra) == 0
        ]
        # an arc before a shift and a reduction only when needed: the parse that people write down
        move = next(m for m in ("left", "right", "swap", "pass", "shift", "reduce") if m in free)
        transition = plain.transitions[move]
        arc = transition.arc(twin) if transition.arc else None
        transition.take(twin)
        apply_(number, state, MOVES.index(move), NONE)
        yield move, arc, twin


def picture(name, forms, heads):
    """The table as Markdown."""
    forms = ["root", *forms]
    aside = name == "covington"
    rows = [["transition", "stack", *(["set aside"] if aside else []), "buffer", "new arc"]]
    rows.append(["---"] * len(rows[0]))
    for move, arc, twin in oracle_parse(name, heads):
        lists = [twin.stack, *([twin.aside[::-1]] if aside else []), twin.buffer]
        words = [" ".join(forms[node] for node in nodes) for nodes in lists]
        rows.append([move, *words, f"{forms[arc[0]]} → {forms[arc[1]]}" if arc else ""])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
