"""Co-occurrence counts as files for other programs: a sparse matrix (.npz) or text (.tsv).

The .npz file is what ``scipy.sparse.load_npz`` reads, in CSR form; its further array ``words``
holds the words as UTF-8 bytes, one a line.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np

from gradus.core.errors import ExistsError, SettingsError
from gradus.core.storage import fresh_file
from gradus.vectors.cooccurrence import Cooccurrences


def write_counts(counts: Cooccurrences, path: Path | str, *, force: bool = False) -> None:
    """Write all counts to ``path``, whole or not at all; its ending names the format.

    Raises:
        SettingsError: the ending names no format.
        ExistsError: ``path`` exists and ``force`` is false.
        StorageError: the disk is full or may not be written.
    """
    path = Path(path)
    check_target(path, force=force)
    with fresh_file(path, force=force) as temporary, temporary.open("wb") as file:
        WRITERS[path.suffix](counts, file)


def check_target(path: Path, *, force: bool) -> None:
    """Raise what :func:`write_counts` would raise for ``path``, before anything is counted."""
    if path.suffix not in WRITERS:
        raise SettingsError(
            f"{path} ends in {path.suffix or 'nothing'}: choose {' or '.join(WRITERS)}"
        )
    if path.exists() and not force:
        raise ExistsError(f"{path} exists; choose another name, or overwrite it with --force")


def write_npz(counts: Cooccurrences, file: IO[bytes]) -> None:
    """Write a CSR matrix of float64."""
    size = len(counts.vocabulary)
    with tempfile.TemporaryFile() as scratch:
        for pairs in counts.chunks():
            pairs.counts.tofile(scratch)
        scratch.flush()
        values: np.ndarray = np.zeros(0)
        if len(counts):  # an empty file cannot be mapped
            values = np.memmap(scratch, np.float64, "r", shape=(len(counts),))
        np.savez(
            file,
            format=np.array(b"csr"),
            shape=np.array([size, size]),
            indptr=counts.offsets,
            indices=counts.columns,
            data=values,
            words=np.frombuffer("\n".join(counts.vocabulary.words).encode(), np.uint8),
        )


def write_tsv(counts: Cooccurrences, file: IO[bytes]) -> None:
    """Write ``word TAB context TAB count`` lines, UTF-8."""
    words = counts.vocabulary.words
    for pairs in counts.chunks():
        file.writelines(
            f"{words[row]}\t{words[column]}\t{count!r}\n".encode()
            for row, column, count in zip(*(part.tolist() for part in pairs), strict=True)
        )


#: What each ending of a file name stands for.
WRITERS: dict[str, Callable[[Cooccurrences, IO[bytes]], None]] = {
    ".npz": write_npz,
    ".tsv": write_tsv,
}
