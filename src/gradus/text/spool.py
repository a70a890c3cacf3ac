"""The numbers of a corpus on their way to the disk, in the order of the text: spooled, then final.

The threads of a scan finish blocks in any order, and each numbers words in its own way. So each
keeps its numbers in a spool file; once the vocabulary is known they are renumbered in order.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from jaxtyping import Int32

from gradus.text.kernels.count import renumber
from gradus.text.kernels.scan import LINE_END


@dataclass(frozen=True)
class Chunk:
    """The provisional numbers of one block."""

    spool: int  # of the scanner whose numbers these are
    start: int  # in its file, in numbers
    size: int
    words: int  # of these numbers; the others are line ends
    starts_with_end: bool
    ends_with_end: bool


class Spool:
    """A file that takes the numbers of one scanner, block after block."""

    def __init__(self, path: Path, number: int) -> None:
        self.path = path
        self._number = number
        self._end = 0
        self._file: BinaryIO = path.open("wb", buffering=0)

    def add(self, ids: Int32[np.ndarray, " ids"], words: int) -> Chunk:
        """Keep the numbers of one block, so many of which are words."""
        write_all(self._file, ids)
        self._end += len(ids)
        return Chunk(
            spool=self._number,
            start=self._end - len(ids),
            size=len(ids),
            words=words,
            starts_with_end=bool(len(ids) and ids[0] == LINE_END),
            ends_with_end=bool(len(ids) and ids[-1] == LINE_END),
        )

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()
        self.path.unlink(missing_ok=True)


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
            lines += chunk.size - chunk.words - (ended and chunk.starts_with_end)
            ended = chunk.ends_with_end
    return lines


@dataclass(frozen=True)
class Turn:
    """Where in the final file a chunk may go on."""

    start: int  # in numbers
    ended: bool  # what comes before is a line end, or nothing


def write_ids(
    path: Path,
    spools: list[Spool],
    chunks: list[Chunk],
    numbers: list[Int32[np.ndarray, " _"]],
) -> int:
    """Renumber all chunks into the file ``path``, one thread a spool; returns how many ids."""
    path.open("wb").close()
    turns: list[Future[Turn]] = [Future() for _ in range(len(chunks) + 1)]
    turns[0].set_result(Turn(0, True))
    largest = max(chunk.size for chunk in chunks)
    threads = len(spools)

    def work(thread: int) -> None:
        buffer = np.empty(largest, dtype=np.int32)
        with path.open("r+b", buffering=0) as file:
            for place in range(thread, len(chunks), threads):
                chunk = chunks[place]
                try:
                    ids = _read(spools[chunk.spool].path, chunk, buffer)
                    ids = ids[: renumber(ids, numbers[chunk.spool], ids)]
                    turn = turns[place].result()
                    ids = ids[int(turn.ended and len(ids) > 0 and ids[0] == LINE_END) :]
                    ended = bool(ids[-1] == LINE_END) if len(ids) else turn.ended
                    turns[place + 1].set_result(Turn(turn.start + len(ids), ended))
                except BaseException as error:
                    turns[place + 1].set_exception(error)
                    raise
                file.seek(4 * turn.start)
                write_all(file, ids)

    with ThreadPoolExecutor(threads) as pool:
        for job in [pool.submit(work, thread) for thread in range(threads)]:
            job.result()
    return turns[-1].result().start


def _read(
    path: Path, chunk: Chunk, buffer: Int32[np.ndarray, " largest"]
) -> Int32[np.ndarray, " ids"]:
    ids = buffer[: chunk.size]
    view, done = ids.view(np.uint8).data, 0
    with path.open("rb", buffering=0) as file:
        file.seek(4 * chunk.start)
        while done < len(view):
            done += file.readinto(view[done:])
    return ids
