"""The formats of labelled texts: how the content of a file becomes lines, labels and texts."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from gradus.core.errors import FormatError, SettingsError
from gradus.vectors.streams import bare_suffix

#: What begins a label in fastText's format.
PREFIX = "__label__"

#: What JSON and CSV files call the two parts of an example.
LABEL, TEXT = "label", "text"

#: Characters of a wrong line that a message shows.
SHOWN = 40


class Row(NamedTuple):
    """One example as its file has it; it may still lack a label or a text."""

    line: int  # where it begins, counted from 1
    label: str | None
    text: str


#: The rows in the content of a file; its name is for messages, and True asks for labels.
Parser = Callable[[str, str, bool], Iterator[Row]]


@dataclass(frozen=True)
class Format:
    """One way to keep texts and their labels."""

    name: str
    summary: str
    suffixes: tuple[str, ...]  # endings that name this format, below one of a compression
    parse: Parser
    has_labels: bool = True


def parse_tsv(content: str, name: str, labelled: bool) -> Iterator[Row]:
    r"""Lines ``label TAB text``; further tabs belong to the text, empty lines are skipped.

    >>> list(parse_tsv("pos\tfine\n\nneg\ta\tb\n", "train.tsv", True))
    [Row(line=1, label='pos', text='fine'), Row(line=3, label='neg', text='a\tb')]
    """
    for line, example in _filled_lines(content):
        label, tab, text = example.partition("\t")
        if not tab:
            raise FormatError(
                f"{name}, line {line}: no TAB between label and text in {example[:SHOWN]!r}; "
                "write label TAB text, or name another format with --format"
            )
        if line == 1 and (label.casefold(), text.casefold()) == (LABEL, TEXT):
            raise FormatError(
                f"{name}, line 1 is a header, which would become an example; remove it"
            )
        yield Row(line, label.strip(), text)


def parse_jsonl(content: str, name: str, labelled: bool) -> Iterator[Row]:
    """JSON objects, one a line, with ``"label"`` (text, a whole number, a truth value) and "text".

    Other keys are ignored. Without ``labelled`` the label may be absent.

    >>> list(parse_jsonl('{"text": "fine", "label": 1}', "train.jsonl", True))
    [Row(line=1, label='1', text='fine')]
    """
    for line, example in _filled_lines(content):
        record = _json_object(example, name, line)
        for key in (LABEL, TEXT) if labelled else (TEXT,):
            if key not in record:
                found = ", ".join(map(repr, record)) or "nothing"
                raise FormatError(
                    f"{name}, line {line}: no {key!r} among the keys, found {found[:200]}; "
                    'write {"label": ..., "text": ...}'
                )
        text, label = record[TEXT], record.get(LABEL)
        if not isinstance(text, str):
            raise FormatError(
                f"{name}, line {line}: the text is {_shown(text)}; write it in quotation marks"
            )
        if labelled and not isinstance(label, str | int):
            raise FormatError(
                f"{name}, line {line}: the label is {_shown(label)}; give one label a text, "
                "as text or as a whole number"
            )
        if not isinstance(label, str):  # true is the label "true", 1 the label "1"
            label = json.dumps(label)
        if "\\u" in example:
            _check_escapes(text + label, name, line)
        yield Row(line, label.strip() if labelled else None, text)


def parse_csv(content: str, name: str, labelled: bool) -> Iterator[Row]:
    r"""Comma-separated fields below a header with the columns ``label`` and ``text``.

    A field in quotation marks may have commas, doubled quotation marks and several lines.

    >>> list(parse_csv('text,label\n"a, ""b""\nc",pos\n', "train.csv", True))
    [Row(line=2, label='pos', text='a, "b"\nc')]
    """
    (_, header), *records = _csv_records(content, name) or [(1, [])]
    columns = [column.strip().casefold() for column in header]
    missing = [one for one in ((LABEL, TEXT) if labelled else (TEXT,)) if one not in columns]
    if header and missing:
        raise FormatError(
            f"{name}, line 1: no column {' and '.join(missing)} in the header, found "
            f"{', '.join(map(repr, header))[:200]}; begin the file with the line label,text"
        )
    for line, fields in records:
        if len(fields) != len(header):
            raise FormatError(
                f"{name}, line {line}: {len(fields)} fields, but the header has {len(header)}; "
                "put quotation marks around a text with commas"
            )
        label = fields[columns.index(LABEL)].strip() if labelled else None
        yield Row(line, label, fields[columns.index(TEXT)])


def parse_fasttext(content: str, name: str, labelled: bool) -> Iterator[Row]:
    """Lines ``__label__NAME text`` of fastText's supervised mode, one label a line.

    >>> list(parse_fasttext("__label__pos a fine film", "train.txt", True))
    [Row(line=1, label='pos', text='a fine film')]
    """
    for line, example in _filled_lines(content):
        labels, text = [], example.strip()
        while text.startswith(PREFIX):
            label, *rest = text.split(maxsplit=1)
            labels.append(label.removeprefix(PREFIX))
            text = rest[0] if rest else ""
        if labelled and len(labels) != 1:
            count = "no label" if not labels else f"{len(labels)} labels"
            raise FormatError(
                f"{name}, line {line}: {count} before {text[:SHOWN]!r}; "
                f"begin the line with one {PREFIX}NAME"
            )
        yield Row(line, labels[0] if labelled else None, text)


def parse_text(content: str, name: str, labelled: bool) -> Iterator[Row]:
    r"""Texts without labels, one a line.

    >>> list(parse_text("a fine film\n", "new.txt", False))
    [Row(line=1, label=None, text='a fine film')]
    """
    for line, text in _lines(content):
        yield Row(line, None, text)


#: Every format.
FORMATS = {
    entry.name: entry
    for entry in (
        Format("tsv", "label TAB text, one example a line", (".tsv",), parse_tsv),
        Format("jsonl", "a JSON object a line", (".jsonl", ".ndjson"), parse_jsonl),
        Format("csv", "a header with the columns label and text", (".csv",), parse_csv),
        Format("fasttext", "__label__NAME text, one example a line", (), parse_fasttext),
        Format("text", "one text a line, no labels", (".txt",), parse_text, has_labels=False),
    )
}


def format_of(source: str, name: str | None, *, labelled: bool) -> Format:
    """The format called ``name``, else the one that the ending of ``source`` tells.

    What has no known ending is plain text if no labels are asked for.

    Raises:
        SettingsError: there is no such format, the ending says nothing, or no labels are in it.

    >>> format_of("reviews.tsv.gz", None, labelled=True).name
    'tsv'
    """
    if name is not None and name not in FORMATS:
        raise SettingsError(f"format={name!r} is unknown: choose one of {', '.join(FORMATS)}")
    if Path(source).is_dir():
        raise FormatError(f"{source} is a folder; name the files in it")
    if name is None:
        suffix = bare_suffix(Path(source)).lower()
        found = (entry for entry in FORMATS.values() if suffix in entry.suffixes)
        entry = next(found, None if labelled else FORMATS["text"])
    else:
        entry = FORMATS[name]
    if entry is None or (labelled and not entry.has_labels):
        with_labels = [entry for entry in FORMATS.values() if entry.has_labels]
        what = f"format={name!r} has no labels" if name else f"{source} may be of any format"
        raise SettingsError(
            f"{what}: say which with --format ({', '.join(one.name for one in with_labels)}), or "
            f"end the name with {', '.join(end for one in with_labels for end in one.suffixes)}"
        )
    return entry


def _lines(content: str) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers; only line feeds end a line, as in editors."""
    if content:
        # str.splitlines would also split at characters that texts have inside a line
        whole = content.replace("\r\n", "\n").removesuffix("\n")
        yield from enumerate(whole.split("\n"), start=1)


