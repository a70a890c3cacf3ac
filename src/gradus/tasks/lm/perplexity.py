"""The one definition of perplexity, with what is counted beside it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from gradus.tasks.lm.spelling import END, UNKNOWN, EncodedText, Spelling


@dataclass(frozen=True)
class Perplexity:
    """How well a model predicts a text: every token of it, each line end among them.

    ``nats`` is the sum of ``-log p(token | all before it in its document)``.

    >>> spelling, text = Spelling.learn(iter(["a b", "a b"]))
    >>> Perplexity.of(np.full(len(text), np.log(4)), text, spelling).perplexity
    4.0
    """

    nats: float
    tokens: int  # predicted
    ends: int  # of them line ends
    unknown: int  # of them <unk>, because they are outside the vocabulary or written so
    characters: int
    words: int  # in the vocabulary
    level: str

    @classmethod
    def of(
        cls, surprisals: Float[np.ndarray, " tokens"], text: EncodedText, spelling: Spelling
    ) -> "Perplexity":
        """The figures of a text whose tokens have these surprisals in nats."""
        return cls(
            nats=float(surprisals.sum(dtype=np.float64)),
            tokens=len(text),
            ends=int((text.ids == spelling.end).sum()),
            unknown=int((text.ids == spelling.unknown).sum()),
            characters=text.characters,
            words=len(spelling),
            level=spelling.level,
        )

    @property
    def perplexity(self) -> float:
        """``exp(nats / tokens)``; a uniform guess has as many as the vocabulary has words."""
        return math.exp(min(self.nats / self.tokens, 700.0))

    @property
    def bits_per_token(self) -> float:
        """Bits that a token costs."""
        return self.nats / self.tokens / math.log(2)

    @property
    def bits_per_character(self) -> float:
        """Bits that a character costs, which compares models whatever their tokens are.

        Only as long as no token is unknown: the spelling of an unknown word is not paid for.
        """
        return self.nats / self.characters / math.log(2)

    @property
    def counted(self) -> str:
        """What the perplexity is a mean over, in a sentence."""
        what = {"word": "word between blanks", "char": "character"}[self.level]
        return (
            f"a token is a {what} or a line end ({END}); {self.tokens:,} tokens, of them "
            f"{self.ends:,} line ends and {self.unknown:,} {UNKNOWN} "
            f"({self.unknown / self.tokens:.2%}), {self.characters:,} characters; "
            f"vocabulary of {self.words:,}"
        )

    def to_dict(self) -> dict[str, Any]:
        """All figures as plain values."""
        return {
            "perplexity": self.perplexity,
            "bits_per_token": self.bits_per_token,
            "bits_per_character": self.bits_per_character,
            "tokens": self.tokens,
            "line_ends": self.ends,
            "unknown": self.unknown,
            "characters": self.characters,
            "vocabulary": self.words,
            "level": self.level,
        }

    def __str__(self) -> str:
        return (
            f"perplexity {self.perplexity:.2f} a token, {self.bits_per_character:.3f} bits a "
            f"character; {self.counted}"
        )
