"""``gradus classifier evaluate``: figures, confusions, calibration and the worst errors."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.classifier.arguments import Format
from gradus.cli.console import print_json, print_table
from gradus.cli.lazy import examples
from gradus.cli.options import Json
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.tasks.classification.metrics import ClassificationReport

#: Characters of a text that the list of errors shows.
SHOWN = 90


@examples(
    "gradus classifier evaluate model more-reviews.tsv",
    "gradus classifier evaluate model dev.jsonl --errors 20 --confusion confusion.png",
    "gradus classifier evaluate model model2 model3 dev.tsv --json",
)
def evaluate(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL... TEXTS",
            help="One model, or several whose probabilities are averaged; then labelled texts.",
        ),
    ],
    format: Format = None,
    errors: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show the N most wrong texts.")
    ] = 5,
    confusion: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the confusions (.png or .svg).")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the calibration (.png or .svg).")
    ] = None,
    snapshots: Annotated[
        bool, typer.Option("--snapshots", help="Measure the snapshots of the models' runs as one.")
    ] = False,
    json: Json = False,
) -> None:
    """Measure MODEL on labelled TEXTS: accuracy, F1, confusions, calibration, the worst errors.

    Several models are measured as one: the mean of their probabilities.
    """
    *models, texts = arguments
    if not models:
        raise SettingsError(f"{texts} is one name; give a model and a file of labelled texts")
    from gradus.core.picture import picture_format

    for picture in (confusion, calibration):
        if picture:
            picture_format(picture)  # all is checked before the work begins
    from gradus.tasks.classification.ensemble import ClassifierEnsemble
    from gradus.tasks.classification.examples import read_examples

    classifier = ClassifierEnsemble.load(models, snapshots=snapshots)
    examples = read_examples(texts, format=format)
    report = classifier.report(examples)
    if confusion or calibration:
        from gradus.tasks.classification.plots import plot_calibration, plot_confusion

        for path, plot in ((confusion, plot_confusion), (calibration, plot_calibration)):
            if path:
                plot(report, path)
    worst = report.most_wrong(errors)
    if json:
        shown = [{**error.to_dict(), "text": examples.texts[error.index]} for error in worst]
        print_json({**report.to_dict(), "most_wrong": shown})
        return
    _print_report(report)
    if worst:
        print()
        print_table(
            ["gold", "predicted", "probability", "text"],
            [
                [error.gold, error.predicted, error.probability, _cut(examples.texts[error.index])]
                for error in worst
            ],
            title="most wrong",
        )


def _print_report(report: "ClassificationReport") -> None:
    print_table(
        ["accuracy", "macro F1", "loss", "calibration error", "texts"],
        [
            [
                f"{report.accuracy:.2%}",
                f"{report.macro_f1:.2%}",
                report.loss,
                f"{report.calibration_error:.2%}",
                report.examples,
            ]
        ],
    )
    print()
    print_table(
        ["label", "precision", "recall", "F1", "texts"],
        [
            [row.label, f"{row.precision:.1%}", f"{row.recall:.1%}", f"{row.f1:.1%}", row.support]
            for row in report.classes
        ],
    )
    print()
    print_table(
        ["gold \\ predicted", *report.labels],
        [
            [label, *row]
            for label, row in zip(report.labels, report.confusion.tolist(), strict=True)
        ],
        title="confusions",
    )


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
