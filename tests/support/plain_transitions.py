"""Transition systems with plain lists, written from the papers: slow, short and easy to check.

Arc-standard [nivre2004], arc-eager [nivre2003], arc-hybrid [kuhlmann2011], arc-standard with a swap
[nivre2009], arc-hybrid with a swap [delhoneux2017] and the list-based parser that is Covington's
[nivre2008]. In all of them the root starts on the stack and takes one word; those that finish with
the root alone on the stack give it its word last.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass
class Configuration:
    """The stack grows to the right, the buffer starts at its left; set aside is a stack, too."""

    stack: list[int]
    buffer: list[int]
    aside: list[int] = field(default_factory=list)
    heads: dict[int, int] = field(default_factory=dict)
    labels: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, words: int) -> "Configuration":
        return cls([0], list(range(1, words + 1)))

    def has_root(self) -> bool:
        return 0 in self.heads.values()

    def above(self, node: int) -> list[int]:
        """The node, its head, the head of that, and so on."""
        path = [node]
        while path[-1] in self.heads:
            path.append(self.heads[path[-1]])
        return path

    def children(self, node: int) -> list[int]:
        return sorted(word for word, head in self.heads.items() if head == node)

    def add(self, head: int, dependent: int, label: int) -> None:
        assert dependent not in self.heads
        self.heads[dependent], self.labels[dependent] = head, label


class Transition(NamedTuple):
    """When it may be taken, the arc it adds, and what it does to the lists."""

    allowed: Callable[[Configuration], bool]
    move: Callable[[Configuration], None]
    arc: Callable[[Configuration], tuple[int, int]] | None = None

    def take(self, c: Configuration, label: int = -1) -> None:
        if self.arc:
            c.add(*self.arc(c), label)
        self.move(c)


class System(NamedTuple):
    transitions: dict[str, Transition]
    final: Callable[[Configuration], bool]

    def allowed(self, c: Configuration) -> list[str]:
        return [name for name, transition in self.transitions.items() if transition.allowed(c)]


def _shift(c: Configuration) -> None:
    c.stack.append(c.buffer.pop(0))


def _pop(c: Configuration) -> None:
    c.stack.pop()


def _pop_second(c: Configuration) -> None:
    del c.stack[-2]


def _set_aside(c: Configuration) -> None:
    c.aside.append(c.stack.pop())


def _shift_all(c: Configuration) -> None:
    c.stack += [*reversed(c.aside), c.buffer.pop(0)]
    c.aside.clear()


def _swap_second(c: Configuration) -> None:
    c.buffer.insert(0, c.stack.pop(-2))


def _swap_across(c: Configuration) -> None:
    c.buffer.insert(1, c.stack.pop())


def _two(c: Configuration) -> bool:
    return len(c.stack) >= 2


def _both(c: Configuration) -> bool:
    return bool(c.stack and c.buffer)


def _root_may(c: Configuration, head: int) -> bool:
    return head != 0 or not c.has_root()


SHIFT = Transition(lambda c: bool(c.buffer), _shift)

LEFT_WITHIN = Transition(
    lambda c: _two(c) and c.stack[-2] != 0, _pop_second, lambda c: (c.stack[-1], c.stack[-2])
)
RIGHT_WITHIN = Transition(
    lambda c: _two(c) and (c.stack[-2] != 0 or not c.buffer),
    _pop,
    lambda c: (c.stack[-2], c.stack[-1]),
)
LEFT_ACROSS = Transition(
    lambda c: _both(c) and c.stack[-1] != 0 and c.stack[-1] not in c.heads,
    _pop,
    lambda c: (c.buffer[0], c.stack[-1]),
)
RIGHT_EAGER = Transition(
    lambda c: _both(c) and _root_may(c, c.stack[-1]), _shift, lambda c: (c.stack[-1], c.buffer[0])
)
REDUCE = Transition(lambda c: bool(c.stack) and c.stack[-1] in c.heads, _pop)

SWAP_WITHIN = Transition(lambda c: _two(c) and 0 < c.stack[-2] < c.stack[-1], _swap_second)
SWAP_ACROSS = Transition(lambda c: _both(c) and 0 < c.stack[-1] < c.buffer[0], _swap_across)

LEFT_LISTED = Transition(
    lambda c: (
        _both(c)
        and c.stack[-1] != 0
        and c.stack[-1] not in c.heads
        and c.stack[-1] not in c.above(c.buffer[0])
    ),
    _set_aside,
    lambda c: (c.buffer[0], c.stack[-1]),
)
RIGHT_LISTED = Transition(
    lambda c: (
        _both(c)
        and c.buffer[0] not in c.heads
        and c.buffer[0] not in c.above(c.stack[-1])
        and _root_may(c, c.stack[-1])
    ),
    _set_aside,
    lambda c: (c.stack[-1], c.buffer[0]),
)
PASS = Transition(_both, _set_aside)
SHIFT_LISTED = Transition(lambda c: bool(c.buffer), _shift_all)


def _no_words_to_come(c: Configuration) -> bool:
    return not c.buffer


def _root_alone(c: Configuration) -> bool:
    return not c.buffer and c.stack == [0]


_STANDARD = {"shift": SHIFT, "left": LEFT_WITHIN, "right": RIGHT_WITHIN}
_HYBRID = {"shift": SHIFT, "left": LEFT_ACROSS, "right": RIGHT_WITHIN}

PLAIN = {
    "standard": System(_STANDARD, _root_alone),
    "eager": System(
        {"shift": SHIFT, "left": LEFT_ACROSS, "right": RIGHT_EAGER, "reduce": REDUCE},
        _no_words_to_come,
    ),
    "hybrid": System(_HYBRID, _root_alone),
    "swap-standard": System({**_STANDARD, "swap": SWAP_WITHIN}, _root_alone),
    "swap-hybrid": System({**_HYBRID, "swap": SWAP_ACROSS}, _root_alone),
    "covington": System(
        {"shift": SHIFT_LISTED, "left": LEFT_LISTED, "right": RIGHT_LISTED, "pass": PASS},
        _no_words_to_come,
    ),
}


def complete(c: Configuration, words: int, label: int, root_label: int) -> None:
    """Words without a head hang on the root's word; the first of them is that if there is none."""
    for word in range(1, words + 1):
        if word not in c.heads:
            (root,) = [node for node, head in c.heads.items() if head == 0] or [0]
            c.add(root, word, label if root else root_label)
