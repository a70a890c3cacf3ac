"""Pseudo-projective trees: arcs lifted until none is non-projective, with labels to undo it.

A lifted arc hangs higher in the tree than it should. Its label says so [nivre2005]:

| scheme | label of the lifted arc | labels of the arcs it was lifted over |
|---|---|---|
| `head` | its own, ``↑``, that of its true head | unchanged |
| `path` | its own, ``↑`` | ``↓`` after them |
| `head+path` | its own, ``↑``, that of its true head | ``↓`` after them |
"""

from bisect import insort
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.parsing.subtrees import children_of
from gradus.tasks.parsing.trees import is_projective, nonprojective_arcs

UP, DOWN = "↑", "↓"


class Scheme(NamedTuple):
    """What the labels keep of a lift."""

    head: bool  # the label of the true head
    path: bool  # which arcs lie on the way down to it


SCHEMES = {
    "head": Scheme(head=True, path=False),
    "path": Scheme(head=False, path=True),
    "head+path": Scheme(head=True, path=True),
}


class Label(NamedTuple):
    """A label with its marks."""

    plain: str
    lifted: bool = False
    head: str = ""  # label of the true head of a lifted word, if the scheme keeps it
    path: bool = False  # whether something was lifted over this arc

    def __str__(self) -> str:
        return self.plain + (UP + self.head if self.lifted else "") + (DOWN if self.path else "")

    @classmethod
    def read(cls, text: str) -> "Label":
        """Take a label apart, whatever a parser made of it.

        >>> Label.read("obl↑obj↓")
        Label(plain='obl', lifted=True, head='obj', path=True)
        """
        body = text.removesuffix(DOWN)
        plain, up, head = body.partition(UP)
        return cls(plain, bool(up), head, path=body != text)


def projectivize(
    heads: Int[np.ndarray, " words"], labels: Sequence[str], scheme: str = "head+path"
) -> tuple[Int[np.ndarray, " words"], list[str]]:
    """Lift the shortest non-projective arc, the first of equals, to its head's head, until none is.

    A projective tree comes back as it was, and a word under the root stays there.

    >>> heads = np.array([2, 4, 4, 0, 2, 7, 5, 4])  # A hearing is scheduled on the issue today
    >>> labels = ["det", "nsubj", "aux", "root", "nmod", "det", "case", "advmod"]
    >>> lifted, marked = projectivize(heads, labels)
    >>> lifted.tolist()
    [2, 4, 4, 0, 4, 7, 5, 4]
    >>> marked[1], marked[4]
    ('nsubj↓', 'nmod↑nsubj')

    Raises:
        DataError: a label holds a mark already, or the heads are no tree.
        SettingsError: there is no such scheme.
    """
    keeps = _scheme(scheme)
    _check_labels(heads, labels)
    lifted, on_path = heads.copy(), set()
    if is_projective(heads):
        return lifted, list(labels)
    positions = np.arange(1, len(heads) + 1)
    while (wild := np.flatnonzero(nonprojective_arcs(lifted))).size:
        distances = np.abs(lifted - positions)[wild]
        word = wild[distances.argmin()]
        over = lifted[word]
        on_path.add(int(over))
        lifted[word] = lifted[over - 1]
    marked = [
        Label(
            label,
            lifted=bool(new != old),
            head=labels[old - 1] if new != old and keeps.head else "",
            path=keeps.path and word in on_path,
        )
        for word, (label, old, new) in enumerate(zip(labels, heads, lifted, strict=True), start=1)
    ]
    return lifted, [str(label) for label in marked]


def deprojectivize(
    heads: Int[np.ndarray, " words"], labels: Sequence[str], scheme: str = "head+path"
) -> tuple[Int[np.ndarray, " words"], list[str]]:
    """Bring lifted words back to their heads, and labels to what they were, as far as marks tell.

    Words are taken from the top of the tree down. The true head is looked for below the present
    one, level by level, each from left to right: with `head` the first word with the label that the
    lifted one names; with `path` the first at which the marked way down ends; with `head+path` the
    first on a marked way with that label. A word whose head is not found stays where it is, and so
    do words under the root. Any tree gives a tree, whatever its labels.

    >>> labels = ["det", "nsubj↓", "aux", "root", "nmod↑nsubj", "det", "case", "advmod"]
    >>> heads, labels = deprojectivize(np.array([2, 4, 4, 0, 4, 7, 5, 4]), labels)
    >>> heads.tolist(), labels[4]
    ([2, 4, 4, 0, 2, 7, 5, 4], 'nmod')

    Raises:
        DataError: there is not one label for every word, or a head is no word.
        SettingsError: there is no such scheme.
    """
    keeps = _scheme(scheme)
    _check_count(heads, labels)
    read = [Label.read(label) for label in labels]
    plain = [label.plain for label in read]
    if not any(label.lifted for label in read):
        return heads.copy(), plain
    children = children_of(heads)
    restored = heads.copy()
    # those on a path come first: what was lifted over them looks for its head below them
    waiting = sorted(_top_down(children), key=lambda word: not read[word - 1].path)
    waiting = [word for word in waiting if read[word - 1].lifted and restored[word - 1]]
    count = -1
    while count != len(waiting):  # a head may come into sight when another word is back
        count = len(waiting)
        waiting = [word for word in waiting if not _restore_(word, restored, children, read, keeps)]
    return restored, plain


def _restore_(
    word: int,
    heads: Int[np.ndarray, " words"],
    children: list[list[int]],
    read: Sequence[Label],
    keeps: Scheme,
) -> bool:
    """Move a lifted word to its true head, if that is found."""
    now = int(heads[word - 1])
    target = _true_head(word, now, children, read, keeps)
    if target is None:
        return False
    children[now].remove(word)
    insort(children[target], word)
    heads[word - 1] = target
    return True


def _true_head(
    word: int,
    now: int,
    children: Sequence[Sequence[int]],
    read: Sequence[Label],
    keeps: Scheme,
) -> int | None:
    """Where a lifted word belongs: some word below its head ``now``, None if none fits."""
    queue = deque([now])
    while queue:
        # never into the lifted word's own subtree, which would close a cycle
        below = [child for child in children[queue.popleft()] if child != word]
        ways = [child for child in below if read[child - 1].path] if keeps.path else below
        for child in ways:
            if keeps.head:
                if read[child - 1].plain == read[word - 1].head:
                    return child
            elif not any(read[lower - 1].path for lower in children[child]):
                return child
        queue.extend(ways)
    return None


def _top_down(children: Sequence[Sequence[int]]) -> Iterator[int]:
    queue = deque(children[0])
    while queue:
        word = queue.popleft()
        yield word
        queue.extend(children[word])


def _scheme(name: str) -> Scheme:
    if name not in SCHEMES:
        raise SettingsError(f"there is no lifting scheme {name!r}; choose {', '.join(SCHEMES)}")
    return SCHEMES[name]


def _check_count(heads: Int[np.ndarray, " words"], labels: Sequence[str]) -> None:
    if len(heads) != len(labels):
        raise DataError(
            f"{len(labels)} labels came with {len(heads)} heads; give one for every word"
        )


def _check_labels(heads: Int[np.ndarray, " words"], labels: Sequence[str]) -> None:
    _check_count(heads, labels)
    for word, label in enumerate(labels, start=1):
        if UP in label or DOWN in label:
            raise DataError(
                f"word {word} has the label {label!r}, but {UP} and {DOWN} mark lifted arcs; "
                "undo an earlier lift with deprojectivize, or rename the label"
            )
