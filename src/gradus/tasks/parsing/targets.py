"""The trees that a parser learns: those of the treebank, made projective where it needs that."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float32, Int32

from gradus.core.errors import DataError
from gradus.tasks.parsing.dataset import Trees
from gradus.tasks.parsing.kernels.oracles import projective_order, projective_parts
from gradus.tasks.parsing.lifting import Label, projectivize
from gradus.tasks.parsing.settings import TreeConfig
from gradus.text.document import NOTHING, Sentence, Word

#: The label of nodes that have none: the root, and words of which nothing is known.
NO_LABEL = -1

#: What the probability of an arc is called in MISC.
CONFIDENCE = "Confidence="

#: The head of each word; -1 where it is not known. The axis has no name, as sentences side by side
#: are of different lengths.
Heads: TypeAlias = Int32[np.ndarray, " _"]


class Tree(NamedTuple):
    """One sentence's heads, labels in words, and the probability of each arc if it was asked."""

    heads: Heads
    labels: list[str]
    sure: Float32[np.ndarray, " words"] = np.zeros(0, np.float32)


def tree_of(sentence: Sentence) -> Tree:
    """The tree of a sentence.

    Raises:
        DataError: a word has no head.
    """
    heads = sentence.heads
    if None in heads:
        word = heads.index(None) + 1
        raise DataError(
            f"word {word} of {described(sentence)} has no head; a parser learns from whole trees"
        )
    return Tree(np.array(heads, dtype=np.int32), sentence.deprels)


def heads_of(sentence: Sentence) -> Heads:
    """The heads of a sentence, -1 where a word has none.

    >>> heads_of(Sentence.of(["Cats", "sleep"], heads=[2, None])).tolist()
    [2, -1]
    """
    return np.array([-1 if head is None else head for head in sentence.heads], dtype=np.int32)


def with_tree(sentence: Sentence, tree: Tree, *, keep: bool = False) -> Sentence:
    """A copy of a sentence with a tree; ``keep`` leaves relations of heads that it has."""
    labels = _kept_labels(sentence, tree) if keep else tree.labels
    words = [
        Word(w.form, w.lemma, w.upos, w.xpos, w.feats, head, label, w.deps, w.misc)
        for w, head, label in zip(sentence.words, tree.heads.tolist(), labels, strict=True)
    ]
    for word, share in zip(words, tree.sure.tolist(), strict=False):
        # that of an earlier parse would contradict this one
        notes = [note for note in word.misc.split("|") if not note.startswith(CONFIDENCE)]
        kept = [] if notes == [NOTHING] else notes
        word.misc = "|".join([*kept, f"{CONFIDENCE}{share:.3f}"])
    # dataclasses.replace would cost as much as the words of a short sentence
    return Sentence(words, sentence.comments, sentence.multiword, sentence.empty, sentence.line)


def _kept_labels(sentence: Sentence, tree: Tree) -> list[str]:
    return [
        word.deprel if word.head is not None and word.deprel != NOTHING else label
        for word, label in zip(sentence.words, tree.labels, strict=True)
    ]


def described(sentence: Sentence) -> str:
    """Where a sentence is, for an error."""
    words = " ".join(word.form for word in sentence.words[:6])
    place = f", line {sentence.line}" if sentence.line else ""
    return f'the sentence "{words}{" ..." if len(sentence) > 6 else ""}"{place}'


def learnt_tree(config: TreeConfig, tree: Tree) -> Tree:
    """The tree that a parser with these settings learns.

    With pseudo-projective labels lifted arcs can be put back; a parser that declares defeat learns
    them lifted without a mark, as it could not build them anyway.
    """
    if config.nonprojective not in ("pseudo", "defeat"):
        return tree
    heads, labels = projectivize(tree.heads, tree.labels, config.encoding)
    if config.nonprojective == "defeat":
        labels = [Label.read(label).plain for label in labels]
    return Tree(heads.astype(np.int32), labels)


def label_names(trees: Sequence[Tree]) -> list[str]:
    """All labels of trees, the most frequent first."""
    counts = Counter(label for tree in trees for label in tree.labels)
    return sorted(counts, key=lambda label: (-counts[label], label))


def tree_arrays(config: TreeConfig, trees: Sequence[Tree], names: Sequence[str]) -> Trees:
    """Trees side by side, with what oracles ask for."""
    numbers = {name: number for number, name in enumerate(names)}
    heads, labels, orders, parts = [], [], [], []
    for tree in trees:
        own = np.concatenate([[NO_LABEL], tree.heads]).astype(np.int32)
        heads.append(own)
        found = [numbers.get(label, NO_LABEL) for label in tree.labels]
        labels.append(np.array([NO_LABEL, *found], dtype=np.int32))
        swaps = config.nonprojective == "swap"
        orders.append(projective_order(own) if swaps else np.zeros_like(own))
        parts.append(projective_parts(own) if swaps else np.zeros_like(own))
    return Trees(*(np.concatenate(rows) for rows in (heads, labels, orders, parts)))


def no_trees() -> Trees:
    """What stands for trees where there are none to learn."""
    nothing = np.zeros(0, np.int32)
    return Trees(nothing, nothing, nothing, nothing)
