"""What pipelines score on dev: Gradus's own figures beside those of the official programs."""

import io
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _data import data_folder
from _processes import gradus, ran
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from udtools.udeval import evaluate, load_conllu

from gradus.pipeline import load
from gradus.tasks.tagging.reading import read_sentences
from gradus.text.conllu import format_conllu, read_conllu
from gradus.text.entities_in_misc import entity_tags

#: The least that a preset has to score on English-EWT dev, in percent.
FLOORS = {
    "fast": {"UPOS": 93.5, "LAS": 77.5, "Sentences": 77.0, "Words": 98.8, "entities": 70.0},
    "accurate": {"UPOS": 94.5, "LAS": 81.5, "Sentences": 77.0, "Words": 98.8, "entities": 70.0},
}


@dataclass(frozen=True)
class Scored:
    """The F1 of each figure from raw text, and of entities on given words, in percent."""

    figures: dict[str, float]
    differing: list[str]  # figures that the official programs give another value

    def below(self, preset: str) -> list[str]:
        """What is below a floor, in words."""
        return [
            f"{name} {self.figures.get(name, 0.0):.2f} < {floor:g}"
            for name, floor in FLOORS[preset].items()
            if self.figures.get(name, 0.0) < floor
        ]


def scored(model: Path, gold: Path, entities: Path | None = None) -> Scored:
    """The scores of a model; ``entities`` are words and tags in columns."""
    with tempfile.TemporaryDirectory(prefix="gradus-scores-") as name:
        system = Path(name, "system.conllu")
        found = ran(
            gradus("pipeline", "evaluate", model, gold, "--write", system, "--json", "--quiet")
        )
        official = evaluate(_official(gold), _official(system))
    figures, differing = {}, []
    for figure, score in json.loads(found.output)["figures"].items():
        judge = official[figure]
        figures[figure] = 100 * score["f1"]
        theirs = judge.gold_total, judge.system_total, judge.correct, judge.aligned_total
        if theirs != tuple(score[name] for name in ("gold", "system", "correct", "aligned")):
            differing.append(f"{figure}: {figures[figure]:.4f} here, {100 * judge.f1:.4f} there")
    if entities is not None:
        own, theirs = _entities(model, entities)
        if own is not None:
            figures["entities"] = 100 * own
            if abs(own - theirs) > 1e-12:
                differing.append(f"entities: {100 * own:.4f} here, {100 * theirs:.4f} there")
    return Scored(figures, differing)


def entities_dev() -> Path:
    """Words and entities of English-EWT dev."""
    return data_folder() / "ner" / "uner-en-ewt" / "dev.iob2.xz"


def _official(path: Path) -> Any:
    """A side of the official evaluation."""
    return load_conllu(io.StringIO("".join(map(format_conllu, read_conllu(path)))), str(path), {})


def _entities(model: Path, path: Path) -> tuple[float | None, float]:
    """F1 of entities: Gradus's own, and seqeval's on the same tags."""
    tagger = load(model).entities
    if tagger is None:
        return None, 0.0
    gold = read_sentences(path, ("entity",))
    right, found = (list(map(entity_tags, side)) for side in (gold, tagger.tag(gold)))
    return tagger.report(gold).spans.f1, float(f1_score(right, found, mode="strict", scheme=IOB2))


def check(scores: list[Scored], presets: list[str]) -> None:
    """Leave with status 1 if figures differ from the official ones, or are below the floors."""
    wrong = [line for one in scores for line in one.differing]
    for one, preset in zip(scores, presets, strict=bool(presets)):
        wrong += [f"below the floor of {preset}: {line}" for line in one.below(preset)]
    if wrong:
        sys.exit("\n".join(wrong))
