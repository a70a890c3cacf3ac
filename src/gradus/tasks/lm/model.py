"""What every language model is, whatever is inside: it scores text, and says what comes next."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from jaxtyping import Float, Int

from gradus.core.progress import SILENT, Progress
from gradus.tasks.lm.lines import Sources
from gradus.tasks.lm.perplexity import Perplexity
from gradus.tasks.lm.spelling import EncodedText, Spelling

#: ``kind`` and ``version`` in the ``config.json`` of every language model.
KIND, VERSION = "lm", 1

#: What a model remembers of several texts that go on at once, one a row.
S = TypeVar("S")


class LanguageModel(ABC, Generic[S]):
    """Gives every token the probability ``p(token | all before it in its document)``."""

    spelling: Spelling

    @abstractmethod
    def surprisals(
        self, text: EncodedText, progress: Progress = SILENT
    ) -> Float[np.ndarray, " tokens"]:
        """``-log p`` of every token of a text in nats; what came before is its own document."""

    @abstractmethod
    def begin(self, streams: int) -> S:
        """The state of ``streams`` documents of which nothing is known yet."""

    @abstractmethod
    def log_probabilities(self, state: S) -> Float[np.ndarray, "streams words"]:
        """``log p`` in nats of every token of the vocabulary as the next one of each document."""

    @abstractmethod
    def advance(self, state: S, tokens: Int[np.ndarray, " streams"]) -> S:
        """The state after each document went on with its token."""

    @abstractmethod
    def save(self, path: Path | str, *, force: bool = False) -> None:
        """Write a model folder, whole or not at all."""

    @property
    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What the model is, for a line on the screen: its name and sizes."""

    @property
    def notes(self) -> list[str]:
        """What a user should know of how the model was made."""
        return []

    def perplexity(self, sources: Sources, progress: Progress = SILENT) -> Perplexity:
        """How well the model predicts a text.

        Raises:
            DataError: the text is missing, empty, damaged or not UTF-8.
        """
        text = self.spelling.encode(sources, progress)
        return Perplexity.of(self.surprisals(text, progress), text, self.spelling)
