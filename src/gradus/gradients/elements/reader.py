"""Writing entries out: from the entry of a node to those of its arguments, letter by letter."""

from collections.abc import Callable
from dataclasses import dataclass

from gradus.gradients.elements.letters import Letters, is_leaf
from gradus.gradients.elements.sums import sigma
from gradus.gradients.elements.tree import FIRST, Element, Entry, Index, Places
from gradus.gradients.expressions.dims import Shape
from gradus.gradients.expressions.nodes import Node, parts

#: Which argument leads to the one that is differentiated, which of its arguments, and so on.
Path = tuple[int, ...]

#: What is written out wherever it stands: it has no arguments, or is no number itself.
PLAIN = ("const", "length", "ones", "zeros", "eye", "causal_bias", "compare", "onehot")

#: Matrices and numbers whose entries no short formula gives: they stay as they are.
KNOWN = ("det", "logdet", "inv")


@dataclass(frozen=True)
class Reader:
    """Writes entries out, down to what is opaque and, on the way to a target, to that."""

    letters: Letters
    opaque: Callable[[Node], bool] = is_leaf
    target: Node | None = None  # its entries off the path are held fixed

    def entry(self, node: Node, places: Places, path: Path | None = None) -> Element:
        """The entry of a node; with a path, that of the target at its end can be differentiated."""
        off = path is None and node.op not in PLAIN and (is_leaf(node) or self.opaque(node))
        if path == () or off or node.op in KNOWN:
            return Entry(node, places, path is None and self._follows_target(node))
        return ENTRIES[node.op](Opened(self, node, path), places)

    def _follows_target(self, node: Node) -> bool:
        known = node.op in KNOWN and node.args[0] is self.target
        return self.target is not None and (node is self.target or known)


@dataclass(frozen=True)
class Opened:
    """A node whose entry is written out, with its reader."""

    reader: Reader
    node: Node
    path: Path | None

    @property
    def args(self) -> tuple[Node, ...]:
        """The arguments of the node, and the nodes in its exponents."""
        return parts(self.node)

    def part(self, at: int, places: Places) -> Element:
        """The entry of an argument."""
        path = self.path[1:] if self.path and self.path[0] == at else None
        return self.reader.entry(self.args[at], places, path)

    def fitted(self, at: int, places: Places) -> Element:
        """The entry of an argument that is broadcast: its last axes, at 0 where it has length 1."""
        shape = self.args[at].shape
        own = places[len(places) - len(shape) :]
        pairs = zip(shape, own, strict=True)
        return self.part(at, tuple(FIRST if size.is_one else place for size, place in pairs))

    def over(self, shape: Shape, body: Callable[..., Element]) -> Element:
        """The sum of ``body`` over a place on every axis of a shape."""
        places = self.reader.letters.places(shape)
        return summed(places, body(*places))


def summed(places: Places, body: Element) -> Element:
    """The sum over the letters of some places."""
    for place in reversed(places):
        if isinstance(place.base, Index):
            body = sigma(place.base, body)
    return body


EntryRule = Callable[[Opened, Places], Element]

#: The entry of every operation.
ENTRIES: dict[str, EntryRule] = {}


def means(*ops: str) -> Callable[[EntryRule], EntryRule]:
    """Enter a function into :data:`ENTRIES`."""

    def enter(function: EntryRule) -> EntryRule:
        for op in ops:
            ENTRIES[op] = function
        return function

    return enter
