"""The way of a corpus from its sources to numbers: scan in parallel, count, renumber."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from gradus.core.errors import DataError
from gradus.core.progress import Progress
from gradus.text.counting import count_words
from gradus.text.kernels.classes import Tokens
from gradus.text.scanner import Scanner
from gradus.text.sources import BLOCK, Block, Source, check_source, corpus_blocks
from gradus.text.spool import Chunk, Spool, count_lines, write_ids
from gradus.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Encoded:
    """The vocabulary of a corpus whose numbers were written, and what was counted."""

    vocabulary: Vocabulary
    facts: dict[str, int]


def encode(
    sources: list[Source],
    ids_path: Path,
    words_path: Path,
    *,
    min_count: int,
    max_vocab: int | None,
    lowercase: bool,
    encoding: str,
    errors: str,
    tokens: Tokens,
    threads: int,
    progress: Progress,
    block_size: int = BLOCK,
) -> Encoded:
    """Write the numbers of all words of ``sources``, and the words; see ``encode_corpus``."""
    sizes = [check_source(source) for source in sources]
    total = None if None in sizes else float(sum(size or 0 for size in sizes))
    spools = [Spool(ids_path.with_suffix(f".spool{number}"), number) for number in range(threads)]
    try:
        scan = Scan(spools, lowercase=lowercase, tokens=tokens)
        progress.start("reading the corpus", total=total, unit="bytes")
        scan.run(_blocks(sources, encoding, errors, block_size), progress)
        progress.finish()
        read = sum(chunk.words for chunk in scan.chunks)
        if not read:
            names = ", ".join(str(source) for source in sources if isinstance(source, str | Path))
            raise DataError(f"{names or 'the corpus'} holds no word; name a file of text")
        counted = count_words(
            scan.tables,
            lowercase=lowercase,
            min_count=min_count,
            max_vocab=max_vocab,
            threads=threads,
        )
        # Python spells the words while compiled code renumbers
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write_ids, ids_path, spools, scan.chunks, counted.numbers)
            vocabulary = counted.vocabulary()
            vocabulary.save(words_path)
            length = writing.result()
    finally:
        for spool in spools:
            spool.close()
    kept, lines = int(vocabulary.counts.sum()), count_lines(scan.chunks)
    return Encoded(vocabulary, {"ids": length, "tokens": read, "kept": kept, "lines": lines})


def _blocks(sources: list[Source], encoding: str, errors: str, size: int) -> Iterator[Block]:
    for source in sources:
        yield from corpus_blocks(source, encoding=encoding, errors=errors, size=size)


class Scan:
    """Runs blocks through several scanners at once; keeps what they spooled, in order."""

    def __init__(self, spools: list[Spool], *, lowercase: bool, tokens: Tokens) -> None:
        self.spools = spools
        self.threads = len(spools)
        self.chunks: list[Chunk] = []
        self._scanners = [Scanner(lowercase=lowercase, tokens=tokens) for _ in spools]
        self.tables = [scanner.table for scanner in self._scanners]
        self._free: SimpleQueue[int] = SimpleQueue()
        for number in range(self.threads):
            self._free.put(number)
        self._finished = 0  # bytes of the sources behind us

    def run(self, blocks: Iterator[Block], progress: Progress) -> None:
        """Scan all blocks; of several faults the first one in the text is raised."""
        waiting: list[tuple[Future[Chunk], Block]] = []
        fault: DataError | None = None
        with ThreadPoolExecutor(self.threads) as pool:
            while True:
                try:
                    block = next(blocks)
                except StopIteration:
                    break
                except DataError as error:
                    fault = error  # the blocks on their way come earlier in the text
                    break
                waiting.append((pool.submit(self._scan, block), block))
                # one block more than threads, so that no thread waits for the reader
                if len(waiting) > self.threads:
                    self._collect(*waiting.pop(0), progress)
            for future, block in waiting:
                self._collect(future, block, progress)
        if fault:
            raise fault

    def _scan(self, block: Block) -> Chunk:
        number = self._free.get()
        try:
            scanner = self._scanners[number]
            ids = scanner.scan(block)
            return self.spools[number].add(ids, scanner.tokens)
        finally:
            self._free.put(number)

    def _collect(self, future: Future[Chunk], block: Block, progress: Progress) -> None:
        self.chunks.append(future.result())
        progress.update(self._finished + block.consumed)
        if block.ends_source:
            self._finished += block.consumed
