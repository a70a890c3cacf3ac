"""``gradus vectors convert``: from one format of vectors to another."""

from pathlib import Path
from typing import Annotated

import typer

from gradus.cli.console import remark
from gradus.cli.lazy import examples
from gradus.cli.vectors.arguments import Vectors


@examples(
    "gradus vectors convert vectors english.bin",
    "gradus vectors convert glove.6B.100d.txt glove",
    "gradus vectors convert crawl.vec.gz crawl.txt --spaces _ --duplicates first",
)
def convert(
    source: Vectors,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="Its ending names the format: .txt, .bin, .vec, .glove (and .gz, .bz2, .xz or "
            ".zst after it); none for a folder.",
        ),
    ],
    format: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="gradus, word2vec, word2vec-binary, fasttext or glove, whatever the ending.",
        ),
    ] = None,
    source_format: Annotated[
        str | None,
        typer.Option("--from", metavar="NAME", help="The format of VECTORS, if it is not seen."),
    ] = None,
    errors: Annotated[
        str,
        typer.Option(metavar="strict|replace|ignore", help="What to do with words not in UTF-8."),
    ] = "strict",
    duplicates: Annotated[
        str, typer.Option(metavar="error|first", help="What to do with words that come twice.")
    ] = "error",
    spaces: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Write this for spaces inside words.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
) -> None:
    """Read VECTORS in any format and write them to OUT in another.

    Files keep words and vectors; only a folder also keeps counts and the output matrix.
    """
    from gradus.vectors.formats import convert_vectors

    words, dim, name = convert_vectors(
        source,
        target,
        format=format,
        source_format=source_format,
        errors=errors,
        duplicates=duplicates,
        spaces=spaces,
        force=force,
    )
    remark(f"wrote {words:,} words of dim {dim} to {target} ({name})")