def _filled_lines(content: str) -> Iterator[tuple[int, str]]:
    return ((line, example) for line, example in _lines(content) if example)


def _json_object(example: str, name: str, line: int) -> dict[str, Any]:
    try:
        record = json.loads(example)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{name}, line {line}, column {error.colno}: not valid JSON ({error.msg}); "
            "write one JSON object a line"
        ) from None
    except (ValueError, RecursionError) as error:  # a number too long, lists in lists in lists
        raise FormatError(f"{name}, line {line}: no usable JSON ({error}); mend it") from None
    if not isinstance(record, dict):
        raise FormatError(
            f"{name}, line {line}: expected a JSON object with label and text, found "
            f"{_shown(record)}; write one object a line"
        )
    return record


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def _check_escapes(value: str, name: str, line: int) -> None:
    """Refuse what only an escape can bring into a text."""
    wrong = [letter for letter in value if letter == "\0" or "\ud800" <= letter <= "\udfff"]
    if wrong:
        raise FormatError(
            f"{name}, line {line}: \\u{ord(wrong[0]):04x} is no character of a text; remove it"
        )


def _csv_records(content: str, name: str) -> list[tuple[int, list[str]]]:
    """The records of a CSV file that are not empty, and the lines where they begin."""
    # newline="\n": the module counts what this gives as lines
    reader = csv.reader(io.StringIO(content, newline="\n"), strict=True)
    records, begin = [], 1
    with _long_fields(len(content)):
        try:
            for fields in reader:
                if fields:
                    records.append((begin, fields))
                begin = reader.line_num + 1
        except csv.Error as error:
            raise FormatError(
                f"{name}, line {begin}: not valid CSV ({error}); put quotation marks around "
                "a text with commas, quotation marks (doubled) or line breaks"
            ) from None
    return records


@contextmanager
def _long_fields(size: int) -> Iterator[None]:
    """Let a field be as long as the file, for the time of reading; the default is 128 KB."""
    before = csv.field_size_limit()
    csv.field_size_limit(max(before, size))
    try:
        yield
    finally:
        csv.field_size_limit(before)
