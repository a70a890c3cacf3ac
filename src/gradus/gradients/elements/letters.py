"""Index letters: i, j, k, ... for arrays and sums, a, b, c, ... for what is differentiated by."""

from collections.abc import Container, Iterable, Iterator

from gradus.gradients.elements.tree import FIRST, Index, Place, Places
from gradus.gradients.expressions.dims import Shape, symbols_of
from gradus.gradients.expressions.nodes import Node, below

#: Letters in the order of their use.
ROWS = "ijklmnrstuvwefgh"
TARGETS = "abcpqrstuvwd"


class Letters:
    """Letters that are still free; names of the model are none."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def fresh(self, letters: str = ROWS) -> str:
        """A letter that is taken from now on."""
        found = spare(self.taken, letters)
        self.taken.add(found)
        return found

    def places(self, shape: Shape, letters: str = ROWS) -> Places:
        """A letter for every axis; an axis of length 1 has one place only."""
        return tuple(
            FIRST if size.is_one else Place(Index(self.fresh(letters), size)) for size in shape
        )


def spare(taken: Container[str], letters: str = ROWS) -> str:
    """A letter that is not taken; with a prime if none is left."""
    return next(letter for letter in _endless(letters) if letter not in taken)


def _endless(letters: str) -> Iterator[str]:
    primes = ""
    while True:
        for letter in letters:
            yield letter + primes
        primes += "′"


def names_in(nodes: Iterable[Node]) -> set[str]:
    """The names of arrays and lengths that some expressions show."""
    seen = list(below(nodes))
    names = {node.data[0] if node.op == "input" else node.data for node in seen if is_leaf(node)}
    return names | set(symbols_of(node.shape for node in seen))


def is_leaf(node: Node) -> bool:
    """Whether a node is known by a name."""
    return node.op in ("input", "name")
