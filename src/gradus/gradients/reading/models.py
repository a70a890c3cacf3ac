"""The text of a model becomes a model; it is read, never run."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradus.core.errors import NotationError
from gradus.gradients.expressions.dims import Dim, Shape, show_shape
from gradus.gradients.expressions.model import KINDS, Model
from gradus.gradients.expressions.nodes import Node, as_typed, build, leaf, named
from gradus.gradients.reading.calls import FUNCTION_NAMES, as_dim, near
from gradus.gradients.reading.loops import UnrolledReader, read_loop, stacked
from gradus.gradients.reading.names import canonical
from gradus.gradients.reading.reader import Reader
from gradus.gradients.reading.syntax import Statement, Syntax, parse
from gradus.gradients.reading.tokens import located, pointed


def read_model(
    text: str,
    shapes: Mapping[str, Any] | None = None,
    kinds: Mapping[str, str] | None = None,
    *,
    symbols: Iterable[str] = (),
    output: str | None = None,
    unroll: int | None = None,
) -> Model:
    """Read a model: declarations ``x: [N, D]``, and lines ``name = expression``.

    ``shapes`` are those of inputs that the text does not declare: lists of symbols and numbers,
    or their text ``"N, D"``; ``kinds`` say what an input is, see
    :data:`gradus.gradients.expressions.model.KINDS`.
    ``symbols`` are lengths that no shape has. ``output`` is the line that is differentiated, by
    default ``J``, or else the last one. ``unroll`` writes loops over time out for so many steps.

    >>> model = read_model("h = σ(x W + b); J = sum(h)", {"x": "1, D", "W": "D, H", "b": "H"})
    >>> list(model.inputs), list(model.names), model.output
    (['x', 'W', 'b'], ['h', 'J'], 'J')

    Raises:
        NotationError: the text cannot be read; the message points at the place.
        ShapeError: shapes do not go together.
        DerivationError: an operation has no gradient.
    """
    statements = parse(text, FUNCTION_NAMES, shapes or {})
    reader = ModelReader(text, unrolled_lengths(statements, unroll))
    for symbol in symbols:
        reader.symbols[canonical(symbol)] = Dim.symbol(symbol)
    for name, shape in (shapes or {}).items():
        reader.declare(name, read_shape(name, shape), "normal")
    reader.kinds = {canonical(name): read_kind(kind) for name, kind in (kinds or {}).items()}
    with as_typed():
        reader.read(statements)
    return reader.model(output)


def unrolled_lengths(statements: Sequence[Statement], unroll: int | None) -> dict[str, int]:
    """The lengths of loops that are written out, by symbol.

    Raises:
        NotationError: there is no loop, or its length is not a symbol.
    """
    if unroll is None:
        return {}
    if not 1 <= unroll <= MOST_STEPS:
        raise NotationError(f"a loop can be written out for 1 to {MOST_STEPS} steps, not {unroll}")
    ends = [one.value for one in statements if one.kind == "loop" and one.value is not None]
    if not ends:
        raise NotationError("there is no loop over time to unroll; write for t = 1..T:")
    for end in ends:
        if end.kind != "name":
            raise NotationError("a loop is unrolled if it ends at a symbol, as in for t = 1..T:")
    return {end.data: unroll for end in ends}


def read_expression(text: str, model: Model, extra: Mapping[str, Node] | None = None) -> Node:
    """An expression over the inputs and lines of a model, such as someone's answer."""
    reader = Reader(text)
    reader.scope = {**model.inputs, **model.names, **(extra or {})}
    for symbol in model.symbols:
        reader.symbols[canonical(symbol)] = Dim.symbol(symbol)
    statements = parse(text, FUNCTION_NAMES, reader.scope)
    if len(statements) != 1 or statements[0].kind != "value" or statements[0].value is None:
        raise NotationError(f"{text!r} is not one expression")
    return reader.expression(statements[0].value)


def read_shape(name: str, shape: Any) -> Shape:
    """A shape from a list of lengths or its text; a length is a symbol, a number, or a sum.

    >>> [str(length) for length in read_shape("W", "H + G, 3")], read_shape("b", [])
    (['H + G', '3'], ())
    """
    parts = shape.strip().strip("[]()").split(",") if isinstance(shape, str) else list(shape)
    found = []
    for part in parts:
        if isinstance(part, str) and not part.strip():
            if len(parts) > 1:
                raise NotationError(f"the shape of {name} has an empty length in {shape!r}")
            continue
        found.append(_read_length(name, part))
    return tuple(found)


