"""Which words of two cuts of one text are the same: by their characters, as CoNLL 2018 has it.

Words that are tokens of their own are the same if they have the same characters. Around a multiword
token of either side lies a stretch that no multiword token leaves; in it words have no characters
of their own, and the longest common subsequence of the forms says which are the same.
"""

from collections.abc import Sequence
from itertools import takewhile

from gradus.core.errors import DataError
from gradus.text.cuts import Cuts, CutWord, Stretch

#: Characters that a message shows of both texts.
SHOWN = 20

Pairs = list[tuple[int, int]]
Words = Sequence[CutWord]


def check_same_text(gold: Cuts, system: Cuts) -> None:
    """That both sides have the same characters, blanks aside.

    Raises:
        DataError: they differ; it says where and how both go on.
    """
    if gold.characters == system.characters:
        return
    both = zip(gold.characters, system.characters, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], both))
    raise DataError(
        f"the two texts differ after {same:,} characters (blanks do not count): "
        f"{_told(gold, same)}, {_told(system, same)}; compare sentences of one text"
    )


def aligned_words(gold: Words, system: Words) -> Pairs:
    """The places of the words that are the same, gold and system, both rising.

    >>> from gradus.text.document import Sentence
    >>> gold, system = (
    ...     Cuts.of([Sentence.of(forms)], "").words
    ...     for forms in (["can", "not", "go"], ["cannot", "go"])
    ... )
    >>> aligned_words(gold, system)
    [(2, 1)]
    """
    pairs: Pairs = []
    g = s = 0
    while g < len(gold) and s < len(system):
        one, other = gold[g], system[s]
        if one.in_multiword or other.in_multiword:
            golds, systems = _multiword_stretch(gold, system, g, s)
            pairs += _common(gold, system, golds, systems)
            g, s = golds.stop, systems.stop
        elif one.token == other.token:
            pairs.append((g, s))
            g, s = g + 1, s + 1
        elif one.token.start <= other.token.start:
            g += 1
        else:
            s += 1
    return pairs


def same_stretches(gold: Sequence[Stretch], system: Sequence[Stretch]) -> int:
    """How many stretches both sides have; on each side they rise and do not overlap.

    >>> same_stretches([Stretch(0, 2), Stretch(2, 4)], [Stretch(0, 1), Stretch(2, 4)])
    1
    """
    return len(set(gold).intersection(system))


def _multiword_stretch(gold: Words, system: Words, g: int, s: int) -> tuple[range, range]:
    """The words from ``g`` and ``s`` on that lie in the smallest stretch around one of the two.

    One of them is of a multiword token. The order of the steps is that of the official program.
    """
    one, other = gold[g], system[s]
    end = (one if one.in_multiword else other).token.end
    # a plain word that begins before the multiword token is the same as none of its words
    if not other.in_multiword and other.token.start < one.token.start:
        s += 1
    elif not one.in_multiword and one.token.start < other.token.start:
        g += 1
    first_gold, first_system = g, s
    while _inside(gold, g, end) or _inside(system, s, end):
        takes_gold = g < len(gold) and (
            s >= len(system) or gold[g].token.start <= system[s].token.start
        )
        word = gold[g] if takes_gold else system[s]
        if word.in_multiword:
            end = max(end, word.token.end)
        g, s = (g + 1, s) if takes_gold else (g, s + 1)
    return range(first_gold, g), range(first_system, s)


def _inside(words: Words, place: int, end: int) -> bool:
    """Whether the word at ``place`` belongs to a stretch up to ``end``, or makes it longer."""
    if place >= len(words):
        return False
    word = words[place]
    return word.token.start < end if word.in_multiword else word.token.end <= end


def _common(gold: Words, system: Words, golds: range, systems: range) -> Pairs:
    """The pairs of a longest common subsequence of the forms."""
    rows, columns = len(golds), len(systems)
    longest = [[0] * (columns + 1) for _ in range(rows + 1)]  # of what begins at row and column
    for row in reversed(range(rows)):
        form = gold[golds[row]].form
        for column in reversed(range(columns)):
            best = max(longest[row + 1][column], longest[row][column + 1])
            if form == system[systems[column]].form:
                best = max(best, 1 + longest[row + 1][column + 1])
            longest[row][column] = best
    pairs: Pairs = []
    row = column = 0
    while row < rows and column < columns:
        if gold[golds[row]].form == system[systems[column]].form:
            pairs.append((golds[row], systems[column]))
            row, column = row + 1, column + 1
        elif longest[row][column] == longest[row + 1][column]:
            row += 1
        else:
            column += 1
    return pairs


def _told(text: Cuts, character: int) -> str:
    if character >= len(text.characters):
        return f"the {text.name} text ends there"
    place = text.place(text.sentence_at(character))
    return f"{place} goes on with {text.characters[character : character + SHOWN]!r}"
