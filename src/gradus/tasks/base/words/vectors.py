"""Symbols of forms together with the trained vectors that the settings name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32

from gradus.core.progress import SILENT, Progress
from gradus.tasks.base.vectors import named_vectors
from gradus.tasks.base.words.contextual import ContextualVectors
from gradus.tasks.base.words.reader import FormReader
from gradus.tasks.base.words.symbols import FormSymbols
from gradus.text.document import Sentence
from gradus.vectors.table import WordVectors


@dataclass(frozen=True)
class TrainedVectors:
    """What a reader begins with besides weights at random."""

    matrix: Float32[np.ndarray, "words dim"] | None
    contextual: ContextualVectors | None

    def start_(self, reader: FormReader) -> None:
        """Give a reader the vectors; initializing its layers afterwards would undo it."""
        if self.matrix is not None:
            reader.start_(self.matrix)
        if self.contextual is not None:
            assert reader.contextual is not None
            reader.contextual.vectors.load_state_dict(self.contextual.state_dict())


def with_trained_vectors(
    symbols: FormSymbols,
    sentences: Sequence[Sentence],
    *,
    seed: int,
    table: WordVectors | None = None,
    progress: Progress = SILENT,
) -> tuple[FormSymbols, TrainedVectors]:
    """Symbols that know the words of the named vectors, and the vectors; as before without any.

    A ``table`` takes the place of the one that is named.

    Raises:
        FormatError: a table or folder is missing, damaged or of no known format.
        SettingsError: vectors of the table have another length than the settings say.
    """
    forms = [[word.form for word in sentence.words] for sentence in sentences]
    config, matrix, contextual = symbols.config, None, None
    if table is None:
        table = named_vectors(config.vectors, forms, dim=config.dim, seed=seed, progress=progress)
    if table is not None:
        symbols, matrix = symbols.with_table(table, sentences)
        share, count = symbols.coverage(sentences)
        progress.note(f"{share:.1%} of {count:,} forms have a vector")
    if config.contextual is not None:
        contextual = ContextualVectors.load(config.contextual)
        symbols = replace(symbols, contextual=contextual.words)
    return symbols, TrainedVectors(matrix, contextual)
