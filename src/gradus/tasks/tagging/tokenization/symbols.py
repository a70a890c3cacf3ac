"""What the network sees of a piece of text: its word, its first and last letters, its shape."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Int32

from gradus.core.errors import FormatError
from gradus.nn.embeddings import UNKNOWN
from gradus.tasks.tagging.tokenization.settings import TokenizerConfig
from gradus.text.vocabulary import Vocabulary

WORDS, ENDINGS, BEGINNINGS, SHAPES = "words.txt", "endings.txt", "beginnings.txt", "shapes.txt"
#: Names of the columns of features, and where their vocabularies are kept.
FILES = (WORDS, ENDINGS, BEGINNINGS, SHAPES)
#: Columns of features: those, and how a word is mostly written.
COLUMNS = len(FILES) + 1
#: Letters at the end and at the beginning of a word that stand for it.
END, BEGIN = 3, 2
#: The first number of what is in a vocabulary, after padding and unknown.
FIRST = UNKNOWN + 1

#: How a word is mostly written, by the share of small first letters, from the highest on.
HABITS = (0.9, 0.5, 0.1, 0.0)
#: Where the habits of words are kept; a word met less often in training has none.
CASES, FEWEST = "cases.txt", 2
#: Numbers of habits: none known, no letters, and those of HABITS.
UNSEEN, CASELESS = UNKNOWN, UNKNOWN + 1

DIGIT = re.compile(r"\d")
#: Characters of a piece that are looked at.
LONGEST = 100


def features(form: str) -> tuple[str, str, str, str]:
    """A piece as its word without case and numbers, its ending, its beginning and its shape.

    >>> features("Houses"), features("2004"), features("...")
    (('houses', 'ses', 'ho', 'Xx6'), ('0000', '000', '00', 'd4'), ('...', '...', '..', 'o3'))
    """
    plain = DIGIT.sub("0", form.lower()) if len(form) <= LONGEST else form[:LONGEST].lower()
    return plain, plain[-END:], plain[:BEGIN], shape(form)


def shape(form: str) -> str:
    """Which kinds of characters a piece has, and how many, as far as that tells.

    >>> [shape(form) for form in ("Cat", "NATO", "iPod", "x", "éa", "7", "-", "市")]
    ['Xx3', 'XX4', 'xX4', 'x1', 'x2', 'd1', 'o1', 'w1']
    """
    length = min(len(form), 7)
    if form.isdigit():
        return f"d{length}"
    if not form[:1].isalpha():
        return f"o{length}"
    if form.islower():
        return f"x{length}"
    if form.isupper():
        return f"X{length}" if len(form) == 1 else f"XX{length}"
    if form[0].isupper() and form[1:].islower():
        return f"Xx{length}"
    return f"w{length}" if form == form.lower() == form.upper() else f"xX{length}"


def habit(small: int, capital: int) -> int:
    """The number of the habit of a word that was met so often with a small letter, and a capital.

    >>> habit(99, 1), habit(3, 3), habit(0, 5), habit(1, 0)
    (3, 4, 6, 1)
    """
    total = small + capital
    if total < FEWEST:
        return UNSEEN
    return (
        CASELESS + 1 + next(place for place, share in enumerate(HABITS) if small / total >= share)
    )


@dataclass(frozen=True)
class Symbols:
    """Vocabularies of each feature; their numbers begin with padding and unknown."""

    names: tuple[list[str], ...]  # in the order of FILES
    habits: dict[str, int]  # of words in lower case
    counts: dict[str, tuple[int, int]] = field(default_factory=dict, repr=False, compare=False)
    index: tuple[dict[str, int], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index = tuple({name: row for row, name in enumerate(names, FIRST)} for names in self.names)
        object.__setattr__(self, "index", index)

    @classmethod
    def learn(cls, config: TokenizerConfig, forms: Iterable[str]) -> "Symbols":
        """The most frequent values of each feature."""
        counts: tuple[Counter[str], ...] = tuple(Counter() for _ in FILES)
        seen = Counter(forms)
        for form, times in seen.items():
            for counter, value in zip(counts, features(form), strict=True):
                counter[value] += times
        limits = (config.words, config.affixes, config.affixes, 1000)
        cases: dict[str, tuple[int, int]] = {}
        for form, times in seen.items():
            small, capital = cases.get(form.lower(), (0, 0))
            if form[:1].islower():
                cases[form.lower()] = small + times, capital
            elif form[:1].isupper():
                cases[form.lower()] = small, capital + times
        return cls(
            tuple(
                [
                    value
                    for value, times in sorted(counter.items(), key=lambda item: (-item[1], item))
                    if times >= config.min_count
                ][:limit]
                for counter, limit in zip(counts, limits, strict=True)
            ),
            {word: habit(*both) for word, both in cases.items() if sum(both) >= FEWEST},
            cases,
        )

    @property
    def sizes(self) -> list[int]:
        """How many numbers each feature has."""
        return [*(len(names) + FIRST for names in self.names), CASELESS + 1 + len(HABITS)]

    def rows(
        self, forms: Sequence[str], *, met: bool = False
    ) -> Int32[np.ndarray, "forms features"]:
        """The numbers of the features of forms; ``met``: in training, where each met itself."""
        find = self._others_habit if met else self._habit
        found = [
            [
                *(
                    index.get(value, UNKNOWN)
                    for index, value in zip(self.index, features(form), strict=True)
                ),
                find(form),
            ]
            for form in forms
        ]
        return np.array(found, dtype=np.int32).reshape(-1, COLUMNS)

    def _habit(self, form: str) -> int:
        if not form[:1].isalpha():
            return CASELESS
        return self.habits.get(form.lower(), UNSEEN)

    def _others_habit(self, form: str) -> int:
        """The habit of a form without one of the times that it was met itself."""
        small, capital = self.counts.get(form.lower(), (0, 0))
        if form[:1].islower():
            return habit(small - 1, capital)
        return habit(small, capital - 1) if form[:1].isupper() else self._habit(form)

    def save(self, folder: Path) -> None:
        """Write a vocabulary a feature; the counts are places from the end."""
        for name, names in zip(FILES, self.names, strict=True):
            Vocabulary(names, np.arange(len(names), 0, -1)).save(folder / name)
        Vocabulary(list(self.habits), np.array(list(self.habits.values()))).save(folder / CASES)

    @classmethod
    def load(cls, folder: Path) -> "Symbols":
        """Read what :meth:`save` wrote.

        Raises:
            FormatError: a file is missing or damaged.
        """
        loaded = tuple(Vocabulary.load(folder / name).words for name in FILES)
        for name, names in zip(FILES, loaded, strict=True):
            if len(set(names)) < len(names):
                raise FormatError(f"{folder / name} has a word twice; the file is damaged")
        cases = Vocabulary.load(folder / CASES)
        habits = dict(zip(cases.words, cases.counts.tolist(), strict=True))
        if not all(UNSEEN <= number < CASELESS + 1 + len(HABITS) for number in habits.values()):
            raise FormatError(f"{folder / CASES} has a habit that there is not; it is damaged")
        return cls(loaded, habits)
