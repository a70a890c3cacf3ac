"""Text in any encoding as UTF-8, chunk by chunk, with the place of the first byte that is wrong."""

import codecs
from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from gradus.core.errors import DataError, SettingsError

BOM = codecs.BOM_UTF8

#: What is done with bytes that are wrong in the encoding.
Errors = Literal["strict", "replace", "ignore"]


def check_encoding(encoding: str, errors: str) -> str:
    """The usual name of an encoding.

    Raises:
        SettingsError: Python has no such text encoding, or no such way to treat errors.

    >>> check_encoding("UTF8", "strict")
    'utf-8'
    """
    if errors not in get_args(Errors):
        raise SettingsError(f"errors={errors!r}: choose strict, replace or ignore")
    try:
        info = codecs.lookup(encoding)
    except (LookupError, ValueError):
        info = None
    if info is None or not info._is_text_encoding or info.incrementaldecoder is None:
        raise SettingsError(
            f"encoding={encoding!r} is unknown; try utf-8, utf-16, latin-1 or cp1252"
        )
    return info.name


def is_untouched(encoding: str, errors: str) -> bool:
    """Whether the bytes of a text can be used as they are."""
    return check_encoding(encoding, errors) in ("utf-8", "utf-8-sig") and errors == "strict"


def to_utf8(chunks: Iterable[bytes], name: str, encoding: str, errors: str) -> Iterator[bytes]:
    """The text of ``chunks`` as UTF-8; ``name`` is what messages call it.

    Raises:
        DataError: a byte is wrong in the encoding, or the text has a NUL character.
    """
    if is_untouched(encoding, errors):
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    read = 0
    for chunk in chunks:
        yield _decode(decoder, chunk, read, name, encoding)
        read += len(chunk)
    yield _decode(decoder, b"", read, name, encoding, final=True)


def _decode(
    decoder: codecs.IncrementalDecoder,
    chunk: bytes,
    read: int,
    name: str,
    encoding: str,
    *,
    final: bool = False,
) -> bytes:
    waiting = decoder.getstate()[0]  # the first bytes of a character that the last chunk cut
    try:
        text = decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        place = read - len(waiting) + error.start
        raise DataError(
            f"{name}, byte {place:,}: 0x{error.object[error.start]:02x} is not {encoding} "
            f"({error.reason}); name the encoding with --encoding, "
            "or skip such bytes with --errors replace or ignore"
        ) from None
    except UnicodeError as error:  # of a UTF-16 text without a byte order mark, for one
        raise DataError(f"{name}: {error}; name another --encoding") from None
    if "\0" in text:
        raise DataError(
            f"{name}, near byte {read:,}: a NUL character, which no text has; "
            f"is the file binary, or in another --encoding than {encoding}?"
        )
    # only a lone surrogate, which some odd codecs let through, has no UTF-8
    return text.encode("utf-8", "replace")


def lines_to_utf8(lines: Iterable[object], size: int) -> Iterator[bytes]:
    """Lines, or lists of words, as UTF-8 in chunks of about ``size`` bytes.

    Raises:
        DataError: an item is neither, a word has whitespace in it, or a letter has no UTF-8.
    """
    chunk: list[str] = []
    letters = 0
    for number, line in enumerate(lines, start=1):
        text = _line(line, number)
        chunk.append(text)
        letters += len(text) + 1
        if letters >= size:
            yield _encode(chunk, number)
            chunk, letters = [], 0
    if chunk:
        yield _encode(chunk, number)


def _line(line: object, number: int) -> str:
    if isinstance(line, str):
        return line.removesuffix("\n")
    if not isinstance(line, Iterable) or isinstance(line, bytes):
        raise DataError(f"line {number}: expected text or a list of words, found {line!r:.60}")
    words = list(line)
    for word in words:
        if not isinstance(word, str) or word.split() != [word]:
            raise DataError(
                f"line {number}: {word!r:.60} is not one word; "
                "a word is text without whitespace in it"
            )
    return " ".join(words)


def _encode(lines: list[str], number: int) -> bytes:
    try:
        return ("\n".join(lines) + "\n").encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"line {number} or shortly before: {error.object[error.start]!r} "
            "is half a character (a lone surrogate); decode the text properly first"
        ) from None
