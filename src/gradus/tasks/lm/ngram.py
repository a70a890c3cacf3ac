"""The n-gram language model with interpolated modified Kneser–Ney smoothing [chen1999]."""

import time
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float32, Int, Int32

from gradus.core.config import from_dict, to_dict
from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.core.storage import (
    CONFIG,
    METRICS,
    TENSORS,
    fresh_folder,
    read_config,
    write_config,
    write_json,
)
from gradus.tasks.lm.family import NGRAM, checked_family
from gradus.tasks.lm.kernels.ngrams import advance_, distribute_, score_
from gradus.tasks.lm.model import KIND, VERSION, LanguageModel
from gradus.tasks.lm.ngram_counts import NgramCounts, count_ngrams
from gradus.tasks.lm.ngram_files import read_counts, write_counts
from gradus.tasks.lm.ngram_settings import NgramConfig
from gradus.tasks.lm.ngram_tree import NgramTree
from gradus.tasks.lm.smoothing import Smoothing
from gradus.tasks.lm.spelling import EncodedText, Spelling

#: Of each text, the node of the longest suffix that sequences of the tree begin with.
Contexts: TypeAlias = Int32[np.ndarray, " streams"]

#: Tokens between two looks at the progress bar.
STRETCH = 1 << 20


class NgramModel(LanguageModel[Contexts]):
    """Predicts a token from the few before it, as often as a text had them together.

    >>> spelling, text = Spelling.learn(iter(["a b a b a c"]), min_count=1)
    >>> model = NgramModel.train(NgramConfig(order=3), spelling, text)
    >>> [round(p, 2) for p in np.exp(-model.surprisals(text)).tolist()]
    [0.65, 0.72, 0.83, 0.47, 0.83, 0.38, 0.8]
    """

    def __init__(self, config: NgramConfig, spelling: Spelling, counts: NgramCounts) -> None:
        self.config, self.spelling, self.counts = config, spelling, counts
        self.seconds: float | None = None  # that training took; a folder does not tell
        self.tree = NgramTree.grow(counts)
        self.smoothing = Smoothing.of(self.tree, counts.vocabulary)
        self._start = int(self.tree.onward[1 + counts.vocabulary])
        tree, smoothing = self.tree, self.smoothing
        self._tables = (
            *(tree.words, tree.firsts, tree.suffixes, tree.onward),
            *(smoothing.log_probs, smoothing.backoffs),
        )

    @classmethod
    def train(
        cls,
        config: NgramConfig,
        spelling: Spelling,
        text: EncodedText,
        progress: Progress = SILENT,
    ) -> "NgramModel":
        """The model of a text.

        Raises:
            DataError: the text is empty, or in the numbers of another vocabulary.
            MemoryLimitError: it has too many different sequences.
        """
        if not len(text):
            raise DataError("the text holds no token; name a file with some lines of text")
        _check_known(text.ids, len(spelling))
        began = time.perf_counter()
        counts = count_ngrams(text, vocabulary=len(spelling), order=config.order, progress=progress)
        model = cls(config, spelling, counts)
        model.seconds = time.perf_counter() - began
        return model

    @property
    def notes(self) -> list[str]:
        """What a user should know of the smoothing: where fixed discounts had to do."""
        return self.smoothing.notes

    @property
    def facts(self) -> dict[str, Any]:
        """Its name and sizes."""
        return {
            "model": f"{self.config.order}-gram, modified Kneser–Ney",
            "vocabulary": len(self.spelling),
            "n-grams": sum(self.tree.sizes),
        }

    @property
    def metrics(self) -> dict[str, Any]:
        """The figures of training as plain values, by length of the sequences."""
        return {
            "order": self.config.order,
            "ngrams": self.tree.sizes,
            "discounts": [list(discounts) for discounts in self.smoothing.discounts],
            "notes": self.notes,
            "seconds": self.seconds,
        }

    def surprisals(
        self, text: EncodedText, progress: Progress = SILENT
    ) -> Float32[np.ndarray, " tokens"]:
        """``-log p`` of every token in nats; contexts do not reach over a document's beginning.

        Raises:
            DataError: the text is in the numbers of another vocabulary.
        """
        _check_known(text.ids, len(self.spelling))
        out, context = np.empty(len(text), np.float32), self._start
        progress.start("scoring", total=len(text), unit="tokens")
        for begin in range(0, len(text), STRETCH):
            end = min(begin + STRETCH, len(text))
            context = score_(
                *(text.ids, text.bounds, begin, end, context, self._start),
                *(self._tables, out[begin:end]),
            )
            progress.update(end)
        progress.finish()
        return out

    def begin(self, streams: int) -> Contexts:
        """The contexts at the beginning of so many documents."""
        return np.full(streams, self._start, np.int32)

    def log_probabilities(self, state: Contexts) -> Float32[np.ndarray, "streams words"]:
        """``log p`` in nats of every word after each context."""
        out = np.empty((len(state), len(self.spelling)), np.float32)
        distribute_(state, self.config.order, self._tables, out)
        return out

    def advance(self, state: Contexts, tokens: Int[np.ndarray, " streams"]) -> Contexts:
        """The contexts after one more token each.

        Raises:
            DataError: a token is not in the vocabulary.
        """
        _check_known(tokens, len(self.spelling))
        state = state.copy()
        advance_(state, tokens, self._tables)
        return state

    def save(self, path: Path | str, *, force: bool = False) -> None:
        """Write a model folder, whole or not at all.

        Raises:
            ExistsError: ``path`` is taken and ``force`` is false.
            StorageError: the disk is full or may not be written.
        """
        with fresh_folder(path, force=force) as folder:
            write_config(
                folder,
                kind=KIND,
                version=VERSION,
                family=NGRAM,
                settings=to_dict(self.config),
                spelling=self.spelling.save(folder),
            )
            write_counts(folder / TENSORS, self.counts)
            write_json(folder / METRICS, self.metrics)

    @classmethod
    def load(cls, path: Path | str) -> "NgramModel":
        """Open a model folder; no code in it is run.

        Raises:
            FormatError: the folder is missing, damaged, of another model or newer than this Gradus.
        """
        folder = Path(path)
        config, spelling = _read_texts(folder)
        counts = read_counts(folder / TENSORS, vocabulary=len(spelling), order=config.order)
        try:
            return cls(config, spelling, counts)
        except FormatError as error:
            raise FormatError(
                f"{folder / TENSORS} is damaged, or does not go with the other files: {error}"
            ) from None


def _read_texts(folder: Path) -> tuple[NgramConfig, Spelling]:
    """The settings and the vocabulary in a folder."""
    content = read_config(folder, kind=KIND, version=VERSION)
    checked_family(folder, content, NGRAM)
    try:
        return from_dict(NgramConfig, content["settings"]), Spelling.load(
            folder, content["spelling"]
        )
    except (SettingsError, KeyError, TypeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise FormatError(f"{folder / CONFIG} is damaged, or of another Gradus: {reason}") from None


def _check_known(ids: Int[np.ndarray, " tokens"], words: int) -> None:
    """Compiled code trusts numbers, so they are looked at first."""
    if len(ids) and not 0 <= ids.min() <= ids.max() < words:
        raise DataError(
            f"tokens {ids.min()} to {ids.max()} are not all in the vocabulary of {words} words; "
            "encode the text with the model's own spelling"
        )
