"""What a parser knows of words and tags: vocabularies, and how a word is spelled in numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int32

from gradus.core.errors import FormatError
from gradus.tasks.parsing.settings import ParserConfig
from gradus.text.document import NOTHING, Sentence, Word
from gradus.text.vocabulary import VOCABULARY, Vocabulary

#: Numbers that are no word's: padding, and what training has not met.
PADDING, UNKNOWN, FIRST = 0, 1, 2

#: Files of a model folder.
AFFIXES, VECTOR_WORDS = "affixes.txt", "vector-words.txt"

#: Longest beginnings and ends of words that are read, and how often one must be met.
PREFIX, SUFFIX, AFFIX_COUNT = 3, 4, 5

#: Characters of a word that are read.
CHARACTERS = 24


class Forms(NamedTuple):
    """Different forms, one a row."""

    words: Int32[np.ndarray, " forms"]
    vectors: Int32[np.ndarray, " forms"]  # rows of the table of vectors; 0 where it lacks the form
    affixes: Int32[np.ndarray, "forms affixes"]
    characters: Int32[np.ndarray, "forms characters"]


class Tags(NamedTuple):
    """Different combinations of tags and features, one a row."""

    upos: Int32[np.ndarray, " tags"]
    xpos: Int32[np.ndarray, " tags"]
    features: Int32[np.ndarray, "tags features"]


def affixes_of(form: str) -> list[str]:
    """Beginnings and ends of a form in small letters, and its shape.

    >>> affixes_of("Cats")
    ['^c', '^ca', '^cat', 's$', 'ts$', 'ats$', 'cats$', '=Xx']
    """
    low = form.lower()
    begins = [f"^{low[:size]}" for size in range(1, min(PREFIX, len(low)) + 1)]
    ends = [f"{low[-size:]}$" for size in range(1, min(SUFFIX, len(low)) + 1)]
    return [*begins, *ends, f"={shape_of(form)}"]


def shape_of(form: str) -> str:
    """Kinds of characters in their order, each run as one letter.

    >>> shape_of("U.S."), shape_of("McDonald"), shape_of("3rd")
    ('X.X.', 'XxXx', '9x')
    """
    shape = ""
    for letter in form:
        kind = (
            "X"
            if letter.isupper()
            else "x"
            if letter.isalpha()
            else "9"
            if letter.isdigit()
            else letter
        )
        if not shape.endswith(kind):
            shape += kind
    return shape[:8]


def tag_of(word: Word) -> tuple[str, str, str]:
    """What a word's combination of tags is known by."""
    return word.upos, word.xpos, word.feats


@dataclass
class Symbols:
    """Numbers of everything that a parser reads."""

    config: ParserConfig
    words: Vocabulary
    affixes: Vocabulary
    characters: list[str]
    upos: list[str]
    xpos: list[str]
    features: list[str]
    vector_words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._word = _numbers(self.words.words)
        self._affix = _numbers(self.affixes.words)
        self._character = _numbers(self.characters)
        self._upos, self._xpos = _numbers(self.upos), _numbers(self.xpos)
        self._feature = _numbers(self.features)
        self._vector = {word: place for place, word in enumerate(self.vector_words, start=1)}

    @classmethod
    def learn(cls, config: ParserConfig, sentences: Sequence[Sentence]) -> "Symbols":
        """Count what the training sentences hold."""
        forms = Counter(word.form for sentence in sentences for word in sentence.words)
        affixes: Counter[str] = Counter()
        characters: Counter[str] = Counter()
        if config.affix_dim:
            for form, count in forms.items():
                affixes.update(dict.fromkeys(affixes_of(form), count))
        if config.char_dim:
            for form, count in forms.items():
                characters.update(dict.fromkeys(form, count))
        tags = Counter(tag_of(word) for sentence in sentences for word in sentence.words)
        return cls(
            config,
            _frequent(forms, config.min_count),
            _frequent(affixes, AFFIX_COUNT),
            sorted(letter for letter, count in characters.items() if count >= config.min_count),
            sorted({upos for upos, _, _ in tags}) if config.upos else [],
            sorted({xpos for _, xpos, _ in tags}) if config.xpos else [],
            sorted({name for *_, feats in tags for name in _names(feats)}) if config.feats else [],
        )

    def spelled(self, forms: Sequence[str]) -> Forms:
        """Forms as numbers."""
        reads = self.config
        words = [self._word.get(form, UNKNOWN) for form in forms]
        vectors = [self._vector.get(form) or self._vector.get(form.lower(), 0) for form in forms]
        affixes = [
            [self._affix[part] for part in affixes_of(form) if part in self._affix]
            if reads.affix_dim
            else []
            for form in forms
        ]
        characters = [
            [self._character.get(letter, UNKNOWN) for letter in form[:CHARACTERS]]
            if reads.char_dim
            else []
            for form in forms
        ]
        return Forms(_array(words), _array(vectors), _padded(affixes), _padded(characters))

    def tagged(self, tags: Sequence[tuple[str, str, str]]) -> Tags:
        """Combinations of tags as numbers."""
        return Tags(
            _array([self._upos.get(upos, UNKNOWN) for upos, _, _ in tags]),
            _array([self._xpos.get(xpos, UNKNOWN) for _, xpos, _ in tags]),
            _padded(
                [
                    [self._feature[name] for name in _names(feats) if name in self._feature]
                    for *_, feats in tags
                ]
            ),
        )

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the long lists into a model folder; give the short ones."""
        self.words.save(folder / VOCABULARY)
        self.affixes.save(folder / AFFIXES)
        rows = np.arange(len(self.vector_words), 0, -1)
        Vocabulary(self.vector_words, rows).save(folder / VECTOR_WORDS)
        return {name: getattr(self, name) for name in ("characters", "upos", "xpos", "features")}

    @classmethod
    def load(cls, config: ParserConfig, folder: Path, lists: Any) -> "Symbols":
        """What :meth:`save` wrote.

        Raises:
            FormatError: a list is missing or damaged.
        """
        names = ("characters", "upos", "xpos", "features")
        if not isinstance(lists, dict) or not all(_is_words(lists.get(name)) for name in names):
            raise FormatError(f"{folder} lacks one of the lists {', '.join(names)}; it is damaged")
        words, affixes, vectors = (
            Vocabulary.load(folder / name) for name in (VOCABULARY, AFFIXES, VECTOR_WORDS)
        )
        return cls(
            *(config, words, affixes),
            *(lists["characters"], lists["upos"], lists["xpos"], lists["features"]),
            vectors.words,
        )


def _names(feats: str) -> list[str]:
    return [] if feats == NOTHING else feats.split("|")


def _numbers(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names, start=FIRST)}


def _frequent(counts: "Counter[str]", least: int) -> Vocabulary:
    kept = sorted(
        ((count, word) for word, count in counts.items() if count >= least),
        key=lambda entry: (-entry[0], entry[1]),
    )
    return Vocabulary([word for _, word in kept], np.array([count for count, _ in kept], np.int64))


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _array(numbers: list[int]) -> Int32[np.ndarray, " rows"]:
    return np.array(numbers, dtype=np.int32)


def _padded(rows: list[list[int]]) -> Int32[np.ndarray, "rows longest"]:
    longest = max(map(len, rows), default=0)
    padded = np.full((len(rows), longest), PADDING, dtype=np.int32)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return padded
