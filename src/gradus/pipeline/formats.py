"""Formats in which a pipeline's sentences are written: for programs, for tables, for the eye.

Every format is a stream of pieces of text, a sentence at a time, in memory that does not grow.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gradus.core.catalogue import Catalogue
from gradus.core.errors import DataError
from gradus.pipeline.columns_view import sentence_columns
from gradus.text.arcs.page import caption
from gradus.text.arcs.terminal import draw_terminal
from gradus.text.conllu import Writable, format_conllu
from gradus.text.document import Sentence
from gradus.text.packing import writing
from gradus.text.placing import placed_sentences
from gradus.text.plain_values import sentence_values

#: The first line of the format ``spans``.
SPAN_COLUMNS = ("sentence", "start", "end", "type", "text")


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the formats for the eye may use."""

    width: int | None = None  # columns of the terminal; None: as many as are needed
    colour: bool = False


#: Every format by its name; an entry makes the pieces of ``sentences`` in a ``look``.
FORMATS = Catalogue[Iterator[str]]("output format")


@FORMATS.add("conllu")
def conllu(sentences: Iterable[Sentence], look: Look) -> Iterator[str]:
    """CoNLL-U: all that is known, as Universal Dependencies writes it."""
    yield from map(format_conllu, sentences)


@FORMATS.add("json")
def json_lines(sentences: Iterable[Sentence], look: Look) -> Iterator[str]:
    """JSON: one object a line and sentence, with all fields and offsets in the text."""
    for placed in placed_sentences(sentences):
        yield json.dumps(sentence_values(placed), ensure_ascii=False) + "\n"


@FORMATS.add("spans")
def spans(sentences: Iterable[Sentence], look: Look) -> Iterator[str]:
    """Entities, one a line: sentence (from 1), start, end, type and text, parted by TABs."""
    yield "\t".join(SPAN_COLUMNS) + "\n"
    for placed in placed_sentences(sentences):
        for entity in placed.entities():
            # a line end inside a name would end the row; the offsets tell what stands there
            text = " ".join(entity.text.split())
            row = (entity.sentence + 1, entity.start, entity.end, entity.type, text)
            yield "\t".join(map(str, row)) + "\n"


@FORMATS.add("tree")
def tree(sentences: Iterable[Sentence], look: Look) -> Iterator[str]:
    """Trees drawn for a terminal, each below its name and text."""
    for number, sentence in enumerate(sentences, start=1):
        drawn = draw_terminal(sentence, width=look.width, colour=look.colour)
        yield f"{caption(number, sentence)}\n{drawn}\n\n"


@FORMATS.add("table")
def table(sentences: Iterable[Sentence], look: Look) -> Iterator[str]:
    """Words with all that is known of them in aligned columns, each sentence below its text."""
    for number, sentence in enumerate(sentences, start=1):
        lines = sentence_columns(sentence, width=look.width, colour=look.colour)
        yield "\n".join([caption(number, sentence), *lines, "", ""])


def formatted(
    sentences: Iterable[Sentence],
    form: str = "conllu",
    *,
    width: int | None = None,
    colour: bool = False,
) -> Iterator[str]:
    """The pieces of ``sentences`` in one of ``FORMATS``; offsets run through all of them.

    ``width`` and ``colour`` are for the formats ``tree`` and ``table``.

    >>> from gradus.text.entities_in_misc import with_entities
    >>> sentences = [with_entities(Sentence.of(["Call", "Ada"]), ["O", "B-PER"])] * 2
    >>> print("".join(formatted(sentences, "spans")).expandtabs(9))
    sentence start    end      type     text
    1        5        8        PER      Ada
    2        14       17       PER      Ada

    Raises:
        SettingsError: no format has this name.
        DataError: a sentence cannot be written in this format: a tag of an entity in MISC is none,
            or a head is no word of its sentence.
    """
    return FORMATS[form].make(sentences, Look(width=width, colour=colour))


def write_formatted(
    sentences: Iterable[Sentence],
    target: Path | str | Writable,
    form: str = "conllu",
    *,
    width: int | None = None,
    colour: bool = False,
) -> None:
    """Write what :func:`formatted` gives to a file, packed as its ending says; or to a stream.

    A file is written whole or not at all.

    Raises:
        SettingsError: no format has this name.
        DataError: a sentence cannot be written in this format.
        StorageError: the disk is full or may not be written.
    """
    pieces = formatted(sentences, form, width=width, colour=colour)
    if not isinstance(target, str | Path):
        for piece in pieces:
            target.write(piece)
        return
    with writing(Path(target)) as file:
        for piece in pieces:
            try:
                file.write(piece.encode())
            except UnicodeEncodeError as error:
                raise DataError(
                    f"a sentence holds {piece[error.start]!r}, half a character (a lone "
                    "surrogate), which no file can hold; decode the text properly first"
                ) from None
