"""``gradus vectors evaluate``: analogy accuracy and correlation with human similarity scores."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.console import print_json, print_table
from gradus.cli.lazy import examples
from gradus.cli.options import Json
from gradus.cli.vectors.arguments import Vectors
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.vectors.evaluate import AnalogyReport, SectionScore, SimilarityReport


@examples(
    "gradus vectors evaluate vectors --analogies questions-words.txt",
    "gradus vectors evaluate vectors --similarity wordsim353.txt --similarity simlex999.txt --json",
)
def evaluate(
    vectors: Vectors,
    analogies: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Questions of four words a line; may be repeated."),
    ] = None,
    similarity: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Two words and a score a line; may be repeated."),
    ] = None,
    method: Annotated[
        str, typer.Option(metavar="3cosadd|3cosmul", help="How answers to analogies are found.")
    ] = "3cosadd",
    restrict_vocab: Annotated[
        int, typer.Option(metavar="N", help="Use the N most frequent words.")
    ] = 300_000,
    lowercase: Annotated[
        bool, typer.Option(help="Take words that differ in case only for the same.")
    ] = True,
    json: Json = False,
) -> None:
    """Score VECTORS on analogy questions and on human similarity scores, with coverage."""
    if not analogies and not similarity:
        raise SettingsError("nothing to evaluate on: give --analogies FILE or --similarity FILE")
    from gradus.vectors.evaluate import evaluate_analogies, evaluate_similarity
    from gradus.vectors.queries import named_method
    from gradus.vectors.table import WordVectors

    chosen = named_method(method)
    table = WordVectors.load(vectors)
    limits: dict[str, Any] = {"restrict_vocab": restrict_vocab, "lowercase": lowercase}
    answered = [
        evaluate_analogies(table, path, method=chosen, **limits) for path in analogies or ()
    ]
    compared = [evaluate_similarity(table, path, **limits) for path in similarity or ()]
    if json:
        print_json(
            {
                "analogies": [report.to_dict() for report in answered],
                "similarity": [report.to_dict() for report in compared],
            }
        )
        return
    for position, report in enumerate(answered):
        if position:
            print()
        _print_analogies(report)
    if answered and compared:
        print()
    if compared:
        _print_similarity(compared)


def _print_analogies(report: "AnalogyReport") -> None:
    sums = (report.semantic, report.syntactic, report.total)
    print_table(
        ["section", "accuracy", "correct", "attempted", "questions", "coverage"],
        [_row(score) for score in (*report.sections, *sums)],
        title=f"{report.name} ({report.method})",
    )


def _row(score: "SectionScore") -> list[Any]:
    return [
        score.name,
        _percent(score.accuracy),
        score.correct,
        score.attempted,
        score.total,
        _percent(score.coverage),
    ]


def _print_similarity(reports: list["SimilarityReport"]) -> None:
    print_table(
        ["similarity", "spearman", "pearson", "covered", "pairs", "coverage"],
        [
            [
                report.name,
                _correlation(report.spearman),
                _correlation(report.pearson),
                report.covered,
                report.pairs,
                _percent(report.coverage),
            ]
            for report in reports
        ],
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _correlation(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
