"""The statements of a loop over time: one time's lines, and what is carried, added up and stored.

An array over time has the plain name, ``h``, and what stands in it at one time is ``h_t``.
"""

from collections import Counter

from gradus.gradients.codegen.codes import ATOM
from gradus.gradients.codegen.definitions import with_name
from gradus.gradients.codegen.draft import SPLITS, Draft
from gradus.gradients.codegen.layout import indented
from gradus.gradients.codegen.loops import base_name
from gradus.gradients.codegen.names import identifier, key_of
from gradus.gradients.codegen.plan import Plan
from gradus.gradients.codegen.preparation import taken_names
from gradus.gradients.codegen.programs import nodes_of
from gradus.gradients.codegen.writer import StatementEmitter, Writer
from gradus.gradients.expressions.nodes import Node, is_zero, parts


class LoopDraft(Draft):
    """The lines of one time."""

    def __init__(self, writer: Writer, target: str, node: Node) -> None:
        self.outer, self.loop = writer, node.data
        self.library, self.program = writer.library, self.loop.program
        self.depth, self.apart, self.tensors = 2, False, frozenset()
        self.args = node.args
        self.atom = next(n for n, value in writer.program.equations.items() if value is node)
        for _ in range(SPLITS):
            self.write()
            part = self.too_long()
            if part is None:
                return
            self.program = with_name(self.program, part, taken_names(self.program))

    @property
    def step(self) -> tuple[Node, ...]:
        """The new values of the carried, the terms of the sums, and the outputs."""
        return self.program.equations[self.program.result].args

    def write(self) -> None:
        """Name everything of one time and write its lines."""
        loop, writer = self.loop, self.outer
        count = len(loop.carried)
        order = self._order()
        self.plan = Plan(tuple(order), ())
        taken = {*writer.identifiers.values(), *writer.sizes.identifiers.values()}

        def new(key: str) -> str:
            found = identifier(key, taken)
            taken.add(found)
            return found

        self.t = new(loop.time)
        inputs = set(writer.program.model.inputs.values())
        names = {one: text for one, text in writer.identifiers.items() if one in inputs}
        texts = [writer.text(arg, ATOM) for arg in self.args]
        first, last = count, count + len(loop.sequences)
        self.read: dict[Node, tuple[str, str]] = {}
        uses = self._uses()
        for one, text in zip(loop.sequences, texts[first:last], strict=True):
            names[one] = f"{text}[{self.t}]"
            if uses[one] > 1:
                names[one] = new(f"{base_name(key_of(one), loop.time)}_t")
                self.read[one] = (names[one], f"{text}[{self.t}]")
        names |= dict(zip(loop.shared, texts[last:], strict=True))
        self.carry = [new(_carried_name(key_of(one), loop.time)) for one in loop.carried]
        names |= dict(zip(loop.carried, self.carry, strict=True))
        totals = self._totals()
        self.sums = [totals.get(count + at) or new("total") for at in range(len(loop.sums))]
        self.arrays = self._stored()
        for one in order:
            names[one] = new(f"{base_name(key_of(one), loop.time)}_t")
        for place in self._direct(order, uses):
            names[self.step[place]] = self.carry[place]
        self.writer = Writer(
            writer.library,
            self.program,
            names,
            writer.sizes,
            self._tensors(),
            writer.helpers,
            writer.imports,
        )
        self.forward = [self.statement(one) for one in order]
        self.backward, self.gradients = [], {}
        writer.used |= {one for one in self.writer.used if one in writer.identifiers}

    def _order(self) -> list[Node]:
        """The lines of one time, new values of what is carried last."""
        done: dict[Node, None] = {}

        def visit(name: Node) -> None:
            if name in done or name not in self.program.equations:
                return
            for node in self.program.inside(self.program.equations[name]):
                visit(node)
            done[name] = None

        lines = [n for n in self.program.equations if n is not self.program.result]
        last = set(self.step[: len(self.loop.carried)])
        for name in (*(n for n in lines if n not in last), *self.step):
            visit(name)
        return list(done)

    def _uses(self) -> Counter[Node]:
        """How often each node is written."""
        counts: Counter[Node] = Counter()
        for value in self.program.equations.values():
            counts[value] += 1
        for node in nodes_of(self.program.equations.values()):
            if node.op != "name":
                counts.update(parts(node))
        return counts

    def _direct(self, order: list[Node], uses: Counter[Node]) -> list[int]:
        """Places of what is carried that gets its new value at once: nothing reads the old one."""
        found = []
        carried = self.loop.carried
        for place, one in enumerate(carried):
            new = self.step[place]
            if new not in order or uses[new] > 1 or self.step.count(new) > 1:
                continue
            after = order[order.index(new) + 1 :]
            later = [self.program.equations[name] for name in after]
            if one not in set(nodes_of(later)) and one not in self.step:
                found.append(place)
        return found

    def _tensors(self) -> frozenset[Node]:
        """What is a tensor at one time, though it may be a single number."""
        loop = self.loop
        if self.library.name == "numpy":
            return frozenset()
        outer = self.args[len(loop.carried) + len(loop.sequences) :]
        more = {
            n for n, arg in zip(loop.shared, outer, strict=True) if not self.outer.is_number(arg)
        }
        return frozenset({*loop.carried, *loop.sequences, *more})

    def _stored(self) -> dict[Node, str]:
        """By output, what the array of it is called outside."""
        equations = self.outer.program.equations
        return {
            value.data: self.outer.identifiers[name]
            for name, value in equations.items()
            if value.op == "stored"
            and value.args[0] is self.atom
            and name in self.outer.identifiers
        }

    def _totals(self) -> dict[int, str]:
        """By place, what the value at the end is called outside."""
        equations = self.outer.program.equations
        return {
            value.data: self.outer.identifiers[name]
            for name, value in equations.items()
            if value.op == "carried"
            and value.args[0] is self.atom
            and name in self.outer.identifiers
        }

    def lines(self) -> list[str]:
        """The loop with what stands before and after it."""
        body = [*self._body(), *self._kept(), *self._moves()]
        count = self.outer.sizes.code(self.loop.length).text
        times = f"reversed(range({count}))" if self.loop.backward else f"range({count})"
        if not any(f"[{self.t}]" in line for line in body):
            self.t, times = "_", f"range({count})"
        comment = ["# back through time"] if self.loop.backward else []
        head = f"for {self.t} in {times}:"
        return [*comment, *self._before(), head, *indented(body), *self._after()]

    @property
    def places(self) -> dict[Node, Node]:
        """By output that is asked for, its value at one time."""
        first = len(self.loop.carried) + len(self.loop.sums)
        pairs = zip(self.loop.outputs, self.step[first:], strict=True)
        return {one: value for one, value in pairs if one in self.arrays}

    def _before(self) -> list[str]:
        """Room for what is stored, and the values at the start."""
        found = [f"{self.arrays[one]} = {self._room(one)}" for one in self.places]
        for name, value in zip(self.carry, self.args, strict=False):
            found.append(f"{name} = {self._initial(value)}")
        for name, value in zip(self.sums, self.loop.sums, strict=True):
            text = self.library.zeros(self.outer, value.shape, name) if value.rank else "0.0"
            found.append(f"{name} = {text}")
        return found

    def _body(self) -> list[str]:
        """The lines of one time; what is only stored has no name of its own."""
        counts, uses = Counter(self.step), self._uses()
        outputs = {value: one for one, value in self.places.items()}
        found = [f"{name} = {text}" for name, text in self.read.values()]
        self.written: set[Node] = set()
        for node, statement in zip(self.plan.forward, self.forward, strict=True):
            start = f"{self.writer.identifiers[node]} = "
            single = len(statement) == 1 and statement[0].startswith(start)
            if single and node in outputs and counts[node] == uses[node] == 1:
                line = self._store(self.arrays[outputs[node]], statement[0].removeprefix(start))
                if len(line) <= self.room:
                    found.append(line)
                    self.written.add(outputs[node])
                    continue
            found += statement
        return found

    def _kept(self) -> list[str]:
        """What is stored of one time, and what is added up."""
        found = [
            self._store(self.arrays[one], self.writer.text(value))
            for one, value in self.places.items()
            if one not in self.written
        ]
        terms = self.step[len(self.loop.carried) :]
        for name, value in zip(self.sums, terms, strict=False):
            found.append(f"{name} += {self.writer.text(value)}")
        return found

    def _moves(self) -> list[str]:
        """What is carried to the next time."""
        texts = map(self.writer.text, self.step)
        moves = [pair for pair in zip(self.carry, texts, strict=False) if pair[0] != pair[1]]
        if {name for name, _ in moves} & {text for _, text in moves}:
            names, values = zip(*moves, strict=True)
            return [f"{', '.join(names)} = {', '.join(values)}"]
        return [f"{name} = {text}" for name, text in moves]

    def _after(self) -> list[str]:
        """Lists as tensors, and names for what was carried to the end."""
        found = []
        if self.library.name == "torch":
            turned = "[::-1]" if self.loop.backward else ""
            arrays = [self.arrays[one] for one in self.places]
            found = [f"{array} = torch.stack({array}{turned})" for array in arrays]
        totals = self._totals()
        for place, name in enumerate(self.carry):
            if place in totals:
                found.append(self._final(totals[place], name, place))
        return found

    def _room(self, one: Node) -> str:
        if self.library.name != "numpy":
            return "[]"
        shape = self.outer.sizes.shape((self.loop.length, *one.shape))
        return f"np.empty({shape}, {self.outer.dtype()})"

    def _store(self, array: str, value: str) -> str:
        if self.library.name == "numpy":
            return f"{array}[{self.t}] = {value}"
        return f"{array}.append({value})"

    def _initial(self, value: Node) -> str:
        if not value.rank:
            if self.library.name == "torch" and self.outer.is_number(value):
                found = self.outer.array()
                text = self.outer.text(value)
                return f"{found}.new_tensor({text})" if found else f"torch.tensor({text})"
            return "0.0" if is_zero(value) else self.outer.text(value)
        if value.op == "zeros":
            return self.library.zeros(self.outer, value.shape, "")
        return self.outer.text(value)

    def _final(self, name: str, value: str, place: int) -> str:
        """What was carried to the end, as an array of its own."""
        new = self.step[place]
        made = new in self.program.equations and self.program.equations[new].op not in VIEWS
        if made or not new.rank:
            return f"{name} = {value}"
        return f"{name} = {value}.{self.library.copy}()"


def _carried_name(key: str, time: str) -> str:
    """``h[t-1]`` is called ``last_h``."""
    name = key.removesuffix(f"[{time}-1]")
    return base_name(key, time) if name == key else f"last_{name}"


#: What may be a look at an array that is somewhere else.
VIEWS = ("expand", "squeeze", "transpose", "slice", "gather", "fill", "input", "name", "diagonal")


def loop_lines(writer: Writer, name: str, node: Node) -> list[str]:
    """A loop over time."""
    return LoopDraft(writer, name, node).lines()


def no_lines(writer: Writer, name: str, node: Node) -> list[str]:
    """What a loop has stored or carried has its name already."""
    return []


#: The statements of this module.
LOOP_STATEMENTS: dict[str, StatementEmitter] = {
    "loop": loop_lines,
    "stored": no_lines,
    "carried": no_lines,
}
