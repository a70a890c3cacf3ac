"""A constituency tree: phrases in phrases down to words with tags; walked through, drawn, pruned.

Trees may be as deep as memory allows: nothing here calls itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gradus.core.errors import DataError

#: The tag of what is understood but not written.
TRACE = "-NONE-"


@dataclass(frozen=True, slots=True)
class Constituent:
    """A phrase with its parts, or a word with its tag.

    >>> cat = Constituent("NP", (Constituent("DT", word="the"), Constituent("NN", word="cat")))
    >>> cat.words, [leaf.label for leaf in cat.leaves]
    (['the', 'cat'], ['DT', 'NN'])

    Raises:
        DataError: it has neither parts nor a word, or both.
    """

    label: str
    children: tuple["Constituent", ...] = ()
    word: str | None = None

    def __post_init__(self) -> None:
        if bool(self.children) == (self.word is not None):
            raise DataError(
                f"the constituent {self.label!r} has {len(self.children)} parts and the word "
                f"{self.word!r}; give it parts or a word"
            )

    @property
    def leaves(self) -> list["Constituent"]:
        """The words with their tags, from left to right."""
        return [step.node for step in walk(self) if step.node.word is not None]

    @property
    def words(self) -> list[str]:
        """The words, from left to right."""
        return [leaf.word for leaf in self.leaves if leaf.word is not None]


class Step(NamedTuple):
    """A stop on the way through a tree: at a node before its parts, or behind them."""

    node: Constituent
    depth: int
    leaving: bool


def walk(tree: Constituent, *, leaving: bool = False) -> Iterator[Step]:
    """Every node before its parts, from left to right; with ``leaving`` also behind them."""
    stack = [Step(tree, 0, False)]
    while stack:
        step = stack.pop()
        yield step
        if not step.leaving:
            if leaving:
                stack.append(step._replace(leaving=True))
            stack += [Step(child, step.depth + 1, False) for child in reversed(step.node.children)]


def draw_constituents(tree: Constituent) -> str:
    """A tree with one node a line, parts below and to the right of their whole.

    >>> from gradus.tasks.parsing.brackets import parse_brackets
    >>> (tree,) = parse_brackets("(S (NP (DT the) (NN cat)) (VP (VBZ sleeps)))")
    >>> print(draw_constituents(tree))
    S
    ├── NP
    │   ├── DT the
    │   └── NN cat
    └── VP
        └── VBZ sleeps
    """
    lines: list[str] = []
    open_: list[int] = []  # parts still to come of each node above
    for node, depth, _ in walk(tree):
        del open_[depth:]
        stem = ""
        if depth:
            open_[-1] -= 1
            bars = ["│   " if left else "    " for left in open_[:-1]]
            stem = "".join(bars) + ("├── " if open_[-1] else "└── ")
        open_.append(len(node.children))
        lines.append(f"{stem}{node.label or '·'}{'' if node.word is None else ' ' + node.word}")
    return "\n".join(lines)


def without_traces(tree: Constituent) -> Constituent | None:
    """A tree without the words tagged ``-NONE-`` and without what is then empty; None if all is.

    >>> from gradus.tasks.parsing.brackets import parse_brackets, write_brackets
    >>> (tree,) = parse_brackets("(S (NP-SBJ (-NONE- *)) (VP (TO to) (VP (VB sleep))))")
    >>> write_brackets(without_traces(tree))
    '(S (VP (TO to) (VP (VB sleep))))'
    """
    kept: list[list[Constituent]] = [[]]
    for node, _, leaving in walk(tree, leaving=True):
        if not leaving:
            kept.append([])
            continue
        children = tuple(kept.pop())
        if children:
            kept[-1].append(Constituent(node.label, children))
        elif node.word is not None and node.label != TRACE:
            kept[-1].append(node)
    return kept[0][0] if kept[0] else None
