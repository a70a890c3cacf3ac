"""``gradus parser``: one module a command, imported when the command runs."""

from gradus.cli.lazy import Entry, lazy_app

#: Every command, in the order of ``gradus parser --help``.
COMMANDS = {
    "train": Entry("gradus.cli.parser.train:train", "Train a parser on your own treebank."),
    "evaluate": Entry(
        "gradus.cli.parser.evaluate:evaluate", "Measure a parser on a treebank, or beside another."
    ),
    "parse": Entry("gradus.cli.parser.parse:parse", "Parse CoNLL-U files of any size."),
    "trace": Entry(
        "gradus.cli.parser.trace:trace", "Show how a sentence is parsed, transition by transition."
    ),
    "draw": Entry("gradus.cli.parser.draw:draw", "Draw trees, in the terminal, as SVG or HTML."),
    "projectivity": Entry(
        "gradus.cli.parser.projectivity:projectivity", "Say how far a treebank's arcs cross."
    ),
    "convert": Entry(
        "gradus.cli.parser.convert:convert", "Turn constituency trees into dependency trees."
    ),
}

app = lazy_app(
    COMMANDS,
    help="Train dependency parsers, parse, draw, explain and measure.",
    examples=(
        "gradus parser train train.conllu --dev dev.conllu -o model",
        "gradus parser evaluate model dev.conllu",
        "gradus parser parse model raw.conllu > parsed.conllu",
        'gradus parser draw --model model "The cat sleeps"',
    ),
)
