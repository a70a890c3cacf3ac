"""``gradus seq2seq``: one module a command, imported when the command runs."""

from gradus.cli.lazy import Entry, lazy_app

#: Every command, in the order of ``gradus seq2seq --help``.
COMMANDS = {
    "train": Entry("gradus.cli.seq2seq.train:train", "Train a model on your own pairs of texts."),
    "evaluate": Entry("gradus.cli.seq2seq.evaluate:evaluate", "Measure a model on pairs."),
    "generate": Entry("gradus.cli.seq2seq.generate:generate", "Write targets for texts."),
}

app = lazy_app(
    COMMANDS,
    help="Train models that write a text for a text, measure them and let them write.",
    examples=(
        "gradus seq2seq train pairs.tsv -o model",
        "gradus seq2seq evaluate model more-pairs.tsv",
        'gradus seq2seq generate model "5th of March 2021"',
    ),
)
