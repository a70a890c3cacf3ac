"""``gradus lm train``: from a text to a model folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.console import shown
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
from gradus.cli.outcome import tell_outcome
from gradus.cli.run import settings_in
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.core.progress import Progress

#: Settings of how a text is read, which every family has.
READING = frozenset({"level", "documents", "lowercase", "min_count", "max_vocab"})

#: What --model can name.
MODELS = ("lstm", "gru", "rnn", "window", "ngram")

#: Settings that --dropout sets at once.
DROPOUTS = ("input_dropout", "hidden_dropout", "output_dropout")


@examples(
    "gradus lm train corpus.txt --dev dev.txt -o model",
    "gradus lm train corpus.txt --dev dev.txt -o ngrams --model ngram --order 5",
    "gradus lm train book.txt --dev rest.txt -o letters --level char --epochs 5",
    "gradus lm train corpus.txt --dev dev.txt -o model --preset medium --softmax full",
    "gradus lm train corpus.txt --dev dev.txt -o model --model rnn --set activation=sigmoid",
    "gradus lm train corpus.txt --dev dev.txt -o model --resume",
)
def train(
    corpus: Annotated[
        list[str],
        typer.Argument(metavar="CORPUS...", help="Text files; plain or packed; - is stdin."),
    ],
    out: ModelOut,
    dev: Annotated[
        list[str] | None,
        option("Text that chooses the best model; without it the last is kept.", metavar="DEV"),
    ] = None,
    model: Annotated[
        str | None, option("lstm (default), gru, rnn, window or ngram.", metavar="KIND")
    ] = None,
    preset: Annotated[
        str | None,
        option("small (default): an hour on two cores; char; medium and awd: for a GPU, or days."),
    ] = None,
    level: Annotated[str | None, option("Tokens: word (default), or char.")] = None,
    documents: Annotated[
        str | None, option("A document ends with its file (default), at a blank, or each line.")
    ] = None,
    lowercase: Annotated[
        bool | None, option("Read all letters in lower case.", "--lowercase")
    ] = None,
    min_count: Annotated[int | None, option("Rarer tokens become <unk> (2).")] = None,
    max_vocab: Annotated[int | None, option("Keep this many most frequent tokens.")] = None,
    order: Annotated[int | None, option("ngram: tokens of the longest sequences (5).")] = None,
    dim: Annotated[int | None, option("Length of a token's vector.")] = None,
    hidden: Annotated[int | None, option("Units of each layer.")] = None,
    layers: Annotated[int | None, option("Recurrent layers.")] = None,
    window: Annotated[int | None, option("window: tokens that it reads (4).")] = None,
    tie: Annotated[
        bool | None, option("One table of vectors for input and output.", "--tie/--no-tie")
    ] = None,
    softmax: Annotated[
        str | None, option("full, sampled, contrastive or adaptive: 'sampled(4096)'.")
    ] = None,
    dropout: Annotated[
        float | None, option("Share dropped of vectors, between layers and of outputs.")
    ] = None,
    steps: Annotated[int | None, option("Tokens that a gradient goes back through.")] = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    optimizer: Optimizer = None,
    rate: Rate = None,
    patience: Patience = None,
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
    """Train a language model on your own text and save it in a folder.

    Perplexity is always a mean over all tokens, line ends and <unk> included, and is printed with
    what was counted. Ctrl-C saves what has been learnt; the same command with --resume goes on.
    """
    options = settings_in(locals(), "corpus", "dropout")
    options |= dict.fromkeys(DROPOUTS, dropout)
    if model not in (None, *MODELS):
        raise SettingsError(f"--model {model} is unknown: choose {', '.join(MODELS)}")
    if model == "ngram":
        from gradus.tasks.lm.ngram_settings import NgramConfig

        if resume or sanity or settings or preset:
            raise SettingsError(
                "--resume, --sanity, --settings and --preset are for neural models; an n-gram "
                "model is made in seconds"
            )
        reading = _ngram_options(options, assignments or ())
        with shown(quiet=quiet) as progress:
            metrics = train_ngram(
                *(corpus, dev, out, NgramConfig(**reading.pop("ngram")), reading),
                force=force,
                progress=progress,
            )
    else:
        if order is not None:
            raise SettingsError(f"--order {order} is for --model ngram; a window has --window")
        from gradus.cli.lm.settings import gather_settings

        config, training = gather_settings(
            preset=preset, file=settings, options=options, assignments=assignments
        )
        from gradus.tasks.lm.training import train_language_model

        with shown(quiet=quiet) as progress:
            made = train_language_model(
                corpus,
                dev=dev,
                config=config,
                training=training,
                folder=out,
                force=force,
                resume=resume,
                sanity=sanity,
                progress=progress,
            )
        metrics = made.metrics
    tell_outcome(
        out,
        metrics,
        then=f"gradus lm evaluate {out} TEXT, or gradus lm generate {out}",
        json=json,
        quiet=quiet,
        figures=lambda dev: f"perplexity {dev['perplexity']:.2f}",
        size="n-grams" if model == "ngram" else "parameters",
    )


def train_ngram(
    corpus: list[str],
    dev: list[str] | None,
    out: Path,
    config: Any,
    reading: dict[str, Any],
    *,
    force: bool,
    progress: "Progress",
) -> dict[str, Any]:
    """Count, save and measure an n-gram model; give its figures."""
    from gradus.core.storage import check_vacant
    from gradus.tasks.lm.ngram import NgramModel
    from gradus.tasks.lm.perplexity import Perplexity
    from gradus.tasks.lm.spelling import Spelling
    from gradus.tasks.lm.training import known_text

    check_vacant(out, force=force)
    spelling, text = Spelling.learn(corpus, progress=progress, **reading)
    held_out = None if dev is None else known_text(dev, spelling, progress)
    model: NgramModel = NgramModel.train(config, spelling, text, progress)
    model.save(out, force=force)
    for note in model.notes:
        progress.note(note)
    figures = {**model.facts, "seconds": model.seconds, "dev": None}
    if held_out is not None:
        found = Perplexity.of(model.surprisals(held_out, progress), held_out, spelling)
        figures["dev"] = found.to_dict()
    return figures


def _ngram_options(options: Mapping[str, Any], assignments: Any) -> dict[str, Any]:
    """What an n-gram model takes of the options; all others are refused."""
    from gradus.cli.settings import parse_assignment

    given = {name: value for name, value in options.items() if value is not None}
    given |= dict(parse_assignment(assignment) for assignment in assignments)
    given.pop("model")
    alien = sorted(set(given) - READING - {"order"})
    if alien:
        raise SettingsError(
            f"{', '.join(alien)}: not for --model ngram, which takes "
            f"{', '.join(sorted(READING))} and order"
        )
    order = {"order": given.pop("order")} if "order" in given else {}
    return {**given, "ngram": order}
