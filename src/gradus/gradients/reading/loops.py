"""Loops over time: ``for t = 1..T:`` with lines such as ``h[t] = tanh(W x[t] + U h[t-1])``.

In the loop, ``x[t]`` is one step of a sequence whose first axis is T long, ``h[t-1]`` the value of
a line one time earlier, which needs ``h[0] = ...`` before the loop; other names are the same at all
times. After it, ``h[T]`` is the last value and ``h`` all of them, stacked.
"""

from collections.abc import Mapping, Sequence

from gradus.core.errors import NotationError
from gradus.gradients.expressions.dims import Dim, show_shape
from gradus.gradients.expressions.nodes import Node, below, build, leaf, named
from gradus.gradients.expressions.recurrence import Cell, State, time_name
from gradus.gradients.reading.calls import dim
from gradus.gradients.reading.names import canonical
from gradus.gradients.reading.reader import Reader
from gradus.gradients.reading.syntax import Statement, Syntax
from gradus.gradients.reading.tokens import located


def read_loop(outside: Reader, statement: Statement, states: Mapping[str, Node]) -> Node:
    """A loop as a node ``scan``; ``states`` are the values at time 0.

    Raises:
        NotationError: a line looks back further than one time, or to a value that is not there.
    """
    return LoopReader(outside, statement, states).scan()


class LoopReader(Reader):
    """Reads the lines of a loop; what is around it is known, the same at all times."""

    def __init__(self, outside: Reader, statement: Statement, states: Mapping[str, Node]) -> None:
        super().__init__(outside.text)
        assert statement.target is not None
        assert statement.value is not None
        self.outside, self.statement, self.states = outside, statement, states
        self.symbols, self.warnings = outside.symbols, outside.warnings
        self.time = statement.target.data
        self.length = self.loop_length(statement.value)
        self.before: dict[str, Node] = {}
        self.steps: dict[str, Node] = {}
        self.lines: dict[str, Node] = {}
        self.shared = {name: stand_in(name, node) for name, node in outside.scope.items()}
        self.scope = dict(self.shared)

    def loop_length(self, end: Syntax) -> Dim:
        """How many steps the loop has."""
        return dim(self.outside.value(end))

    def scan(self) -> Node:
        """The recurrence as one node."""
        for statement in self.statement.body:
            name = self.name_of(statement)
            assert statement.value is not None
            value = self.expression(statement.value)
            key = time_name(name, self.time)
            self.lines[name] = self.scope[name] = named(key, value)
        return self.built(self.outside.scope)

    def built(self, outside: Mapping[str, Node]) -> Node:
        """The node, from the lines that were read."""
        states = []
        for name, before in self.before.items():
            if name not in self.lines:
                raise NotationError(
                    f"{name}[{self.time}-1] is used, but no line of the loop gives "
                    f"{name}[{self.time}] a value"
                )
            line = self.lines[name]
            if line.shape != before.shape:
                raise NotationError(
                    f"{name}[0] has the shape {show_shape(before.shape)}, but the loop gives "
                    f"{name}[{self.time}] the shape {show_shape(line.shape)}"
                )
            states.append(State(name, before, line))
        if not self.lines:
            raise NotationError("the loop gives no name a value")
        used = set(below(self.lines.values()))
        shared = {name: node for name, node in self.shared.items() if node in used}
        cell = Cell(
            self.time,
            self.length,
            tuple(states),
            tuple(self.steps.values()),
            tuple(shared.values()),
            tuple(self.lines.items()),
        )
        args = [self.states[state.name] for state in states]
        args += [outside[name] for name in self.steps]
        args += [outside[name] for name in shared]
        return build("scan", args, cell)

    def name_of(self, line: Statement) -> str:
        """The name that a line of the loop gives a value; ``z`` is ``z[t]``."""
        target = line.target
        if line.kind != "assign" or target is None:
            raise located(
                "a line of a loop gives a name a value, as in h[t] = ...",
                self.text,
                self.statement.target.start if self.statement.target else 0,
                self.statement.target.stop if self.statement.target else 1,
            )
        if target.kind == "name":
            return canonical(target.data)
        base, *items = target.parts
        if len(items) != 1 or items[0].kind != "name" or items[0].data != self.time:
            raise located(
                f"in this loop a line gives {base.data}[{self.time}] a value",
                self.text,
                target.start,
                target.stop,
            )
        return canonical(base.data)

    def _index(self, tree: Syntax) -> Node:
        base, *items = tree.parts
        offset = self.offset(items[0]) if len(items) == 1 and base.kind == "name" else None
        if offset is None:
            return super()._index(tree)
        name = canonical(base.data)
        if offset == -1:
            return self.previous(name)
        if name in self.lines:
            return self.lines[name]
        return self.element(name)

    def offset(self, item: Syntax) -> int | None:
        """0 for ``t``, -1 for ``t-1``; None for what is no time."""
        if item.kind == "name" and item.data == self.time:
            return 0
        if item.kind == "binary" and item.parts[0].data == self.time:
            if item.data == "-" and item.parts[1].data == "1":
                return -1
            raise NotationError(
                f"in a loop over {self.time}, a line can look back to {self.time}-1 alone"
            )
        return None

    def previous(self, name: str) -> Node:
        """What stands for the value of a line one time earlier."""
        if name not in self.states:
            raise NotationError(
                f"{name}[{self.time}-1] needs a value at time 0; write {name}[0] = ... before the "
                "loop"
            )
        if name not in self.before:
            self.before[name] = self.leaf_before(name)
        return self.before[name]

    def leaf_before(self, name: str) -> Node:
        """What stands for a state one time earlier."""
        return leaf(f"{name}[{self.time}-1]", self.states[name].shape, "normal")

    def element(self, name: str) -> Node:
        """One step of a sequence."""
        if name not in self.steps:
            whole = self.sequence(name)
            key = time_name(name, self.time)
            self.steps[name] = leaf(key, whole.shape[1:], whole.data[1])
        return self.steps[name]

    def sequence(self, name: str) -> Node:
        """A value from outside whose first axis is time."""
        whole = self.shared.get(name)
        if whole is None:
            raise NotationError(f"unknown name {name!r}; declare it with its shape")
        if not whole.shape or whole.shape[0] != self.length:
            raise NotationError(
                f"{name}[{self.time}] takes one step of a sequence, so the first axis of {name} "
                f"has to be {self.length}, but its shape is {show_shape(whole.shape)}"
            )
        return whole


