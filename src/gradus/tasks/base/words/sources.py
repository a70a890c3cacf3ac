"""Where the sentences that a task learns from, and is measured on, come from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from os import PathLike
from typing import TypeAlias

from gradus.core.errors import DataError
from gradus.text.document import Sentence

File = str | PathLike[str]

#: Sentences as they are, or the file or files to read them from.
Source: TypeAlias = Sequence[Sentence] | File | Sequence[File]

#: Sentences that are read ahead where any number of them streams through a model.
AHEAD = 512


def read_source(source: Source, read: Callable[[File], Iterable[Sentence]]) -> list[Sentence]:
    """The sentences of a source; ``read`` reads a file, and what it raises is raised.

    >>> read_source([Sentence.of(["Go"])], read=lambda _: [])[0].words[0].form
    'Go'
    """
    parts: Sequence[Sentence | File] = [source] if isinstance(source, str | PathLike) else source
    return [
        sentence
        for part in parts
        for sentence in ([part] if isinstance(part, Sentence) else read(part))
    ]


def examples_of(
    train: Source, dev: Source | None, read: Callable[[Source], list[Sentence]]
) -> tuple[list[Sentence], list[Sentence] | None]:
    """Sentences to learn from, and those to be measured on if some are given.

    Raises:
        DataError: one of the two is given and has no sentence.
    """
    learnt, held_out = read(train), None if dev is None else read(dev)
    if not learnt:
        raise DataError("there are no sentences to learn from")
    if held_out == []:
        raise DataError("there are no sentences in dev to measure on; give some, or leave it out")
    return learnt, held_out


def chunks(sentences: Iterable[Sentence], size: int = AHEAD) -> Iterator[list[Sentence]]:
    """Any number of sentences, so many at a time.

    >>> [len(chunk) for chunk in chunks([Sentence.of(["Go"])] * 5, size=2)]
    [2, 2, 1]
    """
    rest = iter(sentences)
    while chunk := list(islice(rest, size)):
        yield chunk
