"""Word vectors of a raw text, cut into words as a treebank has them."""

from os import PathLike
from pathlib import Path

from gradus.core.progress import Progress
from gradus.pipeline.text_words import words_of_text
from gradus.vectors.settings import CorpusConfig, SkipGramConfig
from gradus.vectors.word2vec import train_skipgram

#: How long the vectors are.
DIM = 100


def vectors_of_text(
    text: str | PathLike[str], folder: Path, *, seed: int, progress: Progress
) -> Path:
    """Train skip-gram on the words of a text in small letters, unless that is done.

    Raises:
        DataError: the text cannot be read, or has too few words.
    """
    if not folder.exists():
        config = SkipGramConfig(dim=DIM, epochs=5, threads=1, seed=seed)
        reading = CorpusConfig(lowercase=True)
        train_skipgram(
            words_of_text(text), config, reading=reading, folder=folder, progress=progress
        )
    return folder
