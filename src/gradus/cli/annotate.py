"""``gradus annotate``: raw text in; words, tags, trees and entities out, any amount of it."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import shown
from gradus.cli.lazy import examples
from gradus.cli.options import Quiet, option
from gradus.cli.streams import counted, write_outputs
from gradus.core.errors import DataError, SettingsError

if TYPE_CHECKING:
    from gradus.core.progress import Progress
    from gradus.pipeline.annotating import Annotator
    from gradus.text.conllu import Writable
    from gradus.text.document import Sentence

#: What the input may be.
INPUTS = ("text", "conllu")

#: The ending of an output's name by its format.
ENDINGS = {
    "conllu": ".conllu",
    "json": ".jsonl",
    "spans": ".spans.tsv",
    "tree": ".trees.txt",
    "table": ".table.txt",
}


@examples(
    'gradus annotate "Ada Lovelace wrote to London."',
    'gradus annotate --format tree "The cat sleeps on the mat."',
    "gradus annotate text.txt > text.conllu",
    "gradus annotate --model model part1.txt.xz part2.txt.xz -o annotated --jobs 2",
    "zcat corpus.txt.gz | gradus annotate - --format json | gzip > corpus.jsonl.gz",
    "gradus annotate --input conllu words.conllu --without entities",
)
def annotate(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE... | TEXT]",
            help="Texts, plain or packed; - is stdin; or a text itself, in quotes.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="A folder, or a model that comes with Gradus.")
    ] = "en",
    format: Annotated[
        str, option("conllu (default), json, spans (entities), tree or table.", "--format")
    ] = "conllu",
    input: Annotated[str, option("text (default), or conllu whose words are taken.")] = "text",
    without: Annotated[
        list[str] | None,
        option("Leave out tagger, parser, analyzer or entities; may be repeated.", metavar="PART"),
    ] = None,
    out: Annotated[
        Path | None, option("A file, or a folder for several FILEs.", "-o", "--out", metavar="OUT")
    ] = None,
    jobs: Annotated[int, typer.Option(metavar="N", min=1, help="Processes.")] = 1,
    force: Annotated[
        bool, typer.Option("--force", help="Annotate files again whose output exists.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Cut texts into sentences and words, and say what they are and how they hang together.

    Texts of any size stream through, and the text can be rebuilt from what comes out. Several files
    become as many in the folder OUT, whole or not at all; those that are there already are passed
    over, so that the same command goes on after an interruption.
    """
    from gradus.pipeline.annotating import Annotator
    from gradus.pipeline.formats import FORMATS, write_formatted

    if input not in INPUTS:
        raise SettingsError(f"--input {input} is unknown: choose {' or '.join(INPUTS)}")
    FORMATS[format]
    names, typed = _sources(arguments or [])
    terminal = out is None and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else None
    colour = terminal and "NO_COLOR" not in os.environ
    with (
        shown(quiet=quiet or out is None) as progress,
        Annotator(model, jobs=jobs, without=without or ()) as annotator,
    ):
        worker = _Worker(annotator, progress, input, typed)

        def write(chosen: Sequence[str], target: "Path | Writable") -> None:
            found = worker.sentences(chosen)
            write_formatted(found, target, format, width=width, colour=colour)

        names = [typed] if typed is not None else names
        if typed is not None:
            write(names, sys.stdout if out is None else out)
        else:
            write_outputs(
                names,
                write,
                out,
                force=force,
                verb="annotate",
                stdin="stdin.txt",
                ending=ENDINGS[format],
            )


class _Worker:
    """Sentences out of sources of one kind."""

    def __init__(
        self, annotator: "Annotator", progress: "Progress", kind: str, typed: str | None
    ) -> None:
        self._annotator, self._progress = annotator, progress
        self._kind, self._typed = kind, typed

    def sentences(self, names: Sequence[str]) -> Iterator["Sentence"]:
        """The sentences of some sources, one after the other."""
        from gradus.text.whole_text import source_name

        for name in names:
            found = counted(self._of(name), f"annotating {name}"[:60], self._progress)
            first = next(found, None)
            if first is None:
                told = "the text" if self._typed is not None else source_name(name)
                raise DataError(f"{told} holds no word; give a text with words")
            if len(names) > 1:
                first.comments.insert(0, f"# newdoc id = {name}")
            yield first
            yield from found

    def _of(self, name: str) -> Iterator["Sentence"]:
        if self._kind == "conllu":
            from gradus.text.conllu import read_conllu

            return self._annotator.sentences(read_conllu(name))
        if self._typed is not None:
            return self._annotator.texts([self._typed])
        from gradus.text.raw_blocks import raw_blocks

        return self._annotator.texts(raw_blocks(name))


def _sources(arguments: list[str]) -> tuple[list[str], str | None]:
    """The files that are named; or a text that is given itself."""
    if not arguments:
        if sys.stdin.isatty():
            raise SettingsError("give a text in quotes, a file, or - for standard input")
        return ["-"], None
    missing = [name for name in arguments if name != "-" and not _exists(name)]
    if missing == arguments and len(arguments) == 1 and len(arguments[0].split()) != 1:
        return [], arguments[0]
    if missing:
        raise DataError(
            f"{missing[0]} does not exist; name a file, or give a text of several words in quotes "
            "(one without blanks through -, standard input)"
        )
    return arguments, None


def _exists(name: str) -> bool:
    try:
        return bool(name) and Path(name).exists()  # the folder we are in has no empty name
    except OSError:  # a text that is too long for a name
        return False
