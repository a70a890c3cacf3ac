"""A page in the folder of a pipeline that tells people what it is, and how good."""

from collections.abc import Iterator
from pathlib import Path

from gradus.pipeline.parts import PARTS
from gradus.pipeline.pipeline import Pipeline

CARD = "README.md"


def write_card(pipeline: Pipeline, folder: Path) -> None:
    """Write the page: what a person noted, the parts, the scores, and how to use them."""
    (folder / CARD).write_text("\n".join([*_lines(pipeline), ""]), encoding="utf-8")


def _lines(pipeline: Pipeline) -> Iterator[str]:
    facts = dict(pipeline.about)
    yield f"# {facts.pop('name', 'A pipeline')}"
    yield ""
    yield "A pipeline of Gradus: raw text in, sentences with everything that its parts say out."
    yield ""
    yield from (f"- {name}: {PARTS[name].about}" for name in pipeline.parts)
    if facts:
        yield ""
        yield from (f"- {key}: {value}" for key, value in facts.items())
    scores = pipeline.metrics.get("scores", {}).get("figures", {})
    if scores:
        yield from ("", "Scores of CoNLL 2018 on dev, from raw text:", "")
        yield from ("| figure | precision | recall | F1 |", "|---|---|---|---|")
        for name, row in scores.items():
            shares = (f"{row[key]:.2%}" for key in ("precision", "recall", "f1"))
            yield f"| {name} | {' | '.join(shares)} |"
    entities = pipeline.metrics.get("parts", {}).get("entities", {}).get("dev")
    if entities:
        yield from ("", f"Entities on the words of dev: F1 {entities['entity']:.2%}")
    yield from ("", "```", "gradus annotate --model FOLDER text.txt > text.conllu", "```")
