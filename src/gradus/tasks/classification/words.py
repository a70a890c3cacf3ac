"""The words that a classifier knows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradus.core.errors import DataError
from gradus.tasks.classification.settings import ClassifierConfig
from gradus.text.ngrams import ABSENT, Texts
from gradus.text.tokenized import TokenizedTexts
from gradus.text.vocabulary import VOCABULARY, Vocabulary

#: What an embedding has before the words: rows for padding and for words that are not known.
SPECIAL = ("padding", "unknown")


@dataclass(frozen=True)
class Words:
    """The words of the training texts, most frequent first."""

    vocabulary: Vocabulary

    @classmethod
    def learn(cls, config: ClassifierConfig, texts: TokenizedTexts) -> "Words":
        """The words of ``texts`` that occur often enough.

        Raises:
            DataError: there is none.
        """
        counts, words = texts.counts, texts.words
        frequent = np.flatnonzero(counts >= config.min_count).tolist()
        kept = sorted(frequent, key=lambda place: (-counts[place], words[place]))
        kept = kept[: config.max_vocab]
        if not kept:
            raise DataError(
                f"no word occurs {config.min_count} times in the {len(texts)} training texts; "
                "lower min_count"
            )
        return cls(Vocabulary([words[place] for place in kept], counts[kept]))

    @classmethod
    def load(cls, folder: Path) -> "Words":
        """The words that :meth:`save` wrote into a model folder."""
        return cls(Vocabulary.load(folder / VOCABULARY))

    def save(self, folder: Path) -> None:
        """Write the vocabulary into a model folder."""
        self.vocabulary.save(folder / VOCABULARY)

    def __len__(self) -> int:
        return len(self.vocabulary)

    def numbered(self, texts: TokenizedTexts) -> Texts:
        """The texts with the numbers of their words here; -1 for those that are not known."""
        return Texts(texts.renumbered(self.vocabulary.index, ABSENT), texts.offsets)
