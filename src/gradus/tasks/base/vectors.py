"""Word vectors that a network begins with: a table on disk, or one learnt from the task's texts."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch

from gradus.core.progress import SILENT, Progress
from gradus.nn.embeddings import Embedding
from gradus.vectors.settings import CorpusConfig, SkipGramConfig
from gradus.vectors.table import WordVectors

#: Asks for vectors that are learnt from the training texts themselves.
OWN = "own"


def named_vectors(
    name: str | None,
    texts: Iterable[Sequence[str]],
    *,
    dim: int,
    seed: int,
    progress: Progress = SILENT,
) -> WordVectors | None:
    """The table that ``name`` names, or None; ``own`` trains skip-gram on ``texts``.

    One thread trains it, so that the same seed gives the same vectors.

    Raises:
        FormatError: the file or folder is missing, damaged or of no known format.
    """
    if name is None:
        return None
    if name != OWN:
        return WordVectors.load(Path(name))
    from gradus.vectors.word2vec import train_skipgram

    config = SkipGramConfig(dim=dim, epochs=5, threads=1, seed=seed, holdout=0.0)
    reading = CorpusConfig(min_count=2)
    return train_skipgram(iter(texts), config, reading=reading, progress=progress)


def embedding_of(
    words: Sequence[str],
    vectors: WordVectors | None,
    *,
    dim: int,
    frozen: bool,
    word_dropout: float,
    generator: torch.Generator,
    progress: Progress = SILENT,
) -> Embedding:
    """An embedding of ``words``, whose vectors are random where the table has none.

    Raises:
        DataError: the table has vectors of another length than ``dim``.
    """
    if vectors is None:
        return Embedding(len(words), dim, word_dropout=word_dropout, generator=generator)
    embedding, coverage = Embedding.from_vectors(
        words,
        vectors.words,
        np.asarray(vectors.vectors),
        dim=dim,
        frozen=frozen,
        word_dropout=word_dropout,
        generator=generator,
    )
    progress.note(
        f"{coverage.share:.1%} of {coverage.words:,} words begin with a vector of the table"
    )
    return embedding
