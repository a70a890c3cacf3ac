"""The numbers of a corpus on their way to the disk, in the order of the text: spooled, then final.

The threads of a scan finish blocks in any order and number words each in its own way. So the
numbers wait in a spool file; once the vocabulary is known they are renumbered in order.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import numpy as np
from jaxtyping import Int32

from gradus.text.kernels.scan import LINE_END, renumber


@dataclass(frozen=True)
class Chunk:
    """The provisional numbers of one block, in the spool file."""

    scanner: int  # whose numbers these are
    start: int  # in the spool file, in numbers
    size: int
    line_ends: int
    starts_with_end: bool
    ends_with_end: bool

    @property
    def words(self) -> int:
        """How many of the numbers are words."""
        return self.size - self.line_ends


class Spool:
    """A file that takes the numbers of blocks from several threads, in any order."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("w+b", buffering=0)
        self._path = path
        self._lock = Lock()
        self._end = 0

    def add(self, scanner: int, ids: Int32[np.ndarray, " ids"]) -> Chunk:
        """Keep the numbers of one block."""
        with self._lock:
            start, self._end = self._end, self._end + len(ids)
            write_all(self._file, ids)
        return Chunk(
            scanner=scanner,
            start=start,
            size=len(ids),
            line_ends=int(np.count_nonzero(ids == LINE_END)),
            starts_with_end=bool(len(ids) and ids[0] == LINE_END),
            ends_with_end=bool(len(ids) and ids[-1] == LINE_END),
        )

    def get(self, chunk: Chunk) -> Int32[np.ndarray, " ids"]:
        """The numbers of one block again."""
        return np.fromfile(self._path, np.int32, chunk.size, offset=4 * chunk.start)

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def write_all(file: BinaryIO, ids: Int32[np.ndarray, " ids"]) -> None:
    """Write an array to an unbuffered file, however little it takes at once."""
    view = ids.view(np.uint8).data
    while view:
        view = view[file.write(view) :]


def count_lines(chunks: list[Chunk]) -> int:
    """Lines with a word in them: the line ends that do not follow another one."""
    lines, ended = 0, True
    for chunk in chunks:
        if chunk.size:
            lines += chunk.line_ends - (ended and chunk.starts_with_end)
            ended = chunk.ends_with_end
    return lines


def write_ids(
    path: Path,
    spool: Spool,
    chunks: list[Chunk],
    numbers: list[Int32[np.ndarray, " _"]],
    threads: int,
) -> tuple[int, int]:
    """Renumber all chunks into the file ``path``; returns its length and how many are words."""
    length = kept = 0
    ended = True
    with path.open("wb", buffering=0) as file:
        for ids in _renumbered(spool, chunks, numbers, threads):
            if ended and len(ids) and ids[0] == LINE_END:
                ids = ids[1:]
            if len(ids):
                write_all(file, ids)
                ended = bool(ids[-1] == LINE_END)
                length += len(ids)
                kept += len(ids) - int(np.count_nonzero(ids == LINE_END))
    return length, kept


def _renumbered(
    spool: Spool, chunks: list[Chunk], numbers: list[Int32[np.ndarray, " _"]], threads: int
) -> Iterator[Int32[np.ndarray, " ids"]]:
    """The final numbers of the chunks, in order; some chunks are worked on ahead."""

    def final(chunk: Chunk) -> Int32[np.ndarray, " ids"]:
        ids = spool.get(chunk)
        return ids[: renumber(ids, numbers[chunk.scanner], ids)]

    with ThreadPoolExecutor(threads) as pool:
        ahead: list[Future[Int32[np.ndarray, " ids"]]] = []
        for chunk in chunks:
            ahead.append(pool.submit(final, chunk))
            if len(ahead) > threads:
                yield ahead.pop(0).result()
        for future in ahead:
            yield future.result()
