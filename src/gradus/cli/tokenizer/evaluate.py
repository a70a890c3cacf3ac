"""``gradus tokenizer evaluate``: precision, recall and F1 of tokens, words and sentences."""

from typing import Annotated

import typer

from gradus.cli.console import print_json, print_table
from gradus.cli.lazy import examples
from gradus.cli.tokenizer.chosen import chosen_tokenizer
from gradus.core.errors import SettingsError


@examples(
    "gradus tokenizer evaluate model dev.conllu",
    "gradus tokenizer evaluate dev.conllu",
    "gradus tokenizer evaluate --predicted system.conllu dev.conllu --json",
)
def evaluate(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="[MODEL] GOLD", help="A tokenizer (else the rules), and CoNLL-U that is right."
        ),
    ],
    predicted: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Sentences of any tokenizer, in place of MODEL.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Tokenize the raw text of GOLD and compare.

    The figures are those of the official evaluation of CoNLL 2018: a token or a sentence counts if
    both its ends are right.
    """
    if len(arguments) > (1 if predicted else 2):
        raise SettingsError(
            f"{' '.join(arguments)}: give a model and a file with the right sentences, or only the "
            "file, perhaps with --predicted"
        )
    from gradus.tasks.tagging.tokenization.report import TokenizationReport
    from gradus.text.conllu import read_conllu
    from gradus.text.spacing import raw_text

    gold = list(read_conllu(arguments[-1]))
    if predicted:
        found = list(read_conllu(predicted))
    else:
        model = arguments[0] if len(arguments) == 2 else None
        found = chosen_tokenizer(model).sentences(raw_text(gold))
    report = TokenizationReport.of(gold, found)
    if json:
        print_json(report.to_dict())
        return
    print_table(
        ["", "precision", "recall", "F1", "gold", "predicted"],
        [
            [row.name, *(f"{share:.2%}" for share in row[1:4]), row.gold, row.predicted]
            for row in report.rows
        ],
    )
