"""``gradus tokenizer``: one module a command, imported when the command runs."""

from gradus.cli.lazy import Entry, lazy_app

#: Every command, in the order of ``gradus tokenizer --help``.
COMMANDS = {
    "train": Entry("gradus.cli.tokenizer.train:train", "Train a tokenizer on your own treebank."),
    "evaluate": Entry(
        "gradus.cli.tokenizer.evaluate:evaluate", "Measure tokens, words and sentences."
    ),
    "tokenize": Entry(
        "gradus.cli.tokenizer.tokenize:tokenize", "Cut texts of any size into sentences and tokens."
    ),
}

app = lazy_app(
    COMMANDS,
    help="Train tokenizers, measure them, cut texts into sentences and tokens.",
    examples=(
        "gradus tokenizer train train.conllu --dev dev.conllu -o model",
        "gradus tokenizer evaluate model dev.conllu",
        "gradus tokenizer tokenize --model model text.txt > text.conllu",
        "gradus tokenizer tokenize --format lines text.txt",
    ),
)
