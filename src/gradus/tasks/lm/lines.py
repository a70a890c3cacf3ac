"""A text as lines and the ends of its documents."""

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Literal, TypeAlias

from gradus.core.errors import DataError
from gradus.text.corpora import as_sources
from gradus.text.sources import Block, Source, check_source, corpus_blocks
from gradus.text.whole_text import source_name

#: Where a document ends: with its file, at a blank line, or with each line.
Documents: TypeAlias = Literal["file", "blank", "line"]

#: One text, or several files.
Sources: TypeAlias = Source | Sequence[str | PathLike[str]]


def read_lines(
    sources: Sources, *, documents: Documents = "file", lowercase: bool = False
) -> Iterator[str | None]:
    r"""The lines of a text without their ends; None after each document.

    A blank line is a line in documents that end with their file; else it is none. Sources are the
    paths of files, plain or packed, ``-`` for standard input, or an iterable of lines.

    >>> list(read_lines(iter(["a b\n", "\n", "c\n"]), documents="blank"))
    ['a b', None, 'c', None]
    >>> list(read_lines(iter(["a b\n", "\n", "c\n"])))
    ['a b', '', 'c', None]

    Raises:
        DataError: a source is missing, damaged, binary or not UTF-8 (with the byte), or all lines
            are blank.
    """
    listed, blank_so_far = as_sources(sources), True
    for source in listed:
        check_source(source)
    for source in listed:
        open_document = False
        for line in _lines(source):
            blank = not line or line.isspace()
            blank_so_far = blank_so_far and blank
            if documents != "file" and blank:
                if open_document:
                    yield None
                open_document = False
                continue
            yield line.lower() if lowercase else line
            open_document = documents != "line"
            if not open_document:
                yield None
        if open_document:
            yield None
    if blank_so_far:
        names = ", ".join(filter(None, map(source_name, listed)))
        raise DataError(
            f"{names or 'the text'} holds no token; name a file with some lines of text"
        )


def _lines(source: Source) -> Iterator[str]:
    """The lines of one source; a block may end within a line."""
    rest = ""
    for block in corpus_blocks(source):
        first, *others = _decoded(block).split("\n")
        lines = [rest + first, *others]
        rest = lines.pop()
        for line in lines:
            yield line.removesuffix("\r")
    if rest:
        yield rest


def _decoded(block: Block) -> str:
    """The text of a block; a wrong byte is told with its place in the source."""
    data = block.read()
    zero = data.find(0)
    if zero >= 0:
        raise DataError(
            f"{block.place(zero)}: a zero byte, which no text has; is it a "
            "packed or binary file, or UTF-16?"
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"{block.place(error.start)}: not UTF-8; convert the file, or name the right one"
        ) from None
