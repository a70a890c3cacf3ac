"""``gradus parser draw``: trees in the terminal, as SVG or as a page."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import emphasis, remark
from gradus.cli.lazy import examples
from gradus.cli.sentences import typed_sentence
from gradus.core.errors import DataError, ExistsError, SettingsError

if TYPE_CHECKING:
    from gradus.text.document import Sentence

#: What can be written, by its ending.
FORMATS = (".svg", ".html")


@examples(
    "gradus parser draw trees.conllu --sentence 3",
    "gradus parser draw trees.conllu --sentence 1-20 --width 900 -o trees.html",
    'gradus parser draw --model model "The cat sleeps on the mat."',
    "gradus parser draw --model model --file dev.conllu --gold dev.conllu --sentence 7",
)
def draw(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE | TEXT...]",
            help="CoNLL-U with trees, packed or not; - is stdin. With --model: sentences to parse.",
            show_default=False,
        ),
    ] = None,
    sentence: Annotated[
        str | None,
        typer.Option(metavar="N|A-B", help="Only these sentences (all).", show_default=False),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="Parse first, with this parser.", show_default=False),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="With --model: CoNLL-U to parse.", show_default=False),
    ] = None,
    gold: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="The right trees: show what is wrong.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", help="Write .svg (one tree) or .html."),
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=20,
            help="Break long sentences: pixels of a picture, columns of a terminal.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Draw the trees of a FILE, or of sentences that a MODEL parses first.

    In the terminal each word has a line, with its arcs at the left. TEXT is cut at spaces and
    around punctuation signs.
    """
    if out and out.suffix.lower() not in FORMATS:
        raise SettingsError(f"{out} names no picture of trees: use {' or '.join(FORMATS)}")
    if out and out.exists() and not force:
        raise ExistsError(f"{out} exists; choose another name, or overwrite it with --force")
    first, last = _chosen(sentence)
    found = islice(_source(arguments or [], model, file), first - 1, last)
    trees: Iterable[Sentence] = _parsed(found, model) if model else found
    pairs = _with_gold(trees, gold, first, last)
    if out is None:
        _print(pairs, first, width)
        return
    _write(list(pairs), out, width)


def _source(arguments: Sequence[str], model: Path | None, file: str | None) -> Iterator["Sentence"]:
    """The sentences that are named: in a file, or on the command line for a model to parse."""
    from gradus.text.conllu import read_conllu

    if model is None:
        if file is not None or len(arguments) != 1:
            raise SettingsError("give one CoNLL-U file with trees, or a parser with --model")
        return read_conllu(arguments[0], trees="required")
    if bool(arguments) == (file is not None):
        raise SettingsError("with --model give sentences to parse, or a CoNLL-U file with --file")
    if file is not None:
        return read_conllu(file)
    return map(typed_sentence, arguments)


def _parsed(sentences: Iterable["Sentence"], model: Path) -> Iterator["Sentence"]:
    from gradus.tasks.parsing.parser import Parser

    return Parser.load(model).stream(sentences)


Pair = tuple["Sentence", "Sentence | None"]


def _with_gold(
    trees: Iterable["Sentence"], gold: str | None, first: int, last: int | None
) -> Iterator[Pair]:
    if gold is None:
        yield from ((tree, None) for tree in trees)
        return
    from gradus.text.conllu import read_conllu

    right = islice(read_conllu(gold, trees="required"), first - 1, last)
    for tree, other in zip_longest(trees, right):
        if tree is None or other is None:
            raise DataError(f"{gold} holds other sentences than those to draw; give their trees")
        yield tree, other


def _chosen(sentence: str | None) -> tuple[int, int | None]:
    """The numbers of the first and the last sentence; None: to the end."""
    if sentence is None:
        return 1, None
    first, dash, last = sentence.partition("-")
    numbers = [first, last if dash else first]
    if not all(number.isdecimal() for number in numbers):
        raise SettingsError(f"--sentence {sentence}: give a number such as 3, or 1-20")
    begin, end = map(int, numbers)
    if not 1 <= begin <= end:
        raise SettingsError(f"--sentence {sentence}: sentences are counted from 1 upwards")
    return begin, end


def _print(pairs: Iterable[Pair], first: int, width: int | None) -> None:
    from gradus.text.arcs import draw_terminal
    from gradus.text.arcs.page import caption

    shown = sys.stdout.isatty()
    if width is None and shown:
        width = shutil.get_terminal_size().columns
    number = first - 1
    for number, (tree, right) in enumerate(pairs, start=first):
        print(("\n" if number > first else "") + emphasis(caption(number, tree)))
        colour = shown and "NO_COLOR" not in os.environ
        print(draw_terminal(tree, width=width, colour=colour, gold=right))
    if number < first:
        raise _none()


def _write(pairs: list[Pair], out: Path, width: int | None) -> None:
    from gradus.core.storage import fresh_file
    from gradus.text.arcs import draw_html, draw_svg

    if not pairs:
        raise _none()
    if out.suffix.lower() == ".html":
        text = draw_html(
            [tree for tree, _ in pairs],
            width=width,
            gold=None if pairs[0][1] is None else [right for _, right in pairs if right],
        )
    elif len(pairs) == 1:
        text = draw_svg(pairs[0][0], width=width, gold=pairs[0][1])
    else:
        raise SettingsError(
            f"{out} holds one tree, and there are {len(pairs):,}; "
            "choose one with --sentence, or write .html"
        )
    with fresh_file(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    remark(f"{len(pairs):,} trees in {out}" if len(pairs) > 1 else f"the tree is in {out}")


def _none() -> DataError:
    return DataError("no sentence has such a number; the file holds fewer")
