"""A vocabulary: words and counts, most frequent first, and the way from a word to its number."""

import difflib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from gradus.core.errors import FormatError, UnknownWordError
from gradus.core.shapes import Int
from gradus.core.storage import fresh_file

VOCABULARY = "vocabulary.txt"

#: Every byte but TAB and line feed.
NOT_SEPARATORS = bytes(set(range(256)) - set(b"\t\n"))

#: How many digits a count may have, so that it fits in 64 bits.
COUNT_LENGTHS = frozenset(range(1, 19))


class Vocabulary:
    """Words and their counts; the number of a word is its place in ``words``.

    >>> vocabulary = Vocabulary(["the", "cat"], np.array([9, 2]))
    >>> vocabulary["cat"], "dog" in vocabulary, len(vocabulary)
    (1, False, 2)
    """

    def __init__(self, words: Sequence[str], counts: Int[np.ndarray, " words"]) -> None:
        self.words = list(words)
        self.counts = np.asarray(counts, dtype=np.int64)

    @cached_property
    def index(self) -> dict[str, int]:
        """From word to number; built at first use."""
        return {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __getitem__(self, word: str) -> int:
        """The number of ``word``; :class:`UnknownWordError` offers near spellings of others."""
        try:
            return self.index[word]
        except KeyError:
            raise UnknownWordError(self.explain_unknown(word)) from None

    def explain_unknown(self, word: str) -> str:
        """Say that ``word`` is unknown and offer near spellings."""
        if word.lower() in self.index:
            return f"{word!r} is not among the {len(self)} words, but {word.lower()!r} is"
        near = difflib.get_close_matches(word, self.words[:200_000], n=5, cutoff=0.7)
        hint = f"; near spellings: {', '.join(near)}" if near else ""
        return f"{word!r} is not among the {len(self)} words{hint}"

    def save(self, path: Path) -> None:
        """Write one ``word TAB count`` a line, UTF-8."""
        with (
            fresh_file(path) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            file.writelines(
                f"{word}\t{count}\n"
                for word, count in zip(self.words, self.counts.tolist(), strict=True)
            )

    @classmethod
    def load(cls, path: Path | str) -> "Vocabulary":
        """Read what :meth:`save` wrote; :class:`FormatError` names a damaged line."""
        try:
            # bytes, because text mode would turn a carriage return inside a word into a line end
            content = Path(path).read_bytes()
            text = content.decode("utf-8")
        except FileNotFoundError:
            raise FormatError(f"{path} is missing; the model folder is incomplete") from None
        except UnicodeDecodeError as error:
            raise FormatError(
                f"{path}: not UTF-8 at byte {error.start}; the file is damaged"
            ) from None
        # splitting everything at once is faster than line by line, and right if no word has a tab
        separators = content.translate(None, NOT_SEPARATORS)
        fields = text.replace("\n", "\t").split("\t")
        words, numbers = fields[:-1:2], fields[1::2]
        plain = separators == b"\t\n" * len(numbers)
        if not (plain and set(map(len, numbers)) <= COUNT_LENGTHS and "".join(numbers).isdecimal()):
            words, numbers = _columns(text, path)
        return cls(words, np.array([int(number) for number in numbers], dtype=np.int64))


def _columns(text: str, path: Path | str) -> tuple[list[str], list[str]]:
    """The words and the counts of ``word TAB count`` lines, read one by one."""
    words, counts = [], []
    for line, entry in enumerate(text.removesuffix("\n").split("\n") if text else [], start=1):
        word, tab, count = entry.rpartition("\t")
        if not tab or len(count) not in COUNT_LENGTHS or not count.isdecimal():
            raise FormatError(
                f"{path}, line {line}: expected 'word TAB count', found {entry[:60]!r}"
            )
        words.append(word)
        counts.append(count)
    return words, counts
