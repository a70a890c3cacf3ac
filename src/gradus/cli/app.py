"""The root of the command tree: ``gradus NOUN VERB``."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.main import get_command

from gradus.cli.boundary import guarded
from gradus.cli.lazy import Entry, lazy_app

#: Every noun, in the order of ``gradus --help``.
COMMANDS = {
    "vectors": Entry(
        "gradus.cli.vectors:app", "Train, evaluate, query, plot and convert word vectors."
    ),
    "classifier": Entry(
        "gradus.cli.classifier:app", "Train text classifiers, measure them and label texts."
    ),
    "tokenizer": Entry(
        "gradus.cli.tokenizer:app", "Cut texts into sentences and tokens; train and measure that."
    ),
    "tagger": Entry(
        "gradus.cli.tagger:app", "Train taggers of words and entities, tag texts and measure."
    ),
    "parser": Entry(
        "gradus.cli.parser:app", "Train dependency parsers, parse, draw, explain and measure."
    ),
    "pipeline": Entry(
        "gradus.cli.pipeline:app", "Train all of it in one go: raw text to trees and entities."
    ),
    "annotate": Entry(
        "gradus.cli.annotate:annotate", "Annotate raw text: words, tags, trees and entities."
    ),
    "lm": Entry("gradus.cli.lm:app", "Train language models, measure perplexity, generate."),
    "seq2seq": Entry(
        "gradus.cli.seq2seq:app", "Train models that write a text for a text; measure, generate."
    ),
    "derive": Entry(
        "gradus.cli.derive:derive", "Derive gradients in matrix form, with every step and proof."
    ),
    "doctor": Entry("gradus.cli.doctor:doctor", "Say what is wrong with a training run."),
    "demo": Entry("gradus.cli.demo:demo", "Show what Gradus does, offline, in two minutes."),
}

EXAMPLES = (
    "gradus demo",
    "gradus vectors train corpus.txt -o vectors",
    "gradus vectors neighbors vectors king queen",
    "gradus vectors train --help",
)

app = lazy_app(
    COMMANDS,
    help="Train, run and explain the neural NLP stack on your own text, on one ordinary CPU.",
    examples=EXAMPLES,
)


def show_version(wanted: bool) -> bool:
    """Print the version and stop, if ``wanted``."""
    if wanted:
        from gradus import __version__

        print(f"gradus {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Take the options that come before the noun."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line on ``arguments`` (``sys.argv`` when None) and give the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    command = get_command(app)
    return guarded(lambda: command.main(words, prog_name="gradus", standalone_mode=False))
