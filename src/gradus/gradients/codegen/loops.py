"""Recurrences as loops: what a time needs of the one before stays inside, all else is taken out.

A ``scan`` becomes a ``loop`` forward, a ``scan_back`` one backward; ``stored`` is what a loop keeps
of every time, and ``carried`` what it has carried to the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gradus.gradients.codegen.kernels import rebuilt
from gradus.gradients.codegen.lifting import Hoist, Lift, lifted, summed
from gradus.gradients.codegen.names import key_of
from gradus.gradients.codegen.preparation import prepared, taken_names
from gradus.gradients.codegen.programs import Program, fresh, nodes_of
from gradus.gradients.codegen.words import word_for
from gradus.gradients.codegen.writer import Library
from gradus.gradients.expressions.arithmetic import without_ones
from gradus.gradients.expressions.dims import ONE, Dim
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.indexing import part
from gradus.gradients.expressions.nodes import (
    Node,
    build,
    intern,
    is_zero,
    leaf,
    ones,
    parts,
    product,
    total,
    zeros,
)
from gradus.gradients.expressions.recurrence import Back, Cell, time_name


@dataclass(frozen=True, eq=False)
class Loop:
    """One time as a program, and what goes in and out.

    The arguments of the node are the values at the start of what is carried, then the sequences,
    then what is the same at all times. The result of the program is a ``step`` of the new values of
    what is carried, what is added up, and what is stored.
    """

    time: str
    length: Dim
    program: Program
    carried: tuple[Node, ...]  # leaves
    sums: tuple[Node, ...]  # answers that are added up over all times
    outputs: tuple[Node, ...]  # what is stored, as it is called outside
    sequences: tuple[Node, ...]  # leaves that are read at every time
    shared: tuple[Node, ...]  # leaves that are the same at all times
    backward: bool

    @property
    def step(self) -> tuple[Node, ...]:
        """The values of the carried, of the sums and of the outputs at one time."""
        return self.program.equations[self.program.result].args


@dataclass(frozen=True)
class BackPart:
    """What goes back through time, in the making."""

    carried: list[Node]
    initial: list[Node]
    following: list[Node]
    pending: dict[Node, Node]  # equations of one time that may have to stand in the loop
    inside: dict[Node, None]  # those that do
    known: Mapping[Node, Lift]  # before the loop
    later: Mapping[Node, Lift]  # after it
    answers: Mapping[Node, Node]
    sums: list[Node] = field(default_factory=list)


def with_loops(program: Program, library: Library) -> Program:
    """The program with loops for recurrences."""
    while True:
        scan = next((n for n in nodes_of(program.expressions()) if n.op == "scan"), None)
        if scan is None:
            return program
        program = Unfolding(program, scan, library).result()


def base_name(key: str, time: str) -> str:
    """The name of a line without its time: ``h`` of ``h[t]``, ``h_before`` of ``h[t-1]``."""
    return key.replace(f"[{time}-1]", "_before").replace(f"[{time}]", "")


#: Operations that are not done again where forward has done them.
COSTLY = ("matmul", "softmax", "logsoftmax", "einsum", "lse", "inv", *FUNCTIONS)


class Unfolding:
    """The making of the loops of one ``scan``."""

    def __init__(self, program: Program, scan: Node, library: Library) -> None:
        self.program, self.library = program, library
        self.taken = taken_names(program)
        self.new: dict[Node, Node] = {}  # further equations outside
        self.cell: Cell = scan.data
        self.time, self.steps = self.cell.time, self.cell.length
        found = [n for n in nodes_of(program.expressions()) if n.op.startswith("scan")]
        self.key = self._key(scan)
        self.renewed: set[Node] = set()  # names of the model with another definition
        scans = {n for n in found if n.op == "scan" and self._key(n) == self.key}
        self.uses = [n for n in found if n.op in ("scan_all", "scan_last") and n.args[0] in scans]
        self.backs = [n for n in found if n.op == "scan_back" and n.args[0] in scans]
        backs = set(self.backs)
        self.grads = [n for n in found if n.op == "scan_grad" and n.args[0] in backs]
        self.args = [self._argument(arg) for arg in scan.args]
        self.atom = self._fresh("loop", ())
        self.becomes: dict[Node, Node] = {}
        self.atoms: dict[Node, Node] = {}  # names outside, by those of one time
        self.constant: dict[Node, Node] = {}  # upstream errors that are the same number always
        self.common: dict[Node, Node] = {}  # names for what both passes need

    def _key(self, scan: Node) -> object:
        return scan.data, tuple(self.program.meaning(arg) for arg in scan.args)

    def _fresh(self, name: str, shape: tuple[Dim, ...]) -> Node:
        return fresh(name, zeros(shape), self.taken)

    def _lifted(self, inner: Node, value: Node) -> Lift:
        """A name outside for what a name of one time is at all times."""
        word = self._base(inner)
        atom = self.atoms.get(inner) or fresh(word, value, self.taken)
        self.atoms[inner] = atom
        self.new[atom] = value
        self.program.hints[value] = word
        return Lift(atom)

    def _named(self, word: str, value: Node) -> Node:
        """A name outside for a value."""
        atom = fresh(word, value, self.taken)
        self.new[atom] = value
        self.program.hints[value] = word
        return atom

    def _argument(self, value: Node) -> Node:
        if not value.args or value in self.program.equations:
            return value
        known = next((name for name, v in self.program.equations.items() if v is value), None)
        return known or self._named(word_for(value, self.program), value)

    def _base(self, node: Node) -> str:
        return base_name(key_of(node), self.time)

    # the whole

    def result(self) -> Program:
        """The program with loops in place of the scan."""
        back: Back | None = self.backs[0].data if self.backs else None
        self._lines(back)
        self._forward(back)
        for node in self.backs:
            self._backward(node)
        for use in self.uses:
            self.becomes.setdefault(use, self._use(use))
        self._close()
        return self.rewritten()

    def rewritten(self) -> Program:
        """The equations with what stands for the uses and gradients of the scan."""

        def change(node: Node) -> Node:
            return substituted_all(node, self.becomes)

        program = self.program.with_expressions(change)
        old = {n: v for n, v in program.equations.items() if n not in self.renewed}
        equations = {**{n: change(v) for n, v in self.new.items()}, **old}
        return replace(program, equations=equations).needed()

    # forward

    def _lines(self, back: Back | None) -> None:
        suffixed = [(time_name(name, self.time), line) for name, line in self.cell.lines]
        lines = dict(suffixed if back is None else back.lines)
        self.line_of = {name: lines[time_name(name, self.time)] for name, _ in self.cell.lines}
        self.definitions = {line: line.args[0] for line in lines.values()}
        first = len(self.cell.states)
        last = first + len(self.cell.sequences)
        self.known = {
            **dict(zip(self.cell.sequences, map(Lift, self.args[first:last]), strict=True)),
            **{
                one: Lift(arg, over=False)
                for one, arg in zip(self.cell.shared, self.args[last:], strict=True)
            },
        }
        for line, definition in self.definitions.items():
            self._lift_line(line, definition)

    def _lift_line(self, line: Node, definition: Node) -> bool:
        lift = lifted(definition, self.known, self.steps)
        if lift is None or not lift.over:
            return False
        name = self._own_name(line)
        if name is None:
            self.known[line] = self._lifted(line, lift.node)
        else:
            self._define(name, lift.node)
            self.known[line] = Lift(name)
        return True

    def _own_name(self, line: Node) -> Node | None:
        """What the model calls a line at all times."""
        for name in self.program.model.names.values():
            use = name.args[0]
            ours = use.op == "scan_all" and self._key(use.args[0]) == self.key
            if ours and self.line_of[use.data] is line:
                return name
        return None

    def _define(self, name: Node, value: Node) -> None:
        self.new[name] = value
        self.renewed.add(name)

    def _forward(self, back: Back | None) -> None:
        before = dict(self.known)
        states = [self.line_of[state.name] for state in self.cell.states]
        self.inside = self._closure(states, before)
        self._keep_common(back, before)
        while not self._after(before):
            pass
        self.before = before

    def _closure(self, roots: Iterable[Node], known: dict[Node, Lift]) -> dict[Node, None]:
        """The lines that some lines need, in order, but for those known before the loop."""
        found: set[Node] = set()
        stack = list(roots)
        while stack:
            line = stack.pop()
            if line in self.definitions and line not in known and line not in found:
                found.add(line)
                stack.extend(nodes_of([self.definitions[line]]))
        return {line: None for line in self.definitions if line in found}

    def _keep_common(self, back: Back | None, before: dict[Node, Lift]) -> None:
        """Names for what forward computes inside of lines and backward needs again."""
        if back is None:
            return
        again = set(nodes_of([v for _, v in (*back.signals, *back.answers)]))
        mine = list(nodes_of(self.definitions[line] for line in self.inside))
        lines = set(self.definitions.values())
        for node in mine:
            repeated = node.op in COSTLY and node in again and node not in lines
            if repeated and lifted(node, before, self.steps) is None:
                word = base_name(word_for(node, self.program), self.time)
                self.common[node] = self._fresh(f"{word}[{self.time}]", node.shape)
        for line in list(self.inside):
            self.definitions[line] = self._with_common(self.definitions[line])
        for node, atom in self.common.items():
            inner = {one: other for one, other in self.common.items() if one is not node}
            self.definitions = {atom: substituted_all(node, inner), **self.definitions}
            self.inside = {atom: None, **self.inside}

    def _with_common(self, node: Node) -> Node:
        return substituted_all(node, self.common)

    def _after(self, before: dict[Node, Lift]) -> bool:
        """Lift the lines that no state needs; where one cannot be, it joins the loop."""
        self.known = dict(before)
        for line in self.inside:
            whole = self.stored(self.atom, line)
            name = self._own_name(line)
            if name is not None:
                self._define(name, whole)
            self.known[line] = Lift(name or whole)
        for state, initial in zip(self.cell.states, self.args, strict=False):
            at = self.known.get(self.line_of[state.name])
            if at is not None:
                rest = part(at.node, 0, None, self.steps - ONE)
                moved = build("concat", (build("expand", (initial,), 0), rest), 0)
                self.known[state.before] = self._lifted(state.before, moved)
        for line, definition in self.definitions.items():
            if line not in self.known and not self._lift_line(line, definition):
                self.inside = self._closure([*self.inside, line], before)
                return False
        return True

    def stored(self, atom: Node, inner: Node) -> Node:
        """What a loop keeps of every time."""
        node = intern("stored", (atom,), inner, (self.steps, *inner.shape))
        self.program.hints[node] = self._base(inner)
        return node

    def _use(self, use: Node) -> Node:
        whole = self.known[self.line_of[use.data]].node
        if use.op == "scan_all":
            return whole
        last = part(whole, 0, self.steps - ONE, self.steps)
        node = build("squeeze", (last,), (0,))
        self.program.hints[node] = f"final_{use.data}"
        return node

    # backward

    def _backward(self, node: Node) -> None:
        back: Back = node.data
        self.back_atom = self._fresh("loop_back", ())
        known = self._direct(back, node.args[1:])
        equations: dict[Node, Node] = {}
        carried, initial = self._gammas(back, node.args[1:], equations, known)
        signals = {one: self._of_back(value) for one, value in back.signals}
        answers = {one: self._of_back(value) for one, value in back.answers}
        signals = self._before_back(signals, known)
        following = [answers[state.before] for state in self.cell.states]
        pending = {**equations, **signals}
        inside = self._needed(following, pending)
        later = dict(known)
        for one in inside:
            later[one] = Lift(self.stored(self.back_atom, one))
        for one in pending:
            if one not in later:
                lift = lifted(pending[one], later, self.steps)
                if lift is None or not lift.over:
                    for more in self._needed([one], pending):
                        inside.setdefault(more)
                        later[more] = Lift(self.stored(self.back_atom, more))
                else:
                    later[one] = self._lifted(one, lift.node)
        for one in carried:  # as it comes from the time after
            later[one] = Lift(self.stored(self.back_atom, one))
        part_ = BackPart(carried, initial, following, pending, inside, known, later, answers)
        for grad in self.grads:
            if grad.args[0] is node:
                self.becomes[grad] = self._gradient(grad.data, part_)
        self.back_part = part_

    def _of_back(self, value: Node) -> Node:
        """A formula of the way back, with what forward has kept, and upstream errors like 1."""
        return substituted_all(self._with_common(value), self.constant)

    def _direct(self, back: Back, upstreams: Sequence[Node]) -> dict[Node, Lift]:
        known = dict(self.known)
        for name, stand_in in back.direct:
            terms = []
            for (used, where), value in zip(back.upstream, upstreams, strict=True):
                if used == name and where == "all":
                    terms.append(value)
                elif used == name:
                    none = zeros((self.steps - ONE, *value.shape))
                    terms.append(build("concat", (none, build("expand", (value,), 0)), 0))
            value = total(terms)
            bare = without_ones(value)
            if bare.op == "const" and value.rank == stand_in.rank + 1:
                self.constant[stand_in] = product((bare, ones(stand_in.shape)))
            elif not stand_in.rank and not bare.rank:
                known[stand_in] = Lift(self._argument(bare), over=False)
            else:
                known[stand_in] = self._lifted(stand_in, value)
        return known

    def _gammas(
        self,
        back: Back,
        upstreams: Sequence[Node],
        equations: dict[Node, Node],
        known: dict[Node, Lift],
    ) -> tuple[list[Node], list[Node]]:
        carried, initial = [], []
        for name, gamma in back.gammas:
            comes = leaf(f"next_{name}", gamma.shape, "signal")
            uses = list(zip(back.upstream, upstreams, strict=True))
            every = [value for (used, where), value in uses if used == name and where == "all"]
            last = [value for (used, where), value in uses if used == name and where == "last"]
            carried.append(comes)
            initial.append(self._argument(total(last)) if last else zeros(gamma.shape))
            equations[gamma] = comes
            if every:
                upstream = leaf(f"g_{name}[{self.time}]", gamma.shape, "signal")
                known[upstream] = Lift(self._argument(total(every)))
                equations[gamma] = comes + upstream
        return carried, initial

    def _before_back(self, signals: dict[Node, Node], known: dict[Node, Lift]) -> dict[Node, Node]:
        """The signals that depend on the time after; the others are known before the loop."""
        rest = {}
        for signal, value in signals.items():
            lift = lifted(value, known, self.steps)
            if lift is not None and lift.over:
                known[signal] = self._lifted(signal, lift.node)
            else:
                rest[signal] = value
        return rest

    def _needed(self, roots: Iterable[Node], equations: dict[Node, Node]) -> dict[Node, None]:
        found: set[Node] = set()
        stack = list(roots)
        while stack:
            for node in nodes_of([stack.pop()]):
                if node in equations and node not in found:
                    found.add(node)
                    stack.append(equations[node])
        return {one: None for one in equations if one in found}

    def _gradient(self, by: Node, back: "BackPart") -> Node:
        """The gradient by a leaf of the cell, outside of the loop as far as that is possible."""
        value, cell = back.answers[by], self.cell
        befores = [state.before for state in cell.states]
        if by in befores:
            place = befores.index(by)
            return self._carried(place, by, f"d{cell.states[place].name}0")
        if is_zero(value):
            return zeros((self.steps, *by.shape)) if by in cell.sequences else value
        if by in cell.sequences:
            lift = lifted(value, back.later, self.steps)
            if lift is not None and lift.over:
                return lift.node
            self._bring_inside(value, back)
            atom = self._fresh(f"d{self._base(by)}[{self.time}]", by.shape)
            back.pending[atom] = value
            back.inside[atom] = None
            return self.stored(self.back_atom, atom)
        whole = summed(value, back.later, self.steps)
        if whole is not None:
            return whole
        self._bring_inside(value, back)
        back.sums.append(value)
        place = len(befores) + len(back.sums) - 1
        return self._carried(place, by, f"d{self._base(by)}")

    def _carried(self, place: int, by: Node, word: str) -> Node:
        """What the loop back has carried to the start, or added up."""
        node = intern("carried", (self.back_atom,), place, by.shape)
        self.program.hints[node] = word
        return node

    def _bring_inside(self, value: Node, back: "BackPart") -> None:
        for one in self._needed([value], back.pending):
            back.inside.setdefault(one)

    # loops

    def _close(self) -> None:
        """Make the loops, now that it is known what is needed of them."""
        if self.backs:
            back = self.back_part
            self._loop(
                self.back_atom,
                back.carried,
                back.initial,
                back.following,
                {one: value for one, value in back.pending.items() if one in back.inside},
                back.known,
                back.sums,
                backward=True,
            )
        states = self.cell.states
        self._loop(
            self.atom,
            [state.before for state in states],
            self.args[: len(states)],
            [self.line_of[state.name] for state in states],
            {line: self.definitions[line] for line in self.inside},
            self.before,
            [],
            backward=False,
        )

    def _outputs(self, atom: Node) -> list[Node]:
        """What is stored of a loop, by the names of one time."""
        program = self.rewritten()
        roots = list(program.expressions())
        found = [n for n in nodes_of(roots) if n.op == "stored" and n.args[0] is atom]
        return [one.data for one in found]

    def _loop(
        self,
        atom: Node,
        carried: Sequence[Node],
        initial: Sequence[Node],
        following: Sequence[Node],
        equations: dict[Node, Node],
        known: Mapping[Node, Lift],
        sums: Sequence[Node],
        *,
        backward: bool,
    ) -> None:
        there = self._outputs(atom)
        outputs = [one for one in equations if one in there]
        outputs += [one for one in there if one not in equations]
        hoist = Hoist(known, self.steps)
        rest = {name: hoist.rest(value) for name, value in equations.items()}
        values = [*map(hoist.rest, following), *map(hoist.rest, sums)]
        for place, value in enumerate(values):
            if opens_any(value) and value not in rest:
                word = f"new{place}"
                at = self._fresh(word, value.shape)
                rest[at] = value
                values[place] = at
        result = self._fresh("step", ())
        rest[result] = intern("step", (*values, *outputs), None, ())
        program = Program(self.program.model, rest, {}, result)
        program = prepared(program.needed(), self.library)
        outside = {**known, **hoist.made}
        used = dict.fromkeys(
            node
            for node in nodes_of(program.expressions())
            if node.op in ("input", "name") and node not in program.equations
        )
        sequences = [node for node in used if node in outside and outside[node].over]
        shared = [node for node in used if node in outside and not outside[node].over]
        loop = Loop(
            self.time,
            self.steps,
            program,
            tuple(carried),
            tuple(sums),
            tuple(outputs),
            tuple(sequences),
            tuple(shared),
            backward,
        )
        outer = [self._argument(outside[node].node) for node in (*sequences, *shared)]
        self.new[atom] = intern("loop", (*initial, *outer), loop, ())


def opens_any(node: Node) -> bool:
    """Whether a node is more than a name."""
    return bool(node.args) and node.op != "name"


def substituted_all(root: Node, new: dict[Node, Node]) -> Node:
    """An expression with other nodes for some, from the outside in."""
    done: dict[Node, Node] = {}

    def change(node: Node) -> Node:
        if node not in done:
            if node in new:
                done[node] = change(new[node])
            elif not opens_any(node):
                done[node] = node
            else:
                done[node] = rebuilt(node, [change(one) for one in parts(node)])
        return done[node]

    return change(root)
