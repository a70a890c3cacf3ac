"""A table of different words that grows as a scan finds more; its loops are compiled."""

import numpy as np
from jaxtyping import Bool, Int64, UInt8, UInt64

from gradus.core.errors import DataError
from gradus.text.kernels.count import counts_of, first_letters, gather, outside_ascii
from gradus.text.kernels.scan import ARENA, MAX_WORDS, PADDING, STATE_SIZE, WORDS, rehash

#: Different words that one table may hold: the numbers fit their bits, the memory some 4 GB.
MOST_WORDS = 50_000_000
assert MOST_WORDS < MAX_WORDS


class WordTable:
    """Different words, numbered in the order in which they came, found by their bytes."""

    def __init__(self, words: int = 1 << 17, letters: int = 1 << 21) -> None:
        self.slots = np.zeros(4 * words, dtype=np.uint64)  # at most half full
        self.starts = np.zeros(words + 1, dtype=np.int64)
        self.arena = np.empty(letters, dtype=np.uint8)
        self.state = np.zeros(STATE_SIZE, dtype=np.int64)

    def __len__(self) -> int:
        return int(self.state[WORDS])

    @property
    def letters(self) -> int:
        """How many bytes of the arena are in use."""
        return int(self.state[ARENA])

    def reserve(self, words: int, letters: int) -> None:
        """Make room for so many more words and bytes.

        Raises:
            DataError: the table would hold more than ``MOST_WORDS``.
        """
        if len(self) + words > MOST_WORDS:
            raise DataError(
                f"the corpus has more than {MOST_WORDS:,} different words; "
                "is it text with words between blanks? Use less of it, or tokenize it first"
            )
        room = len(self.starts) - 1
        if len(self) + words > room:
            room = max(2 * room, 1 << (len(self) + words - 1).bit_length())
            larger = np.zeros(4 * room, dtype=np.uint64)
            rehash(self.slots, larger)
            self.slots = larger
            self.starts = np.resize(self.starts, room + 1)
        needed = self.letters + letters + PADDING
        if needed > len(self.arena):
            arena = np.empty(max(2 * len(self.arena), needed), dtype=np.uint8)
            arena[: self.letters] = self.arena[: self.letters]
            self.arena = arena

    def counts(self) -> Int64[np.ndarray, " words"]:
        """How often the scan met each word."""
        counts = np.zeros(len(self), dtype=np.int64)
        counts_of(self.slots, counts)
        return counts

    def outside_ascii(self) -> Bool[np.ndarray, " words"]:
        """Which words have a letter outside ASCII."""
        flags = np.zeros(len(self), dtype=np.bool_)
        outside_ascii(self.starts, self.arena, flags)
        return flags

    def spellings(self, numbers: Int64[np.ndarray, " some"]) -> list[str]:
        """The words with these numbers."""
        lengths = self.starts[numbers + 1] - self.starts[numbers]
        letters = np.empty(int(lengths.sum()), dtype=np.uint8)
        gather(numbers, self.starts, self.arena, letters)
        # a word cannot hold a line end, so the line ends of the arena part the words again
        return letters.tobytes().decode().split("\n")[:-1]

    def first_letters(self, numbers: Int64[np.ndarray, " some"]) -> UInt64[np.ndarray, "some 2"]:
        """The first sixteen bytes of these words as two numbers that sort as the words do."""
        letters = np.zeros((len(numbers), 2), dtype=np.uint64)
        first_letters(numbers, self.starts, self.arena, letters)
        return letters.byteswap()

    def bytes_from(self, letters: int) -> UInt8[np.ndarray, " letters"]:
        """The words entered since the arena held so many bytes, each with a line end."""
        return self.arena[letters : self.letters]
