"""What every benchmark measures on: the Wikipedia text, and the tests of word vectors."""

import os
import sys
from pathlib import Path

from gradus.text.sources import source_blocks
from gradus.vectors import WordVectors, evaluate_analogies, evaluate_similarity

ROOT = Path(__file__).resolve().parent.parent

#: The numbers of :func:`score`, in order.
TESTS = ("Google analogies", "WordSim-353", "SimLex-999")


def data_folder() -> Path:
    """The folder of real data: ``GRADUS_DATA``, else ``../shared/data`` beside the repository."""
    named = os.environ.get("GRADUS_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        sys.exit(f"no data at {folder}; set GRADUS_DATA to the folder that holds it")
    return folder


def default_corpus() -> Path:
    """The Wikipedia text of the data folder."""
    return data_folder() / "text" / "wiki-en-21m.txt.xz"


def lowered(corpus: Path, path: Path) -> Path:
    """Unpack and lower-case ``corpus`` into ``path``, so that it is also in the page cache."""
    with path.open("wb") as file:
        for block in source_blocks(corpus):
            file.write(block.decode().lower().encode())
    return path


def score(vectors: WordVectors) -> list[float]:
    """The share of Google analogies that are right, and Spearman's rho on both similarity sets."""
    folder = data_folder() / "similarity"
    analogies = evaluate_analogies(vectors, folder / "questions-words.txt").total.accuracy
    pairs = [
        evaluate_similarity(vectors, folder / f"{name}.txt") for name in ("wordsim353", "simlex999")
    ]
    return [analogies or 0.0, *(found.spearman or 0.0 for found in pairs)]
