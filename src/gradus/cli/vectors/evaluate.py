"""``gradus vectors evaluate``: analogies, human similarity scores, and what a task gains."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.console import print_json, print_table, shown
from gradus.cli.lazy import examples
from gradus.cli.options import Json, Quiet
from gradus.cli.vectors.arguments import Vectors
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.tasks.tagging.vector_scores import VectorScores
    from gradus.vectors.evaluate import AnalogyReport, SectionScore, SimilarityReport


@examples(
    "gradus vectors evaluate vectors --analogies questions-words.txt",
    "gradus vectors evaluate vectors --similarity wordsim353.txt --similarity simlex999.txt --json",
    "gradus vectors evaluate vectors --ner train.iob2 dev.iob2 --seeds 5",
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
    ner: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="TRAIN DEV", help="Entities to learn, and others to find."),
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", min=1, help="Taggers that --ner trains.")] = 3,
    epochs: Annotated[
        int, typer.Option(metavar="N", min=1, help="Times they see the sentences of TRAIN.")
    ] = 10,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Score VECTORS on analogy questions, on human similarity scores, and in a task.

    With --ner small taggers learn entities from the vectors alone, which stay as they are, and
    beside them others from random vectors; F1 of entities on DEV is shown with the mean and the
    standard deviation over seeds.
    """
    if not analogies and not similarity and not ner:
        raise SettingsError(
            "nothing to evaluate on: give --analogies FILE, --similarity FILE or --ner TRAIN DEV"
        )
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
    gained = None
    if ner:
        from gradus.tasks.tagging.vector_scores import score_vectors

        with shown(quiet=quiet) as progress:
            gained = score_vectors(
                table, ner[0], ner[1], seeds=seeds, epochs=epochs, progress=progress
            )
    if json:
        print_json(
            {
                "analogies": [report.to_dict() for report in answered],
                "similarity": [report.to_dict() for report in compared],
                **({"ner": gained.to_dict()} if gained else {}),
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
    if gained:
        if answered or compared:
            print()
        _print_entities(gained)


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


def _print_entities(scores: "VectorScores") -> None:
    rows = [
        ["these", f"{scores.mean:.2%}", f"{scores.spread:.2%}", _all(scores.f1)],
        ["random", f"{scores.random_mean:.2%}", f"{scores.random_spread:.2%}", _all(scores.random)],
    ]
    title = f"entities; {scores.coverage:.1%} of the different words have a vector"
    print_table(["vectors", "mean F1", "spread", "seeds"], rows, title=title)


def _all(shares: Sequence[float]) -> str:
    return " ".join(f"{share:.2%}" for share in shares)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _correlation(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
