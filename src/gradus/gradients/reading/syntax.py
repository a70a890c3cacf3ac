"""The grammar: tokens become a tree. Nothing in the text is ever run.

Signs bind as in Python. Factors side by side (``W x``) are a product of matrices, or of a number
with anything, and bind more tightly than signs do; where a reader could take it two ways
(``a / b c``), it is refused.
"""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import Any

from gradus.core.errors import NotationError
from gradus.gradients.reading.names import canonical
from gradus.gradients.reading.tokens import Token, located, tokens

#: Trees that are deeper, or brackets within brackets, were not written by a person.
DEEPEST, MOST_BRACKETS = 100, 20

#: Nor are models that have more lines, or loops with more steps written out.
MOST_LINES = 300


@dataclass(frozen=True, slots=True)
class Syntax:
    """A part of the tree with its place in the text."""

    kind: str
    parts: tuple["Syntax", ...]
    data: Any
    start: int
    stop: int
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Statement:
    """One line: ``name = value``, ``name: shape kind``, or a loop over time."""

    kind: str  # assign, declare, loop, value
    target: Syntax | None
    value: Syntax | None
    words: tuple[str, ...] = ()
    body: tuple["Statement", ...] = ()


COMPARISONS = (">", ">=", "<", "<=", "==", "!=")


def parse(text: str, functions: Container[str], known: Iterable[str] = ()) -> list[Statement]:
    """The lines of a text; ``functions`` are names that take arguments.

    ``known`` are names of values, which hide functions; every line adds its own.

    >>> (line,) = parse("h = tanh(W x)", {"tanh"})
    >>> line.kind, line.target.data, line.value.kind
    ('assign', 'h', 'call')

    Raises:
        NotationError: the text does not follow the grammar; the message points at the place.
    """
    return _Parser(text, functions, known).statements()


