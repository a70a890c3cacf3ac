"""``gradus pipeline train``: from a treebank to a pipeline."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.console import print_json, print_table, remark, shown
from gradus.cli.lazy import examples
from gradus.cli.options import Force, Json, ModelOut, Quiet, Resume, option
from gradus.cli.settings import parse_assignment
from gradus.core.errors import SettingsError

if TYPE_CHECKING:
    from gradus.pipeline.pipeline import Pipeline


@examples(
    "gradus pipeline train --treebank train.conllu --dev dev.conllu -o model",
    "gradus pipeline train --treebank train.conllu --dev dev.conllu --text raw.txt.xz -o model",
    "gradus pipeline train --treebank train.conllu --ner train.iob2 --vectors vectors -o model",
    "gradus pipeline train --treebank train.conllu -o model --preset accurate --jobs 2",
    "gradus pipeline train --treebank train.conllu -o model --set analyzer.epochs=20",
    "gradus pipeline train --treebank train.conllu --dev dev.conllu -o model --resume",
)
def train(
    out: ModelOut,
    treebank: Annotated[
        list[str],
        typer.Option(metavar="TRAIN", help="CoNLL-U, plain or packed; may be repeated."),
    ],
    dev: Annotated[
        list[str] | None,
        option("CoNLL-U that chooses the best models and is scored.", metavar="DEV"),
    ] = None,
    ner: Annotated[
        list[str] | None,
        option("Words and tags of entities, in columns or CoNLL-U.", metavar="TRAIN"),
    ] = None,
    ner_dev: Annotated[list[str] | None, option("The same to measure on.", metavar="DEV")] = None,
    vectors: Annotated[
        Path | None, option("Word vectors to begin with: a folder or a file.", metavar="V")
    ] = None,
    text: Annotated[
        Path | None, option("Raw text to train word vectors on first.", metavar="RAW")
    ] = None,
    contextual: Annotated[
        Path | None,
        option("Contextual vectors beside them: a folder of gradus vectors contextual."),
    ] = None,
    preset: Annotated[
        str, option("fast (default), in minutes; or accurate, in about an hour.")
    ] = "fast",
    assignments: Annotated[
        list[str] | None,
        option(
            "A setting of a part; may be repeated: analyzer.arc_dim=300.", "--set", metavar="P.N=V"
        ),
    ] = None,
    about: Annotated[
        list[str] | None,
        option("A fact to keep in the model: language=Dutch.", metavar="KEY=VALUE"),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Keep weights in full, and records of the training.")
    ] = False,
    share: Annotated[
        bool | None,
        typer.Option(
            "--share-encoder/--separate",
            help="Learn tags and trees with one network (both presets do), or with two.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int | None, option("Parts that are trained at a time (one a core).", min=1)
    ] = None,
    seed: Annotated[int, option("Seed of the run (1).", min=0)] = 1,
    resume: Resume = False,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Train a tokenizer, an analyzer of tags and trees and, with --ner, a finder of entities.

    Parts that the treebank says nothing about are left out. Ctrl-C keeps what has been made; the
    same command with --resume goes on from there. The model is one folder.
    """
    from gradus.pipeline.training import train_pipeline

    changes = _changes(assignments or ())
    facts = _facts(about or ())
    with shown(quiet=quiet) as progress:
        pipeline = train_pipeline(
            treebank,
            dev=dev,
            ner=ner,
            ner_dev=ner_dev,
            vectors=vectors,
            text=text,
            contextual=contextual,
            preset=preset,
            changes=changes,
            folder=out,
            about=facts,
            compact=not exact,
            seed=seed,
            jobs=jobs or os.cpu_count() or 1,
            share=share,
            resume=resume,
            force=force,
            progress=progress,
        )
    if json:
        print_json({"folder": str(out), "parts": list(pipeline.parts), **pipeline.metrics})
    elif not quiet:
        _tell(out, pipeline)


def _changes(assignments: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Settings by part, out of ``part.name=value``."""
    from gradus.pipeline.parts import PARTS

    changes: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for assignment in assignments:
        name, value = parse_assignment(assignment)
        part, dot, setting = name.partition(".")
        if not dot or part not in PARTS:
            raise SettingsError(
                f"--set {assignment}: write PART.NAME=VALUE, such as analyzer.epochs=20; parts are "
                f"{', '.join(PARTS)}"
            )
        changes[part][setting] = value
    return dict(changes)


def _facts(about: Sequence[str]) -> Mapping[str, str]:
    facts = {}
    for fact in about:
        key, equals, value = fact.partition("=")
        if not equals or not key:
            raise SettingsError(f"--about {fact}: write KEY=VALUE, such as language=Dutch")
        facts[key] = value
    return facts


def _tell(out: Path, pipeline: "Pipeline") -> None:
    scores = pipeline.metrics.get("scores")
    if scores:
        rows = [
            [name, *(f"{row[figure]:.2%}" for figure in ("precision", "recall", "f1"))]
            for name, row in scores["figures"].items()
        ]
        print_table(["figure", "precision", "recall", "F1"], rows, title="dev, from raw text")
    entities = pipeline.metrics["parts"].get("entities", {}).get("dev")
    if entities:
        print(f"entities: F1 {entities['entity']:.2%} on given words")
    remark(f'saved in {out}; next: gradus annotate --model {out} "A sentence."')
