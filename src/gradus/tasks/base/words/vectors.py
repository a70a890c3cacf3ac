"""Symbols of forms together with the word vectors that the settings name."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from gradus.core.progress import SILENT, Progress
from gradus.tasks.base.vectors import named_vectors
from gradus.tasks.base.words.symbols import FormSymbols
from gradus.text.document import Sentence


def with_named_vectors(
    symbols: FormSymbols,
    sentences: Sequence[Sentence],
    *,
    seed: int,
    progress: Progress = SILENT,
) -> tuple[FormSymbols, Float32[np.ndarray, "words dim"] | None]:
    """Symbols that know the words of the table, and their vectors; as before if none is named.

    Raises:
        FormatError: the table is missing, damaged or of no known format.
        SettingsError: its vectors have another length than the settings say.
    """
    forms = [[word.form for word in sentence.words] for sentence in sentences]
    config = symbols.config
    table = named_vectors(config.vectors, forms, dim=config.dim, seed=seed, progress=progress)
    if table is None:
        return symbols, None
    symbols, matrix = symbols.with_table(table, sentences)
    share, count = symbols.coverage(sentences)
    progress.note(f"{share:.1%} of {count:,} forms have a vector")
    return symbols, matrix
