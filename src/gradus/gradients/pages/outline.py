"""What a derivation tells, line by line, whatever the format: the one source of all writers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradus.core.errors import SettingsError
from gradus.gradients.deriving.derivation import Derivation, Part, Step
from gradus.gradients.deriving.jacobians import Jacobian
from gradus.gradients.elements.proving import ProofLine, proofs
from gradus.gradients.expressions.arithmetic import filled, without_ones
from gradus.gradients.expressions.dims import Shape, show_shape
from gradus.gradients.expressions.nodes import Node, below, leaf
from gradus.gradients.expressions.recurrence import Back, Cell, later, time_name
from gradus.gradients.pages.balance import balance_options, shape_line
from gradus.gradients.writing.mathematics import mathematics
from gradus.gradients.writing.notation import notation

#: From the bare formulas to the entry-by-entry proof.
LEVELS = ("answer", "signals", "proof")


@dataclass(frozen=True)
class Left:
    """The left side of a line: a quantity, or the derivative of one by another."""

    symbol: str  # a name, such as z1 or delta2; empty if there is none
    by: str | Node = ""  # for a derivative, what it is taken by
    of: str = ""  # and what is differentiated
    then: str = ""  # for a second derivative, what it is taken by first
    rest: bool = False  # whether this is only a part of the derivative


@dataclass(frozen=True)
class Line:
    """``left = right``, with its shape and why it holds."""

    left: Left
    right: Node
    shape: Shape
    reasons: tuple[str, ...] = ()
    indent: int = 0


@dataclass(frozen=True)
class Share:
    """What a quantity gets from one place that uses it."""

    place: Node
    upstream: Node
    words: str
    product: Node
    shapes: str  # how its shape comes about
    balance: tuple[Node, ...]  # the products that dimension balancing allows
    proof: tuple[ProofLine, ...] = ()

    def check(self, formula: Callable[[Node], str]) -> str:
        """What dimension balancing says, in words."""
        if not self.balance:
            return ""
        options = ", ".join(map(formula, self.balance))
        shape = show_shape(self.balance[0].shape)
        if len(self.balance) == 1:
            return f"dimension balancing: only {options} has the shape {shape}"
        return (
            f"dimension balancing is ambiguous here: {options} all have the shape {shape}; the "
            "derivation decides"
        )


@dataclass(frozen=True)
class Block:
    """One line with the shares that add up to it."""

    line: Line
    shares: tuple[Share, ...] = ()
    head: str = ""  # what stands above it


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...] = ()
    remarks: tuple[str, ...] = ()


def outline(derivation: Derivation, level: str = "signals") -> tuple[Section, ...]:
    """The sections of a derivation at one of :data:`LEVELS`.

    Raises:
        SettingsError: there is no such level.
    """
    if level not in LEVELS:
        raise SettingsError(f"unknown level {level!r}; one of {', '.join(LEVELS)}")
    sections = [_model(derivation)]
    if level != "answer":
        sections.append(_backward(derivation, proof=level == "proof"))
    output = derivation.model.output
    sections.extend(_through_time(back, output) for back in recurrences(derivation))
    sections.append(_answers(derivation, with_signals=level == "answer"))
    if derivation.notes:
        sections.append(Section("Notes", remarks=derivation.notes))
    return tuple(sections)


def _model(derivation: Derivation) -> Section:
    inputs = ", ".join(
        f"{name} {show_shape(node.shape)}{_kind(node.data[1])}"
        for name, node in derivation.model.inputs.items()
    )
    blocks: list[Block] = []
    told: set[Node] = set()
    for name, line in derivation.model.names.items():
        definition = line.args[0]
        if definition.op != "scan_all":
            blocks.append(Block(Line(Left(name), definition, line.shape)))
        elif definition.args[0] not in told:
            told.add(definition.args[0])
            blocks.extend(_loop(definition.args[0]))
    return Section("Model", tuple(blocks), (inputs,) if inputs else ())


def _loop(scan: Node) -> Iterator[Block]:
    """The lines of a recurrence, at one time."""
    cell: Cell = scan.data
    for state, start in zip(cell.states, scan.args, strict=False):
        yield Block(Line(Left(f"{state.name}[0]"), start, start.shape))
    for number, (name, line) in enumerate(cell.lines):
        left = Left(time_name(name, cell.time))
        head = f"for {cell.time} = 1, ..., {cell.length}" if not number else ""
        yield Block(Line(left, line.args[0], line.shape, indent=1), head=head)


def _kind(kind: str) -> str:
    return "" if kind == "normal" else f" ({KIND_WORDS.get(kind, kind)})"


#: What an input is, in words.
KIND_WORDS = {
    "onehot": "one-hot",
    "prob": "probabilities",
    "pos": "positive",
    "unit": "between 0 and 1",
    "mask": "0 or 1",
    "pm1": "+1 or -1",
    "sym": "symmetric",
    "spd": "positive definite",
    "inv": "invertible",
}


def _backward(derivation: Derivation, *, proof: bool) -> Section:
    blocks: list[Block] = []
    told = {step.signal for step in derivation.steps if step.signal is not None}
    for step in derivation.steps:
        if not proof and step.target.op not in ("name", "input"):
            continue
        shares = tuple(_shares(step, derivation, proof=proof))
        if not shares:
            continue
        # what only shortens the lines has no step of its own: it is told where it is used first
        formulas = [step.value, *(share.product for share in shares)]
        for signal in derivation.needed(formulas):
            if signal not in told:
                told.add(signal)
                value = derivation.signals[signal]
                reason = ("this shortens what follows",)
                blocks.append(Block(Line(Left(signal.data[0]), value, signal.shape, reason)))
        blocks.append(Block(step_line(derivation, step), shares))
    return Section("Backward pass", tuple(blocks))


def step_line(derivation: Derivation, step: Step) -> Line:
    """A step as one line."""
    reasons = []
    if len(step.parts) > 1:
        reasons.append(
            f"used in {len(step.parts)} places: their gradients add up (the multivariable chain "
            "rule)"
        )
    symbol = step.signal.data[0] if step.signal is not None else ""
    if step.partial:
        reasons.append("without the uses that lead straight to what it is made of: see there")
    left = Left(symbol, _name(step.target), derivation.model.output, rest=step.partial)
    return Line(left, step.value, step.target.shape, tuple(reasons))


def _name(node: Node) -> Any:
    return node.data[0] if node.op == "input" else node.data if node.op == "name" else node


def _on_the_way(told: Sequence[Part], derivation: Derivation) -> Iterator[Share]:
    """Steps through expressions without a name, which have no lines of their own."""
    steps = {step.target: step for step in derivation.steps}
    seen: set[Node] = set()
    for part in told:
        chain: list[Share] = []
        node = part.consumer
        while node.op != "name" and node in steps and node not in seen:
            seen.add(node)
            step = steps[node]
            if len(step.parts) != 1 or not step.parts[0].words:
                break
            (before,) = step.parts
            if before.consumer.op not in ("add", *OVER_TIME):
                chain.append(_share(before, node, ()))
            node = before.consumer
        yield from reversed(chain)


def _shares(step: Step, derivation: Derivation, *, proof: bool) -> Iterator[Share]:
    told = [part for part in step.parts if part.consumer.op not in OVER_TIME]
    if not proof:
        yield from _on_the_way(told, derivation)
    found = (
        proofs(replace(step, parts=tuple(told)), derivation.signals) if proof else [()] * len(told)
    )
    for part, lines in zip(told, found, strict=True):
        if part.words:
            yield _share(part, step.target, lines)


#: Operations whose steps stand in a section of their own.
OVER_TIME = ("scan", "scan_all", "scan_last")


def _share(part: Part, target: Node, proof: tuple[ProofLine, ...]) -> Share:
    return Share(
        part.consumer,
        part.upstream,
        part.words,
        part.product,
        shape_line(part.product),
        tuple(balance_options(part.consumer, _short(part.upstream), target)),
        proof,
    )


def recurrences(derivation: Derivation) -> list[Node]:
    """The nodes that stand for the way back through time."""
    roots = (*derivation.signals.values(), *derivation.answers.values())
    return [node for node in below(roots, through_names=False) if node.op == "scan_back"]


def _through_time(node: Node, result: str) -> Section:
    """One step back, the same at every time."""
    back: Back = node.data
    cell = back.cell
    blocks = [
        Block(Line(Left(line.data), line.args[0], line.shape))
        for name, line in back.lines
        if name not in {time_name(key, cell.time) for key, _ in cell.lines}
    ]
    for name, stand_in in back.direct:
        blocks.extend(_from_outside(name, stand_in, node))
    for (name, stand_in), state in zip(back.gammas, cell.states, strict=True):
        after = later(back.answer(state.before), cell.time)
        reasons = [f"what comes back from time {cell.time} + 1; 0 at time {cell.length}"]
        uses = zip(back.upstream, node.args[1:], strict=True)
        for (used, where), upstream in uses:
            if used == name:
                place = f"at time {cell.length}" if where == "last" else f"at time {cell.time}"
                reasons.append(f"and, from outside of the loop, {mathematics(upstream)} {place}")
        inside = stand_in.data[0].startswith("next_")  # part of a gamma that has a line of its own
        left = Left(stand_in.data[0], "" if inside else time_name(name, cell.time), result)
        blocks.append(Block(Line(left, after, after.shape, tuple(reasons))))
    for signal, value in back.signals:
        blocks.append(Block(Line(Left(signal.data[0]), value, signal.shape)))
    title = f"Back through time: {cell.time} = {cell.length}, ..., 1"
    return Section(title, tuple(blocks))


def _from_outside(name: str, stand_in: Node, node: Node) -> Iterator[Block]:
    """What comes back to a line at one time from outside of the loop."""
    back: Back = node.data
    time = back.cell.time
    for (used, where), upstream in zip(back.upstream, node.args[1:], strict=True):
        if used == name and where == "all":
            reason = f"what comes back to {time_name(name, time)} from outside of the loop"
            right = one_step(upstream, time)
            yield Block(Line(Left(stand_in.data[0]), right, stand_in.shape, (reason,)))
        elif used == name:
            reason = f"added at time {back.cell.length}, from outside of the loop"
            yield Block(Line(Left(stand_in.data[0]), upstream, stand_in.shape, (reason,)))


def one_step(node: Node, time: str) -> Node:
    """A sequence at one time: the same number at all times, or an entry."""
    number = without_ones(node)
    if not number.rank:
        return filled(number, node.shape[1:])
    written = notation(node)
    shown = written if written.isidentifier() else f"({written})"
    return leaf(time_name(shown, time), node.shape[1:], "signal")


def _short(upstream: Node) -> Node:
    """What stands for a long upstream gradient where it is only one of the factors."""
    return upstream if upstream.cost <= 2 else leaf("delta", upstream.shape, "signal")


def _answers(derivation: Derivation, *, with_signals: bool) -> Section:
    output = derivation.model.output
    blocks = []
    if with_signals:
        needed: Sequence[Node] = derivation.needed(list(derivation.answers.values()))
        meant = {step.signal: step.target for step in derivation.steps if step.signal is not None}
        for signal in needed:
            target = meant.get(signal)
            left = Left(signal.data[0], _name(target) if target is not None else "", output)
            blocks.append(Block(Line(left, derivation.signals[signal], signal.shape)))
    for name, node in derivation.answers.items():
        blocks.append(Block(Line(Left("", name, output), node, node.shape)))
    return Section("Gradients", tuple(blocks))


def jacobian_outline(found: Jacobian) -> tuple[Section, ...]:
    """The sections of a Jacobian or a Hessian."""
    pullback = found.pullback
    hidden = {pullback.model.output} if found.pullback.model.output != found.output else set()
    blocks = tuple(
        Block(Line(Left(name), line.args[0], line.shape))
        for name, line in pullback.model.names.items()
        if name not in hidden
    )
    rows, columns = "output", "variable"
    if found.layout == "denominator":
        rows, columns = columns, rows
    has_rows = bool(pullback.model.names[found.output].rank) and any(
        block.rank == 2 for block in found.blocks.values()
    )
    remark = (
        f"{found.layout} layout: rows are entries of the {rows}, columns those of the {columns}"
    )
    return (
        Section("Model", blocks),
        Section(
            "Hessian" if found.of else "Jacobian",
            tuple(
                Block(Line(_jacobian_left(found, name), block, block.shape))
                for name, block in found.blocks.items()
            ),
            (remark,) if has_rows else (),
        ),
    )


def _jacobian_left(found: Jacobian, name: str) -> Left:
    if found.of:
        return Left("", name, found.result, found.of)
    return Left("", name, found.output)
