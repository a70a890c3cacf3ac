"""Backpropagation through time, derived once for all times.

With ``γ`` for what comes back to a state, one step of the cell gives the error signals at that
time, the share of every parameter, and the ``γ`` of the time before. The gradient by a parameter
is the sum of its shares over all times.
"""

from collections.abc import Sequence

from gradus.gradients.deriving.lines import Lines
from gradus.gradients.deriving.rules import Share
from gradus.gradients.deriving.staging import active_nodes, staged
from gradus.gradients.deriving.sweep import Sweep, SweepRule
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node, below, build, leaf, named, total, zeros
from gradus.gradients.expressions.recurrence import Back, Cell, State, time_name
from gradus.gradients.expressions.reductions import sum_all

#: Why the gradient by a parameter is a sum over time.
WORDS = "used at every time: the gradient is the sum over all times (backpropagation through time)"


def shares_through_time(
    scan: Node, upstream: Sequence[tuple[Node, Node]], rule: SweepRule, timed: set[str]
) -> list[Share]:
    """What the arguments of a ``scan`` get.

    ``upstream`` are the uses of its lines (``scan_all`` and ``scan_last``) with their gradients;
    ``timed`` are names that other recurrences have taken, to which those of this one are added.
    """
    cell: Cell = scan.data
    uses = tuple((use.data, "all" if use.op == "scan_all" else "last") for use, _ in upstream)
    back = one_step(cell, uses, rule, timed)
    node = build("scan_back", (scan, *(gradient for _, gradient in upstream)), back)
    places: dict[Node, list[Node]] = {}
    for argument, stand_in in zip(scan.args, cell.leaves, strict=True):
        places.setdefault(argument, []).append(stand_in)
    return [
        Share(argument, build("scan_grad", (node,), stand_in), WORDS)
        for argument, stand_ins in places.items()
        for stand_in in stand_ins
    ]


def one_step(cell: Cell, uses: Sequence[tuple[str, str]], rule: SweepRule, timed: set[str]) -> Back:
    """The formulas of one time, given which lines are used outside of the loop."""
    suffix = f"[{cell.time}]"
    lines = {time_name(name, cell.time): line for name, line in cell.lines}
    used_inside = {part for _, line in cell.lines for part in below(line.args)}
    alone = len(cell.states) == 1 and time_name("gamma", cell.time) not in timed
    special = {
        s.line: gamma_name(cell, s, alone=alone) for s in cell.states if s.line in used_inside
    }
    gammas = tuple(
        (s.name, _later(cell, s, inside=s.line in special, alone=alone)) for s in cell.states
    )
    states = {state.name for state in cell.states}
    direct = tuple(
        (name, leaf(time_name(f"g_{name}", cell.time), cell.line(name).shape, "signal"))
        for name in dict.fromkeys(name for name, _ in uses)
        if name not in states
    )
    weighed = total([sum_all(g * cell.line(name)) for name, g in (*gammas, *direct)])
    result = time_name("J", cell.time)
    while result in lines:
        result = f"{result}_"
    given = (*cell.leaves, *(g for _, g in (*gammas, *direct)))
    inputs = {stand_in.data[0]: stand_in for stand_in in given}
    model = Model(inputs, {**lines, result: named(result, weighed)}, result)
    staged_model, moved = staged(model, frozenset(cell.leaves), suffix=suffix, taken=timed)
    scope = {
        line.args[0]: line
        for name, line in staged_model.names.items()
        if name != result and line.args[0].cost
    }
    taken = {*staged_model.inputs, *staged_model.names, *timed}
    active = active_nodes(staged_model.result, frozenset(cell.leaves))
    wrt = [stand_in for stand_in in cell.leaves if stand_in in active]
    names = {moved[line]: name for line, name in special.items()}
    sweep = Sweep(staged_model, wrt, scope, taken, rule, suffix=suffix, special=names)
    answers = sweep.run()
    kept = frozenset(names.values())
    found = Lines(sweep.definitions, answers, scope, taken, suffix=suffix, kept=kept).arranged()
    timed |= {*taken, *(signal.data[0] for signal in found.definitions)}
    nothing = {one: zeros(one.shape) for one in cell.leaves if one not in found.answers}
    return Back(
        cell,
        tuple((key, line) for key, line in staged_model.names.items() if key != result),
        gammas,
        direct,
        tuple(uses),
        tuple(found.definitions.items()),
        tuple({**found.answers, **nothing}.items()),
    )


def gamma_name(cell: Cell, state: State, *, alone: bool) -> str:
    """The name of the gradient at a state: ``gamma[t]``, or of several ``gamma_h[t]``."""
    return time_name("gamma" if alone else f"gamma_{state.name}", cell.time)


def _later(cell: Cell, state: State, *, inside: bool, alone: bool) -> Node:
    """What stands for the gradient that comes from outside of this time: from the next one."""
    name = (
        time_name(f"next_{state.name}", cell.time)
        if inside
        else gamma_name(cell, state, alone=alone)
    )
    return leaf(name, state.line.shape, "signal")
