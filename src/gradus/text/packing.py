"""Files that are written packed, as their endings say, whole or not at all."""

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from gradus.core.storage import fresh_file


@runtime_checkable
class Sink(Protocol):
    """What takes bytes to write."""

    def write(self, data: bytes, /) -> int:
        """Write ``data``."""


def _zstandard(path: Path, mode: str) -> Any:
    import zstandard

    return zstandard.open(path, mode)


#: What writes files with each ending; any other ending is not compressed.
PACKERS: dict[str, Callable[[Path, str], Any]] = {
    ".gz": partial(gzip.open, compresslevel=6),
    ".bz2": bz2.open,
    ".xz": lzma.open,
    ".zst": _zstandard,
}


@contextmanager
def writing(path: Path, *, force: bool = True) -> Iterator[Sink]:
    """Open a stream whose bytes become ``path``, packed as its ending says, whole or not at all.

    Raises:
        ExistsError: ``path`` exists and ``force`` is false.
        StorageError: the disk is full or may not be written.
    """
    opener = PACKERS.get(path.suffix.lower(), open)
    with fresh_file(path, force=force) as temporary, opener(temporary, "wb") as stream:
        yield stream
