"""``gradus lm``: language models."""

from gradus.cli.lazy import Entry, lazy_app

COMMANDS = {
    "train": Entry("gradus.cli.lm.train:train", "Train a language model on a text."),
    "evaluate": Entry("gradus.cli.lm.evaluate:evaluate", "Measure perplexity on texts."),
    "score": Entry("gradus.cli.lm.score:score", "Show how surprising each token of a text is."),
    "generate": Entry("gradus.cli.lm.generate:generate", "Let a model write on."),
    "memory": Entry("gradus.cli.lm.memory:memory", "Show how far back a model remembers."),
}

app = lazy_app(
    COMMANDS,
    help="Train language models, measure perplexity, generate, look at memory.",
    examples=(
        "gradus lm train corpus.txt --dev dev.txt -o model",
        "gradus lm train corpus.txt --dev dev.txt -o ngrams --model ngram",
        "gradus lm evaluate model test.txt",
        'gradus lm generate model --prompt "In the beginning"',
    ),
)
