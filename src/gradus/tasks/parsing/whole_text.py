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
        FormatError: it is not UTF-8.
    """
    data = b"".join(source_blocks(source))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{source_name(source)}, line {line}: the byte 0x{data[error.start]:02x} is not UTF-8; "
            "convert the file to UTF-8"
        ) from None


def source_name(source: Source) -> str:
    """How messages name a source; nothing for lines that are given.

    >>> source_name("-"), source_name("trees.mrg"), source_name(["(S (N cats))"])
    ('standard input', 'trees.mrg', '')
    """
    if source == STDIN:
        return "standard input"
    return str(source) if isinstance(source, str | os.PathLike) else ""
