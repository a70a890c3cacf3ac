"""Many texts as numbers of their words, by compiled code that follows the tokenizers to the letter.

A tokenizer of :data:`CUTS` is described by what it does to a text before, and by the kind of every
character; the words are then those of its regular expression, found many times as fast.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
from jaxtyping import Int, Int32, Int64, UInt8

from gradus.text.kernels.cut import FOUND, JOINER, LETTER, SIGN, SPACE, number_words
from gradus.text.kernels.scan import DONE, PADDING
from gradus.text.tokenizers import MARKUP, TOKENIZERS
from gradus.text.wordtable import WordTable

#: Texts that are numbered while the next ones are made ready.
BLOCK = 1000


@dataclass(frozen=True)
class TokenizedTexts:
    """A sequence of texts as lists of words, kept as numbers.

    Text ``i`` has the words ``words[n]`` for n in ``ids[offsets[i]:offsets[i + 1]]``.

    >>> texts = TokenizedTexts.of([["to", "be"], ["be"]])
    >>> len(texts), texts[0], texts.ids.tolist()
    (2, ['to', 'be'], [0, 1, 1])
    """

    words: list[str]  # each once, in the order in which they come
    ids: Int32[np.ndarray, " tokens"]
    offsets: Int64[np.ndarray, " bounds"]

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> "TokenizedTexts":
        """Number the words of texts that are cut already."""
        known: dict[str, int] = {}
        rows = [[known.setdefault(word, len(known)) for word in text] for text in texts]
        ids = np.fromiter(chain.from_iterable(rows), dtype=np.int32)
        return cls(list(known), ids, np.cumsum([0, *map(len, rows)], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, number: int) -> list[str]:
        """The words of one text."""
        if not 0 <= number < len(self):
            raise IndexError(f"text {number} of {len(self)}")
        ids = self.ids[self.offsets[number] : self.offsets[number + 1]]
        return [self.words[word] for word in ids.tolist()]

    def __iter__(self) -> Iterator[list[str]]:
        return map(self.__getitem__, range(len(self)))

    @property
    def counts(self) -> Int64[np.ndarray, " words"]:
        """How often each word occurs."""
        return np.bincount(self.ids, minlength=len(self.words))

    def renumbered(self, index: dict[str, int], absent: int) -> Int[np.ndarray, " tokens"]:
        """The number that ``index`` gives each word, ``absent`` where it has none."""
        numbers = [index.get(word, absent) for word in self.words]
        return np.array(numbers, dtype=np.int64)[self.ids]


@dataclass(frozen=True)
class Cut:
    """What compiled code must know to be a tokenizer."""

    prepare: Callable[[str], str]  # what is done to a text before it is cut
    letter: str  # the regular expression of a character of a word
    joiners: str = ""  # characters that belong to a word between two letters

    def kinds(self) -> UInt8[np.ndarray, " characters"]:
        """The kind of every character of Unicode."""
        return _kinds(self.letter, self.joiners)


def _clean(text: str) -> str:
    return (MARKUP.sub(" ", text) if "<" in text else text).lower()


#: How compiled code cuts as the tokenizer of the same name does.
CUTS = {"words": Cut(_clean, r"\w", "'’"), "space": Cut(str, r"\S")}


def tokenize_texts(texts: Sequence[str], tokenizer: str = "words") -> TokenizedTexts:
    """The words of ``texts``, numbered in the order in which they come.

    >>> found = tokenize_texts(["It's good, good!", "", "<b>Good</b>"])
    >>> found.words, found.ids.tolist(), found.offsets.tolist()
    (["it's", 'good', ',', '!'], [0, 1, 2, 1, 3, 1], [0, 5, 5, 6])

    Raises:
        SettingsError: no tokenizer has this name.
        DataError: there are more different words than a table holds.
    """
    cut = CUTS.get(TOKENIZERS.parse(tokenizer).name)
    if cut is not None:
        try:
            return _compiled(texts, cut)
        except UnicodeError:  # half a pair of UTF-16, or the NUL that marks an empty slot
            pass
    return TokenizedTexts.of(map(TOKENIZERS.make(tokenizer), texts))


def _compiled(texts: Sequence[str], cut: Cut) -> TokenizedTexts:
    table, kinds = WordTable(), cut.kinds()
    parts: list[Numbered] = []
    # Python makes a block ready while compiled code numbers the one before
    with ThreadPoolExecutor(1) as pool:
        running: list[Future[Numbered]] = []
        for encoded in _blocks(texts, cut.prepare):
            parts += [job.result() for job in running]
            running = [pool.submit(_number, encoded, kinds, table)]
        parts += [job.result() for job in running]
    lengths = np.concatenate([np.zeros(1, np.int64), *(part.lengths for part in parts)])
    ids = np.concatenate([np.zeros(0, np.int32), *(part.ids for part in parts)])
    return TokenizedTexts(table.spellings(np.arange(len(table))), ids, np.cumsum(lengths))


@dataclass(frozen=True)
class Numbered:
    """The words of a block of texts."""

    ids: Int32[np.ndarray, " tokens"]
    lengths: Int64[np.ndarray, " texts"]


def _blocks(texts: Sequence[str], prepare: Callable[[str], str]) -> Iterator[list[bytes]]:
    for start in range(0, len(texts), BLOCK):
        encoded = [prepare(text).encode() for text in texts[start : start + BLOCK]]
        if any(b"\0" in text for text in encoded):
            raise UnicodeError
        yield encoded


def _number(
    texts: list[bytes], kinds: UInt8[np.ndarray, " characters"], table: WordTable
) -> Numbered:
    """Number the words of some texts; the table gets those that are new."""
    data = np.frombuffer(b"\n".join([*texts, b"\n" * PADDING]), dtype=np.uint8)
    lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
    ends = np.cumsum(lengths) - 1
    ids = np.empty(len(data), dtype=np.int32)  # at most one word a byte
    bounds = np.zeros(len(texts) + 1, dtype=np.int64)
    progress = np.zeros(3, dtype=np.int64)
    while True:
        status = number_words(
            data,
            ends,
            kinds,
            table.slots,
            table.starts,
            table.arena,
            table.state,
            progress,
            ids,
            bounds,
        )
        if status == DONE:
            return Numbered(ids[: progress[FOUND]].copy(), np.diff(bounds))
        table.reserve(1, int(lengths.max()))


@cache
def _kinds(letter: str, joiners: str) -> UInt8[np.ndarray, " characters"]:
    # asking the regular expression itself, so that both always agree; no text has half pairs
    codes = np.concatenate([np.arange(0xD800), np.arange(0xE000, 0x110000)]).astype("<u4")
    characters = codes.tobytes().decode("utf-32-le")
    kinds = np.full(0x110000, SIGN, dtype=np.uint8)
    for pattern, kind in ((r"\s", SPACE), (letter, LETTER)):
        found = "".join(re.findall(f"{pattern}+", characters))
        kinds[np.frombuffer(found.encode("utf-32-le"), dtype="<u4")] = kind
    kinds[[ord(character) for character in joiners]] = JOINER
    return kinds
