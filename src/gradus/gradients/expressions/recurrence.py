"""Recurrences: one cell, applied at the times 1 to T, its states carried from each to the next.

``scan`` stands for all steps together; ``scan_all`` is a line of the cell at all times, stacked,
and ``scan_last`` at the last one. What comes back through time is a scan as well: ``scan_back``
goes from T to 1, and ``scan_grad`` is one of the gradients that it gives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import Node, builder, intern, leaf, named, replaced


@dataclass(frozen=True)
class State:
    """What is carried from one time to the next."""

    name: str
    before: Node  # the leaf that stands for its value one time earlier
    line: Node  # the line of the cell that gives its value


@dataclass(frozen=True)
class Cell:
    """What happens at one time, in terms of leaves that stand for what changes from outside.

    The arguments of a ``scan`` are the states at time 0, then the sequences, whose first axis is
    time, then whatever else the cell uses, which is the same at all times.
    """

    time: str
    length: Dim
    states: tuple[State, ...]
    sequences: tuple[Node, ...]  # leaves that stand for one step of each
    shared: tuple[Node, ...]  # leaves that stand for what is the same at all times
    lines: tuple[tuple[str, Node], ...]  # in order, by name

    def line(self, name: str) -> Node:
        """The line with a name."""
        return dict(self.lines)[name]

    @property
    def leaves(self) -> tuple[Node, ...]:
        """What the arguments of a scan stand for, in order."""
        return (*(state.before for state in self.states), *self.sequences, *self.shared)


@dataclass(frozen=True)
class Back:
    """One step back through time: the same lines of formulas at each.

    ``gammas`` stand for what comes back to each state, from its own uses and from the time after;
    ``direct`` for what comes back to other lines.
    """

    cell: Cell
    lines: tuple[tuple[str, Node], ...]  # of one time, with names for what is between
    gammas: tuple[tuple[str, Node], ...]
    direct: tuple[tuple[str, Node], ...]
    upstream: tuple[tuple[str, str], ...]  # of each further argument: the line, and all or last
    signals: tuple[tuple[Node, Node], ...]  # error signals at one time, in order
    answers: tuple[tuple[Node, Node], ...]  # by leaf of the cell

    def answer(self, leaf: Node) -> Node:
        """What one time gives to the gradient by a leaf of the cell."""
        return dict(self.answers)[leaf]


@builder("scan")
def _scan(args: tuple[Node, ...], cell: Cell) -> Node:
    return intern("scan", args, cell, ())


@builder("scan_all")
def _scan_all(args: tuple[Node, ...], name: str) -> Node:
    cell: Cell = args[0].data
    return intern("scan_all", args, name, (cell.length, *cell.line(name).shape))


@builder("scan_last")
def _scan_last(args: tuple[Node, ...], name: str) -> Node:
    cell: Cell = args[0].data
    return intern("scan_last", args, name, cell.line(name).shape)


@builder("scan_back")
def _scan_back(args: tuple[Node, ...], back: Back) -> Node:
    return intern("scan_back", args, back, ())


@builder("scan_grad")
def _scan_grad(args: tuple[Node, ...], leaf: Node) -> Node:
    back: Back = args[0].data
    shape = leaf.shape
    if leaf in back.cell.sequences:
        shape = (back.cell.length, *shape)
    return intern("scan_grad", args, leaf, shape)


def all_times(
    cell: Cell,
    arguments: Sequence[Any],
    count: int,
    lines_of: Callable[[list[Node], dict[Node, Any]], list[Any]],
) -> list[dict[Node, Any]]:
    """At each of ``count`` times, the values of the cell's leaves and lines.

    ``arguments`` are the values of those of a ``scan``; ``lines_of`` gives the values of some lines
    from those of the leaves, in whatever library they are.
    """
    first = len(cell.states)
    last = first + len(cell.sequences)
    states, sequences = arguments[:first], arguments[first:last]
    shared = dict(zip(cell.shared, arguments[last:], strict=True))
    lines, found = [line for _, line in cell.lines], []
    for time in range(count):
        known = dict(zip((state.before for state in cell.states), states, strict=True))
        known |= {leaf: seq[time] for leaf, seq in zip(cell.sequences, sequences, strict=True)}
        known |= shared
        values = dict(zip(lines, lines_of(lines, known), strict=True))
        states = [values[state.line] for state in cell.states]
        found.append(known | values)
    return found


def time_name(name: str, time: str) -> str:
    """The name of a line at a time, as it is written: ``h[t]``."""
    return f"{name}[{time}]"


def retimed(node: Node, time: str, label: Callable[[int], str]) -> Node:
    """The same formula with other labels for its times: ``label(0)`` is that of t."""

    def change(part: Node) -> Node | None:
        if part.op not in ("input", "name"):
            return None
        name = part.data[0] if part.op == "input" else part.data
        for offset, written in ((-1, f"[{time}-1]"), (0, f"[{time}]")):
            if name.endswith(written):
                new = f"{name.removesuffix(written)}[{label(offset)}]"
                if part.op == "name":
                    return named(new, part.args[0])
                return leaf(new, part.shape, part.data[1])
        return None

    return replaced(node, change)


def later(node: Node, time: str) -> Node:
    """The same formula one time later: ``h[t]`` becomes ``h[t+1]``."""
    return retimed(node, time, lambda offset: time if offset else f"{time}+1")


def at_first(node: Node, time: str) -> Node:
    """The same formula at the first time: ``h[t-1]`` becomes ``h[0]``."""
    return retimed(node, time, lambda offset: str(1 + offset))
