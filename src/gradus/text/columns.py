r"""Words and their tags in columns, as shared tasks on names have them, in and out.

A word stands on a line, with its tag and perhaps more beside it; an empty line ends a sentence.
This is the form of CoNLL-2003, of WNUT-17 and of Universal NER. A row has the columns of its file
and not the ten of CoNLL-U, so that a sentence here is a class of its own: it keeps every column.

>>> corpus = read_columns(["# text = Ada L.", "Ada\tB-PER", "L.\tI-PER", "", "sleeps\tO"])
>>> corpus.sentences[0].words, corpus.sentences[0].spans
(['Ada', 'L.'], [Span(start=0, stop=2, type='PER')])
>>> format_columns(corpus.sentences[0], corpus.layout)
'# text = Ada L.\nAda\tB-PER\nL.\tI-PER\n\n'
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Never

from gradus.core.errors import DataError, FormatError
from gradus.text.column_layout import ColumnLayout, find_layout
from gradus.text.conllu import Writable
from gradus.text.conllu_stretches import Stretch
from gradus.text.packing import writing
from gradus.text.raw_blocks import BYTE_ORDER_MARK
from gradus.text.schemes import parse_tag
from gradus.text.sources import Source, check_source, corpus_blocks
from gradus.text.spans import Span, find_scheme, spans_of

#: The first column of the line that begins a document.
DOCUMENT = "-DOCSTART-"
#: Characters of a line that a message shows.
SHOWN = 60


@dataclass(slots=True)
class TaggedSentence:
    """Words, each with its tag, and what the file has before and beside them.

    Raises:
        DataError: there are not as many tags as words, or other columns for some words only.
    """

    words: list[str]
    tags: list[str]
    comments: list[str] = field(default_factory=list)  # whole lines; also those of -DOCSTART-
    rest: list[tuple[str, ...]] = field(default_factory=list)  # other columns of each word
    line: int = field(default=0, compare=False)  # of the first word in its file, 0 if it has none

    def __post_init__(self) -> None:
        counts = len(self.words), len(self.tags), len(self.rest)
        if counts[0] != counts[1] or counts[2] not in (0, counts[0]):
            raise DataError(
                f"{counts[0]} words have {counts[1]} tags and {counts[2]} rows of other columns; "
                "give a tag a word, and other columns to every word or to none"
            )

    def __len__(self) -> int:
        return len(self.words)

    @property
    def spans(self) -> list[Span]:
        """What the tags mark, read leniently."""
        return spans_of(self.tags)


@dataclass(frozen=True)
class TaggedCorpus:
    """The sentences of a file and the layout of its columns."""

    sentences: list[TaggedSentence]
    layout: ColumnLayout

    def __len__(self) -> int:
        return len(self.sentences)

    def __iter__(self) -> Iterator[TaggedSentence]:
        return iter(self.sentences)

    @property
    def scheme(self) -> str:
        """The name of the scheme that the tags follow best."""
        return find_scheme(sentence.tags for sentence in self.sentences)


def read_columns(
    source: Source, *, word: int | None = None, tag: int | None = None
) -> TaggedCorpus:
    """The sentences of a file, packed or not, of standard input (``-``), or of lines.

    ``word`` and ``tag`` are the numbers of their columns, counted from 1. Without them the tags
    are in the last column that holds tags, the words in the first one that does not count them.

    Raises:
        DataError: the source cannot be read, is damaged, or holds no sentence.
        FormatError: a line has more or fewer columns than the first, no word or no tag; the file
            is not UTF-8; no column holds tags.
        SettingsError: there is no such column, or words and tags are to be in the same one.
    """
    check_source(source)
    text = _whole(source)
    lines = text.text().split("\n")
    rows = [line for line in lines if line.strip() and not line.startswith((DOCUMENT, "#"))]
    # a file in which every word is a hashtag
    rows = rows or [line for line in lines if line.strip() and not line.startswith(DOCUMENT)]
    if not rows:
        raise DataError(f"{text.name}: it holds no sentence; name a file with at least one")
    layout = find_layout(rows, text.name, word=word, tag=tag)
    return TaggedCorpus(list(_Reader(text.name, layout).sentences(lines)), layout)


def format_columns(sentence: TaggedSentence, layout: ColumnLayout | None = None) -> str:
    r"""The lines of a sentence and the empty line that ends it.

    Without a layout: the word, a TAB, the tag. Columns that a sentence has nothing for are filled
    with ``_``, or with the number of the word where the file counts words.

    >>> format_columns(TaggedSentence(["Oslo"], ["B-LOC"]))
    'Oslo\tB-LOC\n\n'

    Raises:
        DataError: a tag is none, or a word ends with half a character.
        FormatError: what would be written could not be read: there is no word, a field is empty
            or holds what parts columns or lines, a comment looks like a row.
    """
    layout = layout or ColumnLayout()
    lines: list[str] = []
    for comment in sentence.comments:
        _check_comment(comment, layout)
        # some readers take the line for a sentence of one word
        lines += [comment, ""] if comment.startswith(DOCUMENT) else [comment]
    for place, (word, tag) in enumerate(zip(sentence.words, sentence.tags, strict=True)):
        parse_tag(tag)
        fields = layout.row(word, tag, sentence.rest[place] if sentence.rest else None, place + 1)
        lines.append(layout.joint.join(fields))
        _check_row(lines[-1], fields, layout)
    if not sentence.words:
        raise FormatError("a sentence without words cannot be written; leave it out")
    return "\n".join([*lines, "", ""])


def write_columns(
    sentences: Iterable[TaggedSentence],
    target: Path | str | Writable,
    layout: ColumnLayout | None = None,
) -> None:
    """Write sentences to a file, packed as its ending says, whole or not at all; or to a stream.

    Without a layout a corpus that was read is written in its own.

    Raises:
        DataError: a tag is none, or a word ends with half a character.
        FormatError: a sentence cannot be written, as :func:`format_columns` says.
        StorageError: the disk is full or may not be written.
    """
    if layout is None and isinstance(sentences, TaggedCorpus):
        layout = sentences.layout
    texts = (format_columns(sentence, layout) for sentence in sentences)
    if not isinstance(target, str | Path):
        for text in _marked(texts):
            target.write(text)
        return
    with writing(Path(target)) as file:
        for text in _marked(texts):
            file.write(text.encode())


@dataclass(frozen=True)
class _Reader:
    """Puts the lines of a file together to sentences."""

    name: str
    layout: ColumnLayout

    def sentences(self, lines: list[str]) -> Iterator[TaggedSentence]:
        sentence = TaggedSentence([], [])
        for number, line in enumerate(lines, start=1):
            ends = not line.strip() or line.startswith(DOCUMENT)
            if ends and sentence.words:
                yield sentence
                sentence = TaggedSentence([], [])
            if line.startswith(DOCUMENT) or self.layout.is_comment(line):
                self._add_comment(sentence, line, number)
            elif not ends:
                self._add_word(sentence, line, number)
        if sentence.words:
            yield sentence
        elif sentence.comments:
            last = f"{sentence.comments[-1][:SHOWN]!r} stands before no sentence"
            self.fail(len(lines), f"{last}; remove it, or add the words that belong to it")

    def fail(self, number: int, text: str) -> Never:
        raise FormatError(f"{self.name}, line {number}: {text}")

    def _add_comment(self, sentence: TaggedSentence, line: str, number: int) -> None:
        if sentence.words:
            self.fail(
                number,
                f"{line[:SHOWN]!r} is a comment after words, or a word without all of its "
                f"{self.layout.columns} columns; comments stand before the first word",
            )
        sentence.comments.append(line)

    def _add_word(self, sentence: TaggedSentence, line: str, number: int) -> None:
        layout = self.layout
        fields = layout.fields(line)
        if len(fields) != layout.columns:
            self.fail(
                number,
                f"{len(fields)} column{'s' if len(fields) > 1 else ''} in {line[:SHOWN]!r}, "
                f"expected {layout.columns} as above, parted by {layout.parted_by}",
            )
        word, tag, rest = layout.split(fields)
        if not word:
            self.fail(number, f"column {layout.word}, that of the words, is empty; write a word")
        try:
            parse_tag(tag)
        except DataError as error:
            self.fail(number, f"column {layout.tag}: {error}")
        sentence.line = sentence.line or number
        sentence.words.append(word)
        sentence.tags.append(tag)
        sentence.rest.append(rest)


def _whole(source: Source) -> Stretch:
    """All of a source, and what messages call it."""
    blocks = list(corpus_blocks(source))
    data, block = b"".join(block.read() for block in blocks), blocks[-1]
    return Stretch(block.name, 1, block.offset + block.size - len(data), data)


def _marked(texts: Iterable[str]) -> Iterator[str]:
    """The same; what looks like a byte order mark gets a real one, which is what a reader drops."""
    for number, text in enumerate(texts):
        yield BYTE_ORDER_MARK + text if not number and text.startswith(BYTE_ORDER_MARK) else text


def _check_comment(comment: str, layout: ColumnLayout) -> None:
    _check_line(comment)
    if not comment.startswith(DOCUMENT) and not layout.is_comment(comment):
        raise FormatError(
            f"{comment[:SHOWN]!r} would be read as no comment; begin it with a number sign, and "
            f"do not give it the {layout.columns} columns of a word"
        )


def _check_row(line: str, fields: list[str], layout: ColumnLayout) -> None:
    """That a row can be read back: a file that cannot is found out too late."""
    _check_line(line)
    odd = not line.strip() or line.startswith(DOCUMENT) or layout.is_comment(line)
    if odd or layout.fields(line) != fields or not fields[layout.word - 1]:
        raise FormatError(
            f"the columns {fields!r:.200} would not be read back from {line[:SHOWN]!r}; "
            f"no field may be empty, look like a comment or hold {layout.parted_by}"
        )


def _check_line(line: str) -> None:
    if "\n" in line or "\r" in line:
        raise FormatError(f"{line!r:.200} has a line end in it; replace it by a blank")
    try:
        line.encode()
    except UnicodeEncodeError:
        raise DataError(
            f"{line[:SHOWN]!r} holds half a character (a lone surrogate), which no file can hold; "
            "decode the text properly first"
        ) from None
