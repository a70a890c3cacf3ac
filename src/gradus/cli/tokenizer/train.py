"""``gradus tokenizer train``: from a treebank to a model folder."""

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
    "gradus tokenizer train train.conllu --dev dev.conllu -o model",
    "gradus tokenizer train train.conllu -o model --hidden 32 --set words=500 --epochs 10",
    "gradus tokenizer train train.conllu --dev dev.conllu -o model --resume",
)
def train(
    train: Annotated[
        list[str],
        typer.Argument(metavar="TRAIN...", help="CoNLL-U files; plain or packed; - is stdin."),
    ],
    out: ModelOut,
    dev: Annotated[
        list[Path] | None, option("Sentences that choose the best model.", metavar="DEV")
    ] = None,
    hidden: Annotated[int | None, option("Units of the GRU in each direction.")] = None,
    layers: Annotated[int | None, option("Layers of the GRU.")] = None,
    dropout: Annotated[float | None, option("Share of dropped units.")] = None,
    stretch: Annotated[int | None, option("Pieces of text, about words, read at once.")] = None,
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
    """Train a tokenizer on your own treebank and save it in a folder.

    It learns from the raw text that forms and MISC (SpaceAfter=No, SpacesAfter=) tell: one space
    between sentences, an empty line before newdoc and newpar. Multiword tokens are learnt with
    their words. Ctrl-C saves what has been learnt; the same command with --resume goes on.
    """
    given = locals()
    options = settings_in(given, "train")
    from gradus.cli.settings import gather_run
    from gradus.tasks.tagging.tokenization.presets import PRESETS

    chosen = gather_run(
        PRESETS,
        preset=PRESETS["fast"],
        file=settings,
        options=options,
        assignments=assignments,
    )
    from gradus.tasks.tagging.tokenization.training import train_tokenizer

    train_and_tell(
        *(train_tokenizer, train, chosen, given),
        then=f"gradus tokenizer tokenize --model {out} FILE.txt > FILE.conllu",
        figures=f1_figures,
    )


def f1_figures(dev: Mapping[str, float]) -> str:
    """Dev figures as percentages by their names.

    >>> f1_figures({"loss": 0.1, "tokens_f1": 0.99, "mean_f1": 0.9})
    'tokens F1 99.00%'
    """
    shown = {name: value for name, value in dev.items() if name not in ("loss", "mean_f1")}
    return ", ".join(f"{name.removesuffix('_f1')} F1 {value:.2%}" for name, value in shown.items())
