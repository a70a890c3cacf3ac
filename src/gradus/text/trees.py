"""Whether heads make a tree: every word below the one root, and no way round in a circle."""

from collections.abc import Sequence
from typing import NamedTuple

#: So many words are named before the rest is counted.
NAMED = 8


class TreeFault(NamedTuple):
    """What keeps heads from being a tree, and the first word to look at, counted from 1."""

    text: str
    word: int


def tree_fault(heads: Sequence[int]) -> str | None:
    """What keeps ``heads`` from being a tree with one root, in words; ``None`` if they are one.

    ``heads[i]`` is the head of word ``i + 1``, 0 for the root. Takes linear time.

    >>> tree_fault([2, 0, 2])
    >>> tree_fault([3, 1, 2, 0])
    'words 1, 3, 2 form a cycle'
    >>> tree_fault([0, 1, 0])
    'words 1 and 3 are both roots'
    """
    fault = find_tree_fault(heads)
    return fault.text if fault else None


def find_tree_fault(heads: Sequence[int]) -> TreeFault | None:
    """The same with the word where it shows: the second root, the first word of a cycle."""
    if not heads:
        return TreeFault("there is no word", 0)
    if min(heads) < 0 or max(heads) > len(heads):
        return _stray(heads)
    roots = heads.count(0)
    if roots > 1:
        return _several_roots(heads)
    cycle = find_cycle(heads)
    if not cycle:
        return None
    if len(cycle) == 1:
        return TreeFault(f"word {cycle[0]} is its own head", cycle[0])
    listed = "words " + name_words(cycle)
    if not roots:
        return TreeFault(f"no word is the root: {listed} form a cycle", cycle[0])
    return TreeFault(f"{listed} form a cycle", cycle[0])


def find_cycle(heads: Sequence[int]) -> list[int]:
    """Words each of which is headed by the next, the last one by the first; empty if none are.

    The smallest word comes first. All heads must be 0 or words.

    >>> find_cycle([0, 4, 2, 3])
    [2, 4, 3]
    """
    climbed_from = [0] * (len(heads) + 1)  # the word from which the climb came first past here
    climbed_from[0] = -1
    for start in range(1, len(heads) + 1):
        word = start
        while not climbed_from[word]:
            climbed_from[word] = start
            word = heads[word - 1]
        if climbed_from[word] == start:
            return _around(heads, word)
    return []


def _around(heads: Sequence[int], word: int) -> list[int]:
    """The cycle through ``word``, from its smallest word on."""
    cycle = [word]
    while heads[cycle[-1] - 1] != word:
        cycle.append(heads[cycle[-1] - 1])
    first = cycle.index(min(cycle))
    return cycle[first:] + cycle[:first]


def _stray(heads: Sequence[int]) -> TreeFault:
    size = len(heads)
    word = next(i for i, head in enumerate(heads, start=1) if not 0 <= head <= size)
    return TreeFault(f"word {word} has head {heads[word - 1]}, which is no word of {size}", word)


def _several_roots(heads: Sequence[int]) -> TreeFault:
    roots = [word for word, head in enumerate(heads, start=1) if head == 0]
    if len(roots) == 2:
        return TreeFault(f"words {roots[0]} and {roots[1]} are both roots", roots[1])
    return TreeFault(f"words {name_words(roots)} are all roots", roots[1])


def name_words(words: Sequence[int]) -> str:
    """The first few words, and how many more there are.

    >>> name_words([2, 5, 4]), name_words(range(1, 12))
    ('2, 5, 4', '1, 2, 3, 4, 5, 6, 7, 8 and 3 more')
    """
    named = ", ".join(map(str, words[:NAMED]))
    return named + (f" and {len(words) - NAMED} more" if len(words) > NAMED else "")
