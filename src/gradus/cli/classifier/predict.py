"""``gradus classifier predict``: labels for texts of a file, of standard input, or as given."""

from pathlib import Path
from typing import Annotated

import typer

from gradus.cli.classifier.arguments import Format, Model
from gradus.cli.console import print_json
from gradus.cli.lazy import examples
from gradus.cli.options import Json
from gradus.core.errors import SettingsError


@examples(
    'gradus classifier predict model "What a film!" "Two hours I want back."',
    "gradus classifier predict model --file unlabelled.txt > labels.tsv",
    "cat unlabelled.txt | gradus classifier predict model --file - --json",
)
def predict(
    model: Model,
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT...]", help="Texts to label.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="One text a line, or jsonl or csv; - is standard input."),
    ] = None,
    format: Format = None,
    top: Annotated[
        int, typer.Option("-n", metavar="N", min=1, help="Show the N likeliest labels.")
    ] = 1,
    json: Json = False,
) -> None:
    """Label TEXTs, or those of a file: label TAB probability TAB text, one line a text."""
    if bool(texts) == (file is not None):
        raise SettingsError("give texts to label, or a file of them with --file (- is stdin)")
    from gradus.tasks.classification.classifier import Classifier
    from gradus.tasks.classification.examples import read_examples

    classifier = Classifier.load(model)
    if file is not None:
        texts = read_examples(str(file), format=format, labelled=False).texts
    for text, best in zip(texts or (), classifier.predict(texts or (), top), strict=True):
        if json:
            print_json({"text": text, "labels": [guess._asdict() for guess in best]})
        else:
            line = " ".join(text.split())
            print(*(f"{guess.label}\t{guess.probability:.4f}" for guess in best), line, sep="\t")
