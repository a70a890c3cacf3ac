"""The table of vector formats: how each is recognised, read and written."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from gradus.core.errors import ExistsError, FormatError, SettingsError
from gradus.core.storage import fresh_folder
from gradus.text.packing import writing
from gradus.vectors.binary_format import read_binary, write_binary
from gradus.vectors.contents import Contents
from gradus.vectors.folder import read_folder, write_folder
from gradus.vectors.streams import bare_suffix, reading
from gradus.vectors.text_format import HEADER, VALUE, read_text, write_text

#: What may be done with words that are not UTF-8, and with words that come twice.
CHOICES = {"errors": ("strict", "replace", "ignore"), "duplicates": ("error", "first")}

#: Bytes at the start of a file that its format is told from.
SAMPLE = 1 << 16


@runtime_checkable
class Reader(Protocol):
    """What reads a whole file of one format."""

    def __call__(self, path: Path, *, errors: str, duplicates: str) -> Contents:
        """Read ``path``."""


@runtime_checkable
class Writer(Protocol):
    """What writes a file of one format, whole or not at all."""

    def __call__(self, path: Path, contents: Contents, *, force: bool, spaces: str | None) -> None:
        """Write ``contents`` to ``path``."""


@dataclass(frozen=True)
class Format:
    """One way to keep word vectors."""

    name: str
    summary: str
    suffixes: tuple[str, ...]  # endings that name this format, below one of a compression
    matches: Callable[
        [bytes], bool
    ]  # whether a file that starts with these bytes is of this format
    read: Reader
    write: Writer


def has_header(sample: bytes) -> bool:
    """Whether the first line is two numbers."""
    return HEADER.fullmatch(sample.partition(b"\n")[0]) is not None


def looks_binary(sample: bytes) -> bool:
    r"""Whether float32 values, not digits, follow the first word after a header.

    >>> looks_binary(b"1 1\nup 0.5\n"), looks_binary(b"1 1\nup \x00\x00\x00?")
    (False, True)
    """
    header, _, body = sample.partition(b"\n")
    found = HEADER.fullmatch(header)
    if not found:
        return False
    fields = body.lstrip(b"\n").partition(b"\n")[0].split()
    if fields[1:] and all(VALUE.fullmatch(field) for field in fields[1:][-int(found[2]) :]):
        return False
    values = body.partition(b" ")[2][: 4 * int(found[2])]
    return any(byte > 126 or (byte < 32 and byte not in b"\t\n\r") for byte in values)


def _read_native(path: Path, *, errors: str, duplicates: str) -> Contents:
    return read_folder(path)


def _write_native(path: Path, contents: Contents, *, force: bool, spaces: str | None) -> None:
    with fresh_folder(path, force=force) as folder:
        write_folder(folder, contents)


def _read_text(path: Path, *, errors: str, duplicates: str, header: bool) -> Contents:
    with reading(path) as (stream, size):
        return read_text(
            stream, path, header=header, size=size, errors=errors, duplicates=duplicates
        )


def _write_text(
    path: Path, contents: Contents, *, force: bool, spaces: str | None, header: bool
) -> None:
    with writing(path, force=force) as stream:
        write_text(stream, contents, header=header, spaces=spaces)


def _read_binary(path: Path, *, errors: str, duplicates: str) -> Contents:
    with reading(path) as (stream, size):
        return read_binary(stream, path, size=size, errors=errors, duplicates=duplicates)


def _write_binary(path: Path, contents: Contents, *, force: bool, spaces: str | None) -> None:
    with writing(path, force=force) as stream:
        write_binary(stream, contents, spaces=spaces)


#: Every format. The first that matches a file's bytes reads it; suffixes choose what is written.
FORMATS = {
    entry.name: entry
    for entry in (
        Format(
            "gradus",
            "a folder: memory-mapped, with counts and the output matrix",
            ("",),
            lambda sample: False,
            _read_native,
            _write_native,
        ),
        Format(
            "word2vec-binary",
            "word2vec's binary file: a header line, then words and float32 values",
            (".bin",),
            looks_binary,
            _read_binary,
            _write_binary,
        ),
        Format(
            "word2vec",
            "word2vec's text file: a header line, then a word and its values a line",
            (".txt", ".w2v"),
            has_header,
            partial(_read_text, header=True),
            partial(_write_text, header=True),
        ),
        Format(
            "fasttext",
            "fastText's .vec file: the same text",
            (".vec",),
            has_header,
            partial(_read_text, header=True),
            partial(_write_text, header=True),
        ),
        Format(
            "glove",
            "GloVe's text file: a word and its values a line, no header",
            (".glove",),
            lambda sample: True,
            partial(_read_text, header=False),
            partial(_write_text, header=False),
        ),
    )
}


def detect(path: Path) -> Format:
    """The format of a file or folder, told from its content.

    Raises:
        DataError: nothing is there.
        FormatError: the file is empty or damaged.
    """
    if path.is_dir():
        return FORMATS["gradus"]
    with reading(path) as (stream, _):
        sample = next(stream, b"")[:SAMPLE]
    if not sample.strip():
        raise FormatError(f"{path} is empty")
    return next(entry for entry in FORMATS.values() if entry.matches(sample))


def format_for(path: Path) -> Format:
    """The format that the ending of ``path`` names, for writing.

    >>> format_for(Path("english.bin.gz")).name, format_for(Path("english")).name
    ('word2vec-binary', 'gradus')
    """
    suffix = bare_suffix(path)
    for entry in FORMATS.values():
        if suffix in entry.suffixes:
            return entry
    known = ", ".join(end for entry in FORMATS.values() for end in entry.suffixes if end)
    raise SettingsError(
        f"the ending {suffix!r} of {path} names no format of vectors; use one of {known}, "
        "no ending for a folder, or say which with --format"
    )


def named(name: str) -> Format:
    """The format called ``name``; :class:`SettingsError` lists the known names."""
    if name not in FORMATS:
        raise SettingsError(f"format={name!r} is unknown: choose one of {', '.join(FORMATS)}")
    return FORMATS[name]


def read_vectors(
    path: Path | str,
    format: str | None = None,
    *,
    errors: str = "strict",
    duplicates: str = "error",
) -> Contents:
    """Read vectors of any format, told from the content unless ``format`` names it.

    A word that is not UTF-8 is an error, or decoded with ``errors="replace"`` or ``"ignore"``; a
    word that comes twice is an error, or with ``duplicates="first"`` its first vector is kept.

    Raises:
        DataError: the file does not exist.
        FormatError: the file is damaged; the text names the line or byte.
    """
    path = Path(path)
    for name, value in (("errors", errors), ("duplicates", duplicates)):
        if value not in CHOICES[name]:
            known = ", ".join(CHOICES[name])
            raise SettingsError(f"{name}={value!r} is unknown: choose one of {known}")
    entry = named(format) if format else detect(path)
    return entry.read(path, errors=errors, duplicates=duplicates)


def write_vectors(
    path: Path | str,
    contents: Contents,
    format: str | None = None,
    *,
    force: bool = False,
    spaces: str | None = None,
) -> None:
    """Write vectors, whole or not at all, in the format that ``format`` or the ending names.

    ``spaces`` replaces spaces inside words, which text and binary files cannot hold.

    Raises:
        ExistsError: ``path`` is taken and ``force`` is false.
        FormatError: a word cannot be written in this format.
    """
    path = Path(path)
    entry = named(format) if format else format_for(path)
    _check_target(path, force)
    entry.write(path, contents, force=force, spaces=spaces)


class Converted(NamedTuple):
    """What a conversion wrote."""

    words: int
    dim: int
    format: str


def convert_vectors(
    source: Path | str,
    target: Path | str,
    *,
    format: str | None = None,
    source_format: str | None = None,
    errors: str = "strict",
    duplicates: str = "error",
    spaces: str | None = None,
    force: bool = False,
) -> Converted:
    """Read ``source`` and write ``target``, as :func:`read_vectors` and :func:`write_vectors` do.

    The target is checked before the source is read, which may take long.
    """
    target = Path(target)
    entry = named(format) if format else format_for(target)
    _check_target(target, force)
    contents = read_vectors(source, source_format, errors=errors, duplicates=duplicates)
    write_vectors(target, contents, entry.name, force=force, spaces=spaces)
    words, dim = contents.vectors.shape
    return Converted(words, dim, entry.name)


def _check_target(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise ExistsError(f"{path} exists; choose another name, or replace it with --force")
