"""The lines of a program in the making: planned, named, written, and split where too long."""

from collections.abc import Sequence

from gradus.gradients.codegen.costs import is_number, is_view, uses
from gradus.gradients.codegen.definitions import with_name
from gradus.gradients.codegen.layout import INDENT, WIDTH, commented, indented
from gradus.gradients.codegen.loops import with_loops
from gradus.gradients.codegen.names import identifiers, key_of
from gradus.gradients.codegen.plan import Plan, planned
from gradus.gradients.codegen.preparation import prepared, taken_names
from gradus.gradients.codegen.programs import Program
from gradus.gradients.codegen.sizes import Sizes
from gradus.gradients.codegen.writer import Library, Writer
from gradus.gradients.deriving.derivation import Derivation
from gradus.gradients.expressions.dims import show_shape
from gradus.gradients.expressions.indexing import is_index
from gradus.gradients.expressions.nodes import Node, below

#: What gets no name of its own.
PLAIN = ("compare", "update", "length", "const", "pi", "input", "name")

#: Texts as short as this are left in their line, however long that is.
SHORTEST_PART = 12

#: How often lines are split at most.
SPLITS = 60


class Draft:
    """The lines of one program.

    ``tensors`` are inputs that are arrays though single numbers, ``depth`` is how far the lines are
    moved to the right; where a backward pass is ``apart``, what it finds stored is not changed.
    """

    def __init__(
        self,
        derivation: Derivation,
        program: Program,
        library: Library,
        *,
        tensors: frozenset[Node] = frozenset(),
        depth: int = 1,
        apart: bool = False,
    ) -> None:
        self.derivation, self.library = derivation, library
        self.tensors, self.depth, self.apart = tensors, depth, apart
        self.program = prepared(with_loops(program, library), library)
        for _ in range(SPLITS):
            self.write()
            part = self.too_long()
            if part is None:
                return
            self.program = with_name(self.program, part, taken_names(self.program))

    def write(self) -> None:
        """Plan the lines, name everything, write it."""
        program = self.program
        self.plan: Plan = planned(program)
        order = [*program.model.inputs.values(), *self.plan.forward, *self.plan.backward]
        names, symbols = identifiers(program, order)
        self.inputs = {key: names[node] for key, node in program.model.inputs.items()}
        self.sizes = Sizes(program.model.inputs, {**symbols, **self.inputs})
        self.writer = Writer(self.library, program, names, self.sizes, self.tensors)
        self.writer.last_uses = frozenset(self.last_uses())
        self.forward = [self.statement(name) for name in self.plan.forward]
        self.used_forward = self.writer.reset_used()
        self.backward = [self.statement(name) for name in self.plan.backward]
        self.gradients = self.answer_codes()
        self.used_backward = self.writer.reset_used()

    def last_uses(self) -> list[Node]:
        """Arrays that are needed once, so that they may be changed there."""
        counts = uses(self.program)
        # a backward pass may be asked to run twice
        names = self.plan.backward if self.apart else tuple(self.program.equations)
        return [
            name
            for name in names
            if counts[name] == 1 and name.rank and not is_view(self.program.equations[name])
        ]

    def statement(self, name: Node) -> list[str]:
        """The lines that give a name its value."""
        value, target = self.program.equations[name], self.writer.identifiers[name]
        if value.op in self.library.statements:
            return self.library.statements[value.op](self.writer, target, value)
        code = self.writer.code(value)
        line = f"{target} = {code.text}"
        if len(line) <= self.room or len(code.terms) < 3:
            return [line]
        return [f"{target} = (", *indented(code.terms), ")"]

    # gradients

    def answer_codes(self) -> dict[str, str]:
        """The code of every gradient; arrays that are there already are copied."""
        given = set(self.program.model.inputs.values())
        seen: set[Node] = set()
        found = {}
        for name, value in self.program.answers.items():
            root, repeated = self._root(value)
            copy = repeated or root in seen or root in given
            if root is not None:
                seen.add(root)
            found[name] = self._answer(name, value, copy=copy)
        return found

    def _answer(self, name: str, value: Node, *, copy: bool) -> str:
        if self.apart and not value.rank and self.writer.is_number(value):
            like = self.writer.name(self.program.model.inputs[name])
            return f"torch.full_like({like}, {self.writer.code(value).text})"
        if value.op == "const":
            return repr(float(value.data))
        if is_number(value, self.program) and not _has_inputs(value):
            return f"float({self.writer.code(value).text})"
        code = self.writer.code(value)
        array = value.rank or (self.library.name == "torch" and not self.writer.is_number(value))
        if copy and array and "full(" not in code.text:
            return self.writer.method(value, self.library.copy).text
        return code.text

    def _root(self, value: Node) -> tuple[Node | None, bool]:
        """The array that a value is a view of, itself included, and whether it repeats entries."""
        root, repeated = None, False
        while True:
            if value in self.program.equations:
                root, value = value, self.program.equations[value]
            if value.op == "input":
                return value, repeated
            if not is_view(value):
                return root, repeated
            repeated = repeated or value.op in ("fill", "diagonal")  # NumPy lets nobody write to it
            value = value.args[0]

    # lines that are too long

    @property
    def room(self) -> int:
        """How long a line may be."""
        return WIDTH - len(INDENT) * self.depth

    def too_long(self) -> Node | None:
        """A part of a line that does not fit, to be named."""
        equations, answers = self.program.equations, self.program.answers
        for name, found in (
            *zip(self.plan.forward, self.forward, strict=True),
            *zip(self.plan.backward, self.backward, strict=True),
        ):
            if any(len(line.partition("  # ")[0]) > self.room for line in found):
                part = self._part(equations[name])
                if part is not None:
                    return part
        for key, text in self.gradients.items():
            if len(f'    "{key}": {text},') > self.room and answers[key] not in equations:
                return answers[key]
        return None

    def _part(self, value: Node) -> Node | None:
        """The part that takes about half of the text of a line."""
        length = {
            node: len(self.writer.code(node).text)
            for node in self.program.inside(value)
            if node is not value and node not in self.writer.identifiers and node.op not in PLAIN
        }
        half = max([*length.values(), WIDTH]) / 2
        long = [node for node, size in length.items() if size > SHORTEST_PART]
        return min(long, key=lambda node: (abs(length[node] - half), node.serial), default=None)

    # text

    @property
    def result(self) -> str:
        """What the loss is called."""
        return self.writer.identifiers[self.program.result]

    def arguments(self) -> list[str]:
        """What the function takes: the inputs, and lengths that no shape tells."""
        sizes = [self.sizes.identifiers[name] for name in self.sizes.arguments()]
        return [*self.inputs.values(), *sizes]

    def forward_lines(self) -> list[str]:
        """The lines of the forward pass, with comments."""
        return self._commented(self.plan.forward, self.forward)

    def backward_lines(self) -> list[str]:
        """The lines of the backward pass, with comments."""
        return self._commented(self.plan.backward, self.backward)

    def _commented(self, names: Sequence[Node], lines: Sequence[list[str]]) -> list[str]:
        found: list[str] = []
        for name, statement in zip(names, lines, strict=True):
            if not statement:
                continue
            first, *rest = statement
            found += [*commented(first, self.comment(name), self.depth), *rest]
        return found

    def comment(self, name: Node) -> str:
        """What a line is."""
        if name in self.derivation.signals:
            target = next((s.target for s in self.derivation.steps if s.signal is name), None)
            named = target is not None and target.op in ("name", "input")
            return f"error signal at {key_of(target)}" if named and target is not None else ""
        if name.op == "name" and name.rank:
            return show_shape(name.shape)
        return ""

    def described(self) -> list[str]:
        """What every argument is, for the docstring."""
        found = []
        for key in self.inputs:
            node = self.program.model.inputs[key]
            kind = KIND_WORDS.get(node.data[1], "")
            words = f"{show_shape(node.shape)}{kind}" if node.rank else "number"
            if is_index(node):
                words = f"{show_shape(node.shape)} integers" if node.rank else "integer"
            elif node in self.tensors:
                words = "[], a tensor"
            found.append(f"    {self.inputs[key]}: {words}")
        sizes = (self.sizes.identifiers[name] for name in self.sizes.arguments())
        return [*found, *(f"    {name}: number" for name in sizes)]


#: What is said of inputs of a kind.
KIND_WORDS = {"onehot": ", one-hot rows", "prob": ", rows that sum to 1", "mask": ", 0 or 1"}


def _has_inputs(value: Node) -> bool:
    return any(node.op == "input" for node in below([value]))
