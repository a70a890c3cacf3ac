"""``gradus tagger``: one module a command, imported when the command runs."""

from gradus.cli.lazy import Entry, lazy_app

#: Every command, in the order of ``gradus tagger --help``.
COMMANDS = {
    "train": Entry("gradus.cli.tagger.train:train", "Train a tagger on your own sentences."),
    "evaluate": Entry(
        "gradus.cli.tagger.evaluate:evaluate", "Measure a tagger on sentences with gold labels."
    ),
    "tag": Entry("gradus.cli.tagger.tag:tag", "Tag files of any size, or words typed here."),
}

app = lazy_app(
    COMMANDS,
    help="Train taggers of words and entities, tag texts and measure.",
    examples=(
        "gradus tagger train train.conllu --dev dev.conllu -o model",
        "gradus tagger train train.iob2 --dev dev.iob2 -o names --kind ner",
        "gradus tagger evaluate model dev.conllu",
        "gradus tagger tag model raw.conllu > tagged.conllu",
    ),
)
