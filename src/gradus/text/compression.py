"""Packed files as streams of their bytes: one entry a format; a damaged file says so."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from gradus.core.errors import DataError

CHUNK = 1 << 20


@runtime_checkable
class Readable(Protocol):
    """Anything that gives bytes: a file, standard input, a buffer."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; none at the end."""


Unpacker = Callable[[Readable], Iterator[bytes]]


def _zstandard(file: Readable) -> Iterator[bytes]:
    """Every frame of the file; the library itself would take a frame cut short for a whole one."""
    import zstandard

    unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 31)
    frame = unpacker.decompressobj()
    begun = False
    while packed := file.read(CHUNK // 8):
        while packed:
            begun = True
            try:
                yield frame.decompress(packed)
            except zstandard.ZstdError as error:
                raise OSError(str(error)) from None
            if not frame.eof:
                break
            packed, frame, begun = frame.unused_data, unpacker.decompressobj(), False
    if begun:
        raise EOFError("the last frame is cut off")


def _plain(file: Readable) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _with(opener: Callable[[Any], Any], file: Readable) -> Iterator[bytes]:
    with opener(file) as unpacked:
        while chunk := unpacked.read(CHUNK):
            yield chunk


#: How the files with each ending are unpacked.
UNPACKERS: dict[str, Unpacker] = {
    ".gz": partial(_with, gzip.open),
    ".bz2": partial(_with, bz2.open),
    ".xz": partial(_with, lzma.open),
    ".zst": _zstandard,
}


def is_packed(path: Path) -> bool:
    """Whether the name of a file says that it is compressed.

    >>> is_packed(Path("news.txt.gz")), is_packed(Path("news.txt"))
    (True, False)
    """
    return path.suffix.lower() in UNPACKERS


def unpack(file: Readable, path: Path) -> Iterator[bytes]:
    """The unpacked bytes of a file, in chunks; as they are if its name promises no compression.

    Raises:
        DataError: the file is cut off, damaged, or of another format than its name says.
    """
    unpacker: Unpacker = UNPACKERS.get(path.suffix.lower(), _plain)
    try:
        yield from unpacker(file)
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault, not the file's
        raise DataError(
            f"{path} is cut off or damaged, or not a {path.suffix} file ({error}); "
            "fetch or pack it again"
        ) from None
