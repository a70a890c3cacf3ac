"""What becomes of the letters before and after the part that two words share, as a short string.

``.`` keeps a letter, ``-`` drops one, ``+x`` adds an x.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

#: Edits of letters.
KEPT, DROPPED, ADDED = ".", "-", "+"

#: A regular expression for one edit; ``EDIT`` finds them all, ``RUN`` those of one kind in a row.
ANY_EDIT = r"(?s:\.|-|\+.)"
EDIT = re.compile(ANY_EDIT)
RUN = re.compile(r"\.+|-+|(?:\+.)+", re.DOTALL)


class Shared(NamedTuple):
    """Where two words have a part in common."""

    old: int  # where it starts in the one
    new: int  # and in the other
    size: int


def longest_shared(old: str, new: str) -> Shared:
    """The longest common substring; of several the leftmost in ``old``, then in ``new``.

    >>> longest_shared("gelopen", "lopen"), longest_shared("is", "be")
    (Shared(old=2, new=0, size=5), Shared(old=0, new=0, size=0))
    """
    # most words hold their lemma or are held by it, which is found ten times as fast
    if new in old:
        return Shared(old.index(new), 0, len(new))
    if old in new:
        return Shared(0, new.index(old), len(old))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return Shared(*matcher.find_longest_match())


def letter_edits(old: str, new: str) -> str:
    """The fewest drops and additions that make ``new`` of ``old``; in one place drops come first.

    >>> letter_edits("ook", "ake"), letter_edits("ies", "y"), letter_edits("", "ge")
    ('--+a.+e', '---+y', '+g+e')
    """
    kept = _keepable(old, new)
    edits, row, column = "", 0, 0
    while row < len(old) and column < len(new):
        if old[row] == new[column]:
            edits, row, column = edits + KEPT, row + 1, column + 1
        elif kept[row + 1][column] >= kept[row][column + 1]:
            edits, row = edits + DROPPED, row + 1
        else:
            edits, column = edits + ADDED + new[column], column + 1
    return edits + DROPPED * (len(old) - row) + "".join(ADDED + letter for letter in new[column:])


def _keepable(old: str, new: str) -> list[list[int]]:
    """How many letters ``old[row:]`` and ``new[column:]`` can keep, in their order."""
    kept = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for row in reversed(range(len(old))):
        for column in reversed(range(len(new))):
            kept[row][column] = (
                1 + kept[row + 1][column + 1]
                if old[row] == new[column]
                else max(kept[row + 1][column], kept[row][column + 1])
            )
    return kept


def reach(edits: str) -> int:
    """How many letters the edits are about: those kept and dropped.

    >>> reach("--+a.+e"), reach("+-+.")
    (3, 0)
    """
    return sum(edit in (KEPT, DROPPED) for edit in EDIT.findall(edits))


def edited(text: str, edits: str) -> str:
    """What the edits make of as many letters as they reach.

    >>> edited("ook", "--+a.+e")
    'ake'
    """
    letters, made = iter(text), []
    for edit in EDIT.findall(edits):
        letter = edit[1:] or next(letters)
        if edit != DROPPED:
            made.append(letter)
    return "".join(made)


def describe_edits(edits: str, side: str) -> Iterator[str]:
    """The steps at the ``first`` or ``last`` letters of a word, in words.

    >>> list(describe_edits("---+y", "last")), list(describe_edits("+g+e", "first"))
    (['drop the last 3 letters', "add 'y'"], ["put 'ge' in front"])
    >>> list(describe_edits("--+a.+e", "last"))
    ["rewrite the last 3 letters (drop 2, add 'a', keep 1, add 'e')"]
    """
    size = reach(edits)
    place = f"the {side} letter" if size == 1 else f"the {side} {size} letters"
    runs = RUN.findall(edits)
    if any(run.startswith(KEPT) for run in runs):
        yield f"rewrite {place} ({', '.join(map(_told, runs))})"
        return
    for run in runs:
        if run.startswith(DROPPED):
            yield f"drop {place}"
        else:
            yield f"put {run[1::2]!r} in front" if side == "first" else _told(run)


def _told(run: str) -> str:
    if run.startswith(ADDED):
        return f"add {run[1::2]!r}"
    return f"{'keep' if run.startswith(KEPT) else 'drop'} {len(run)}"
