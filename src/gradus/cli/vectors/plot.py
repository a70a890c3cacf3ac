"""``gradus vectors plot``: a map of words as a picture."""

from pathlib import Path
from typing import Annotated

import typer

from gradus.cli.console import remark
from gradus.cli.lazy import examples
from gradus.cli.vectors.arguments import Vectors


@examples(
    "gradus vectors plot vectors -o words.png",
    "gradus vectors plot vectors -o royal.svg --words king,queen,prince --method tsne",
)
def plot(
    vectors: Vectors,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="A .png or .svg file to write.")
    ],
    words: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD,WORD", help="Words to show with their neighbours; may be repeated."
        ),
    ] = None,
    method: Annotated[
        str, typer.Option(metavar="pca|tsne", help="How the dimensions are reduced to two.")
    ] = "pca",
    limit: Annotated[int, typer.Option(metavar="N", help="How many words to draw.")] = 60,
    seed: Annotated[int, typer.Option(help="For the layout of t-SNE.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Draw frequent content words, or WORDS and their neighbours, as a map in two dimensions."""
    from gradus.vectors.plot import plot_vectors
    from gradus.vectors.table import WordVectors

    chosen = [word for group in words or () for word in group.split(",") if word]
    shown = plot_vectors(
        WordVectors.load(vectors),
        output,
        words=chosen,
        method=method,
        limit=limit,
        seed=seed,
        force=force,
    )
    remark(f"drew {len(shown)} words to {output}")
