"""How a text becomes the numbers of its tokens, and numbers become text again."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, get_args

import numpy as np
from jaxtyping import Int, Int32, Int64

from gradus.core.errors import DataError, FormatError
from gradus.core.progress import SILENT, Progress
from gradus.core.storage import CONFIG
from gradus.tasks.lm.levels import LEVELS, LevelName
from gradus.tasks.lm.lines import Documents, Sources, read_lines
from gradus.text.vocabulary import VOCABULARY, Vocabulary

#: The token that ends a line, and the one for words outside the vocabulary.
END, UNKNOWN = "<eos>", "<unk>"

#: Lines between two looks at the progress bar.
STRETCH = 4096


@dataclass(frozen=True, eq=False)
class EncodedText:
    """The tokens of a text as numbers, document after document; every line ends with a token."""

    ids: Int32[np.ndarray, " tokens"]
    bounds: Int64[np.ndarray, " bounds"]  # where documents begin, and where the last one ends
    characters: int  # of the text, with one for a blank between words and one for a line end

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return len(self.bounds) - 1


@dataclass(frozen=True, eq=False)
class Spelling:
    r"""The vocabulary of a language model, and what counts as a token and as a document.

    >>> spelling, text = Spelling.learn(iter(["a b a\n", "a c\n"]), min_count=1)
    >>> spelling.vocabulary.words, text.ids.tolist(), text.characters
    (['a', '<eos>', 'b', 'c', '<unk>'], [0, 2, 0, 1, 0, 3, 1], 10)
    >>> spelling.encode(iter(["a d"])).ids.tolist(), spelling.text([0, 2, 1, 0])
    ([0, 4, 1], 'a b\na')
    """

    vocabulary: Vocabulary
    level: LevelName = "word"
    documents: Documents = "file"
    lowercase: bool = False

    @classmethod
    def learn(
        cls,
        sources: Sources,
        *,
        level: LevelName = "word",
        documents: Documents = "file",
        lowercase: bool = False,
        min_count: int = 2,
        max_vocab: int | None = None,
        progress: Progress = SILENT,
    ) -> "tuple[Spelling, EncodedText]":
        """The vocabulary of a text, and the text in its numbers.

        Tokens met less than ``min_count`` times, and all but the ``max_vocab`` most frequent ones,
        become ``<unk>``. The most frequent token has number 0.

        Raises:
            DataError: the text is missing, empty, damaged or not UTF-8, or all its tokens are rare.
        """
        numbers: dict[str, int] = _Numbers()
        ids, bounds, characters = _encode(
            read_lines(sources, documents=documents, lowercase=lowercase),
            numbers.__getitem__,
            level,
            progress,
        )
        counts = np.bincount(ids, minlength=len(numbers))
        words, kept, new = _ranked(list(numbers), counts, min_count, max_vocab)
        if set(words) <= {END, UNKNOWN}:
            most = int(counts[2:].max(initial=0))
            raise DataError(
                f"no token is met min_count={min_count} times; the most frequent one is met {most} "
                "times: lower --min-count, or use more text"
            )
        spelling = cls(Vocabulary(words, kept), level, documents, lowercase)
        return spelling, EncodedText(new[ids], bounds, characters)

    @cached_property
    def end(self) -> int:
        """The number of the token that ends a line."""
        return self.vocabulary.index[END]

    @cached_property
    def unknown(self) -> int:
        """The number of the token for all others."""
        return self.vocabulary.index[UNKNOWN]

    def __len__(self) -> int:
        return len(self.vocabulary)

    def encode(
        self,
        sources: Sources,
        progress: Progress = SILENT,
        *,
        written_: list[str] | None = None,
    ) -> EncodedText:
        """A text in numbers; tokens outside the vocabulary are ``<unk>``.

        ``written_`` gets the tokens as the text has them.

        Raises:
            DataError: the text is missing, empty, damaged or not UTF-8.
        """
        index, unknown = self.vocabulary.index, self.unknown
        lines = read_lines(sources, documents=self.documents, lowercase=self.lowercase)
        return EncodedText(
            *_encode(lines, lambda token: index.get(token, unknown), self.level, progress, written_)
        )

    def tokens(self, text: str) -> list[str]:
        r"""The tokens of a text of some lines; between two lines stands the token that ends one.

        >>> Spelling.learn(iter(["a b"]), min_count=1)[0].tokens("a b\nb")
        ['a', 'b', '<eos>', 'b']
        """
        cut = LEVELS.make(self.level).cut
        first, *others = (text.lower() if self.lowercase else text).split("\n")
        return [*cut(first), *(token for line in others for token in (END, *cut(line)))]

    def numbers(self, tokens: Iterable[str]) -> Int64[np.ndarray, " tokens"]:
        """The number of each token, that of ``<unk>`` for those outside the vocabulary."""
        index, unknown = self.vocabulary.index, self.unknown
        return np.array([index.get(token, unknown) for token in tokens], dtype=np.int64)

    def text(self, ids: Sequence[int] | Int[np.ndarray, " tokens"]) -> str:
        """The text of some tokens: words with blanks between, or characters; line ends as such."""
        blank = LEVELS.make(self.level).blank
        pieces, inside = [], False
        for number in ids:
            ends = number == self.end
            pieces.append("\n" if ends else blank * inside + self.vocabulary.words[number])
            inside = not ends
        return "".join(pieces)

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the vocabulary into ``folder``; give the rest as plain values."""
        self.vocabulary.save(folder / VOCABULARY)
        return {"level": self.level, "documents": self.documents, "lowercase": self.lowercase}

    @classmethod
    def load(cls, folder: Path, values: dict[str, Any]) -> "Spelling":
        """What :meth:`save` wrote.

        Raises:
            FormatError: the vocabulary or a value is damaged, or ``<eos>`` or ``<unk>`` is lacking.
        """
        found = tuple(values.get(name) for name in ("level", "documents", "lowercase"))
        known = (get_args(LevelName), get_args(Documents), (False, True))
        if not all(value in allowed for value, allowed in zip(found, known, strict=True)):
            raise FormatError(f"{folder / CONFIG} is damaged: level, documents, lowercase: {found}")
        vocabulary = Vocabulary.load(folder / VOCABULARY)
        lacking = [token for token in (END, UNKNOWN) if token not in vocabulary]
        if lacking or len(vocabulary.index) < len(vocabulary):
            fault = f"lacks {' and '.join(lacking)}" if lacking else "has a token twice"
            raise FormatError(f"{folder / VOCABULARY} {fault}; the folder is damaged")
        level, documents, lowercase = (values[name] for name in ("level", "documents", "lowercase"))
        return cls(vocabulary, level, documents, lowercase)


