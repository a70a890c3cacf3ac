"""A source that is read at once, as text, with the name it has in messages."""

import os

from gradus.core.errors import FormatError
from gradus.text.sources import STDIN, Source, source_blocks


def whole_text(source: Source) -> str:
    r"""The text of a file, packed or not, of standard input (``-``), or of lines.

    >>> whole_text(iter(["one", "two"]))
    'one\ntwo\n'

    Raises:
        DataError: the source cannot be read.
        FormatError: it is not UTF-8, or has a NUL byte.
    """
    data = b"".join(source_blocks(source))
    zero = data.find(0)
    if zero >= 0:
        raise FormatError(
            f"{_place(source, data, zero)}: a NUL byte, which no text has; is the file binary, or "
            "in UTF-16? Save it as UTF-8"
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{_place(source, data, error.start)}: the byte 0x{data[error.start]:02x} is not "
            "UTF-8; save the file as UTF-8"
        ) from None


def source_name(source: Source) -> str:
    """How messages name a source; nothing for lines that are given.

    >>> source_name("-"), source_name("trees.mrg"), source_name(["(S (N cats))"])
    ('standard input', 'trees.mrg', '')
    """
    if source == STDIN:
        return "standard input"
    return str(source) if isinstance(source, str | os.PathLike) else ""


def _place(source: Source, data: bytes, at: int) -> str:
    line = data.count(b"\n", 0, at) + 1
    return f"{source_name(source) or 'the lines given'}, line {line}"
