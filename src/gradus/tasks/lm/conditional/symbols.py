"""The symbols of one side, and their numbers; 0 and 1 stand for the end and for the unknown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from gradus.core.errors import DataError
from gradus.nn.embeddings import PADDING, UNKNOWN
from gradus.tasks.lm.levels import LEVELS, Level
from gradus.text.vocabulary import Vocabulary

#: Ends an output, and so pads a batch; what stands before the first symbol is the same zero vector.
END = PADDING

#: The number of the most frequent symbol.
FIRST = UNKNOWN + 1


@dataclass(frozen=True)
class Symbols:
    """The symbols that one side knows, and how its texts are cut into them.

    >>> symbols = Symbols.learn(["a b b", "b c"], level="word", min_count=1, max_vocab=2)
    >>> symbols.numbers("a b z").tolist(), symbols.text([2, 3]), symbols.unknown("a z")
    ([3, 2, 1], 'b a', ['z'])
    """

    level: Level
    vocabulary: Vocabulary

    @classmethod
    def learn(
        cls, texts: Iterable[str], *, level: str, min_count: int, max_vocab: int | None
    ) -> "Symbols":
        """The symbols of ``texts`` that occur often enough, most frequent first.

        Raises:
            DataError: there is none.
        """
        cutting = LEVELS.make(level)
        counts = Counter(symbol for text in texts for symbol in cutting.cut(text.strip()))
        ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
        kept = [entry for entry in ranked[:max_vocab] if entry[1] >= min_count]
        if not kept:
            raise DataError(
                f"no {level} is met min_count={min_count} times; the most frequent one is met "
                f"{max(counts.values(), default=0)} times: lower min_count or use more pairs"
            )
        names, numbers = zip(*kept, strict=True)
        return cls(cutting, Vocabulary(names, np.array(numbers)))

    @classmethod
    def load(cls, path: Path, *, level: str) -> "Symbols":
        """The symbols that :meth:`save` wrote."""
        return cls(LEVELS.make(level), Vocabulary.load(path))

    def save(self, path: Path) -> None:
        """Write the symbols and their counts."""
        self.vocabulary.save(path)

    def __len__(self) -> int:
        """How many numbers there are, those of the end and of the unknown among them."""
        return len(self.vocabulary) + FIRST

    def cut(self, text: str) -> list[str]:
        """The symbols of a text, known or not; white space at its ends is left out."""
        return self.level.cut(text.strip())

    def numbers(self, text: str) -> Int[np.ndarray, " symbols"]:
        """The numbers of a text's symbols, without the end."""
        index = self.vocabulary.index
        found = [index.get(symbol, UNKNOWN - FIRST) + FIRST for symbol in self.cut(text)]
        return np.array(found, dtype=np.int64)

    def text(self, numbers: Sequence[int]) -> str:
        """The text of known symbols."""
        return self.level.join([self.vocabulary.words[number - FIRST] for number in numbers])

    def plain(self, text: str) -> str:
        """``text`` as an output that says the same would be written: white space made even."""
        return self.level.join(self.cut(text))

    def unknown(self, text: str) -> list[str]:
        """The symbols of a text that are not known, each as often as it occurs."""
        return [symbol for symbol in self.cut(text) if symbol not in self.vocabulary]
