"""``gradus seq2seq evaluate``: exact match, perplexity, BLEU, chrF, and the worst errors."""

from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.console import print_json, print_table, shown
from gradus.cli.lazy import examples
from gradus.cli.options import Json
from gradus.cli.seq2seq.arguments import LengthPower, MaxLength, Model

if TYPE_CHECKING:
    from gradus.tasks.lm.conditional.report import Seq2SeqReport

#: Columns of a text that the list of errors shows.
SHOWN = 50


@examples(
    "gradus seq2seq evaluate model more-pairs.tsv",
    "gradus seq2seq evaluate model dev.tsv --beam 5 --length-power 1 --errors 20",
    "gradus seq2seq evaluate model dev.tsv --json",
)
def evaluate(
    model: Model,
    pairs: Annotated[
        list[str], typer.Argument(metavar="PAIRS...", help="Lines source TAB target; - is stdin.")
    ],
    beam: Annotated[
        int, typer.Option(metavar="N", min=1, help="Follow N outputs side by side; 1 is greedy.")
    ] = 1,
    length_power: LengthPower = 0.0,
    max_length: MaxLength = None,
    errors: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show the N most wrong outputs.")
    ] = 5,
    no_bleu: Annotated[
        bool, typer.Option("--no-bleu", help="Leave out BLEU and chrF, which need sacrebleu.")
    ] = False,
    json: Json = False,
) -> None:
    """Measure MODEL on PAIRS: what it writes, and how likely it finds the right targets.

    BLEU and chrF are sacrebleu's, with its signatures. Errors are ordered by the loss of the right
    target: the ones at the top surprise the model most.
    """
    from gradus.tasks.lm.conditional.metrics import load_metrics
    from gradus.tasks.lm.conditional.pairs import read_pairs
    from gradus.tasks.lm.conditional.seq2seq import Seq2Seq
    from gradus.tasks.lm.conditional.settings import SearchConfig
    from gradus.tasks.lm.conditional.training import check_known

    search = SearchConfig(beam=beam, length_power=length_power, max_length=max_length)
    if not no_bleu:
        load_metrics()  # a missing library is told before the work begins
    opened, examples = Seq2Seq.load(model), read_pairs(pairs)
    with shown() as progress:
        check_known(opened, examples, progress)
    report = opened.report(examples, search)
    worst = report.most_wrong(errors)
    if json:
        overlap = {} if no_bleu else report.overlap._asdict()
        listed = [error.to_dict() for error in worst]
        print_json({**report.to_dict(), **overlap, "most_wrong": listed})
        return
    _print_report(report, bleu=not no_bleu)
    if worst:
        print()
        print_table(
            ["source", "target", "output", "loss"],
            [[_cut(e.source), _cut(e.target), _cut(e.output), e.loss] for e in worst],
            title="most wrong",
        )


def _print_report(report: "Seq2SeqReport", *, bleu: bool) -> None:
    figures = {
        "exact match": f"{report.exact_match:.2%}",
        "token accuracy": f"{report.accuracy:.2%}",
        "perplexity": f"{report.perplexity:.5g}",
    }
    if bleu:
        figures |= {"BLEU": f"{report.overlap.bleu:.2f}", "chrF": f"{report.overlap.chrf:.2f}"}
    print_table([*figures, "pairs"], [[*figures.values(), len(report.sources)]])
    counted = report.to_dict()
    print(f"perplexity and token accuracy per {counted['perplexity_per']}: {counted['symbols']:,}")
    if bleu:
        print(f"BLEU {report.overlap.bleu_signature}")
        print(f"chrF {report.overlap.chrf_signature}")


def _cut(text: str) -> str:
    from gradus.text.arcs.widths import fitted

    return fitted(" ".join(text.split()), SHOWN)
