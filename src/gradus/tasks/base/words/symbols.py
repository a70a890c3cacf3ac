"""What a network knows of forms: vocabularies, and how a form is spelled in numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int32

from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.core.storage import model_file
from gradus.nn.embeddings import PADDING, UNKNOWN
from gradus.tasks.base.words.affixes import affixes_of
from gradus.tasks.base.words.contextual import ContextualWords
from gradus.tasks.base.words.settings import FormConfig
from gradus.text.document import Sentence
from gradus.text.vocabulary import VOCABULARY, Vocabulary
from gradus.vectors.table import WordVectors

#: The first number that is a word's own.
FIRST = 2

#: Files of a model folder.
AFFIXES, VECTOR_WORDS = "affixes.txt", "vector-words.txt"

#: How often an affix must be met to be read.
AFFIX_COUNT = 5

#: Characters of a word that are read.
CHARACTERS = 24


class Forms(NamedTuple):
    """Different forms, one a row."""

    words: Int32[np.ndarray, " forms"]
    vectors: Int32[np.ndarray, " forms"]  # rows of the table of vectors; 0 where it lacks the form
    affixes: Int32[np.ndarray, "forms affixes"]
    characters: Int32[np.ndarray, "forms characters"]
    contextual: Int32[np.ndarray, " forms"]  # as language models know them; 0 without these


@dataclass
class FormSymbols:
    """Numbers of everything that is read of a form."""

    config: FormConfig
    words: Vocabulary
    affixes: Vocabulary
    characters: list[str]
    vector_words: list[str] = field(default_factory=list)
    contextual: ContextualWords | None = None

    def __post_init__(self) -> None:
        self._word = numbers_of(self.words.words)
        self._affix = numbers_of(self.affixes.words)
        self._character = numbers_of(self.characters)
        self._vector = {word: place for place, word in enumerate(self.vector_words, start=1)}

    @classmethod
    def learn(cls, config: FormConfig, sentences: Iterable[Sentence]) -> "FormSymbols":
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
        return cls(
            config,
            _frequent(forms, config.min_count),
            _frequent(affixes, AFFIX_COUNT),
            sorted(letter for letter, count in characters.items() if count >= config.min_count),
        )

    def with_table(
        self, table: WordVectors, sentences: Iterable[Sentence]
    ) -> "tuple[FormSymbols, Float32[np.ndarray, 'words dim']]":
        """The same with words of a table, and their vectors: those met, and frequent others.

        Raises:
            DataError: no vector is left.
            SettingsError: the vectors have another length than the settings say.
        """
        if table.dim != self.config.dim:
            raise SettingsError(
                f"the model's words have dim={self.config.dim}, the vectors have {table.dim}; set "
                f"dim={table.dim} or name other vectors"
            )
        forms = {word.form for sentence in sentences for word in sentence.words}
        seen = forms | {form.lower() for form in forms}
        kept = [
            place
            for place, word in enumerate(table.words)
            if word in seen or place < self.config.max_vectors
        ]
        if not kept:
            raise DataError(
                "none of the vectors is of a word of the training sentences; name other vectors, "
                f"or keep frequent words (max_vectors={self.config.max_vectors})"
            )
        words = [table.words[place] for place in kept]
        matrix = np.asarray(table.vectors, dtype=np.float32)[kept]
        return replace(self, vector_words=words), matrix

    def coverage(self, sentences: Iterable[Sentence]) -> tuple[float, int]:
        """The share of different forms that have a vector, and how many forms there are."""
        forms = sorted({word.form for sentence in sentences for word in sentence.words})
        return np.count_nonzero(self.spelled(forms).vectors) / max(1, len(forms)), len(forms)

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
        known = self.contextual
        return Forms(
            *(row_of(words), row_of(vectors), padded_rows(affixes), padded_rows(characters)),
            np.zeros(len(forms), np.int32) if known is None else known.numbers(forms),
        )

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the long lists into a model folder; give the short one."""
        self.words.save(folder / VOCABULARY)
        self.affixes.save(folder / AFFIXES)
        rows = np.arange(len(self.vector_words), 0, -1)
        Vocabulary(self.vector_words, rows).save(folder / VECTOR_WORDS)
        known = None if self.contextual is None else self.contextual.save(folder)
        return {"characters": self.characters, "contextual": known}

    @classmethod
    def load(cls, config: FormConfig, folder: Path, lists: Any) -> "FormSymbols":
        """What :meth:`save` wrote.

        Raises:
            FormatError: a list is missing or damaged.
        """
        (characters,) = listed(lists, ["characters"], folder)
        words, affixes, vectors = (
            Vocabulary.load(model_file(folder, name))
            for name in (VOCABULARY, AFFIXES, VECTOR_WORDS)
        )
        if config.vectors is not None and not vectors.words:
            raise FormatError(
                f"{model_file(folder, VECTOR_WORDS)} has no word, but the model was trained with "
                f"the vectors {config.vectors}; the folder is damaged"
            )
        contextual = None
        if config.contextual is not None:
            contextual = ContextualWords.load(folder, lists.get("contextual"))
        return cls(config, words, affixes, characters, vectors.words, contextual)


def listed(lists: Any, names: Sequence[str], folder: Path) -> list[list[str]]:
    """Lists of words by name, as ``config.json`` of a model folder has them.

    Raises:
        FormatError: one is missing, or holds something else.
    """
    found = [lists.get(name) if isinstance(lists, dict) else None for name in names]
    if not all(
        isinstance(one, list) and all(isinstance(word, str) for word in one) for one in found
    ):
        raise FormatError(f"{folder} lacks one of the lists {', '.join(names)}; it is damaged")
    return found  # type: ignore[return-value]


def numbers_of(names: Iterable[str]) -> dict[str, int]:
    """A number for each name, behind those for padding and for what is unknown."""
    return {name: number for number, name in enumerate(names, start=FIRST)}


def row_of(numbers: list[int]) -> Int32[np.ndarray, " rows"]:
    """Numbers as an array."""
    return np.array(numbers, dtype=np.int32)


def padded_rows(rows: list[list[int]]) -> Int32[np.ndarray, "rows longest"]:
    """Rows of numbers, the shorter ones filled with padding.

    >>> padded_rows([[5], [], [7, 2]]).tolist()
    [[5, 0], [0, 0], [7, 2]]
    """
    longest = max(map(len, rows), default=0)
    padded = np.full((len(rows), longest), PADDING, dtype=np.int32)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return padded


def _frequent(counts: "Counter[str]", least: int) -> Vocabulary:
    kept = sorted(
        ((count, word) for word, count in counts.items() if count >= least),
        key=lambda entry: (-entry[0], entry[1]),
    )
    return Vocabulary([word for _, word in kept], np.array([count for count, _ in kept], np.int64))
