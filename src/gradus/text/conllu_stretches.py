"""A CoNLL-U source of any size as the lines of one sentence after the other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gradus.core.errors import DataError, FormatError
from gradus.text.conllu_sentence import SentenceLines
from gradus.text.sources import Source, corpus_blocks

#: Bytes read at a time.
BLOCK = 1 << 20
#: So many bytes without an empty line are no sentence.
LONGEST_SENTENCE = 16 << 20
#: A carriage return that ends no line.
STRAY_RETURN = re.compile(rb"\r(?!\n)")


@dataclass(frozen=True)
class Stretch:
    """Whole sentences in a row, as bytes, and where they stand in their source."""

    name: str
    line: int  # number of the first line
    offset: int  # of the first byte
    data: bytes

    def text(self) -> str:
        r"""The letters, with ``\n`` at line ends.

        >>> Stretch("cats.conllu", 1, 0, b"# cats\r\n\r\n").text()
        '# cats\n\n'

        Raises:
            FormatError: the bytes are not UTF-8, or a carriage return stands inside a line.
        """
        try:
            text = self.data.decode()
        except UnicodeDecodeError as error:
            what = f"the byte 0x{self.data[error.start]:02x} is not UTF-8 ({error.reason})"
            raise self._fault(error.start, f"{what}; convert the file to UTF-8") from None
        if "\r" not in text:
            return text
        if stray := STRAY_RETURN.search(self.data):
            what = "a carriage return inside a line"
            raise self._fault(stray.start(), f"{what}; end lines with \\n or \\r\\n")
        return text.replace("\r\n", "\n")

    def _fault(self, at: int, text: str) -> FormatError:
        line = self.line + self.data.count(b"\n", 0, at)
        return FormatError(f"{self.name}, line {line}, byte {self.offset + at:,}: {text}")


def sentence_lines(source: Source) -> Iterator[SentenceLines]:
    """The lines of every sentence of a source.

    Raises:
        DataError: the source cannot be read, is damaged, or holds no sentence.
        FormatError: it is not UTF-8, or has no empty lines.
    """
    found = False
    name = ""
    for stretch in _stretches(source):
        name = stretch.name
        line = stretch.line
        for piece in stretch.text().split("\n\n"):
            text = piece.strip("\n")
            if text:
                found = True
                skipped = len(piece) - len(piece.lstrip("\n"))
                yield SentenceLines(name, line + skipped, text.split("\n"))
            line += piece.count("\n") + 2
    if not found:
        raise DataError(f"{name}: it holds no sentence; name CoNLL-U with at least one")


def _stretches(source: Source) -> Iterator[Stretch]:
    """The source, cut behind empty lines."""
    line, rest = 1, b""
    for block in corpus_blocks(source, size=BLOCK):
        data = rest + block.read()
        end = len(data) if block.ends_source else _last_gap(data)
        yield Stretch(block.name, line, block.offset - len(rest), data[:end])
        line += data.count(b"\n", 0, end)
        rest = data[end:]
        if len(rest) > LONGEST_SENTENCE:
            raise FormatError(
                f"{block.name}, line {line}: over {LONGEST_SENTENCE:,} bytes without an empty line "
                "follow; an empty line ends a sentence"
            )


def _last_gap(data: bytes) -> int:
    r"""The place behind the last empty line, 0 if there is none.

    >>> _last_gap(b"a\n\nb\r\n\r\nc\n")
    8
    """
    gaps = (b"\n\n", b"\n\r\n")
    return max((data.rfind(gap) + len(gap) for gap in gaps if gap in data), default=0)
