"""Labels in words: from the numbers that a decoder gives to trees as people read them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64

from gradus.tasks.parsing.classes import leftover_labels
from gradus.tasks.parsing.lifting import Label, deprojectivize
from gradus.tasks.parsing.settings import TreeConfig
from gradus.tasks.parsing.targets import Heads, Tree
from gradus.tasks.parsing.transition_network import Parsed


@dataclass(frozen=True)
class Naming:
    """The labels of a parser by number, and whether they tell where lifted arcs belong."""

    config: TreeConfig
    labels: Sequence[str]

    def trees(
        self,
        parsed: Parsed,
        lengths: Int64[np.ndarray, " sentences"],
        given: Sequence[Heads] | None = None,
    ) -> list[Tree]:
        """The trees of sentences side by side; arcs of ``given`` heads are not moved."""
        ends = np.cumsum(lengths).tolist()
        names = [self.labels[label] for label in self._rooted(parsed).tolist()]
        trees = [
            Tree(parsed.heads[begin:end], names[begin:end], parsed.sure[begin:end])
            for begin, end in zip([0, *ends], ends, strict=False)
        ]
        if given is None:
            return [self._restored(tree) for tree in trees]
        return [
            self._restored(_unmarked(tree, heads)) for tree, heads in zip(trees, given, strict=True)
        ]

    def tree(self, heads: Heads, labels: Int32[np.ndarray, " words"]) -> Tree:
        """The tree of one sentence."""
        (tree,) = self.trees(Parsed(heads, labels, np.zeros(0, np.float32)), np.array([len(heads)]))
        return tree

    def _rooted(self, parsed: Parsed) -> Int32[np.ndarray, " words"]:
        """The labels, that of the root at the root's word and nowhere else."""
        vague, root = leftover_labels(self.labels).tolist()
        if vague == root:
            return parsed.labels
        others = np.where(parsed.labels == root, vague, parsed.labels)
        return np.where(parsed.heads == 0, root, others)

    def _restored(self, tree: Tree) -> Tree:
        if self.config.nonprojective != "pseudo":
            return tree
        heads, labels = deprojectivize(tree.heads, tree.labels, self.config.encoding)
        return Tree(heads, labels, tree.sure)


def _unmarked(tree: Tree, given: Heads) -> Tree:
    """The tree without marks on the arcs that are given: they are no lifted ones."""
    labels = [
        label if head < 0 else str(Label.read(label)._replace(lifted=False, head=""))
        for label, head in zip(tree.labels, given.tolist(), strict=True)
    ]
    return tree._replace(labels=labels)
