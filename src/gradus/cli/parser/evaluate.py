"""``gradus parser evaluate``: figures of a parser, how sure they are, and beside another parser."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.console import print_json, print_table
from gradus.cli.lazy import examples
from gradus.core.errors import ExistsError, SettingsError

if TYPE_CHECKING:
    from gradus.tasks.parsing.arc_scores import ArcScores
    from gradus.tasks.parsing.attachment import AttachmentReport
    from gradus.tasks.parsing.significance import Difference, Interval
    from gradus.text.document import Sentence

#: Names of the figures on the screen, in their order.
NAMES = {
    "uas": "UAS",
    "las": "LAS",
    "clas": "CLAS",
    "las_with_subtypes": "LAS with subtypes",
    "uas_without_punctuation": "UAS without punctuation",
    "las_without_punctuation": "LAS without punctuation",
}

#: Those that are compared between two parsers.
COMPARED = ("uas", "las", "clas")


@examples(
    "gradus parser evaluate model dev.conllu",
    "gradus parser evaluate model dev.conllu --against older-model --errors 3",
    "gradus parser evaluate --predicted parsed.conllu dev.conllu --json",
)
def evaluate(
    arguments: Annotated[
        list[str],
        typer.Argument(metavar="[MODEL] GOLD", help="A parser, and CoNLL-U with the right trees."),
    ],
    predicted: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Trees of any parser, in place of MODEL.", show_default=False
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="OTHER",
            help="Compare with this parser: a model, or CoNLL-U with its trees.",
            show_default=False,
        ),
    ] = None,
    parsed: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the trees of MODEL here.", show_default=False),
    ] = None,
    subtypes: Annotated[
        bool, typer.Option("--subtypes", help="List relations with their subtypes.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    errors: Annotated[
        int, typer.Option(metavar="N", min=0, help="Draw the N sentences with most errors.")
    ] = 0,
    beam: Annotated[
        int, typer.Option(metavar="N", min=1, help="Let models follow N parses side by side.")
    ] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Measure the trees of MODEL on the words of GOLD: UAS, LAS, CLAS, and where the errors are.

    The figures are those of the official evaluation of CoNLL 2018. Punctuation counts, unless said
    otherwise; it is what has the relation punct. Brackets hold the 95 % interval over sentences.
    """
    if len(arguments) != (1 if predicted else 2):
        raise SettingsError(
            f"{' '.join(arguments)}: give a model and a file with the right trees, or only the "
            "file and --predicted"
        )
    if parsed and parsed.exists() and not force:
        raise ExistsError(f"{parsed} exists; choose another name, or overwrite it with --force")
    from gradus.tasks.parsing.attachment import AttachmentReport
    from gradus.text.conllu import read_treebank, write_conllu

    gold = read_treebank(arguments[-1])
    trees = _trees(predicted or arguments[0], gold, is_model=predicted is None, beam=beam)
    report = AttachmentReport.of(gold, trees)
    other = None
    if against:
        found = _trees(str(against), gold, is_model=against.is_dir(), beam=beam)
        other = AttachmentReport.of(gold, found)
    if parsed:
        write_conllu(trees, parsed)
    intervals, differences = _doubts(report, other)
    if json:
        print_json(_plain(report, intervals, differences))
        return
    _print_report(report, intervals, subtypes)
    if differences:
        _print_differences(differences)
    if errors:
        _draw_worst(report, gold, trees, errors)


def _trees(source: str, gold: list["Sentence"], *, is_model: bool, beam: int) -> list["Sentence"]:
    if is_model:
        from gradus.tasks.parsing.parser import Parser

        return Parser.load(source).parse(gold, beam=beam)
    from gradus.text.conllu import read_treebank

    return read_treebank(source)


def _doubts(
    report: "AttachmentReport", other: "AttachmentReport | None"
) -> tuple[dict[str, "Interval"], list["Difference"]]:
    """The interval of each figure, and how those of two parsers differ."""
    from gradus.tasks.parsing.significance import compare_parsers, figure_interval

    intervals = {name: figure_interval(report, name) for name in NAMES}
    if other is None:
        return intervals, []
    return intervals, [compare_parsers(report, other, name) for name in COMPARED]


def _plain(
    report: "AttachmentReport",
    intervals: dict[str, "Interval"],
    differences: list["Difference"],
) -> dict[str, Any]:
    values = report.to_dict()
    values["intervals"] = {name: list(interval) for name, interval in intervals.items()}
    if differences:
        values["differences"] = [difference.to_dict() for difference in differences]
    return values


def _print_report(
    report: "AttachmentReport", intervals: dict[str, "Interval"], subtypes: bool
) -> None:
    rows = [
        [name, f"{report.figure(key):.2%}", f"[{low:.2%}, {high:.2%}]"]
        for (key, name), (low, high) in zip(NAMES.items(), intervals.values(), strict=True)
    ]
    rows += [
        ["sentences without an error", f"{report.exact:.2%}", ""],
        ["sentences with all heads right", f"{report.exact_heads:.2%}", ""],
    ]
    title = f"{report.sentences:,} sentences, {report.words:,} words"
    print_table(["figure", "", "95 % interval"], rows, title=title)
    _print_scores("length", report.by_length, "arcs by length, whatever their relation")
    _print_scores("arcs", report.by_crossing, "arcs by projectivity, whatever their relation")
    print()
    print_table(
        ["gold tree", "UAS", "LAS", "no error", "words", "sentences"],
        [
            [row.name, *_shares(row.uas, row.las, row.exact), row.words, row.sentences]
            for row in report.by_projectivity
        ],
        title="sentences by projectivity",
    )
    _print_scores("relation", report.by_relation(subtypes=subtypes), "labelled arcs by relation")


def _print_scores(column: str, rows: list["ArcScores"], title: str) -> None:
    print()
    print_table(
        [column, "precision", "recall", "F1", "gold", "predicted"],
        [
            [row.name, *_shares(row.precision, row.recall, row.f1), row.gold, row.predicted]
            for row in rows
        ],
        title=title,
    )


def _shares(*values: float) -> list[str]:
    return [f"{value:.1%}" for value in values]


def _print_differences(differences: list["Difference"]) -> None:
    print()
    print_table(
        ["figure", "difference", "95 % interval", "p"],
        [
            [
                NAMES[found.figure],
                f"{found.difference:+.2%}",
                f"[{found.interval.low:+.2%}, {found.interval.high:+.2%}]",
                found.p,
            ]
            for found in differences
        ],
        title="beside the other parser (p: approximate randomization over sentences)",
    )


def _draw_worst(
    report: "AttachmentReport", gold: list["Sentence"], trees: list["Sentence"], count: int
) -> None:
    from gradus.cli.console import emphasis
    from gradus.text.arcs import draw_terminal
    from gradus.text.arcs.page import caption

    for index in report.worst(count):
        print("\n" + emphasis(caption(index + 1, gold[index])))
        print(draw_terminal(trees[index], gold=gold[index]))
