"""``gradus parser train``: from a treebank to a model folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gradus.cli.lazy import examples
from gradus.cli.options import (
    Assignments,
    BatchSize,
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
    Threads,
    option,
)
from gradus.cli.run import settings_in, train_and_tell


@examples(
    "gradus parser train train.conllu --dev dev.conllu -o model",
    "gradus parser train train.conllu --dev dev.conllu -o model --vectors vectors",
    "gradus parser train train.conllu --dev dev.conllu -o model --preset accurate --sanity",
    "gradus parser train train.conllu -o model --preset accurate --contextual contexts",
    "gradus parser train train.conllu --dev dev.conllu -o model --nonprojective swap",
    "gradus parser train train.conllu -o model --system eager --set hidden=400 --epochs 20",
    "gradus parser train train.conllu --dev dev.conllu -o model --resume",
)
def train(
    train: Annotated[
        list[str],
        typer.Argument(
            metavar="TRAIN...", help="CoNLL-U files with trees; plain or packed; - is stdin."
        ),
    ],
    out: ModelOut,
    dev: Annotated[
        list[Path] | None, option("Trees that choose the best model of the run.", metavar="DEV")
    ] = None,
    preset: Annotated[
        str | None,
        option(
            "fast (default): transitions, tens of thousands of words a second; or "
            "accurate: three graphs over BiLSTMs that decide together."
        ),
    ] = None,
    nonprojective: Annotated[
        str | None,
        option("Arcs that cross: defeat, pseudo, swap, covington or graph."),
    ] = None,
    system: Annotated[
        str | None,
        option("standard, eager, hybrid, swap-standard, swap-hybrid or covington."),
    ] = None,
    encoder: Annotated[
        str | None, option("none, window, rnn, gru or lstm, with values: 'lstm(200, layers=1)'.")
    ] = None,
    vectors: Annotated[
        str | None,
        option("Word vectors to begin with: a folder, a file, or own (trained on TRAIN)."),
    ] = None,
    contextual: Annotated[
        str | None,
        option(
            "Contextual vectors beside them, for accurate or with an encoder: a folder of gradus "
            "vectors contextual."
        ),
    ] = None,
    dim: Annotated[int | None, option("Length of a word vector.")] = None,
    hidden: Annotated[int | None, option("Units of the hidden layer.")] = None,
    dropout: Annotated[float | None, option("Share of dropped units.")] = None,
    explore: Annotated[
        float | None, option("Share of transitions that follow the model's own mistakes.")
    ] = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    optimizer: Optimizer = None,
    rate: Rate = None,
    patience: Patience = None,
    settings: SettingsFile = None,
    assignments: Assignments = None,
    threads: Threads = None,
    seed: Seed = None,
    sanity: Sanity = False,
    resume: Resume = False,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train a dependency parser on your own treebank and save it in a folder.

    It reads forms, universal parts of speech and features; choose others with --set upos=false,
    xpos=true, feats=false. Without --dev the last model is kept. Ctrl-C saves what has been learnt;
    the same command with --resume goes on from there.
    """
    given = locals()
    options = settings_in(given, "train")
    from gradus.cli.parser.settings import gather_settings

    chosen = gather_settings(preset=preset, file=settings, options=options, assignments=assignments)
    from gradus.tasks.parsing.training import train_parser

    train_and_tell(
        *(train_parser, train, chosen, given),
        then=f"gradus parser parse {out} FILE.conllu > parsed.conllu",
        figures=attachment_figures,
    )


def attachment_figures(dev: Mapping[str, float]) -> str:
    """Dev figures as parsers are measured: percentages by their short names."""
    return ", ".join(f"{name.upper()} {value:.2%}" for name, value in dev.items() if name != "loss")
