"""Vectors as text: a word and its values on each line, with or without a header of counts.

Words may hold spaces (some of GloVe's do), so a line is read from its right end.
Blocks of well-formed lines are parsed at once; any other block goes line by line, which either
understands it or says which line is wrong and why.
"""

import math
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gradus.core.errors import FormatError
from gradus.core.shapes import Float, Int
from gradus.text.packing import Sink
from gradus.vectors.contents import Contents, chunks
from gradus.vectors.rows import Rows, unique_contents
from gradus.vectors.streams import line_blocks

HEADER = re.compile(rb"[ \t]*([0-9]{1,18})[ \t]+([0-9]{1,18})[ \t]*\r?")
VALUE = re.compile(rb"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(rb"[-+]?(nan|inf|infinity)", re.IGNORECASE)

#: What a block of values may hold to be parsed at once.
VALUE_BYTES = b"0123456789+-.eE \n"

#: The next step for a word that is not UTF-8.
DECODE_HINT = (
    "to decode it all the same, use gradus vectors convert --errors replace, "
    "or errors='replace' in Python"
)

#: Bytes of a file that are read before compiled code takes over: loading it takes half a second.
COMPILE_AFTER = 1 << 25

#: Lines that are looked at to learn the dimension of a file without header.
PROBED_LINES = 100


class Parsed(NamedTuple):
    """Lines of a block that hold a word: the words, their line numbers and their values."""

    words: list[bytes]
    lines: Int[np.ndarray, " words"]
    values: Float[np.ndarray, "words dim"]


def read_text(
    stream: Iterator[bytes],
    path: Path,
    *,
    header: bool,
    size: int | None = None,
    errors: str = "strict",
    duplicates: str = "error",
) -> Contents:
    """Read a text file of vectors; ``size`` is its length in bytes where it is known.

    Raises:
        FormatError: the file does not follow the format; the text names the line.
    """
    blocks = line_blocks(stream, path)
    block, line = next(blocks, b""), 1
    promised, dim = (
        read_header(block.partition(b"\n")[0], path) if header else (None, _probe_dim(block, path))
    )
    if header:
        block, line = block[block.index(b"\n") + 1 :], 2
    smallest = 2 * dim + 1  # a byte for the word, and for each value a separator and a digit
    trusted = promised is not None and size is not None and promised * smallest <= size
    rows, words, lines, passed = Rows(dim, promised or 0 if trusted else 0), [], [], 0
    while block:
        found = parse_block(block, dim, line, path, compiled=passed > COMPILE_AFTER)
        passed += len(block)
        words += decoded(found.words, found.lines, errors, path)
        lines.append(found.lines)
        rows.extend(found.values)
        if promised is not None and len(words) > promised:
            break
        line += block.count(b"\n")
        block = next(blocks, b"")
    if promised is not None and len(words) != promised:
        ending = f"{len(words)} in its {line - 1} lines; it may be cut off"
        if len(words) > promised:
            ending = f"more, from line {np.concatenate(lines)[promised]} on"
        raise FormatError(
            f"{path}, line 1: the header promises {promised} words, but the file holds {ending}"
        )
    if not words:
        raise FormatError(f"{path} holds no words")
    return unique_contents(
        words, rows.finish(), np.concatenate(lines), path=path, unit="line", duplicates=duplicates
    )


def write_text(
    stream: Sink, contents: Contents, *, header: bool, spaces: str | None = None
) -> None:
    """Write each word and its values, in the fewest digits that read back as the same float32.

    A space inside a word is written as ``spaces``; without it such a word is an error.

    Raises:
        FormatError: a word cannot stand in a line of text.
    """
    words = [plain_word(word, spaces) for word in contents.words]
    if header:
        stream.write(b"%d %d\n" % contents.vectors.shape)
    for part in chunks(len(words), 1024):
        # 24 bytes hold the longest float32, -1.1754944e-38 or -999999900000000.0
        digits = np.asarray(contents.vectors[part]).astype("S24").tolist()
        stream.write(
            b"".join(
                b"%b %b\n" % (word.encode(), b" ".join(values))
                for word, values in zip(words[part], digits, strict=True)
            )
        )


def plain_word(word: str, spaces: str | None) -> str:
    """``word`` as formats with spaces between fields can hold it."""
    if " " in word and spaces is not None:
        word = word.replace(" ", spaces)
    if not word or " " in word or "\n" in word:
        what = "a line break" if "\n" in word else "a space" if " " in word else "no letter"
        raise FormatError(
            f"the word {word!r} has {what}, which other readers of this format cannot tell from "
            "its layout; replace spaces with --spaces _ (spaces='_') or write the native folder"
        )
    return word


def parse_block(block: bytes, dim: int, line: int, path: Path, *, compiled: bool = False) -> Parsed:
    """The words and values of whole lines, the first of which is number ``line`` of the file.

    The same comes out with and without ``compiled`` code, in a fifth of the time with it.
    """
    # fastText ends each line with a space, Windows with a carriage return
    for ending in (b"\r\n", b" \n"):
        if ending in block:
            block = block.replace(ending, b"\n")
    found = _parse_compiled(block, dim, line) if compiled else None
    return found or _parse_at_once(block, dim, line) or _parse_lines(block, dim, line, path)


def decoded(
    words: list[bytes], lines: Int[np.ndarray, " words"], errors: str, path: Path
) -> list[str]:
    """The words as text; with ``errors="strict"`` a word that is not UTF-8 is an error."""
    try:
        return b"\n".join(words).decode("utf-8", errors).split("\n") if words else []
    except UnicodeDecodeError:
        for word, line in zip(words, lines.tolist(), strict=True):
            try:
                word.decode("utf-8")
            except UnicodeDecodeError as error:
                raise FormatError(
                    f"{path}, line {line}: the word {word[:40]!r} is not UTF-8 at its byte "
                    f"{error.start}; {DECODE_HINT}"
                ) from None
        raise


def _parse_compiled(block: bytes, dim: int, line: int) -> Parsed | None:
    """The block parsed by compiled code, or None where it is not plain enough for that."""
    from gradus.vectors.kernels.digits import read_lines

    lines = block.count(b"\n")
    if lines * 2 * dim > len(block):  # too few bytes for so many values, whatever they are
        return None
    values = np.empty((lines, dim), dtype=np.float32)
    starts, cuts = np.empty(lines, dtype=np.int64), np.empty(lines, dtype=np.int64)
    if not read_lines(np.frombuffer(block, dtype=np.uint8), values, starts, cuts):
        return None
    borders = zip(starts.tolist(), cuts.tolist(), strict=True)
    return Parsed(
        [block[start:cut] for start, cut in borders], np.arange(line, line + lines), values
    )


def _parse_at_once(block: bytes, dim: int, line: int) -> Parsed | None:
    """The block parsed as one array, or None where a line is not plainly well-formed."""
    text = np.frombuffer(block, dtype=np.uint8)
    ends, spaces = np.flatnonzero(text == 10), np.flatnonzero(text == 32)
    starts = np.concatenate([[0], ends[:-1] + 1])
    after = np.searchsorted(spaces, ends)
    if np.any(after - np.searchsorted(spaces, starts) != dim):
        return None  # too few values, or a word with spaces inside
    cuts = spaces[after - dim]
    borders = list(zip(starts.tolist(), cuts.tolist(), ends.tolist(), strict=True))
    numbers = b"".join([block[cut:end] for _, cut, end in borders])
    if numbers.translate(None, VALUE_BYTES) or b"  " in numbers or not np.all(cuts > starts):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter(
            "error", DeprecationWarning
        )  # what NumPy gave before 2.3 for ValueError
        try:
            values = np.fromstring(numbers, dtype=np.float32, sep=" ")
        except (ValueError, DeprecationWarning):
            return None
    # no field is empty, so this count means that each field was one number
    if values.size != ends.size * dim or not np.isfinite(values).all():
        return None
    words = [block[start:cut] for start, cut, _ in borders]
    return Parsed(words, np.arange(line, line + ends.size), values.reshape(-1, dim))


def _parse_lines(block: bytes, dim: int, line: int, path: Path) -> Parsed:
    words, lines, table = [], [], []
    for number, text in enumerate(block.split(b"\n")[:-1], start=line):
        if not text.strip():
            continue
        word, values = _parse_line(text, dim, f"{path}, line {number}")
        words.append(word)
        lines.append(number)
        table.append(values)
    values = np.array(table, dtype=np.float32).reshape(-1, dim)
    return Parsed(words, np.array(lines, dtype=np.int64), values)


def _parse_line(text: bytes, dim: int, place: str) -> tuple[bytes, Float[np.ndarray, " dim"]]:
    word, fields = _split_right(text, dim)
    surplus = sum(1 for field in word.split(b" ")[1:] if VALUE.fullmatch(field))
    if len(fields) < dim or surplus:
        found = len(fields) + surplus
        raise FormatError(f"{place}: expected a word and {dim} values, found {found} values")
    if not word or word.startswith(b" "):
        raise FormatError(f"{place}: no word stands before the {dim} values")
    for position, field in enumerate(fields, start=1):
        if not VALUE.fullmatch(field):
            state = "not finite" if NOT_FINITE.fullmatch(field) else "not a number"
            raise FormatError(f"{place}: value {position}, {_shown(field)}, is {state}")
    with np.errstate(over="ignore"):
        values = np.array([float(field) for field in fields]).astype(np.float32)
    for position, value in enumerate(values.tolist(), start=1):
        if not math.isfinite(value):
            shown = _shown(fields[position - 1])
            raise FormatError(f"{place}: value {position}, {shown}, is beyond float32")
    return word, values


def _split_right(text: bytes, dim: int) -> tuple[bytes, list[bytes]]:
    """The word, which may hold spaces, and the last ``dim`` fields, or what there is of them."""
    parts = text.rstrip(b" \t\r").replace(b"\t", b" ").split(b" ")
    fields: list[bytes] = []
    while len(parts) > 1 and len(fields) < dim:
        if field := parts.pop():
            fields.append(field)
    return b" ".join(parts).rstrip(b" "), fields[::-1]


def _shown(field: bytes) -> str:
    return repr(field[:30].decode("utf-8", "replace"))


def read_header(first: bytes, path: Path) -> tuple[int, int]:
    """The numbers of words and dimensions in the first line of a file."""
    found = HEADER.fullmatch(first)
    if not found:
        raise FormatError(
            f"{path}, line 1: expected the number of words and of dimensions, found {_shown(first)}"
        )
    words, dim = int(found[1]), int(found[2])
    if not words or not dim:
        raise FormatError(f"{path}, line 1: the header promises {words} words of dim {dim}")
    return words, dim


def _probe_dim(block: bytes, path: Path) -> int:
    """The most frequent number of values at the end of the first lines."""
    seen: dict[int, int] = {}
    for text in block.split(b"\n", PROBED_LINES)[:PROBED_LINES]:
        fields = text.split()
        values = 0
        while values < len(fields) - 1 and VALUE.fullmatch(fields[-1 - values]):
            values += 1
        if values:
            seen[values] = seen.get(values, 0) + 1
    if not seen:
        raise FormatError(f"{path}, line 1: expected a word and its values, found {_shown(block)}")
    return max(seen, key=lambda values: (seen[values], -values))
