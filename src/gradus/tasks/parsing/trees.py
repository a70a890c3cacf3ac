"""How far a dependency tree is from one that can be drawn without crossing arcs.

``heads[i]`` is the head of word i+1. The root stands at position 0, left of the first word, and its
arc counts like any other, unless a function says otherwise. Every measure takes at most about
``n log n`` steps, except the edge degree, with n steps for every non-projective arc.
"""

from bisect import bisect_left, bisect_right

import numpy as np
from jaxtyping import Bool, Int

from gradus.core.errors import DataError
from gradus.tasks.parsing.subtrees import Subtrees, children_of, range_minima
from gradus.text.document import Sentence

#: "A hearing is scheduled on the issue today": *on* hangs on *hearing*, across the verb.
HEARING = np.array([2, 4, 4, 0, 2, 7, 5, 4])


def tree_of(sentence: Sentence) -> Int[np.ndarray, " words"]:
    """The heads of a sentence as an array.

    >>> tree_of(Sentence.of(["Cats", "sleep"], heads=[2, 0]))
    array([2, 0])

    Raises:
        DataError: a word has no head.
    """
    heads = sentence.heads
    if None in heads:
        word = heads.index(None) + 1
        place = f"line {sentence.line}: " if sentence.line else ""
        raise DataError(
            f"{place}word {word} ({sentence.words[word - 1].form}) has no head; "
            "give a treebank, or parse the text first"
        )
    return np.array(heads, dtype=np.int64)


def crossing_arcs(heads: Int[np.ndarray, " words"], *, root: bool = True) -> int:
    """The number of pairs of arcs that cross: one end of each lies strictly inside the other.

    Without ``root`` the arcs of the root are left out.

    >>> crossing_arcs(HEARING)  # hearing -> on crosses root -> scheduled and scheduled -> today
    2
    >>> crossing_arcs(HEARING, root=False)
    1
    """
    begins: list[list[int]] = [[] for _ in range(len(heads) + 1)]  # left ends by right end
    opened = [0] * (len(heads) + 1)  # arcs that begin at each position
    for word, head in enumerate(heads.tolist(), start=1):
        if head or root:
            begins[max(word, head)].append(min(word, head))
            opened[min(word, head)] += 1
    crossings, pending = 0, [0] * opened[0]  # left ends of the arcs now open, in order
    for position in range(1, len(heads) + 1):
        for left in begins[position]:
            del pending[bisect_left(pending, left)]
        # what began inside an arc that ends here and is still open crosses it
        crossings += sum(len(pending) - bisect_right(pending, left) for left in begins[position])
        pending += [position] * opened[position]
    return crossings


def is_projective(heads: Int[np.ndarray, " words"]) -> bool:
    """Whether every subtree is one unbroken stretch of words: no arcs cross, the root's included.

    >>> is_projective(np.array([2, 0, 2])), is_projective(HEARING)
    (True, False)
    """
    return crossing_arcs(heads) == 0


def is_planar(heads: Int[np.ndarray, " words"]) -> bool:
    """Whether no arcs between words cross; the root's may [kuhlmann2006].

    >>> heads = np.array([3, 0, 2])  # the arc of the root to word 2 runs under that of 3 to 1
    >>> is_planar(heads), is_projective(heads)
    (True, False)
    """
    return crossing_arcs(heads, root=False) == 0


def nonprojective_arcs(heads: Int[np.ndarray, " words"]) -> Bool[np.ndarray, " words"]:
    """Whether a word lies between each word and its head that the head does not dominate.

    The definition of pseudo-projective parsing [nivre2005]. The root dominates all, so its arc is
    projective. A tree is projective when all its arcs are.

    >>> (np.flatnonzero(nonprojective_arcs(HEARING)) + 1).tolist()
    [5]

    Raises:
        DataError: the heads are no tree.
    """
    return _nonprojective(Subtrees.of(heads))


