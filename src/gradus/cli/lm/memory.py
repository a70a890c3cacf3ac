"""``gradus lm memory``: how far back a model remembers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.console import print_json, print_table, remark, shown
from gradus.cli.lazy import examples
from gradus.cli.lm.arguments import Model
from gradus.cli.options import Json, Quiet, option
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.tasks.lm.memory import MemoryReport
    from gradus.training.flow import Flow


@examples(
    "gradus lm memory model test.txt",
    "gradus lm memory model test.txt -o memory.png --positions 2000",
    "gradus lm memory model test.txt --distances 200 --contexts 1,10,100,1000 --json",
)
def memory(
    model: Model,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="A text file; plain or packed; - is stdin.")
    ],
    out: Annotated[
        Path | None, option("Draw both curves (.png or .svg).", "-o", "--out", metavar="FILE")
    ] = None,
    positions: Annotated[
        int | None, option("Tokens of TEXT to look back from (500).", metavar="N")
    ] = None,
    distances: Annotated[
        int | None, option("Steps that gradients are followed back (64).", metavar="N")
    ] = None,
    contexts: Annotated[
        str | None, option("Tokens to cut contexts to (1,2,4,...,256).", metavar="K,K")
    ] = None,
    seed: Annotated[int | None, option("Seed of the draw (1).")] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Show how far back MODEL remembers: its gradients, and its perplexity on cut contexts.

    The first table has the norms of the gradient of the loss in the states k steps before, which
    only recurrent models have. The second has the perplexity of the same tokens when nothing is
    known but the last k before each.
    """
    from gradus.core.picture import picture_format

    if out:
        picture_format(out)  # all is checked before the work begins
    from gradus.tasks.lm.loading import load_language_model
    from gradus.tasks.lm.memory import MemoryConfig, measure_memory

    given: dict[str, Any] = {
        "positions": positions,
        "distances": distances,
        "contexts": None if contexts is None else _numbers(contexts),
        "seed": seed,
    }
    config = MemoryConfig(**{name: value for name, value in given.items() if value is not None})
    opened = load_language_model(model)
    with shown(quiet=quiet) as progress:
        report = measure_memory(opened, text, config, progress)
    if out:
        report.plot(out)
    if json:
        print_json(report.to_dict())
        return
    _print_flows(report.flows)
    _print_contexts(report)
    remark(str(report))


def _numbers(line: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in line.split(","))
    except ValueError:
        raise SettingsError(
            f"--contexts {line}: write whole numbers with commas, as 1,10,100"
        ) from None


def _print_flows(flows: "tuple[Flow, ...]") -> None:
    """Norms at distances that double, and how fast they shrink."""
    if not flows:
        return
    columns: dict[str, Any] = {}
    for number, flow in enumerate(flows, start=1):
        columns[f"h, layer {number}"] = flow.norms
        if flow.cell_norms is not None:
            columns[f"c, layer {number}"] = flow.cell_norms
    last = len(flows[0].norms) - 1
    distances = sorted({0, last, *(2**power for power in range(last.bit_length()))})
    print_table(
        ["k", *columns],
        [[k, *(float(norms[k]) for norms in columns.values())] for k in distances],
        title="gradient of the loss in the state k steps back",
    )
    print()
    print_table(
        ["layer", "factor a step", "half-life in steps"],
        [[number, flow.factor, flow.half_life] for number, flow in enumerate(flows, start=1)],
    )
    print()


def _print_contexts(report: "MemoryReport") -> None:
    print_table(
        ["context", "perplexity", "gain in nats", "±"],
        [
            [
                "all" if row.context is None else str(row.context),
                f"{row.perplexity:.2f}",
                "" if row.gain is None else f"{row.gain:z.3f}",
                "" if row.error is None else f"{row.error:.3f}",
            ]
            for row in report.curve.rows
        ],
        title="perplexity when nothing is known but the last tokens",
    )
