"""``gradus classifier``: one module a command, imported when the command runs."""

from gradus.cli.lazy import Entry, lazy_app

#: Every command, in the order of ``gradus classifier --help``.
COMMANDS = {
    "train": Entry("gradus.cli.classifier.train:train", "Train a classifier on your own texts."),
    "rate": Entry("gradus.cli.classifier.rate:rate", "Suggest a learning rate for your texts."),
    "evaluate": Entry(
        "gradus.cli.classifier.evaluate:evaluate", "Measure a classifier on labelled texts."
    ),
    "predict": Entry("gradus.cli.classifier.predict:predict", "Label texts."),
}

app = lazy_app(
    COMMANDS,
    help="Train text classifiers, measure them and label texts.",
    examples=(
        "gradus classifier train reviews.tsv -o model",
        "gradus classifier evaluate model more-reviews.tsv",
        'gradus classifier predict model "What a film!"',
    ),
)