def _nonprojective(trees: Subtrees) -> Bool[np.ndarray, " words"]:
    words, heads = np.arange(1, len(trees.heads) + 1), trees.heads
    found = np.zeros(len(words), dtype=bool)
    first, last = np.minimum(words, heads) + 1, np.maximum(words, heads) - 1
    wide = (first <= last) & (heads > 0)
    first, last, above = first[wide], last[wide], heads[wide]
    lowest = range_minima(trees.place, first, last)
    highest = -range_minima(-trees.place, first, last)
    found[wide] = (lowest < trees.place[above]) | (highest >= trees.ends[above])
    return found


def gap_degrees(heads: Int[np.ndarray, " words"]) -> Int[np.ndarray, " words"]:
    """The number of gaps in the subtree of every word: stretches less one [kuhlmann2006].

    >>> gap_degrees(HEARING).tolist()  # "A hearing ... on the issue" has one
    [0, 1, 0, 0, 0, 0, 0, 0]

    Raises:
        DataError: the heads are no tree.
    """
    return _gaps(Subtrees.of(heads))


def _gaps(trees: Subtrees) -> Int[np.ndarray, " words"]:
    """A subtree has as many stretches as words, less the neighbours that are both in it.

    Two neighbours are in the subtrees of their lowest common ancestor and of all above it. Between
    their places in depth-first order it is the first to be a head.
    """
    count = len(trees.heads)
    above = np.concatenate([[0], trees.heads])
    head_places = trees.place[above[trees.order]]
    left, right = trees.place[1:-1], trees.place[2:]
    ancestors = range_minima(head_places, np.minimum(left, right) + 1, np.maximum(left, right))
    joined = trees.sums(np.bincount(ancestors, minlength=count + 1))
    return (trees.size - joined - 1)[1:]


def gap_degree(heads: Int[np.ndarray, " words"]) -> int:
    """The largest number of gaps in a subtree; 0 for projective trees [kuhlmann2006].

    >>> gap_degree(HEARING)
    1

    Raises:
        DataError: the heads are no tree.
    """
    return int(gap_degrees(heads).max(initial=0))


def edge_degree(heads: Int[np.ndarray, " words"]) -> int:
    """The largest number of foreign pieces below an arc; 0 for projective trees [nivre2006].

    A piece is a part of the tree that lies between the ends of the arc and hangs together there;
    it is foreign if the head of the arc does not dominate it.

    >>> edge_degree(HEARING)  # below hearing -> on lies "is scheduled", one piece
    1

    Raises:
        DataError: the heads are no tree.
    """
    trees = Subtrees.of(heads)
    degree = 0
    for word in (np.flatnonzero(_nonprojective(trees)) + 1).tolist():
        head = int(heads[word - 1])
        low, high = sorted((word, head))
        inside, above = trees.place[low + 1 : high], heads[low : high - 1]
        tops = (above <= low) | (above >= high)
        foreign = (inside < trees.place[head]) | (inside >= trees.ends[head])
        degree = max(degree, int((tops & foreign).sum()))
    return degree


def is_well_nested(heads: Int[np.ndarray, " words"]) -> bool:
    """Whether no two disjoint subtrees interleave, as a b a b does [kuhlmann2006].

    >>> is_well_nested(HEARING), is_well_nested(np.array([5, 5, 1, 2, 0]))
    (True, False)

    Raises:
        DataError: the heads are no tree.
    """
    trees = Subtrees.of(heads)
    gaps = [0, *_gaps(trees).tolist()]
    for siblings in children_of(heads):
        # interleaved subtrees both have gaps, and lie in subtrees of siblings that interleave too
        broken = [child for child in siblings if gaps[child]]
        if len(broken) > 1 and _interleave(trees, broken):
            return False
    return True


def _interleave(trees: Subtrees, siblings: list[int]) -> bool:
    stretches = [trees.order[trees.place[top] : trees.ends[top]] for top in siblings]
    owners = np.repeat(siblings, [len(stretch) for stretch in stretches])
    in_order = owners[np.argsort(np.concatenate(stretches))]
    unfinished: list[int] = []
    left_behind: set[int] = set()
    for owner in in_order.tolist():
        if owner in left_behind:
            return True
        if owner in unfinished:
            while unfinished[-1] != owner:
                left_behind.add(unfinished.pop())
        else:
            unfinished.append(owner)
    return False
