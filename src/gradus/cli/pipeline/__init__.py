"""``gradus pipeline``: one module a command, imported when the command runs."""

from gradus.cli.lazy import Entry, lazy_app

#: Every command, in the order of ``gradus pipeline --help``.
COMMANDS = {
    "train": Entry(
        "gradus.cli.pipeline.train:train", "Train all parts on your own treebank, in one go."
    ),
    "evaluate": Entry(
        "gradus.cli.pipeline.evaluate:evaluate", "Score a pipeline from raw text, as CoNLL 2018."
    ),
    "info": Entry("gradus.cli.pipeline.info:info", "Say what a pipeline is made of."),
}

app = lazy_app(
    COMMANDS,
    help="Train pipelines from raw text to trees and entities, and measure them.",
    examples=(
        "gradus pipeline train --treebank train.conllu --dev dev.conllu -o model",
        "gradus pipeline evaluate model dev.conllu",
        "gradus annotate --model model text.txt",
    ),
)
