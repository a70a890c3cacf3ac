"""From a treebank to a pipeline: every part is trained, in one go."""

import shutil
import time
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from gradus.core.errors import SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.core.storage import METRICS, publish_folder, write_json
from gradus.core.workplace import MADE, STATE, workplace
from gradus.pipeline.card import write_card
from gradus.pipeline.conll_scores import PipelineReport
from gradus.pipeline.corpora import Corpora
from gradus.pipeline.packing import pack_pipeline
from gradus.pipeline.pipeline import Pipeline
from gradus.pipeline.plan import Plan
from gradus.pipeline.presets import Changes, recipe
from gradus.pipeline.schedule import run_jobs
from gradus.pipeline.text_vectors import DIM, vectors_of_text
from gradus.tasks.base.words.contextual import ContextualVectors
from gradus.tasks.base.words.sources import Source
from gradus.text.document import Sentence
from gradus.text.raw_blocks import raw_blocks
from gradus.text.sources import STDIN
from gradus.text.spacing import raw_text
from gradus.training.settings import FREE
from gradus.vectors.table import WordVectors


def train_pipeline(
    treebank: Source,
    *,
    dev: Source | None = None,
    ner: Source | None = None,
    ner_dev: Source | None = None,
    vectors: str | PathLike[str] | None = None,
    text: str | PathLike[str] | None = None,
    contextual: str | PathLike[str] | None = None,
    preset: str = "fast",
    changes: Changes | None = None,
    folder: Path | str,
    about: Mapping[str, Any] | None = None,
    compact: bool = True,
    seed: int = 1,
    jobs: int = 1,
    share: bool | None = None,
    force: bool = False,
    resume: bool = False,
    progress: Progress = SILENT,
) -> Pipeline:
    """Train a tokenizer, an analyzer of tags and trees and, with ``ner``, a finder of entities.

    Word vectors come from the table ``vectors``, or are first trained on the raw ``text``; a folder
    of ``contextual`` ones may stand beside them. The
    parser learns from tags that taggers give which have not seen the sentence, as it will meet
    them. Parts that the treebank says nothing about are left out, and said so. ``changes`` are
    settings by part. ``jobs`` parts are trained at a time; the result does not depend on it. With
    ``share`` one network, the analyzer, learns tags and trees in place of a tagger and a parser;
    by default it is as the preset says.

    Raises:
        DataError: a file cannot be read, or holds no sentence, or nothing that can be learnt.
        FormatError: a file is not of its format.
        SettingsError: a name or a value of ``changes`` is wrong, or there is nothing to resume.
        ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
    """
    if vectors is not None and text is not None:
        raise SettingsError(
            f"vectors={vectors} beside text={text}: name a table, or a text to train one on"
        )
    if jobs < 1:
        raise SettingsError(f"jobs={jobs} is out of range: choose a value at least 1")
    began = time.perf_counter()
    corpora = Corpora.read(treebank, dev, ner, ner_dev)
    dim = None if vectors is None else WordVectors.load(Path(vectors)).dim
    if contextual is not None:
        ContextualVectors.load(Path(contextual))  # before anything is made that cannot go on
    if text is not None:
        dim = DIM
        if str(text) != STDIN:
            next(raw_blocks(text), None)  # before anything is made that cannot go on
    plan = Plan.of(
        *(corpora, recipe(preset), changes or {}),
        seed=seed,
        share=share,
        dim=dim,
        contextual=None if contextual is None else str(contextual),
        note=progress.note,
    )
    goal = Path(folder).resolve()
    identity = plan.identity() | corpora.identity() | {"vectors": str(vectors), "text": str(text)}
    with workplace(
        goal, identity, force=force, resume=resume, note=progress.note, free=FREE
    ) as work:
        made = work / STATE / MADE
        made.mkdir(exist_ok=True)
        files = corpora.written(work / STATE / "corpora")
        if text is not None:
            vectors = vectors_of_text(text, made / "vectors", seed=seed, progress=progress)
        listed = plan.jobs(made, files, None if vectors is None else str(vectors))
        run_jobs(listed, progress, workers=min(jobs, len(listed)))
        pack_pipeline(
            {name: made / name for name in plan.parts}, work, about=about or {}, compact=compact
        )
        pipeline = Pipeline.load(work)
        pipeline.metrics = {"seconds": round(time.perf_counter() - began, 1), **plan.metrics(made)}
        if corpora.dev:
            pipeline.metrics["scores"] = scores_of(pipeline, corpora.dev).to_dict()
        write_json(work / METRICS, pipeline.metrics)
        write_card(pipeline, work)
        shutil.rmtree(work / STATE)
        publish_folder(work, goal)
    return pipeline


def scores_of(pipeline: Pipeline, gold: Sequence[Sentence]) -> PipelineReport:
    """The scores of CoNLL 2018 from the raw text of gold sentences."""
    return PipelineReport.of(gold, pipeline.stream([raw_text(gold)]))