class UnrolledReader(LoopReader):
    """Reads a loop that is written out: each line once for every time, named h1, h2, ..."""

    def __init__(
        self, outside: Reader, statement: Statement, states: Mapping[str, Node], count: int
    ) -> None:
        self.count, self.now = count, 0
        self.steps_of: dict[str, list[Node]] = {}
        self.found: dict[str, Node] = {}
        super().__init__(outside, statement, states)
        self.scope = dict(outside.scope)
        self.shared = dict(outside.scope)

    def loop_length(self, end: Syntax) -> Dim:
        """The steps that are written out."""
        return Dim.number(self.count)

    def unrolled(self) -> list[tuple[str, Node]]:
        """The lines of all steps in order."""
        for now in range(1, self.count + 1):
            self.now, self.lines, self.steps = now, {}, {}
            for statement in self.statement.body:
                name = self.name_of(statement)
                assert statement.value is not None
                line = self.keep(name, self.expression(statement.value))
                self.lines[name] = self.scope[name] = line
                self.steps_of.setdefault(name, []).append(line)
        return list(self.found.items())

    def keep(self, name: str, value: Node) -> Node:
        """A value by its name at this time."""
        key = f"{name}{self.now}"
        while key in self.found or key in self.outside.scope:
            key += "_"
        self.found[key] = named(key, value)
        return self.found[key]

    def previous(self, name: str) -> Node:
        """The value of a line one time earlier."""
        return super().previous(name) if self.now == 1 else self.steps_of[name][-1]

    def leaf_before(self, name: str) -> Node:
        """At the first time, what the state is at time 0."""
        return self.states[name]

    def element(self, name: str) -> Node:
        """One step of a sequence, by its name at this time."""
        if name not in self.steps:
            whole = self.sequence(name)
            bounds = [(Dim.number(0), size) for size in whole.shape]
            bounds[0] = (Dim.number(self.now - 1), Dim.number(self.now))
            row = build("squeeze", (build("slice", (whole,), tuple(bounds)),), (0,))
            self.steps[name] = self.keep(name, row)
        return self.steps[name]


def stacked(steps: Sequence[Node]) -> Node:
    """Values of all times as one array, the first axis being time."""
    return build("concat", [build("expand", (step,), 0) for step in steps], 0)


def stand_in(name: str, node: Node) -> Node:
    """What stands in the lines of a loop for something from outside."""
    return leaf(name, node.shape, node.data[1] if node.op == "input" else "normal")