def _read_length(name: str, part: Any) -> Dim:
    if isinstance(part, Dim):
        return part
    if isinstance(part, int):
        size: Dim | None = Dim.number(part)
    else:
        reader = Reader(str(part), symbols_are_new=True)
        statements = parse(str(part), ())
        value = statements[0].value if len(statements) == 1 else None
        size = as_dim(reader.expression(value)) if value is not None else None
    if size is None or (size.is_number and size.number_part < 1):
        raise NotationError(
            f"the shape of {name} has the length {part!r}; a length is a symbol such as N, a "
            "number from 1, or a sum of them"
        )
    return size


def read_kind(words: str) -> str:
    """What an input is, by any of its names.

    >>> read_kind("one-hot"), read_kind("positive definite")
    ('onehot', 'spd')

    Raises:
        NotationError: there is no such kind.
    """
    plain = "".join(words.lower().split())
    for kind, others in KINDS.items():
        if plain in (kind, *others):
            return kind
    raise NotationError(f"unknown kind {words!r}; one of {', '.join(KINDS)}")


#: Steps of a loop that are written out at most.
MOST_STEPS = 20


class ModelReader(Reader):
    """Reads lines: what they declare or give a value is known to those that follow."""

    def __init__(self, text: str, unrolled: Mapping[str, int] | None = None) -> None:
        super().__init__(text)
        self.unrolled = dict(unrolled or {})
        for symbol, count in self.unrolled.items():
            self.symbols[canonical(symbol)] = Dim.number(count)
        self.kinds: dict[str, str] = {}  # given beside the text
        self.renamed: set[str] = set()  # names that got a second value
        self.inputs: dict[str, Node] = {}
        self.names: dict[str, Node] = {}
        self.ranges: dict[str, Dim] = {}
        self.states: dict[str, Node] = {}  # at time 0
        self.scans: dict[str, Node] = {}  # the recurrence that each line over time is from
        self.lasts: dict[str, Node] = {}  # of a loop that was written out, the last values

    # lines

    def read(self, statements: Sequence[Statement]) -> None:
        """Take in all lines."""
        for statement in statements:
            if statement.kind == "declare":
                self.declaration(statement)
        self.take_kinds()
        for statement in statements:
            if statement.kind in ("assign", "value"):
                self.assignment(statement)
            elif statement.kind == "loop":
                self.loop(statement)

    def declare(self, name: str, shape: Shape, kind: str, within: Dim | None = None) -> None:
        """Make an input known."""
        key = canonical(name)
        shape = tuple(size.with_sizes(self.unrolled) for size in shape)
        self.inputs[key] = self.scope[key] = leaf(key, shape, kind)
        if within is not None:
            self.ranges[key] = within
        for size in (*shape, *([within] if within else [])):
            for symbol, _ in size.terms:
                self.symbols.setdefault(canonical(symbol), Dim.symbol(symbol))

    def take_kinds(self) -> None:
        """Let the kinds that were given beside the text stand for those in it."""
        for name, kind in self.kinds.items():
            if name not in self.inputs:
                close = near(name, self.inputs)
                raise NotationError(
                    f"{name} is said to be {kind}, but no input is called so{close}"
                )
            node = self.inputs[name]
            self.inputs[name] = self.scope[name] = leaf(name, node.shape, kind)

    def declaration(self, statement: Statement) -> None:
        """``x: [N, D] one-hot``, ``i: index in V``, ``lam: constant``."""
        target, value = statement.target, statement.value
        assert target is not None
        words = list(statement.words)
        within = None
        for word in ("in", "of", "range", "below"):
            if word in words:
                at = words.index(word)
                within = _read_length(target.data, " ".join(words[at + 1 :]))
                words = words[:at]
        if words in (["length"], ["symbol"]):
            self.symbols[canonical(target.data)] = Dim.symbol(target.data)
            return
        shape: Shape = ()
        if value is not None:
            inner = value.parts if value.kind in ("list", "group") else (value,)
            shape = tuple(self._declared_length(target, part) for part in inner)
        try:
            kind = read_kind("".join(words) or "normal")
        except NotationError as error:
            raise located(str(error), self.text, target.start, target.stop) from None
        before = self.inputs.get(canonical(target.data))
        if before is not None and before.shape != tuple(s.with_sizes(self.unrolled) for s in shape):
            raise located(
                f"{target.data} has the shape {show_shape(shape)} here, and "
                f"{show_shape(before.shape)} beside the text or in an earlier line; give one",
                self.text,
                target.start,
                target.stop,
            )
        self.declare(target.data, shape, kind, within)

    def _declared_length(self, target: Syntax, part: Syntax) -> Dim:
        try:
            return _read_length(target.data, self.text[part.start : part.stop])
        except NotationError as error:
            raise located(str(error).partition("\n")[0], self.text, part.start, part.stop) from None

    def assignment(self, statement: Statement) -> None:
        """``name = expression``; a line without a name is ``J``."""
        assert statement.value is not None
        value = self.expression(statement.value)
        target = statement.target
        if target is not None and target.kind != "name":
            self.state(target, value)
            return
        key = canonical(target.data) if target is not None else "J"
        if key in self.scope and target is not None:
            fresh = self._fresh(key)
            self.warnings.append(
                pointed(
                    f"{key} is given a second value; it is read as {fresh} = ..., and later lines "
                    f"mean {fresh}. A gradient with respect to {key} is that of the first {key}",
                    self.text,
                    target.start,
                    target.stop,
                )
            )
            self.names[fresh] = self.scope[key] = named(fresh, value)
            self.renamed.add(key)
        else:
            self.names[key] = self.scope[key] = named(key, value)

    def loop(self, statement: Statement) -> None:
        """A loop over time: its lines are known to what follows, stacked over time."""
        if self.unrolled:
            self.unroll(statement)
            return
        scan = read_loop(self, statement, self.states)
        for name, _ in scan.data.lines:
            if name in self.scope:
                raise NotationError(f"{name} has a value before the loop; name the line otherwise")
            self.names[name] = self.scope[name] = named(name, build("scan_all", (scan,), name))
            self.scans[name] = scan

    def unroll(self, statement: Statement) -> None:
        """A loop over time, its steps one after the other: h1, h2, ..."""
        loop = UnrolledReader(self, statement, self.states, next(iter(self.unrolled.values())))
        for key, line in loop.unrolled():
            self.names[key] = self.scope[key] = line
        for name, steps in loop.steps_of.items():
            self.lasts[name] = steps[-1]
            self.scope[name] = stacked(steps)

    def state(self, target: Syntax, value: Node) -> None:
        """``h[0] = ...``: what a state is before the first step of a loop."""
        base, *items = target.parts
        if len(items) != 1 or items[0].data != "0":
            raise located(
                "a part of an array cannot be given a value, but a state at time 0, as in "
                "h[0] = h0, before a loop over time",
                self.text,
                target.start,
                target.stop,
            )
        self.states[canonical(base.data)] = value

    def _fresh(self, key: str) -> str:
        number = 1
        while f"{key}_{number}" in self.names or f"{key}_{number}" in self.inputs:
            number += 1
        return f"{key}_{number}"

    def model(self, output: str | None) -> Model:
        """What was read, as a whole."""
        if not self.names:
            raise NotationError("there is nothing to differentiate; write J = ...")
        if output is None:
            output = self.scope["J"].data if "J" in self.names else list(self.names)[-1]
        elif canonical(output) not in self.names:
            raise NotationError(f"no line gives {output!r} a value{near(output, list(self.names))}")
        return Model(
            self.inputs,
            self.names,
            canonical(output),
            tuple(self.warnings),
            self.text,
            self.ranges,
            tuple(str(one) for one in self.symbols.values() if not one.is_number),
        )

    def _index(self, tree: Syntax) -> Node:
        last = self._at_last_time(tree)
        return super()._index(tree) if last is None else last

    def _at_last_time(self, tree: Syntax) -> Node | None:
        """``h[T]`` after a loop that ends at T."""
        base, *items = tree.parts
        name = canonical(base.data) if base.kind == "name" else ""
        if name in self.lasts and len(items) == 1 and items[0].data in self.unrolled:
            return self.lasts[name]
        scan = self.scans.get(name)
        if scan is None or len(items) != 1 or items[0].kind not in ("name", "number"):
            return None
        if items[0].kind == "number" and items[0].data == "0":
            return self.states.get(canonical(base.data))
        value = self.value(items[0])
        if isinstance(value, Node) and as_dim(value) == scan.data.length:
            return build("scan_last", (scan,), canonical(base.data))
        raise NotationError(
            f"after the loop, {base.data} is known at time {scan.data.length} as "
            f"{base.data}[{scan.data.length}], and at all times as {base.data}"
        )
