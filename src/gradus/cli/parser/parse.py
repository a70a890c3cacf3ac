"""``gradus parser parse``: CoNLL-U in, CoNLL-U out, any amount of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import shown
from gradus.cli.lazy import examples
from gradus.cli.options import Quiet
from gradus.cli.parser.arguments import Model
from gradus.cli.streams import counted, write_outputs
from gradus.text.conllu import Writable

if TYPE_CHECKING:
    from gradus.text.document import Sentence


@examples(
    "gradus parser parse model raw.conllu > parsed.conllu",
    "gradus parser parse model part1.conllu.xz part2.conllu.xz -o parsed",
    "zcat corpus.conllu.gz | gradus parser parse model - | gzip > parsed.conllu.gz",
    "gradus parser parse model half-done.conllu --keep --confidence",
    "gradus parser parse model raw.conllu --beam 8 > parsed.conllu",
)
def parse(
    model: Model,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...]", help="CoNLL-U, plain or packed; - is stdin."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="OUT", help="A file, or a folder for several FILEs."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep heads that the input has; add the others.")
    ] = False,
    confidence: Annotated[
        bool, typer.Option("--confidence", help="Write the probability of each arc into MISC.")
    ] = False,
    beam: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="Follow N parses side by side: better, slower."),
    ] = 1,
    force: Annotated[
        bool, typer.Option("--force", help="Parse files again whose output exists.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Give every word of FILEs its head and relation; all else comes through as it is.

    Comments, multiword tokens, empty nodes and MISC are kept. Several files become as many in the
    folder OUT, whole or not at all; those that are there already are passed over, so that the same
    command goes on after an interruption.
    """
    from gradus.tasks.parsing.parser import Parser
    from gradus.text.conllu import read_conllu, write_conllu

    names = files or ["-"]
    parser = Parser.load(model)
    with shown(quiet=quiet or out is None) as progress:

        def parsed(name: str) -> Iterator["Sentence"]:
            sentences = read_conllu(name)
            found = parser.stream(sentences, keep=keep, confidence=confidence, beam=beam)
            return counted(found, f"parsing {name}", progress)

        def write(names: Sequence[str], target: Path | Writable) -> None:
            write_conllu((sentence for name in names for sentence in parsed(name)), target)

        write_outputs(names, write, out, force=force, verb="parse")
