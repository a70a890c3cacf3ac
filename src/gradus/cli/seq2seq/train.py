"""``gradus seq2seq train``: from pairs of texts to a model folder."""

from pathlib import Path
from typing import Annotated

import typer

from gradus.cli.lazy import examples
from gradus.cli.options import (
    Assignments,
    BatchSize,
    Device,
    Epochs,
    Force,
    Json,
    ModelOut,
    Optimizer,
    Patience,
    Quiet,
    Rate,
    Resume,
    Sanity,
    Seed,
    SettingsFile,
    option,
)
from gradus.cli.run import settings_in, train_and_tell


@examples(
    "gradus seq2seq train dates.tsv -o model --level char",
    "gradus seq2seq train train.tsv --dev dev.tsv -o model --target-level char --epochs 40",
    "gradus seq2seq train nl-en.tsv.gz --dev dev.tsv -o model --preset accurate --set min_count=2",
    "gradus seq2seq train pairs.tsv -o model --attention additive --cell lstm --sanity",
    "gradus seq2seq train pairs.tsv -o model --resume",
)
def train(
    pairs: Annotated[
        list[str],
        typer.Argument(
            metavar="PAIRS...",
            help="Lines source TAB target, plain or packed; - is standard input.",
        ),
    ],
    out: ModelOut,
    dev: Annotated[
        list[Path] | None, option("Pairs that choose the best model.", metavar="DEV")
    ] = None,
    dev_share: Annotated[
        float, option("Without --dev: share of PAIRS kept to choose the model (0.1); 0: none.")
    ] = 0.1,
    preset: Annotated[str | None, option("fast (default), or accurate.")] = None,
    level: Annotated[
        str | None, option("What a symbol is on both sides: word (default) or char.")
    ] = None,
    source_level: Annotated[str | None, option("The same for the source alone.")] = None,
    target_level: Annotated[str | None, option("The same for the target alone.")] = None,
    attention: Annotated[str | None, option("none, dot, general or additive.")] = None,
    cell: Annotated[str | None, option("rnn, gru or lstm.")] = None,
    dim: Annotated[int | None, option("Length of a symbol's vector.")] = None,
    hidden: Annotated[int | None, option("Units of a decoder layer.")] = None,
    layers: Annotated[int | None, option("Layers of encoder and of decoder.")] = None,
    dropout: Annotated[float | None, option("Share of dropped units.")] = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    optimizer: Optimizer = None,
    rate: Rate = None,
    metric: Annotated[
        str | None, option("Figure that chooses the model: loss, exact_match, accuracy.")
    ] = None,
    patience: Patience = None,
    curriculum: Annotated[str | None, option("Short pairs first: linear, root or step.")] = None,
    difficulty: Annotated[
        Path | None, option("Scores for the curriculum, one a line (length).", metavar="FILE")
    ] = None,
    settings: SettingsFile = None,
    assignments: Assignments = None,
    device: Device = None,
    threads: Annotated[int | None, option("Threads (one; all cores with accurate).")] = None,
    seed: Seed = None,
    sanity: Sanity = False,
    resume: Resume = False,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train a model that writes the target of a source, from your own pairs.

    Symbols are words between blanks unless --level char asks for characters: take characters for
    short strings such as dates or names. The preset `fast` is for short strings and takes minutes
    on one core; `accurate` is for sentences. Ctrl-C saves what has been learnt; the same command
    with --resume goes on from there.
    """
    given = locals()
    options = settings_in(given, "pairs", "dev_share", "level", "difficulty")
    for side in ("source_level", "target_level"):
        options[side] = options[side] or level
    from gradus.cli.settings import gather_run
    from gradus.tasks.lm.conditional.presets import PRESETS

    chosen = gather_run(
        PRESETS,
        preset=PRESETS[preset or "fast"],
        file=settings,
        options=options,
        assignments=assignments,
    )
    from gradus.tasks.lm.conditional.training import train_seq2seq

    train_and_tell(
        *(train_seq2seq, pairs, chosen, given),
        then=f'gradus seq2seq generate {out} "..."',
        others=("dev_share", "difficulty"),
    )
