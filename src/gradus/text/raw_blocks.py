"""Raw text of a file in blocks of characters, byte for byte as it is, in constant memory."""

import codecs
import sys
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from gradus.core.errors import DataError
from gradus.text.compression import unpack
from gradus.text.sources import STDIN, reading

#: What may stand at the very beginning of a file and is no part of its text.
BYTE_ORDER_MARK = "\ufeff"


def raw_blocks(source: str | PathLike[str]) -> Iterator[str]:
    """The text of a file, packed or not, or of standard input (``-``); line ends are kept.

    Raises:
        DataError: the file cannot be read or is damaged, or a byte of it is not UTF-8.
    """
    path = Path(source)
    piped = str(source) == STDIN
    name = "standard input" if piped else str(path)
    with reading(path):
        file = sys.stdin.buffer if piped else path.open("rb")
        try:
            yield from _decoded(unpack(file, path), name)
        finally:
            if not piped:
                file.close()


def _decoded(chunks: Iterator[bytes], name: str) -> Iterator[str]:
    decoder, read, begun = codecs.getincrementaldecoder("utf-8")(), 0, False
    for chunk in _with_end(chunks):
        waiting = decoder.getstate()[0]  # the first bytes of a character that a chunk cut
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            place = read - len(waiting) + error.start
            raise DataError(
                f"{name}, byte {place:,}: 0x{error.object[error.start]:02x} is not UTF-8 "
                f"({error.reason}); save the file as UTF-8"
            ) from None
        read += len(chunk)
        if text:
            yield text if begun else text.removeprefix(BYTE_ORDER_MARK)
            begun = True


def _with_end(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from (chunk for chunk in chunks if chunk)
    yield b""
