"""``gradus classifier train``: from labelled texts to a model folder."""

from pathlib import Path
from typing import Annotated

import typer

from gradus.cli.classifier.arguments import Format
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
    Threads,
    option,
)
from gradus.cli.run import settings_in, train_and_tell

#: Rows that pairs of words share with --bigrams.
BUCKETS = 1 << 20


@examples(
    "gradus classifier train reviews.tsv -o model",
    "gradus classifier train train.jsonl --dev dev.jsonl -o model --preset accurate --sanity",
    "gradus classifier train news.csv -o model --encoder 'cnn(100, widths=(3, 4, 5))' "
    "--vectors vectors",
    "gradus classifier train reviews.tsv -o model --set optimizer=adamw --set dropout=0.3",
    "gradus classifier train reviews.tsv -o model --resume",
)
def train(
    train: Annotated[
        list[str],
        typer.Argument(
            metavar="TRAIN...",
            help="Labelled texts: TSV (label TAB text), JSONL or CSV (label and text), or fastText "
            "lines; plain or packed; - is standard input.",
        ),
    ],
    out: ModelOut,
    dev: Annotated[
        list[Path] | None, option("Labelled texts that choose the best model.", metavar="DEV")
    ] = None,
    dev_share: Annotated[
        float, option("Without --dev: share of TRAIN kept to choose the model (0.1); 0: none.")
    ] = 0.1,
    format: Format = None,
    preset: Annotated[
        str | None, option("fast (default), or accurate (default with --encoder or --vectors).")
    ] = None,
    encoder: Annotated[
        str | None, option("average, cnn, rnn, gru, lstm or none, with values: 'gru(64)'.")
    ] = None,
    ngrams: Annotated[
        int | None, option("Add scores of sequences of up to so many words; 0: none.")
    ] = None,
    bigrams: Annotated[
        bool, option("Add scores of words and of pairs of words, hashed.", "--bigrams")
    ] = False,
    vectors: Annotated[
        str | None,
        option("Word vectors to begin with: a folder, a file, or own (trained on TRAIN)."),
    ] = None,
    dim: Annotated[int | None, option("Length of a word vector.")] = None,
    layers: Annotated[int | None, option("Hidden layers.")] = None,
    dropout: Annotated[float | None, option("Share of dropped features.")] = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    optimizer: Optimizer = None,
    rate: Rate = None,
    metric: Annotated[
        str | None, option("Figure that chooses the model: loss, accuracy, macro_f1.")
    ] = None,
    patience: Patience = None,
    curriculum: Annotated[str | None, option("Easy texts first: linear, root or step.")] = None,
    difficulty: Annotated[
        Path | None, option("Scores for the curriculum, one a line (length).", metavar="FILE")
    ] = None,
    settings: SettingsFile = None,
    assignments: Assignments = None,
    device: Device = None,
    threads: Threads = None,
    seed: Seed = None,
    sanity: Sanity = False,
    resume: Resume = False,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train a text classifier on your own labelled texts and save it in a folder.

    The preset `fast` weighs words and pairs of words, and takes seconds; `accurate` also reads
    words in their order, and takes minutes. Ctrl-C saves what has been learnt; the same
    command with --resume goes on from there.
    """
    given = locals()
    options = settings_in(given, "train", "dev_share", "format", "bigrams", "difficulty")
    if bigrams:
        options |= {"ngrams": 2, "buckets": BUCKETS}
    from gradus.cli.classifier.settings import gather_settings

    chosen = gather_settings(preset=preset, file=settings, options=options, assignments=assignments)
    from gradus.tasks.classification.training import train_classifier

    train_and_tell(
        *(train_classifier, train, chosen, given),
        then=f'gradus classifier predict {out} "..."',
        others=("dev_share", "format", "difficulty"),
    )
