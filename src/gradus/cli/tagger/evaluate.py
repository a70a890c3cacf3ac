"""``gradus tagger evaluate``: figures of a tagger, or of the labels of any other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.console import print_json, print_table, remark
from gradus.cli.lazy import examples
from gradus.cli.options import Json, option
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.tasks.tagging.report import TaggingReport
    from gradus.tasks.tagging.span_scores import SpanReport


@examples(
    "gradus tagger evaluate model dev.conllu",
    "gradus tagger evaluate names dev.iob2 --errors 10",
    "gradus tagger evaluate --predicted tagged.conllu dev.conllu --json",
)
def evaluate(
    arguments: Annotated[
        list[str],
        typer.Argument(metavar="[MODEL] GOLD", help="A tagger, and a file with the right labels."),
    ],
    predicted: Annotated[
        str | None, option("Labels of any tagger, in place of MODEL.", metavar="FILE")
    ] = None,
    errors: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show the N most frequent mistakes of a column.")
    ] = 0,
    json: Json = False,
) -> None:
    """Measure the labels of MODEL on the words of GOLD: accuracy by column, F1 of entities.

    The figures are those of the official evaluation of CoNLL 2018, and of conlleval for entities.
    Columns that GOLD says nothing about are left out. With --predicted a file is read as columns
    unless its name has .conllu.
    """
    if len(arguments) != (1 if predicted else 2):
        raise SettingsError(
            f"{' '.join(arguments)}: give a model and a file with the right labels, or only the "
            "file and --predicted"
        )
    report = _report(arguments, predicted)
    if json:
        print_json(_plain(report, errors))
        return
    _print_figures(report)
    if "entity" in report.columns:
        _print_spans(report.spans)
    for column in report.columns if errors else ():
        _print_confusions(report, column, errors)


def _report(arguments: Sequence[str], predicted: str | None) -> "TaggingReport":
    from gradus.tasks.tagging.columns import COLUMNS
    from gradus.tasks.tagging.reading import known_columns, read_sentences
    from gradus.tasks.tagging.report import TaggingReport
    from gradus.tasks.tagging.tagger import Tagger

    if predicted is not None:
        # entities may stand in columns where a name does not say that it is CoNLL-U
        gold, found = (read_sentences(name, ["entity"]) for name in (arguments[0], predicted))
        return TaggingReport.of(gold, found, known_columns(gold, list(COLUMNS)))
    tagger = Tagger.load(arguments[0])
    gold = read_sentences(arguments[1], tagger.config.columns)
    kept = known_columns(gold, tagger.config.columns)
    if absent := [name for name in tagger.config.columns if name not in kept]:
        remark(f"{arguments[1]} says nothing of {', '.join(absent)}: left out")
    return TaggingReport.of(gold, tagger.tag(gold), kept)


def _plain(report: "TaggingReport", errors: int) -> dict[str, Any]:
    values = report.to_dict()
    if errors:
        values["confusions"] = {
            column: [found._asdict() for found in report.confusions(column, errors)]
            for column in report.columns
        }
    return values


def _print_figures(report: "TaggingReport") -> None:
    from gradus.tasks.tagging.columns import COLUMNS

    rows = [
        [name, "F1" if name in COLUMNS and COLUMNS[name].spans else "accuracy", f"{value:.2%}"]
        for name, value in report.figures.items()
    ]
    title = f"{len(report.gold):,} sentences, {report.words:,} words"
    print_table(["column", "figure", ""], rows, title=title)


def _print_spans(report: "SpanReport") -> None:
    print()
    print_table(
        ["entity", "precision", "recall", "F1", "gold", "predicted", "right"],
        [
            [row.name, *(f"{share:.2%}" for share in row[1:4]), *row[4:]]
            for row in (report.overall, *report.types)
        ],
        title=f"entities (macro F1 {report.macro_f1:.2%}, right tags {report.accuracy:.2%})",
    )


def _print_confusions(report: "TaggingReport", column: str, count: int) -> None:
    found = report.confusions(column, count)
    if not found:
        return
    print()
    print_table(["gold", "predicted", "times"], found, title=f"most frequent mistakes in {column}")
