"""``gradus vectors contextual``: from raw text to vectors of words among their neighbours."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gradus.cli.console import print_json, remark, shown
from gradus.cli.lazy import examples
from gradus.cli.options import Json, Quiet, Resume, option


@examples(
    "gradus vectors contextual raw.txt.xz -o contexts",
    "gradus vectors contextual raw.txt -o contexts --dim 128 --hidden 200 --epochs 3",
    "gradus vectors contextual raw.txt.xz -o contexts --resume",
    "gradus parser train train.conllu --dev dev.conllu -o model --contextual contexts "
    "--preset accurate",
)
def contextual(
    text: Annotated[
        list[str],
        typer.Argument(metavar="TEXT...", help="Raw text in any layout; plain or packed."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="Folder to write.")],
    dim: Annotated[
        int | None, option("Numbers of a word, and units of the top layer (256).")
    ] = None,
    hidden: Annotated[int | None, option("Units of the layers below (384).")] = None,
    layers: Annotated[int | None, option("Layers of each language model (2).")] = None,
    min_count: Annotated[int | None, option("Rarer words become one (5).")] = None,
    max_vocab: Annotated[int | None, option("Keep this many most frequent words (30,000).")] = None,
    epochs: Annotated[int | None, option("Times the text is read (1).")] = None,
    batch_size: Annotated[int | None, option("Stretches of text in one step (64).")] = None,
    rate: Annotated[float | None, option("Learning rate (0.003).")] = None,
    jobs: Annotated[
        int | None, option("Language models that are trained at a time (2 with two cores).", min=1)
    ] = None,
    seed: Annotated[int, option("Seed of the run (1).", min=0)] = 1,
    resume: Resume = False,
    force: Annotated[bool, option("Replace what is in OUT.", "--force")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train two language models whose states tell taggers and parsers about words in a sentence.

    One reads from the beginning, one from the end. Twenty million words take half an hour on two
    cores. Ctrl-C keeps what has been learnt; the same command with --resume goes on from there.
    """
    from gradus.pipeline.text_contexts import contextual_settings, train_contextual_vectors

    config, training = contextual_settings(
        **{"dim": dim, "hidden": hidden, "layers": layers, "min_count": min_count},
        **{"max_vocab": max_vocab, "epochs": epochs, "batch_size": batch_size, "rate": rate},
        seed=seed,
    )
    with shown(quiet=quiet) as progress:
        vectors = train_contextual_vectors(
            text,
            out,
            config=config,
            training=training,
            jobs=jobs or os.cpu_count() or 1,
            force=force,
            resume=resume,
            progress=progress,
        )
    if json:
        print_json({"folder": str(out), **vectors.metrics})
    elif not quiet:
        size = f"{len(vectors.words):,} words, {vectors.width:,} numbers each"
        remark(f"{size}, {vectors.metrics['seconds']:.1f} s")
        remark(
            f"saved in {out}; next: gradus parser train TRAIN.conllu --contextual {out} "
            "--preset accurate -o MODEL"
        )
