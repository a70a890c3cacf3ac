"""``gradus parser parse``: CoNLL-U in, CoNLL-U out, any amount of it."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import remark, shown
from gradus.cli.lazy import examples
from gradus.cli.options import Quiet
from gradus.cli.parser.arguments import Model
from gradus.core.errors import ExistsError, SettingsError

if TYPE_CHECKING:
    from gradus.core.progress import Progress
    from gradus.text.document import Sentence

    #: Gives the parsed sentences of a file by its name.
    Parse = Callable[[str], Iterator[Sentence]]


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
    from gradus.text.conllu import read_conllu

    names = files or ["-"]
    parser = Parser.load(model)
    with shown(quiet=quiet or out is None) as progress:

        def parsed(name: str) -> Iterator["Sentence"]:
            sentences = read_conllu(name)
            found = parser.stream(sentences, keep=keep, confidence=confidence, beam=beam)
            return counted(found, name, progress)

        if out is not None and (len(names) > 1 or out.is_dir()):
            _to_folder(names, parsed, out, force=force)
        else:
            _to_one(names, parsed, out, force=force)


def _to_folder(names: list[str], parsed: "Parse", out: Path, *, force: bool) -> None:
    from gradus.text.conllu import write_conllu

    targets = [out / _target(name) for name in names]
    if len(set(targets)) < len(targets):
        raise SettingsError(f"two of the files would have one name in {out}; parse them apart")
    for name, target in zip(names, targets, strict=True):
        if target.exists() and not force:
            remark(f"{target} is there already; --force parses {name} again")
        else:
            write_conllu(parsed(name), target)


def _to_one(names: list[str], parsed: "Parse", out: Path | None, *, force: bool) -> None:
    import sys

    from gradus.text.conllu import write_conllu

    if out is not None and out.exists() and not force:
        raise ExistsError(f"{out} exists; choose another name, or overwrite it with --force")
    sentences = (sentence for name in names for sentence in parsed(name))
    write_conllu(sentences, sys.stdout if out is None else out)


def counted(
    sentences: Iterable["Sentence"], name: str, progress: "Progress"
) -> Iterator["Sentence"]:
    """The sentences, with a count of their words on the way."""
    words = 0
    progress.start(f"parsing {name}", total=None, unit="words")
    for sentence in sentences:
        words += len(sentence)
        progress.update(words)
        yield sentence
    progress.finish()


def _target(name: str) -> str:
    """The name of an output: that of the input, without the ending of a packed file."""
    path = Path("stdin.conllu" if name == "-" else name)
    return path.stem if path.suffix in (".gz", ".bz2", ".xz", ".zst") else path.name
