"""Corpora encoded once: a vocabulary, and a memory-mapped file with the number of every word."""

import mmap
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
from jaxtyping import Int32, Int64

from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.core.storage import explained_errors, fresh_file, read_json, write_json
from gradus.text.encodings import check_encoding
from gradus.text.kernels.classes import Tokens
from gradus.text.sources import Source
from gradus.text.vocabulary import VOCABULARY, Vocabulary

IDS = "ids.bin"
FACTS = "corpus.json"
VERSION = 1
LINE_END = -1
#: Numbers that are looked at in one go.
STRETCH = 1 << 20


@dataclass(frozen=True)
class EncodedCorpus:
    """The words of a corpus as numbers; ``-1`` ends a line. Lines without a word are left out."""

    vocabulary: Vocabulary
    ids: Int32[np.memmap, " ids"]
    tokens: int  # all words read, those outside the vocabulary included
    kept: int  # words in the vocabulary
    lines: int  # lines read that hold a word

    @classmethod
    def load(cls, folder: Path | str) -> "EncodedCorpus":
        """Open what :func:`encode_corpus` wrote; the numbers stay on disk until they are used.

        Raises:
            FormatError: the folder is missing, damaged, or holds no corpus.
        """
        folder = Path(folder)
        facts = _read_facts(folder)
        vocabulary = Vocabulary.load(folder / VOCABULARY)
        path = folder / IDS
        size = path.stat().st_size if path.is_file() else -1
        if size != 4 * facts["ids"] or len(vocabulary) != facts["words"]:
            raise FormatError(
                f"{folder} is damaged: {FACTS} promises {facts['words']} words and "
                f"{4 * facts['ids']} bytes of numbers, found {len(vocabulary)} and {size}"
            )
        ids = _map_ids(path, facts["ids"])
        if ids[-1] != LINE_END:
            raise FormatError(f"{path} is damaged: it does not end with a line end")
        corpus = cls(vocabulary, ids, facts["tokens"], facts["kept"], facts["lines"])
        # compiled code uses the numbers as places in matrices and does not look twice
        for start, end in corpus.blocks(STRETCH).tolist():
            least, largest = int(ids[start:end].min()), int(ids[start:end].max())
            corpus.forget(0, end)
            if least < LINE_END or largest >= len(vocabulary):
                raise FormatError(
                    f"{path} is damaged: it holds numbers from {least} to {largest}, "
                    f"but {VOCABULARY} has {len(vocabulary)} words"
                )
        return corpus

    def blocks(self, size: int) -> Int64[np.ndarray, "blocks 2"]:
        """Stretches ``[start, end)`` of :attr:`ids` of at most ``size`` that end with a line.

        A line longer than ``size`` is cut. Together they cover all ids, in order; they depend on
        nothing but the ids and the size.

        Raises:
            SettingsError: ``size`` is below 1.
        """
        if size < 1:
            raise SettingsError(f"size={size} is out of range: choose a value at least 1")
        ends, start, total = [0], 0, len(self.ids)
        while start < total:
            start = self._block_end(start, start + size) if start + size < total else total
            ends.append(start)
        self.forget(0, total)  # a look at one place may map megabytes around it
        return np.stack([ends[:-1], ends[1:]], axis=1).astype(np.int64)

    def forget(self, start: int, end: int) -> None:
        """Let the system take back the memory of ``ids[start:end]``; using them reads them again.

        Where the system has no such call this does nothing.
        """
        page = mmap.PAGESIZE
        first = -(-4 * start // page) * page
        length = 4 * end // page * page - first
        if length > 0 and hasattr(mmap, "MADV_DONTNEED"):
            mapping = cast(Any, self.ids)._mmap
            mapping.madvise(mmap.MADV_DONTNEED, first, length)

    def _block_end(self, start: int, limit: int) -> int:
        reach = 256
        while True:
            near = max(start, limit - reach)
            found = np.flatnonzero(self.ids[near:limit] == LINE_END)
            if len(found):
                return near + int(found[-1]) + 1
            if near == start:
                return limit
            reach *= 8


def encode_corpus(
    sources: Source | Sequence[str | PathLike[str]],
    folder: Path | str,
    *,
    min_count: int = 5,
    max_vocab: int | None = None,
    lowercase: bool = False,
    encoding: str = "utf-8",
    errors: str = "strict",
    tokens: str = "space",
    threads: int = 2,
    progress: Progress = SILENT,
) -> EncodedCorpus:
    r"""Read a corpus once and write it to ``folder`` as numbers, with its vocabulary.

    ``sources`` is a file, a list of files, or an iterable of lines or of lists of words; files may
    end in .gz, .bz2, .xz or .zst, and ``"-"`` is standard input. A list of strings names files:
    pass lines as ``iter(lines)``. Words are what ``str.split()`` finds; with ``tokens="words"``
    punctuation separates them too, except inside ``don't``, ``well-known`` and ``3.14``.
    Vocabulary and numbers do not depend on ``threads``.

    Raises:
        DataError: a source is missing, empty, damaged, binary or wrongly encoded (with the byte);
            or no word is met ``min_count`` times.
        SettingsError: a setting is out of range.
        StorageError: the disk refused.

    >>> import tempfile
    >>> lines = iter(["the cat and the dog\n", "the cat\n"])
    >>> corpus = encode_corpus(lines, tempfile.mkdtemp(), min_count=2)
    >>> corpus.vocabulary.words, corpus.ids.tolist(), corpus.tokens
    (['the', 'cat'], [0, 1, 0, -1, 0, 1, -1], 7)
    """
    from gradus.text.encoder import encode  # waits until here, as it loads Numba

    _check_settings(min_count, max_vocab, tokens, threads)
    check_encoding(encoding, errors)
    settings = {
        "min_count": min_count,
        "max_vocab": max_vocab,
        "lowercase": lowercase,
        "encoding": encoding,
        "errors": errors,
        "tokens": tokens,
    }
    folder = Path(folder)
    created = not folder.exists()
    try:
        with explained_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with fresh_file(folder / IDS) as ids_path, fresh_file(folder / VOCABULARY) as words_path:
            encoded = encode(
                as_sources(sources),
                ids_path,
                words_path,
                **settings,  # type: ignore[arg-type]
                threads=threads,
                progress=progress,
            )
            # from here to the end of the replacement the folder holds no corpus
            (folder / FACTS).unlink(missing_ok=True)
        facts = {"version": VERSION, "words": len(encoded.vocabulary), **encoded.facts}
        write_json(folder / FACTS, {**facts, "settings": settings})
    except BaseException:
        if created:
            with suppress(OSError):
                folder.rmdir()
        raise
    ids = _map_ids(folder / IDS, facts["ids"])
    return EncodedCorpus(encoded.vocabulary, ids, facts["tokens"], facts["kept"], facts["lines"])


def as_sources(sources: Source | Sequence[str | PathLike[str]]) -> list[Source]:
    """One source, or several files, as a list.

    >>> as_sources("a.txt"), as_sources(["a.txt", "b.txt"]), as_sources([["a", "b"]])
    (['a.txt'], ['a.txt', 'b.txt'], [[['a', 'b']]])
    """
    if isinstance(sources, list | tuple) and all(isinstance(s, str | PathLike) for s in sources):
        if not sources:
            raise DataError("no corpus is given; name at least one file")
        return list(sources)
    if not isinstance(sources, str | Iterable | PathLike) or isinstance(sources, bytes):
        raise DataError(f"{sources!r:.60} is no corpus; name files or pass lines")
    return [sources]


def _check_settings(min_count: int, max_vocab: int | None, tokens: str, threads: int) -> None:
    for name, value in (("min_count", min_count), ("max_vocab", max_vocab), ("threads", threads)):
        if value is not None and value < 1:
            raise SettingsError(f"{name}={value} is out of range: choose a value at least 1")
    if tokens not in get_args(Tokens):
        raise SettingsError(f"tokens={tokens!r}: choose {' or '.join(get_args(Tokens))}")


def _map_ids(path: Path, size: int) -> Int32[np.memmap, " ids"]:
    return np.memmap(path, dtype="<i4", mode="r", shape=(size,))


def _read_facts(folder: Path) -> dict[str, int]:
    path = folder / FACTS
    if not path.is_file():
        state = f"has no {FACTS}" if folder.is_dir() else "does not exist"
        raise FormatError(f"{folder} {state}, so it is no encoded corpus")
    facts = read_json(path)
    names = ("version", "words", "ids", "tokens", "kept", "lines")
    if not isinstance(facts, dict) or not all(type(facts.get(name)) is int for name in names):
        raise FormatError(f"{path} is damaged: it lacks one of the numbers {', '.join(names)}")
    if facts["version"] > VERSION:
        raise FormatError(
            f"{folder} has format version {facts['version']}, but this Gradus reads "
            f"up to {VERSION}; update Gradus"
        )
    return facts
