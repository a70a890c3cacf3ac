"""A pipeline at work on texts of any length: several processes, order kept, memory constant."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from os import PathLike
from types import TracebackType
from typing import Any

from gradus.core.errors import MemoryLimitError, SettingsError
from gradus.pipeline.chunks import BLANKS, text_chunks
from gradus.pipeline.models import load
from gradus.pipeline.pipeline import Pipeline
from gradus.pipeline.schedule import end_with_leader, ignore_interrupts, sheltered
from gradus.tasks.base.words.sources import chunks
from gradus.tasks.tagging.tokenization.segments import EMPTY_LINE, gap_kind
from gradus.text.document import Sentence

#: Chunks that wait for each process.
WAITING = 3

#: Comments that a tokenizer numbers and marks sentences with.
NUMBER, PARAGRAPH = "# sent_id = ", "# newpar"


class Annotator:
    """Opens a pipeline in ``jobs`` processes; to be used in a ``with`` block.

    What comes out does not depend on the number of processes.
    """

    def __init__(
        self, model: str | PathLike[str], *, jobs: int = 1, without: Iterable[str] = ()
    ) -> None:
        if jobs < 1:
            raise SettingsError(f"jobs={jobs} is out of range: choose a value at least 1")
        self._pipeline = load(model).without(list(without))
        self._pool: ProcessPoolExecutor | None = None
        if jobs > 1:
            self._pool = ProcessPoolExecutor(
                jobs,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_open,
                initargs=(str(model), tuple(without)),
            )
        self._ahead = WAITING * jobs

    def __enter__(self) -> "Annotator":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=error is None, cancel_futures=True)

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline as this process has it."""
        return self._pipeline

    def texts(self, blocks: Iterable[str]) -> Iterator[Sentence]:
        """The sentences of one text, numbered through; its blocks may end anywhere."""
        number, parted = 0, False
        chunks: deque[str] = deque()  # those whose sentences have not come yet

        def noted() -> Iterator[str]:
            for chunk in text_chunks(blocks):
                chunks.append(chunk)
                yield chunk

        for sentences in self._each(_annotate_text, noted()):
            for place, sentence in enumerate(sentences):
                number += 1
                _renumber_(sentence, number, parted=parted and not place)
                yield sentence
            parted = ends_paragraph(chunks.popleft())

    def sentences(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        """Sentences whose words are known, with everything that the other parts say of them."""
        for chunk in self._each(_annotate_sentences, chunks(sentences)):
            yield from chunk

    def _each(
        self, work: "Callable[[Any], list[Sentence]]", chunks: Iterable[Any]
    ) -> Iterator[list[Sentence]]:
        """What becomes of the chunks, in their order."""
        if self._pool is None:
            for chunk in chunks:
                yield work(chunk, self._pipeline)  # type: ignore[call-arg]
            return
        running: deque[Future[list[Sentence]]] = deque()
        try:
            for chunk in chunks:
                with sheltered():
                    running.append(self._pool.submit(work, chunk))
                if len(running) >= self._ahead:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        except BrokenProcessPool:
            raise MemoryLimitError(
                "a process was ended from outside, perhaps for lack of memory; use fewer --jobs"
            ) from None
        finally:
            for future in running:
                future.cancel()


def ends_paragraph(text: str) -> bool:
    r"""Whether an empty line stands at the end of a text.

    >>> ends_paragraph("One.\n \n "), ends_paragraph("One.\n")
    (True, False)
    """
    blanks = BLANKS.match(text[::-1])
    return blanks is not None and gap_kind(text[-blanks.end() :]) == EMPTY_LINE


def _renumber_(sentence: Sentence, number: int, *, parted: bool) -> None:
    """Give a sentence of a chunk the number that it has in the whole text."""
    comments = [
        f"{NUMBER}{number}" if line.startswith(NUMBER) else line for line in sentence.comments
    ]
    if parted and PARAGRAPH not in comments:
        comments.insert(0, PARAGRAPH)
    sentence.comments = comments


#: The pipeline of a process that works for others.
_opened: Pipeline | None = None


def _open(model: str, without: tuple[str, ...]) -> None:
    global _opened
    import torch

    ignore_interrupts()
    end_with_leader()
    torch.set_num_threads(1)
    _opened = load(model).without(list(without))


def _annotate_text(chunk: str, pipeline: Pipeline | None = None) -> list[Sentence]:
    worker = pipeline or _opened
    assert worker is not None
    return list(worker.stream([chunk]))


def _annotate_sentences(chunk: list[Sentence], pipeline: Pipeline | None = None) -> list[Sentence]:
    worker = pipeline or _opened
    assert worker is not None
    return list(worker.annotate(chunk))
