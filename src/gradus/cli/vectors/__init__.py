"""``gradus vectors``: one module a command, imported when the command runs."""

from gradus.cli.lazy import Entry, lazy_app

#: Every command, in the order of ``gradus vectors --help``.
COMMANDS = {
    "train": Entry("gradus.cli.vectors.train:train", "Train word vectors on your own text."),
    "contextual": Entry(
        "gradus.cli.vectors.contextual:contextual",
        "Train vectors of words among their neighbours.",
    ),
    "neighbors": Entry("gradus.cli.vectors.query:neighbors", "The words nearest to each word."),
    "analogy": Entry("gradus.cli.vectors.query:analogy", "A is to B as C is to what?"),
    "odd": Entry("gradus.cli.vectors.query:odd", "The word that does not belong with the others."),
    "evaluate": Entry(
        "gradus.cli.vectors.evaluate:evaluate",
        "Score vectors on analogies, word similarity and entities.",
    ),
    "plot": Entry("gradus.cli.vectors.plot:plot", "Draw a map of words in two dimensions."),
    "convert": Entry("gradus.cli.vectors.convert:convert", "Write vectors in another format."),
    "cooccurrence": Entry(
        "gradus.cli.vectors.cooccurrence:cooccurrence", "Count which words occur near each other."
    ),
}

app = lazy_app(
    COMMANDS,
    help="Train, evaluate, query, plot and convert word vectors.",
    examples=(
        "gradus vectors train corpus.txt -o vectors",
        "gradus vectors neighbors vectors king queen",
        "gradus vectors analogy vectors man king woman",
        "gradus vectors evaluate vectors --analogies questions-words.txt",
    ),
)
