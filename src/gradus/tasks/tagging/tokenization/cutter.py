"""A text in pieces that no token divides, as far as a treebank tells.

A run of letters is one piece, and so is a run of digits; any other sign stands alone. A treebank
may know better: some runs are cut inside, such as *cannot*, or *don't* before the *n*. And in a
script without spaces every letter is a piece. What comes out are the only places where a token may
end; whether one does is for a network to say.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gradus.core.errors import FormatError
from gradus.tasks.tagging.tokenization.characters import LETTER, PIECE, UNSPACED, Kinds, script_of
from gradus.text.spacing import WHITE, RawText

#: A piece: where it starts and ends in its text.
Piece = tuple[int, int]

WHITE_SIGN = re.compile(f"[{WHITE}]")

#: A script whose adjacent letters are parted more often than this is cut everywhere.
OFTEN_PARTED = 0.05
#: A run of letters is cut as the treebank cuts it at least so often.
WORD_SHARE = 0.1
#: An ending is cut off any run, if different runs show it so often and others seldom deny it.
ENDING_RUNS, ENDING_SHARE = 3, 0.5


@dataclass(frozen=True)
class Cutter:
    """Where a text may be cut; learnt by :meth:`learn`, or what is usual.

    >>> cutter = Cutter(words={"cannot": (3,)}, endings=[("n", "'t")])
    >>> text = "I don't, I cannot!"
    >>> [text[start:end] for start, end in cutter.pieces(text)]
    ['I', 'do', 'n', "'", 't', ',', 'I', 'can', 'not', '!']
    """

    unspaced: Sequence[str] = UNSPACED
    words: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # in lower case: the cuts
    endings: Sequence[tuple[str, str]] = ()  # of a run of letters, and what follows it

    def pieces(self, text: str) -> list[Piece]:
        """Start and end of every piece, in order; between them is white space or nothing."""
        spans = self.runs(text)
        cuts = [found.start() for found in self._endings.finditer(text)] if self.endings else []
        if self.words:
            words = self.words
            for start, end in spans:
                inner = words.get(text[start:end].lower())
                if inner is not None:
                    cuts += [start + cut for cut in inner]
        return _cut(spans, sorted(set(cuts))) if cuts else spans

    def runs(self, text: str) -> list[Piece]:
        """The pieces before words and endings are cut."""
        return [found.span() for found in PIECE.finditer(text.translate(self._kinds))]

    @classmethod
    def learn(cls, raw: RawText) -> "Cutter":
        """What the tokens of a treebank tell."""
        spaced = cls(unspaced=_unspaced(raw))
        ends = set(raw.ends.tolist())
        inside = [
            (start, end, tuple(at - start for at in range(start + 1, end) if at in ends))
            for start, end in spaced.runs(raw.text)
            if end - start > 1
        ]
        endings = _endings(raw, inside, cls(unspaced=spaced.unspaced))
        known = cls(unspaced=spaced.unspaced, endings=endings)
        return cls(unspaced=spaced.unspaced, endings=endings, words=_words(raw, inside, known))

    def to_dict(self) -> dict[str, Any]:
        """What was learnt, as JSON has it."""
        return {
            "unspaced": list(self.unspaced),
            "words": {word: list(cuts) for word, cuts in self.words.items()},
            "endings": [list(rule) for rule in self.endings],
        }

    @classmethod
    def from_dict(cls, values: Any) -> "Cutter":
        """What :meth:`to_dict` gave; :class:`FormatError` if it is something else."""
        found = values if isinstance(values, dict) else {}
        unspaced: Any = found.get("unspaced")
        words: Any = found.get("words")
        endings: Any = found.get("endings")
        if not (
            _is_list_of(unspaced, str)
            and isinstance(words, dict)
            and all(_is_list_of(cuts, int) for cuts in words.values())
            and _is_list_of(endings, list)
            and all(_is_list_of(rule, str) and len(rule) == 2 for rule in endings)
        ):
            raise FormatError("the cutter is no table of scripts, words and endings")
        return cls(
            tuple(unspaced),
            {word: tuple(cuts) for word, cuts in words.items()},
            [(ending, tail) for ending, tail in endings],
        )

    @cached_property
    def _kinds(self) -> Kinds:
        return Kinds(self.unspaced)

    @cached_property
    def _endings(self) -> re.Pattern[str]:
        parts = (f"{re.escape(end)}(?={re.escape(tail)})" for end, tail in self.endings)
        return re.compile(rf"(?<=[^\W\d_])(?:{'|'.join(parts)})", re.IGNORECASE)


def _cut(spans: Sequence[Piece], cuts: Sequence[int]) -> list[Piece]:
    pieces: list[Piece] = []
    place = 0
    for start, end in spans:
        while place < len(cuts) and cuts[place] < end:
            if cuts[place] > start:
                pieces.append((start, cuts[place]))
                start = cuts[place]
            place += 1
        pieces.append((start, end))
    return pieces


def _unspaced(raw: RawText) -> tuple[str, ...]:
    """The scripts that are cut everywhere: what is usual, unless the treebank has enough of it."""
    parted: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    kinds, ends = raw.text.translate(Kinds(())), set(raw.ends.tolist())
    for found in re.finditer(f"{LETTER}{LETTER}+", kinds):
        for at in range(found.start() + 1, found.end()):
            script = script_of(raw.text[at - 1])
            seen[script] += 1
            parted[script] += at in ends
    told = {script for script, count in seen.items() if count >= 100}
    cut = {script for script in told if parted[script] > OFTEN_PARTED * seen[script]}
    return tuple(sorted(cut | (set(UNSPACED) - told)))


def _is_list_of(values: Any, kind: type) -> bool:
    return isinstance(values, list) and all(type(value) is kind for value in values)


#: A run of letters: its start and end, and the places where the treebank cuts it.
Inside = tuple[int, int, tuple[int, ...]]


def _endings(raw: RawText, inside: Sequence[Inside], plain: Cutter) -> list[tuple[str, str]]:
    """Endings that part from many runs before the same tail, as n from do, is, has before 't."""
    ends = sorted(raw.ends.tolist())
    after = dict(zip(ends, ends[1:] + ends[-1:], strict=True))
    runs: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for start, end, cuts in inside:
        if cuts:
            tail = raw.text[end : after[start + cuts[-1]]].lower()
            if tail and not WHITE_SIGN.search(tail):  # text is looked at chunk by chunk
                ending = raw.text[start + cuts[-1] : end].lower()
                runs[ending, tail].add(raw.text[start:end].lower())
    often = [rule for rule, words in sorted(runs.items()) if len(words) >= ENDING_RUNS]
    return [rule for rule in often if _holds(rule, raw, set(ends), plain)]


def _holds(rule: tuple[str, str], raw: RawText, ends: set[int], plain: Cutter) -> bool:
    places = [
        found.start()
        for found in Cutter(plain.unspaced, endings=[rule])._endings.finditer(raw.text)
    ]
    return sum(at in ends for at in places) >= ENDING_SHARE * len(places) > 0


def _words(raw: RawText, inside: Sequence[Inside], known: Cutter) -> dict[str, tuple[int, ...]]:
    """Runs of letters that are cut in a way that no ending explains."""
    explained = (
        {found.start() for found in known._endings.finditer(raw.text)} if known.endings else set()
    )
    cuts: defaultdict[str, Counter[tuple[int, ...]]] = defaultdict(Counter)
    for start, end, inner in inside:
        left = tuple(cut for cut in inner if start + cut not in explained)
        cuts[raw.text[start:end].lower()][left] += 1
    return {
        word: tuple(sorted({place for cut in found for place in cut}))
        for word, found in sorted(cuts.items())
        if sum(found.values()) - found[()] >= max(1, WORD_SHARE * sum(found.values()))
    }
