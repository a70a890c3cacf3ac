"""Trees become nodes: the part of reading that knows names, shapes and indices."""

from fractions import Fraction
from typing import Any

from gradus.core.errors import NotationError, ShapeError
from gradus.gradients.expressions.dims import Dim, show_shape
from gradus.gradients.expressions.indexing import ALL_ROWS, is_index
from gradus.gradients.expressions.nodes import LEFT, RIGHT, Node, build, const, intern, length
from gradus.gradients.reading.calls import (
    FUNCTION_NAMES,
    as_dim,
    call,
    describe,
    dim,
    near,
    node,
    whole,
)
from gradus.gradients.reading.names import canonical
from gradus.gradients.reading.syntax import Syntax
from gradus.gradients.reading.tokens import pointed

#: Words that are values of options.
WORDS = {"True": True, "False": False, "None": None}

#: Names that stand for a number unless an input has taken them.
NUMBERS = {"pi": "pi"}


class Reader:
    """Turns trees into nodes, given the names that are known."""

    def __init__(self, text: str, *, symbols_are_new: bool = False) -> None:
        self.text, self.symbols_are_new = text, symbols_are_new
        self.scope: dict[str, Node] = {}
        self.symbols: dict[str, Dim] = {}
        self.warnings: list[str] = []

    def expression(self, tree: Syntax) -> Node:
        """A tree as a node."""
        value = self.value(tree)
        try:
            return node(value)
        except NotationError as error:
            raise self.at(error, tree) from None

    def value(self, tree: Syntax) -> Any:
        """A tree as a node, a list, a text or a truth value; errors point at the place."""
        try:
            return getattr(self, f"_{tree.kind}")(tree)
        except NotationError as error:
            if getattr(error, "placed", False):
                raise
            raise self.at(error, tree) from None

    def at(self, error: NotationError, tree: Syntax) -> NotationError:
        """The error with the place that it is about, in the words of the text."""
        message = str(error)
        if tree.kind in ("binary", "beside", "compare"):
            for side, part in ((LEFT, tree.parts[0]), (RIGHT, tree.parts[1])):
                message = message.replace(side, self._words(part)).replace(".T.T", "")
        found = type(error)(pointed(message, self.text, tree.start, tree.stop))
        found.placed = True  # type: ignore[attr-defined]
        return found

    def _words(self, part: Syntax) -> str:
        words = " ".join(self.text[part.start : part.stop].split())
        simple = part.kind in ("name", "call", "transpose", "group", "index")
        return words if simple else f"({words})"

    def _name(self, tree: Syntax) -> Any:
        key = canonical(tree.data)
        if key in self.scope:
            return self.scope[key]
        if key in self.symbols:
            return length(self.symbols[key])
        if tree.data in WORDS:
            return WORDS[tree.data]
        if key in NUMBERS:
            return intern("pi", (), None, ())
        if self.symbols_are_new:
            return length(Dim.symbol(tree.data))
        if tree.data in FUNCTION_NAMES:
            raise NotationError(f"{tree.data} is a function; write {tree.data}(...)")
        names = [*self.scope, *self.symbols]
        close = near(tree.data, names)
        raise NotationError(
            f"unknown name {tree.data!r}{close}; declare it with its shape, as in "
            f"{tree.data}: [N, D], or as an index, as in {tree.data}: index in V"
        )

    def _number(self, tree: Syntax) -> Node:
        return const(Fraction(tree.data))

    def _string(self, tree: Syntax) -> str:
        return tree.data

    def _none(self, tree: Syntax) -> None:
        return None

    def _group(self, tree: Syntax) -> Any:
        return self.value(tree.parts[0])

    def _list(self, tree: Syntax) -> Any:
        values = [self.value(part) for part in tree.parts]
        if len(values) == 1 and isinstance(values[0], Node) and values[0].op == "compare":
            return values[0]  # [h > 0] on paper is 1 where it holds
        return values

    def _negative(self, tree: Syntax) -> Node:
        return -self.expression(tree.parts[0])

    def _compare(self, tree: Syntax) -> Node:
        left, right = (self.expression(part) for part in tree.parts)
        return build("compare", (left, right), tree.data)

    def _binary(self, tree: Syntax) -> Node:
        left, right = (self.expression(part) for part in tree.parts)
        for part, side in zip(tree.parts, (left, right), strict=True):
            if is_index(side):
                raise NotationError(
                    f"{self._words(part)} is an index and no number to compute with; write "
                    f"onehot({self._words(part)}, V) for its rows of the identity"
                )
        sign = tree.data
        if sign == "·":
            sign = "@" if left.rank == right.rank == 1 else "*"
        if sign == "raised" and left.rank == 2 and right is const(-1):
            return build("inv", (left,))
        if sign == "*":
            self._flag_elementwise(tree, left, right)
        return BINARY[sign](left, right)

    def _flag_elementwise(self, tree: Syntax, left: Node, right: Node) -> None:
        both_given = left.op == right.op == "input"
        ranks = sorted((left.rank, right.rank))
        if both_given and ranks == [1, 2] and left.shape[-1] == right.shape[-1]:
            one, other = (self._words(part) for part in tree.parts)
            matrix, vector = (one, other) if left.rank == 2 else (other, one)
            self.warnings.append(
                pointed(
                    f"{one} * {other} multiplies entry by entry, {vector} broadcast over the rows "
                    f"of {matrix}; for the matrix product write {matrix} @ {vector}",
                    self.text,
                    tree.start,
                    tree.stop,
                )
            )

    def _beside(self, tree: Syntax) -> Node:
        left, right = (self.expression(part) for part in tree.parts)
        if not left.rank or not right.rank:
            return left * right
        second = tree.parts[1]
        column = left.rank == 1 and second.kind == "transpose" and second.data == "paper"
        if column and right.rank == 1 and tree.parts[0].kind != "transpose":
            return build("outer", (left, right))  # a bᵀ on paper
        return left @ right

    def _transpose(self, tree: Syntax) -> Node:
        inner = self.expression(tree.parts[0])
        if inner.rank > 2:
            if tree.data == "mT":
                order = (*range(inner.rank - 2), inner.rank - 1, inner.rank - 2)
                return build("transpose", (inner,), order)
            raise ShapeError(
                f"the transpose of {show_shape(inner.shape)} is not clear; write "
                ".transpose(i, j) with the axes to swap"
            )
        return inner.T

    def _call(self, tree: Syntax) -> Node:
        name, options = tree.data
        if name in ("argmax", "argmin") and name not in self.scope:
            return call(name, [], {})
        arguments = [self.value(part) for part in tree.parts]
        return call(name, arguments, {key: self.value(value) for key, value in options})

    # indices

    def _range(self, tree: Syntax) -> tuple[Dim | None, Dim | None]:
        begin, end = (None if part.kind == "none" else dim(self.value(part)) for part in tree.parts)
        return begin, end

    def _index(self, tree: Syntax) -> Node:
        base = self.expression(tree.parts[0])
        items = [self._item(part) for part in tree.parts[1:]]
        return build("index", (base,), tuple(items))

    def _item(self, part: Syntax) -> Any:
        if part.kind == "call" and part.data[0] in ("range", "arange"):
            return ALL_ROWS
        if part.kind == "range":
            return self._range(part)
        value = self.value(part)
        if value is None or (isinstance(value, Node) and is_index(value)):
            return value
        try:
            return whole(value)
        except NotationError:
            pass
        if isinstance(value, Node):
            found = as_dim(value)
            if found is not None:
                return found
        told = self._words(part) if isinstance(value, Node) else describe(value)
        error = NotationError(
            f"an index is a declared index, a number, a range or None, not {told}; declare it, as "
            "in o: index in V"
        )
        raise self.at(error, part)


#: What each sign makes of two nodes.
BINARY: dict[str, Any] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "@": lambda a, b: a @ b,
    "**": lambda a, b: a**b,
    "raised": lambda a, b: a**b,
}
