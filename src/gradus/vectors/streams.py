"""Vector files as streams of bytes, plain or compressed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradus.core.errors import DataError, FormatError, StorageError
from gradus.text.compression import is_packed, unpack

#: No line of a vector file is longer: a word and some million values.
LONGEST_LINE = 1 << 26


@contextmanager
def reading(path: Path) -> Iterator[tuple[Iterator[bytes], int | None]]:
    """The bytes of ``path`` in chunks, unpacked, and their number, None where the file is packed.

    Raises:
        DataError: the file does not exist, or its compressed data is damaged.
        StorageError: the file may not be read.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise DataError(f"{path} does not exist; name a file or folder of vectors") from None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {(error.strerror or '').lower()}") from None
    with file:
        size = None if is_packed(path) else path.stat().st_size
        yield filter(None, unpack(file, path)), size


def bare_suffix(path: Path) -> str:
    """The ending that names the format, below one of a compression.

    >>> bare_suffix(Path("vectors.vec.gz"))
    '.vec'
    """
    return Path(path.stem).suffix if is_packed(path) else path.suffix


def line_blocks(stream: Iterator[bytes], path: Path) -> Iterator[bytes]:
    """Blocks of whole lines; a last line without a line feed gets one."""
    rest = b""
    for block in stream:
        whole, feed, tail = block.rpartition(b"\n")
        if feed:
            yield rest + whole + feed
            rest = tail
        else:
            rest += block
        if len(rest) > LONGEST_LINE:
            raise FormatError(
                f"{path} has a line of over {LONGEST_LINE} bytes; it holds no vectors"
            )
    if rest:
        yield rest + b"\n"
