"""``gradus tagger train``: from sentences with labels to a model folder."""

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
    "gradus tagger train train.conllu --dev dev.conllu -o model",
    "gradus tagger train train.conllu --dev dev.conllu -o model --columns upos,lemma",
    "gradus tagger train train.conllu --dev dev.conllu -o model --vectors vectors",
    "gradus tagger train train.iob2 --dev dev.iob2 -o names --kind ner --vectors vectors",
    "gradus tagger train train.iob2 --dev dev.iob2 -o names --kind ner --preset window",
    "gradus tagger train train.conllu --dev dev.conllu -o model --resume",
)
def train(
    train: Annotated[
        list[str],
        typer.Argument(
            metavar="TRAIN...",
            help="CoNLL-U files, or entities in columns; plain or packed; - is stdin.",
        ),
    ],
    out: ModelOut,
    dev: Annotated[
        list[Path] | None, option("Sentences that choose the best model of the run.", metavar="DEV")
    ] = None,
    kind: Annotated[
        str | None,
        option("tags (default): upos, xpos, feats and lemma; or ner: entities."),
    ] = None,
    columns: Annotated[
        str | None, option("What to learn instead: any of upos,xpos,feats,lemma,entity.")
    ] = None,
    preset: Annotated[
        str | None,
        option("fast (default): one BiLSTM; accurate: two and characters; or window."),
    ] = None,
    encoder: Annotated[
        str | None, option("none, window, rnn, gru or lstm, with values: 'lstm(200, layers=1)'.")
    ] = None,
    output: Annotated[
        str | None, option("softmax, crf or margin; by default crf for entities, else softmax.")
    ] = None,
    scheme: Annotated[
        str | None, option("How entities are learnt: BIOES (default), IOB2, IOB1 or BILOU.")
    ] = None,
    vectors: Annotated[
        str | None,
        option("Word vectors to begin with: a folder, a file, or own (trained on TRAIN)."),
    ] = None,
    contextual: Annotated[
        str | None,
        option("Contextual vectors beside them: a folder of gradus vectors contextual."),
    ] = None,
    dim: Annotated[int | None, option("Length of a word vector.")] = None,
    dropout: Annotated[float | None, option("Share of dropped units.")] = None,
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
    """Train a tagger on your own sentences and save it in a folder.

    Columns that TRAIN says nothing about are left out, and said so. Entities stand in columns of
    any scheme, or in MISC of a file whose name has .conllu, as NER=B-PER. Without --dev the last
    model is kept. Ctrl-C saves what has been learnt; the same command with --resume goes on.
    """
    given = locals()
    options = settings_in(given, "train", "kind", "columns")
    from gradus.cli.tagger.settings import gather_settings

    chosen = gather_settings(
        preset=preset,
        kind=kind,
        columns=columns,
        file=settings,
        options=options,
        assignments=assignments,
    )
    from gradus.tasks.tagging.training import train_tagger

    train_and_tell(
        *(train_tagger, train, chosen, given),
        then=f"gradus tagger tag {out} FILE > tagged",
        figures=column_figures,
    )


def column_figures(dev: Mapping[str, float]) -> str:
    """Dev figures of the columns as percentages.

    >>> column_figures({"loss": 0.3, "upos": 0.95, "score": 0.95})
    'upos 95.00%'
    """
    apart = ("loss", "score")
    return ", ".join(f"{name} {value:.2%}" for name, value in dev.items() if name not in apart)