class _Numbers(dict[str, int]):
    """Tokens by number, in the order in which they are first asked for; the two marks first."""

    def __init__(self) -> None:
        self._next = count()
        super().__init__({token: next(self._next) for token in (END, UNKNOWN)})

    def __missing__(self, token: str) -> int:
        number = self[token] = next(self._next)
        return number


def _encode(
    lines: Iterator[str | None],
    number: Any,
    level: LevelName,
    progress: Progress,
    written_: list[str] | None = None,
) -> tuple[Int32[np.ndarray, " tokens"], Int64[np.ndarray, " bounds"], int]:
    """The numbers of all tokens, where documents end, and how many characters there were."""
    cutting, end = LEVELS.make(level), number(END)
    ids, bounds, characters = array("i"), [0], 0
    progress.start("reading", total=None, unit="tokens")
    for place, line in enumerate(lines):
        if line is None:
            bounds.append(len(ids))
            continue
        tokens = cutting.cut(line)
        ids.extend(map(number, tokens))
        ids.append(end)
        if written_ is not None:
            written_ += [*tokens, END]
        # white space between words is counted as one blank, as it is not predicted
        characters += len(cutting.join(tokens)) + 1
        if place % STRETCH == 0:
            progress.update(len(ids))
    progress.update(len(ids))
    progress.finish()
    return np.frombuffer(ids, dtype=np.int32), np.array(bounds, dtype=np.int64), characters


def _ranked(
    words: list[str], counts: Int[np.ndarray, " words"], min_count: int, max_vocab: int | None
) -> tuple[list[str], Int64[np.ndarray, " kept"], Int32[np.ndarray, " words"]]:
    """The words that stay, most frequent first, their counts, and from old numbers to new ones."""
    marks = {END, UNKNOWN}
    order = sorted(range(len(words)), key=lambda n: (-counts[n], words[n]))
    common = [n for n in order if words[n] not in marks and counts[n] >= min_count]
    kept = set(common[: None if max_vocab is None else max(0, max_vocab - len(marks))])
    dropped = [n for n in order if n not in kept and words[n] not in marks]
    counts = counts.copy()
    counts[words.index(UNKNOWN)] += counts[dropped].sum() if dropped else 0
    stay = [n for n in order if n in kept or words[n] in marks]
    stay.sort(key=lambda n: (-counts[n], words[n]))
    new = np.full(len(words), stay.index(words.index(UNKNOWN)), dtype=np.int32)
    new[stay] = np.arange(len(stay), dtype=np.int32)
    return [words[n] for n in stay], counts[stay], new
