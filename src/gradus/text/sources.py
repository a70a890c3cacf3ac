"""Any corpus as a stream of blocks of UTF-8 that are cut between words.

A source is the path of a file (plain or compressed), ``-`` for standard input, or an iterable of
lines or of lists of words.
"""

import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from gradus.core.errors import DataError
from gradus.text.compression import is_packed, unpack
from gradus.text.encodings import BOM, is_untouched, lines_to_utf8, to_utf8

Source = str | os.PathLike[str] | Iterable[Any]

STDIN = "-"
BLOCK = 4 << 20
#: A stretch of so many bytes without whitespace is no text.
LONGEST_STRETCH = 1 << 20
#: Whitespace of ``str.split()`` in UTF-8; none of it can begin inside another character.
BLANK = re.compile(
    rb"[\t-\r\x1c- ]|\xc2[\x85\xa0]|\xe1\x9a\x80"
    rb"|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80"
)


@dataclass(frozen=True)
class Block:
    """A stretch of a source that ends between words; a block of a plain file is read later."""

    name: str  # of the source, for messages
    offset: int  # of its first byte in the text
    size: int
    ends_source: bool
    consumed: int  # bytes of the source read up to the end of the block, for progress
    data: bytes | Path

    def read_into(self, buffer: UInt8[np.ndarray, " size"]) -> None:
        """Fill ``buffer`` with the bytes of the block."""
        if isinstance(self.data, bytes):
            buffer[:] = np.frombuffer(self.data, dtype=np.uint8)
            return
        with reading(self.data), self.data.open("rb", buffering=0) as file:
            file.seek(self.offset)
            view, done = buffer.data, 0
            while done < self.size:
                count = file.readinto(view[done:])
                if not count:
                    raise DataError(f"{self.data} became shorter while it was read")
                done += count

    def read(self) -> bytes:
        """The bytes of the block."""
        buffer = np.empty(self.size, dtype=np.uint8)
        self.read_into(buffer)
        return buffer.tobytes()

    def place(self, within: int) -> str:
        """How a message names a byte of the block."""
        return f"{self.name}, byte {self.offset + within:,}"


def corpus_blocks(
    source: Source, *, encoding: str = "utf-8", errors: str = "strict", size: int = BLOCK
) -> Iterator[Block]:
    """The blocks of one source, in order; the last one, perhaps empty, ends the source.

    Raises:
        DataError: the source cannot be read, is damaged, or has no blanks for a megabyte.
        SettingsError: there is no such encoding.
    """
    untouched = is_untouched(encoding, errors)
    if not isinstance(source, str | os.PathLike):
        return _stream("the lines given", None, lines_to_utf8(source, size), size)
    path = Path(source)
    if untouched and source != STDIN and path.is_file() and not is_packed(path):
        return _ranges(path, size)
    return _file_stream(path, encoding, errors, size)


def source_blocks(
    source: Source, *, encoding: str = "utf-8", errors: str = "strict", size: int = BLOCK
) -> Iterator[bytes]:
    r"""The text of one source as UTF-8, in blocks that end at a line end, else between words.

    >>> list(source_blocks(iter(["one line", "another"])))
    [b'one line\nanother\n']
    """
    for block in corpus_blocks(source, encoding=encoding, errors=errors, size=size):
        if block.size:
            yield block.read()


def check_source(source: Source) -> int | None:
    """The size of a source in bytes, ``None`` if unknown.

    Raises:
        DataError: there is no such file, it is a folder, or it may not be read.
    """
    if not isinstance(source, str | os.PathLike) or source == STDIN:
        return None
    path = Path(source)
    with reading(path):
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError
        if not stat.S_ISREG(status.st_mode):
            return None  # a pipe: opening it twice would lose its text
        path.open("rb").close()
    return status.st_size


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn the operating system's refusal to read ``path`` into a :class:`DataError`."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(
            f"{path} does not exist; name a file of text"
            + (" (to pass lines themselves: iter(lines))" if " " in str(path) else "")
        ) from None
    except IsADirectoryError:
        raise DataError(f"{path} is a folder; name the files in it") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None


def last_cut(text: bytes | bytearray) -> int:
    r"""The place behind the last line end, else behind the last whitespace, else 0.

    >>> last_cut(b"a b\nc d"), last_cut(b"a b c"), last_cut(b"abc")
    (4, 4, 0)
    """
    line = text.rfind(b"\n") + 1
    if line:
        return line
    end = 0
    for found in BLANK.finditer(text, max(0, len(text) - LONGEST_STRETCH)):
        end = found.end()
    return end


def _ranges(path: Path, size: int) -> Iterator[Block]:
    """Ranges of a plain file, cut between words by a look at their ends only."""
    with reading(path), path.open("rb", buffering=0) as file:
        end = os.fstat(file.fileno()).st_size
        start = len(BOM) if file.read(len(BOM)) == BOM else 0
        while True:
            stop = _cut(file, path, start, size, end)
            yield Block(str(path), start, stop - start, stop == end, stop, path)
            if stop == end:
                return
            start = stop


def _cut(file: Any, path: Path, start: int, size: int, end: int) -> int:
    """The last place between words within ``size`` bytes, or within more if there is none."""
    for stop in range(start + size, end, size):
        for reach in (1 << 14, LONGEST_STRETCH):
            near = max(start, stop - reach)
            file.seek(near)
            found = last_cut(file.read(stop - near))
            if found:
                return near + found
        if stop - start >= LONGEST_STRETCH:
            raise _no_blank(str(path), near)
    return end


def _file_stream(path: Path, encoding: str, errors: str, size: int) -> Iterator[Block]:
    """The blocks of a file that is read in one go: packed, a pipe, in another encoding."""
    piped = str(path) == STDIN
    name = "standard input" if piped else str(path)
    with reading(path):
        file = sys.stdin.buffer if piped else path.open("rb")
        try:
            tell = file.tell if file.seekable() else None
            yield from _stream(
                name, tell, to_utf8(unpack(file, path), name, encoding, errors), size
            )
        finally:
            if not piped:
                file.close()


def _stream(
    name: str, tell: Callable[[], int] | None, chunks: Iterator[bytes], size: int
) -> Iterator[Block]:
    """Blocks of about ``size`` bytes out of chunks that are cut anywhere.

    ``tell`` gives the bytes of the source that were read; without it the text's own count.
    """
    rest, offset, begun = bytearray(), 0, False
    for chunk in chunks:
        rest += chunk
        if not begun and len(rest) >= len(BOM):
            begun = True
            if rest.startswith(BOM):
                del rest[: len(BOM)]
                offset = len(BOM)
        if len(rest) < size:
            continue
        cut = last_cut(rest)
        if cut:
            yield Block(
                name, offset, cut, False, tell() if tell else offset + cut, bytes(rest[:cut])
            )
            del rest[:cut]
            offset += cut
        elif len(rest) >= LONGEST_STRETCH:
            raise _no_blank(name, offset)
    end = tell() if tell else offset + len(rest)
    yield Block(name, offset, len(rest), True, end, bytes(rest))


def _no_blank(name: str, offset: int) -> DataError:
    return DataError(
        f"{name}, byte {offset:,}: over {LONGEST_STRETCH:,} bytes without a blank follow; "
        "is it text with blanks between the words?"
    )
