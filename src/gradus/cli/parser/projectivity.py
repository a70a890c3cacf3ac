"""``gradus parser projectivity``: how many trees of a treebank have crossing arcs, and how."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.console import print_json, print_table
from gradus.cli.lazy import examples

if TYPE_CHECKING:
    from gradus.tasks.parsing.tree_report import TreebankReport

COLUMNS = (
    *("sentences", "words", "longest", "arc length", "non-projective", "arcs", "crossings"),
    *("planar", "well-nested", "gaps <= 1", "most gaps", "treebank"),
)


@examples(
    "gradus parser projectivity train.conllu dev.conllu",
    "gradus parser projectivity train.conllu.xz --json",
)
def projectivity(
    treebanks: Annotated[
        list[str],
        typer.Argument(metavar="TREEBANK...", help="CoNLL-U files, packed or not; - is stdin."),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Count the non-projective sentences and arcs of each TREEBANK, and say how they are nested.

    A parser that draws no crossing arcs gets none of those sentences wholly right.
    """
    from gradus.tasks.parsing.tree_report import treebank_report

    reports = [(treebank, treebank_report(_trees(treebank))) for treebank in treebanks]
    if json:
        print_json([{"file": name, **report.to_dict()} for name, report in reports])
        return
    print_table(COLUMNS, [[*_row(report), name] for name, report in reports])


def _row(report: "TreebankReport") -> list[Any]:
    return [
        report.sentences,
        report.words,
        report.longest,
        report.mean_arc_length,
        f"{report.nonprojective_sentence_share:.2%}",
        f"{report.nonprojective_arc_share:.2%}",
        report.crossing_arcs,
        f"{report.planar_share:.2%}",
        f"{report.well_nested_share:.2%}",
        f"{report.gap_degree_share:.2%}",
        max(report.gap_degrees),
    ]


def _trees(treebank: str) -> Iterator[Any]:
    from gradus.tasks.parsing.trees import tree_of
    from gradus.text.conllu import read_conllu

    for sentence in read_conllu(treebank, trees="required"):
        yield tree_of(sentence)
