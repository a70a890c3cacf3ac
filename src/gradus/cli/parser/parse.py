"""``gradus parser parse``: CoNLL-U in, CoNLL-U out, any amount of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import remark, shown
from gradus.cli.lazy import examples
from gradus.cli.parser.arguments import Model, Quiet
from gradus.core.errors import ExistsError, SettingsError

if TYPE_CHECKING:
    from gradus.core.progress import Progress
    from gradus.tasks.parsing.parser import Parser
    from gradus.text.document import Sentence


@examples(
    "gradus parser parse model raw.conllu > parsed.conllu",
    "gradus parser parse model part1.conllu.xz part2.conllu.xz -o parsed",
    "zcat corpus.conllu.gz | gradus parser parse model - | gzip > parsed.conllu.gz",
    "gradus parser parse model half-done.conllu --keep --confidence",
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

    names = files or ["-"]
    parser = Parser.load(model)
    with shown(quiet=quiet or out is None) as progress:
        if out is not None and (len(names) > 1 or out.is_dir()):
            _to_folder(parser, names, out, progress, keep=keep, confidence=confidence, force=force)
        else:
            _to_one(parser, names, out, progress, keep=keep, confidence=confidence, force=force)


def _to_folder(
    parser: "Parser", names: list[str], out: Path, progress: "Progress", *,
    keep: bool, confidence: bool, force: bool,
) -> None:  # fmt: skip
    from gradus.text.conllu import write_conllu

    targets = [out / _target(name) for name in names]
    if len(set(targets)) < len(targets):
        raise SettingsError(f"two of the files would have one name in {out}; parse them apart")
    for name, target in zip(names, targets, strict=True):
        if target.exists() and not force:
            remark(f"{target} is there already; --force parses {name} again")
            continue
        write_conllu(_parsed(parser, name, progress, keep=keep, confidence=confidence), target)


def _to_one(
    parser: "Parser", names: list[str], out: Path | None, progress: "Progress", *,
    keep: bool, confidence: bool, force: bool,
) -> None:  # fmt: skip
    import sys

    from gradus.text.conllu import write_conllu

    if out is not None and out.exists() and not force:
        raise ExistsError(f"{out} exists; choose another name, or overwrite it with --force")
    sentences = (
        sentence
        for name in names
        for sentence in _parsed(parser, name, progress, keep=keep, confidence=confidence)
    )
    write_conllu(sentences, sys.stdout if out is None else out)


def _parsed(
    parser: "Parser", name: str, progress: "Progress", *, keep: bool, confidence: bool
) -> Iterator["Sentence"]:
    from gradus.text.conllu import read_conllu

    words = 0
    progress.start(f"parsing {name}", total=None, unit="words")
    for sentence in parser.stream(read_conllu(name), keep=keep, confidence=confidence):
        words += len(sentence)
        progress.update(words)
        yield sentence
    progress.finish()


def _target(name: str) -> str:
    """The name of an output: that of the input, without the ending of a packed file."""
    path = Path("stdin.conllu" if name == "-" else name)
    return path.stem if path.suffix in (".gz", ".bz2", ".xz", ".zst") else path.name
