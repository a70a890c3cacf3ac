"""``gradus vectors cooccurrence``: which words occur near each other, and how often."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import print_json, print_table, remark, shown
from gradus.cli.lazy import examples
from gradus.cli.options import Json
from gradus.core.errors import DataError, SettingsError

if TYPE_CHECKING:
    from gradus.vectors.cooccurrence import Cooccurrences

#: Words of the table; more do not fit a screen.
SHOWN = 12
#: Words of the matrix that ``--json`` prints.
DENSE = 2000

WEIGHTINGS = {"distance": True, "none": False}


@examples(
    "gradus vectors cooccurrence corpus.txt --window 1 --weighting none",
    "gradus vectors cooccurrence corpus.txt --window 1 --weighting none --max-vocab 100 --json",
    "gradus vectors cooccurrence corpus.txt.xz --min-count 5 -o counts.npz",
)
def cooccurrence(
    corpus: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS...",
            help="Text files, a sentence or paragraph a line; plain, .gz, .bz2, .xz or .zst; - is "
            "standard input.",
        ),
    ],
    window: Annotated[int, typer.Option(help="Words that a window reaches.", min=1)] = 10,
    left: Annotated[bool, typer.Option("--left", help="Count contexts on the left only.")] = False,
    weighting: Annotated[
        str,
        typer.Option(
            metavar="distance|none", help="Count a context at distance d as 1/d, or as 1."
        ),
    ] = "distance",
    min_count: Annotated[int, typer.Option(help="Drop words met less often.", min=1)] = 1,
    max_vocab: Annotated[
        int | None, typer.Option(help="Keep this many most frequent words.", min=1)
    ] = None,
    lowercase: Annotated[bool, typer.Option(help="Write all words in lower case.")] = False,
    encoding: Annotated[str, typer.Option(help="Text encoding of CORPUS.")] = "utf-8",
    errors: Annotated[
        str, typer.Option(metavar="strict|replace|ignore", help="What to do with wrong bytes.")
    ] = "strict",
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", help="Write all counts: .npz or .tsv."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    threads: Annotated[int | None, typer.Option(help="Threads (all cores).", min=1)] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    json: Json = False,
) -> None:
    """Count how often each word has each other word in its window.

    Words that are dropped vanish before windows are formed; no window crosses the end of a line.
    """
    if weighting not in WEIGHTINGS:
        raise SettingsError(f"--weighting {weighting}: choose {' or '.join(WEIGHTINGS)}")
    from gradus.text.corpora import encode_corpus
    from gradus.vectors.cooccurrence import count_cooccurrences
    from gradus.vectors.cooccurrence_formats import check_target, write_counts
    from gradus.vectors.settings import usable_cores

    if out is not None:
        check_target(out, force=force)
    threads = threads or usable_cores()
    with tempfile.TemporaryDirectory(prefix="gradus-") as name, shown(quiet=quiet) as progress:
        encoded = encode_corpus(
            corpus,
            Path(name) / "corpus",
            min_count=min_count,
            max_vocab=max_vocab,
            lowercase=lowercase,
            encoding=encoding,
            errors=errors,
            threads=threads,
            progress=progress,
        )
        if json:
            check_width(len(encoded.vocabulary))
        counts = count_cooccurrences(
            encoded,
            Path(name) / "counts",
            window=window,
            symmetric=not left,
            distance_weighting=WEIGHTINGS[weighting],
            threads=threads,
            progress=progress,
        )
        if out is not None:
            write_counts(counts, out, force=force)
            remark(f"wrote {len(counts):,} pairs of {len(counts.vocabulary):,} words to {out}")
        if json:
            print_matrix(counts)
        elif out is None:
            print_corner(counts)


def check_width(words: int) -> None:
    """Raise :class:`DataError` when the whole matrix of so many words is too large to print."""
    if words > DENSE:
        raise DataError(
            f"--json prints a row for each of {words:,} words, and {DENSE:,} are the limit; "
            f"write all pairs with -o counts.npz, or keep fewer words with --max-vocab {DENSE}"
        )


def print_matrix(counts: "Cooccurrences") -> None:
    """Print the whole matrix as JSON."""
    rows = [[_plain(value) for value in row] for row in counts.dense().tolist()]
    print_json({"words": counts.vocabulary.words, "counts": rows})


def print_corner(counts: "Cooccurrences") -> None:
    """Print the counts of the most frequent words as a table."""
    words = counts.vocabulary.words[:SHOWN]
    rows = [
        [word, *map(_plain, row)]
        for word, row in zip(words, counts.dense(SHOWN).tolist(), strict=True)
    ]
    print_table(["", *words], rows)
    if len(counts.vocabulary) > SHOWN:
        remark(
            f"these are the {SHOWN} most frequent of {len(counts.vocabulary):,} words; "
            "-o FILE writes all counts"
        )


def _plain(value: float) -> float:
    """A whole number without its point."""
    return int(value) if value == int(value) else value
