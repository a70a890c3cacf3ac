"""``gradus pipeline info``: what a pipeline is made of, and how good it was found to be."""

from typing import Annotated, Any

import typer

from gradus.cli.console import print_json, print_table
from gradus.cli.lazy import examples
from gradus.cli.options import Json


@examples("gradus pipeline info en", "gradus pipeline info model --json")
def info(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A folder, or the name of a packaged model.")
    ] = "en",
    json: Json = False,
) -> None:
    """Tell the parts, size, data and scores of MODEL."""
    from gradus.pipeline.models import load
    from gradus.pipeline.parts import PARTS

    pipeline = load(model)
    scores: dict[str, Any] = pipeline.metrics.get("scores", {}).get("figures", {})
    facts = {
        "about": pipeline.about,
        "parts": {name: _size(getattr(pipeline, name)) for name in pipeline.parts},
        "scores": {name: row["f1"] for name, row in scores.items()},
    }
    if json:
        print_json(facts)
        return
    for key, value in pipeline.about.items():
        print(f"{key}: {value}")
    print_table(
        ["part", "numbers", "what it does"],
        [[name, f"{count:,}", PARTS[name].about] for name, count in facts["parts"].items()],
    )
    if scores:
        rows = [[name, f"{value:.2%}"] for name, value in facts["scores"].items()]
        print_table(["figure", "F1"], rows, title="scores on dev, from raw text")


def _size(part: Any) -> int:
    return sum(parameter.numel() for parameter in part.model.parameters())
