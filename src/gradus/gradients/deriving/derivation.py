"""A derivation: one list of steps, from which answers, explanations and code are all made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradus.core.errors import DerivationError, NotationError
from gradus.gradients.deriving.lines import Lines
from gradus.gradients.deriving.rules import shares
from gradus.gradients.deriving.staging import active_nodes, staged
from gradus.gradients.deriving.sweep import Signal, Sweep, SweepRule
from gradus.gradients.deriving.through_time import shares_through_time
from gradus.gradients.expressions.dims import show_shape
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node, below, is_zero, replaced
from gradus.gradients.reading.calls import near
from gradus.gradients.reading.models import read_model
from gradus.gradients.reading.names import canonical


@dataclass(frozen=True)
class Part:
    """What a quantity gets from one place where the model uses it."""

    consumer: Node  # the expression that uses it
    upstream: Node  # the gradient of that expression
    words: str  # the local derivative
    product: Node  # upstream times local derivative


@dataclass(frozen=True)
class Step:
    """How the gradient of one quantity comes about: a sum over the places that use it."""

    target: Node  # a line of the model, an input, or an expression within a line
    parts: tuple[Part, ...]
    value: Node  # their sum, simplified
    signal: Node | None  # the name of the sum, if it has one
    partial: bool = False  # whether a use went past it, straight to what it is made of


@dataclass(frozen=True)
class Derivation:
    """The gradients of a model, and every step on the way there."""

    model: Model  # with names for its intermediate quantities
    asked: tuple[str, ...]
    steps: tuple[Step, ...]
    signals: Mapping[Node, Node]  # names of error signals with their definitions, in order
    answers: Mapping[str, Node]
    notes: tuple[str, ...]

    def gradient(self, name: str) -> Node:
        """The gradient by an input or a line, in terms of :attr:`signals`."""
        return self.answers[name]

    def written_out(self, node: Node) -> Node:
        """An expression with all error signals written out."""
        while any(part in self.signals for part in below([node], through_names=False)):
            node = replaced(node, self.signals.get)
        return node

    def needed(self, roots: Sequence[Node]) -> list[Node]:
        """The signals that some expressions are made of, in order."""
        found: set[Node] = set()
        stack = list(roots)
        while stack:
            for node in below([stack.pop()], through_names=False):
                if node in self.signals and node not in found:
                    found.add(node)
                    stack.append(self.signals[node])
        return [signal for signal in self.signals if signal in found]


def derive(
    model: Model | str,
    wrt: Sequence[str] | str | None = None,
    *,
    shapes: Mapping[str, Any] | None = None,
    kinds: Mapping[str, str] | None = None,
    output: str | None = None,
) -> Derivation:
    """Derive the gradients of a model's result, a single number, in matrix form.

    ``model`` is a model or its text; ``shapes``, ``kinds`` and ``output`` are for a text, see
    :func:`~gradus.gradients.reading.models.read_model`. ``wrt`` names inputs or lines, by default
    all inputs that are not data. The gradient has the shape of what it is taken by.

    >>> from gradus.gradients.writing.notation import notation
    >>> found = derive("J = CE(softmax(W x), y)", shapes={"W": "C, D", "x": "D", "y": "C"},
    ...                kinds={"y": "one-hot"})
    >>> for signal, value in found.signals.items():
    ...     print(notation(signal), "=", notation(value))
    delta1 = yhat - y
    >>> print(notation(found.gradient("W")), "|", notation(found.gradient("x")))
    outer(delta1, x) | W.T @ delta1

    Raises:
        NotationError: the text cannot be read, or ``wrt`` names nothing.
        DerivationError: the result is not a single number, or an index is differentiated.
    """
    if isinstance(model, str):
        model = read_model(model, shapes, kinds, output=output)
    names = asked_names(model, wrt)
    if model.result.rank:
        raise DerivationError(
            f"{model.output} has the shape {show_shape(model.result.shape)}, and a gradient is "
            "that of a single number; ask for the Jacobian (--jacobian), or weigh it by an "
            f"upstream error: J = sum(delta * {model.output})"
        )
    return derive_by_rules(model, names, shares)


def asked_names(model: Model, wrt: Sequence[str] | str | None) -> tuple[str, ...]:
    """The canonical names of what is differentiated by."""
    if wrt is None:
        names = model.parameters()
        if not names:
            raise NotationError("every input is data; name what to differentiate by with --wrt")
        return tuple(names)
    wanted = [part.strip() for part in wrt.split(",")] if isinstance(wrt, str) else _list_of(wrt)
    if not all(isinstance(name, str) for name in wanted):
        raise NotationError(f"wrt names inputs or lines by texts, not {wrt!r}")
    names = [canonical(name) for name in wanted if name]
    if not names:
        raise NotationError("wrt names nothing; leave it away for all inputs that are no data")
    for name in names:
        if name in model.inputs and model.kind(name) == "index":
            raise DerivationError(
                f"not differentiable: {name} is an index; ask for the table it looks up instead"
            )
        if name not in model.inputs and name not in model.names:
            known = [*model.inputs, *model.names]
            close = near(name, known)
            raise NotationError(f"there is no {name!r} to differentiate by{close}")
    return tuple(dict.fromkeys(names))


def _list_of(wrt: Any) -> list[Any]:
    if not isinstance(wrt, Sequence):
        raise NotationError(f"wrt names inputs or lines by texts, not {wrt!r}")
    return list(wrt)


def derive_by_rules(model: Model, names: tuple[str, ...], rule: SweepRule) -> Derivation:
    """The derivation in which every node passes its gradient back by ``rule``."""
    old = {name: model.inputs.get(name) or model.names[name] for name in names}
    staged_model, moved = staged(model, set(old.values()))
    targets = {name: moved.get(node, node) for name, node in old.items()}
    scope = {
        line.args[0]: line
        for name, line in staged_model.names.items()
        if name != model.output and line.args[0].cost
    }
    taken = {*staged_model.inputs, *staged_model.names, *staged_model.symbols}
    sweep = Sweep(
        staged_model,
        list(targets.values()),
        scope,
        taken,
        rule,
        through_time=shares_through_time,
    )
    answers = sweep.run()
    lines = Lines(sweep.definitions, answers, scope, taken, _told(sweep.signals)).arranged()
    steps = _steps(sweep.signals, lines, sweep.stepped_over)
    notes = list(model.warnings)
    for name, node in targets.items():
        if is_zero(lines.answers[node]):
            notes.append(_zero_note(staged_model, name, node))
    return Derivation(
        staged_model,
        names,
        steps,
        lines.definitions,
        {name: lines.answers[node] for name, node in targets.items()},
        tuple(notes),
    )


def _told(signals: Sequence[Signal]) -> dict[Any, Node]:
    """Every expression of the sweep, by where it belongs."""
    told: dict[Any, Node] = {}
    for place, signal in enumerate(signals):
        told[place, "value"] = signal.value
        if signal.atom is not None:
            told[place, "atom"] = signal.atom
        for at, (_, share) in enumerate(signal.parts):
            told[place, at] = share.gradient
    return told


def _steps(signals: Sequence[Signal], lines: Lines, stepped_over: set[Node]) -> tuple[Step, ...]:
    """The steps of a sweep in the words of the final lines."""
    told = lines.followers
    places = {signal.node: place for place, signal in enumerate(signals)}

    def upstream(node: Node, product: Node) -> Node:
        if node.op == "scan":  # many gradients, one for each time, stand behind the product
            return product
        place = places[node]
        return told.get((place, "atom"), told[place, "value"])

    found = []
    claimed = {signal.atom for signal in signals if signal.atom is not None}
    for place, signal in enumerate(signals):
        parts = tuple(
            Part(consumer, upstream(consumer, told[place, at]), share.words, told[place, at])
            for at, (consumer, share) in enumerate(signal.parts)
        )
        atom = told.get((place, "atom"))
        value = told[place, "value"]
        name = atom if atom in lines.definitions else None
        if name is None and value in lines.definitions and value not in claimed:
            name = value  # what is used more than once got a name after all
        if name is not None:
            claimed.add(name)
            value = lines.definitions[name]
        found.append(Step(signal.node, parts, value, name, signal.node in stepped_over))
    return tuple(found)


def _zero_note(model: Model, name: str, node: Node) -> str:
    shape = show_shape(node.shape)
    if node in set(below([model.result])) and model.result not in active_nodes(
        model.result, {node}
    ):
        return (
            f"{model.output} follows {name} only through choices that small changes leave as they "
            f"are: the gradient is 0 of shape {shape}"
        )
    if node in set(below([model.result])):
        return f"the gradient by {name} is 0 of shape {shape}: its paths to {model.output} cancel"
    return f"{model.output} does not depend on {name}: the gradient is 0 of shape {shape}"
