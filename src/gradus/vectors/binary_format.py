"""word2vec's binary format: a header line, then each word, a space and its float32 values.

word2vec.c ends each vector with a line feed, gensim does not; both are read.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gradus.core.errors import FormatError
from gradus.core.shapes import Float
from gradus.text.packing import Sink
from gradus.vectors.contents import Contents, chunks
from gradus.vectors.rows import Rows, unique_contents
from gradus.vectors.text_format import DECODE_HINT, plain_word, read_header

#: No word is longer; more bytes without a space mean that the file is something else.
LONGEST_WORD = 1 << 16


class Cursor:
    """Bytes of a stream from a known offset on, fetched as they are needed."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self.stream, self.buffer, self.start, self.passed = stream, b"", 0, 0

    @property
    def offset(self) -> int:
        """Where the next byte stands in the file."""
        return self.passed + self.start

    def fill(self, needed: int) -> bool:
        """Fetch until ``needed`` bytes lie ahead; false if the stream ends before."""
        while len(self.buffer) - self.start < needed:
            block = next(self.stream, b"")
            if not block:
                return False
            self.passed += self.start
            self.buffer, self.start = self.buffer[self.start :] + block, 0
        return True

    def until(self, mark: bytes, longest: int) -> bytes | None:
        """Take the bytes up to ``mark`` and pass it; None if it does not come soon enough."""
        end = self.buffer.find(mark, self.start)
        if end < 0:
            self.fill(longest)
            end = self.buffer.find(mark, self.start, self.start + longest)
            if end < 0:
                return None
        taken = self.buffer[self.start : end]
        self.start = end + len(mark)
        return taken


def read_binary(
    stream: Iterator[bytes],
    path: Path,
    *,
    size: int | None = None,
    errors: str = "strict",
    duplicates: str = "error",
) -> Contents:
    """Read word2vec's binary format from ``stream``; ``size`` is its length where it is known.

    Raises:
        FormatError: the file does not follow the format; the text names the byte.
    """
    cursor = Cursor(stream)
    count, dim = read_header(cursor.until(b"\n", 200) or cursor.buffer[:200], path)
    if size is not None and count * (4 * dim + 2) > size:
        raise FormatError(
            f"{path}, line 1: the header promises {count} words of dim {dim}, which need at least "
            f"{count * (4 * dim + 2)} bytes, but the file has {size}; it is cut off or damaged"
        )
    rows, words, places = Rows(dim, count if size is not None else 0), [], []
    for number in range(1, count + 1):
        word, place = _read_word(cursor, f"word {number} of {count}", errors, path)
        if not cursor.fill(4 * dim):
            raise FormatError(
                f"{path}, byte {cursor.offset}: the file ends inside the vector of word {number} "
                f"of {count}, {word!r}"
            )
        row = np.frombuffer(cursor.buffer, dtype="<f4", count=dim, offset=cursor.start)
        rows.extend(row[None])
        cursor.start += 4 * dim
        words.append(word)
        places.append(place)
    vectors = rows.finish()
    _check_finite(vectors, words, places, path)
    cursor.until(b"\n", 1)
    if cursor.fill(1):
        raise FormatError(
            f"{path}, byte {cursor.offset}: more bytes follow the {count} words of dim {dim} that "
            "the header promises"
        )
    return unique_contents(words, vectors, places, path=path, unit="byte", duplicates=duplicates)


def write_binary(stream: Sink, contents: Contents, *, spaces: str | None = None) -> None:
    """Write word2vec's binary format, a line feed after each vector as word2vec.c does.

    Raises:
        FormatError: a word holds a space or a line break.
    """
    stream.write(b"%d %d\n" % contents.vectors.shape)
    for part in chunks(len(contents.words), 1024):
        rows = np.ascontiguousarray(contents.vectors[part], dtype="<f4")
        words = [plain_word(word, spaces).encode() for word in contents.words[part]]
        stream.write(
            b"".join(b"%b %b\n" % (word, row.data) for word, row in zip(words, rows, strict=True))
        )


def _read_word(cursor: Cursor, what: str, errors: str, path: Path) -> tuple[str, int]:
    place = cursor.offset
    taken = cursor.until(b" ", LONGEST_WORD)
    if taken is None:
        state = "the file ends before" if not cursor.fill(LONGEST_WORD) else "no space ends"
        raise FormatError(f"{path}, byte {place}: {state} {what}")
    bare = taken.lstrip(b"\n")
    if not bare:
        raise FormatError(f"{path}, byte {place}: {what} is empty")
    try:
        return bare.decode("utf-8", errors), place + len(taken) - len(bare)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{path}, byte {place}: {what}, {bare[:40]!r}, is not UTF-8 at its byte {error.start}; "
            f"{DECODE_HINT}"
        ) from None


def _check_finite(
    vectors: Float[np.ndarray, "words dim"], words: list[str], places: list[int], path: Path
) -> None:
    for part in chunks(len(vectors)):
        bad = np.flatnonzero(~np.isfinite(vectors[part]).all(axis=1))
        if bad.size:
            row = part.start + int(bad[0])
            raise FormatError(
                f"{path}, byte {places[row]}: the vector of {words[row]!r} holds NaN or infinity"
            )
