"""From texts to the numbers that a network reads, and what is saved to get the same ones again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from gradus.core.errors import FormatError
from gradus.core.storage import map_tensors, write_tensors
from gradus.tasks.classification.dataset import EncodedTexts, Ragged
from gradus.tasks.classification.examples import Examples
from gradus.tasks.classification.settings import ClassifierConfig
from gradus.tasks.classification.words import SPECIAL, Words
from gradus.text.ngrams import HashedNgrams, Ngrams
from gradus.text.tokenized import TokenizedTexts, tokenize_texts

#: Where the sequences that have rows of their own are kept.
NGRAMS = "ngrams.safetensors"


@dataclass(frozen=True)
class Reader:
    """Knows words, and sequences of words if the settings ask for them."""

    config: ClassifierConfig
    words: Words
    sequences: Ngrams | HashedNgrams | None

    @classmethod
    def learn(cls, config: ClassifierConfig, tokens: TokenizedTexts) -> "Reader":
        """A reader of the words and sequences of these texts.

        Raises:
            DataError: no word occurs often enough.
        """
        words = Words.learn(config, tokens)
        sequences = _hashed(config, words)
        if config.ngrams and sequences is None:
            sequences = Ngrams.learn(
                words.numbered(tokens),
                words=len(words),
                order=config.ngrams,
                min_count=config.min_count,
            )
        return cls(config, words, sequences)

    @classmethod
    def load(cls, config: ClassifierConfig, folder: Path) -> "Reader":
        """The reader that :meth:`save` wrote into a model folder."""
        words = Words.load(folder)
        sequences = _hashed(config, words)
        if config.ngrams and sequences is None:
            keys = map_tensors(folder / NGRAMS)
            lengths = [str(length) for length in range(2, config.ngrams + 1)]
            if not set(lengths) <= set(keys):
                raise FormatError(
                    f"{folder / NGRAMS} has sequences of {', '.join(sorted(keys)) or 'no'} words, "
                    f"the settings ask for {', '.join(lengths)}; the folder is damaged"
                )
            sequences = Ngrams(len(words), tuple(keys[length] for length in lengths))
        return cls(config, words, sequences)

    def save(self, folder: Path) -> None:
        """Write what is known into a model folder."""
        self.words.save(folder)
        if isinstance(self.sequences, Ngrams):
            keys = {str(n): part for n, part in enumerate(self.sequences.keys, start=2)}
            write_tensors(folder / NGRAMS, keys)

    @staticmethod
    def tokenize(config: ClassifierConfig, examples: Examples) -> TokenizedTexts:
        """The words of every text."""
        return tokenize_texts(examples.texts, config.tokens)

    def encode(
        self, tokens: Iterable[Sequence[str]], labels: Int[np.ndarray, " texts"]
    ) -> EncodedTexts:
        """Tokenized texts as what each part of the network reads, for the parts that there are."""
        if not isinstance(tokens, TokenizedTexts):
            tokens = TokenizedTexts.of(tokens)
        texts = self.words.numbered(tokens)
        words = features = Ragged.empty(len(labels))
        if self.sequences is not None:
            features = Ragged(*self.sequences.features(texts))
        if self.config.encodes:
            # the numbers of words begin behind padding and unknown
            words = Ragged((texts.ids + len(SPECIAL)).astype(np.int32), texts.offsets)
        return EncodedTexts(words, features, labels, self.config.max_tokens)


def _hashed(config: ClassifierConfig, words: Words) -> Ngrams | HashedNgrams | None:
    """What hashes sequences, if the settings ask for that."""
    if config.ngrams and config.buckets:
        return HashedNgrams(len(words), config.ngrams, config.buckets)
    return None