class _Parser:
    """Reads a text from left to right."""

    def __init__(self, text: str, functions: Container[str], known: Iterable[str]) -> None:
        self.text, self.functions, self.known = text, functions, set(map(canonical, known))
        self.tokens, self.at, self.level = tokens(text), 0, 0
        self.bar = ""  # the sign that closes the bars around this place, as in |a b|

    # tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self, *signs: str) -> Token | None:
        token = self.token
        if token.kind == "sign" and token.text in signs:
            self.at += 1
            return token
        return None

    def need(self, sign: str, what: str) -> Token:
        found = self.take(sign)
        if found is None:
            raise self.error(f"expected {sign!r} {what}, but found {self.shown}")
        return found

    @property
    def shown(self) -> str:
        token = self.token
        return "the end" if token.kind == "end" or token.text == ";" else repr(token.text)

    def error(self, message: str, token: Token | None = None) -> NotationError:
        token = token or self.token
        return located(message, self.text, token.start, token.stop)

    def tree(
        self, kind: str, parts: tuple[Syntax, ...], data: Any, start: int, stop: int | None = None
    ) -> Syntax:
        """A tree from parts, unless it is too deep."""
        depth = 1 + max((part.depth for part in parts), default=0)
        end = self.tokens[self.at - 1].stop if stop is None else stop
        if depth > DEEPEST:
            raise located(
                f"the expression is nested more than {DEEPEST} deep here; name parts of it on "
                "lines of their own",
                self.text,
                start,
                min(end, start + 20),
            )
        return Syntax(kind, parts, data, start, end, depth)

    # statements

    def statements(self) -> list[Statement]:
        """All lines."""
        found: list[Statement] = []
        if sum(token.text == ";" for token in self.tokens) > MOST_LINES:
            raise NotationError(f"a model has at most {MOST_LINES} lines; use a loop over time")
        while self.token.kind != "end":
            if self.take(";"):
                continue
            found.append(self.statement())
            closed = found[-1].kind == "loop"  # its last line has ended already
            if self.token.kind != "end" and not self.take(";") and not closed:
                raise self.error(f"expected the end of the line, but found {self.shown}")
        return found

    def statement(self) -> Statement:
        """One line."""
        if self.token.kind == "name" and self.token.text == "for":
            return self.loop()
        target = self.expression()
        if self.take(":"):
            return self.declaration(target)
        if self.take("="):
            value = self.expression()
            return Statement("assign", self.assignable(target), value)
        return Statement("value", None, target)

    def assignable(self, target: Syntax) -> Syntax:
        if target.kind == "name" or (target.kind == "index" and target.parts[0].kind == "name"):
            self.known.add(canonical((target.parts or (target,))[0].data))
            return target
        raise located("only a name can be given a value", self.text, target.start, target.stop)

    def declaration(self, target: Syntax) -> Statement:
        """``x: [N, D] kind``: the shape is a list of lengths; words say what it is."""
        shape = self.primary() if self.token.text in ("[", "(") else None
        words = []
        while self.token.kind != "end" and self.token.text != ";":
            words.append(self.token.text)
            self.at += 1
        return Statement("declare", self.assignable(target), shape, tuple(words))

    def loop(self) -> Statement:
        """``for t = 1..T:`` or ``for t in 1..T:`` and its lines, indented or in one line."""
        first = self.token
        self.at += 1
        if self.token.kind != "name":
            raise self.error("a loop names its time: for t = 1..T:")
        variable = self.primary()
        if not self.take("=") and self.token.text == "in":
            self.at += 1
        begin = self.expression()
        if begin.data != "1" or not self.take(".."):
            raise self.error("a loop over time is written for t = 1..T:", first)
        end = self.expression()
        self.need(":", "after the last step of the loop")
        return Statement("loop", variable, end, (), tuple(self.block(first.start)))

    def block(self, start: int) -> list[Statement]:
        """The lines that are indented more than the one at ``start``."""
        margin = self.indent(start)
        found: list[Statement] = []
        while self.token.kind != "end":
            if self.take(";"):
                continue
            if self.indent(self.token.start) <= margin and found:
                break
            if (
                self.indent(self.token.start) <= margin
                and "\n" in self.text[start : self.token.start]
            ):
                break
            found.append(self.statement())
        if not found:
            raise self.error("the loop has no lines; indent what is done in every step")
        return found

    def indent(self, place: int) -> int:
        begin = self.text.rfind("\n", 0, place) + 1
        line = self.text[begin:]
        return len(line) - len(line.lstrip(" \t"))

    # expressions, from the loosest sign to the tightest

    def expression(self) -> Syntax:
        """A comparison or a sum."""
        left = self.sum()
        token = self.take(*COMPARISONS)
        if token:
            right = self.sum()
            return self.tree("compare", (left, right), token.text, left.start)
        return left

    def sum(self) -> Syntax:
        left = self.term()
        while token := self.take("+", "-"):
            left = self.tree("binary", (left, self.term()), token.text, left.start)
        return left

    def term(self) -> Syntax:
        left = self.signed()
        while token := self.take("*", "/", "@", "·"):
            if token.text == "/" and self.is_tight(token):
                left = self.fraction(left, token)
                continue
            right = self.signed()
            if token.text == "/" and right.kind == "beside":
                raise located(
                    "is this a division by all of it, or by its first part? write parentheses",
                    self.text,
                    right.start,
                    right.stop,
                )
            left = self.tree("binary", (left, right), token.text, left.start)
        return left

    def is_tight(self, slash: Token) -> bool:
        """Whether a slash has no space around it, as in ``1/2 x``."""
        before, after = self.tokens[self.at - 2], self.token
        simple = after.kind in ("number", "name") and not self.is_function(after.text)
        return before.stop == slash.start and after.start == slash.stop and simple

    def fraction(self, top: Syntax, slash: Token) -> Syntax:
        """``1/2 x``: what follows after a space is multiplied by the fraction."""
        found = self.tree("binary", (top, self.power()), slash.text, top.start)
        while self.starts_factor():
            found = self.tree("beside", (found, self.power()), None, top.start)
        return found

    def signed(self) -> Syntax:
        minus = self.take("-", "+")
        if not minus:
            return self.beside()
        inner = self.nested(self.signed)
        if minus.text == "+":
            return inner
        return self.tree("negative", (inner,), None, minus.start)

    def beside(self) -> Syntax:
        """Factors side by side."""
        left = self.power()
        while self.starts_factor():
            left = self.tree("beside", (left, self.power()), None, left.start)
        return left

    def starts_factor(self) -> bool:
        token = self.token
        return (
            (token.kind in ("name", "number") and token.text not in ("for", "in"))
            or (token.kind == "sign" and token.text in ("(", "√"))
            or (token.text in ("|", "||") and token.text != self.bar)  # λ |x|, but not in |x|
        )

    def power(self) -> Syntax:
        base = self.postfix()
        if self.take("**"):
            token = self.token
            if token.kind == "name" and token.text == "T":
                self.at += 1
                return self.tree("transpose", (base,), "paper", base.start)
            sign = self.take("-")
            exponent = self.nested(self.power)
            if sign:
                exponent = self.tree("negative", (exponent,), None, sign.start)
            return self.tree("binary", (base, exponent), "**", base.start)
        return base

    def postfix(self) -> Syntax:
        base = self.primary()
        while True:
            token = self.token
            if token.kind == "raised":
                self.at += 1
                base = self.raised(base, token)
            elif self.take("["):
                base = self.index(base)
            elif token.text == "." and self.tokens[self.at + 1].kind == "name":
                base = self.attribute(base)
            else:
                return base

    def raised(self, base: Syntax, token: Token) -> Syntax:
        """``²`` is a power, ``ᵀ`` the transpose, ``⁻¹`` the inverse."""
        text = "-1T" if token.text == "-T" else token.text  # A⁻ᵀ is (A⁻¹)ᵀ
        if text.endswith("T"):
            if text != "T":
                base = self.raised(base, token._replace(text=text[:-1]))
            return self.tree("transpose", (base,), "paper", base.start)
        if text.startswith("-1T"):
            text = "-1"
        if not text.lstrip("+-").isdigit():
            raise self.error(f"{token.text!r} is no exponent", token)
        exponent = self.tree("number", (), text.lstrip("+-"), token.start)
        if text.startswith("-"):
            exponent = self.tree("negative", (exponent,), None, token.start)
        return self.tree("binary", (base, exponent), "raised", base.start)

    def index(self, base: Syntax) -> Syntax:
        items = []
        while not self.take("]"):
            items.append(self.index_item())
            if not self.take(","):
                self.need("]", "to close the index")
                break
        return self.tree("index", (base, *items), None, base.start)

    def index_item(self) -> Syntax:
        start = self.token.start
        first = None if self.token.text == ":" else self.enclosed()
        if self.take(":"):
            bounds = [first or self.tree("none", (), None, start)]
            last = None if self.token.text in (",", "]") else self.enclosed()
            bounds.append(last or self.tree("none", (), None, start))
            return self.tree("range", tuple(bounds), None, start)
        if first is None:
            raise self.error("an index is missing")
        return first

    def attribute(self, base: Syntax) -> Syntax:
        self.at += 1
        name = self.token
        self.at += 1
        if name.text in ("T", "mT"):
            return self.tree("transpose", (base,), name.text, base.start)
        if self.take("("):
            arguments, options = self.arguments()
            return self.tree("call", (base, *arguments), (name.text, options), base.start)
        raise self.error(f"{name.text!r} is not part of the notation; after a dot comes T", name)

    def primary(self) -> Syntax:
        token = self.token
        if token.kind == "number":
            self.at += 1
            return self.tree("number", (), token.text, token.start)
        if token.kind == "string":
            self.at += 1
            return self.tree("string", (), token.text[1:-1], token.start)
        if token.kind == "name":
            return self.name()
        if self.take("√"):
            return self.call("sqrt", token)
        if self.take("("):
            inner = self.enclosed()
            if self.token.text == ",":
                parts = [inner]
                while self.take(","):
                    if self.token.text == ")":
                        break
                    parts.append(self.enclosed())
                self.need(")", "to close the list")
                return self.tree("list", tuple(parts), None, token.start)
            self.need(")", "to close the parenthesis")
            return self.tree("group", (inner,), None, token.start)
        if self.take("["):
            return self.listed(token)
        if bar := self.take("||", "|"):
            inner = self.enclosed(bar.text)
            self.need(bar.text, "to close the bars")
            name = "norm" if bar.text == "||" else "abs"
            return self.tree("call", (inner,), (name, ()), token.start)
        raise self.error(f"expected a name, a number or a parenthesis, but found {self.shown}")

    def enclosed(self, bar: str = "") -> Syntax:
        """An expression within brackets, or within bars that ``bar`` closes."""
        around, self.bar = self.bar, bar
        try:
            return self.nested(self.expression)
        finally:
            self.bar = around

    def nested(self, rule: Callable[[], Syntax]) -> Syntax:
        """A rule within itself, unless that went too deep."""
        self.level += 1
        if self.level > MOST_BRACKETS:
            raise self.error(
                f"the expression is nested more than {MOST_BRACKETS} deep here; name parts of it "
                "on lines of their own"
            )
        try:
            return rule()
        finally:
            self.level -= 1

    def listed(self, opening: Token) -> Syntax:
        parts: list[Syntax] = []
        while not self.take("]"):
            parts.append(self.enclosed())
            if not self.take(","):
                self.need("]", "to close the list")
                break
        return self.tree("list", tuple(parts), None, opening.start)

    def name(self) -> Syntax:
        token = self.token
        self.at += 1
        if self.is_function(token.text):
            return self.call(token.text, token)
        touching = self.token.text == "(" and self.token.start == token.stop
        if touching and canonical(token.text) not in self.known:
            return self.call(token.text, token)  # a function that is not there: an error later on
        return self.tree("name", (), token.text, token.start)

    def is_function(self, name: str) -> bool:
        """Whether a name is that of a function, which no value has taken."""
        return name in self.functions and canonical(name) not in self.known

    def call(self, name: str, token: Token) -> Syntax:
        """A function with its arguments, or with the one factor that follows: ``log σ(u)``."""
        if self.take("("):
            arguments, options = self.arguments()
            return self.tree("call", arguments, (name, options), token.start)
        if self.starts_factor():
            return self.tree("call", (self.nested(self.power),), (name, ()), token.start)
        return self.tree("name", (), token.text, token.start)

    def arguments(self) -> tuple[tuple[Syntax, ...], tuple[tuple[str, Syntax], ...]]:
        found: list[Syntax] = []
        options: list[tuple[str, Syntax]] = []
        while not self.take(")"):
            following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
            if self.token.kind == "name" and following is not None and following.text == "=":
                key = self.token.text
                self.at += 2
                options.append((key, self.enclosed()))
            else:
                found.append(self.enclosed())
            if not self.take(","):
                self.need(")", "to close the arguments")
                break
        return tuple(found), tuple(options)
