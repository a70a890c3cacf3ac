"""Contextual vectors of a raw text: two language models, one of which reads from the end."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from os import PathLike
from pathlib import Path

from gradus.core.config import to_dict
from gradus.core.errors import SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.core.storage import METRICS, fresh_file, publish_folder, read_json, write_json
from gradus.core.workplace import MADE, STATE, workplace
from gradus.pipeline.making import finish_run
from gradus.pipeline.schedule import Job, run_jobs
from gradus.pipeline.text_words import words_of_text
from gradus.tasks.base.words.contextual import (
    END,
    OTHER,
    ContextualConfig,
    ContextualVectors,
    ContextualWords,
)
from gradus.tasks.lm.neural import NeuralLanguageModel
from gradus.tasks.lm.presets import preset_settings
from gradus.tasks.lm.settings import LanguageModelConfig
from gradus.tasks.lm.training import train_language_model
from gradus.text.raw_blocks import raw_blocks
from gradus.text.sources import STDIN
from gradus.training.settings import FREE, TrainingConfig

#: The two language models, by the side that they read from.
DIRECTIONS = ("ahead", "back")


def contextual_settings(
    *, seed: int = 1, **changes: object
) -> tuple[LanguageModelConfig, TrainingConfig]:
    """The settings of both language models; ``changes`` are those of a model or of its training.

    >>> config, training = contextual_settings(dim=100, epochs=2)
    >>> config.widths, training.epochs
    ([384, 100], 2)

    Raises:
        SettingsError: a value is out of range.
    """
    config, training = preset_settings("small")
    own = {
        **{"dim": 256, "hidden": 384, "layers": 2, "lowercase": True, "min_count": 5},
        **{"max_vocab": 30_000, "input_dropout": 0.1, "hidden_dropout": 0.1},
        **{"output_dropout": 0.1, "epochs": 1, "batch_size": 64, "threads": 1, "seed": seed},
        **{"evaluate_every": 1.0},
    } | {name: value for name, value in changes.items() if value is not None}
    models = {name: value for name, value in own.items() if hasattr(config, name)}
    return (
        replace(config, **models),  # type: ignore[arg-type]
        replace(training, **{name: own[name] for name in own.keys() - models.keys()}),  # type: ignore[arg-type]
    )


def train_contextual_vectors(
    texts: Sequence[str | PathLike[str]],
    folder: Path | str,
    *,
    config: LanguageModelConfig | None = None,
    training: TrainingConfig | None = None,
    jobs: int = 1,
    force: bool = False,
    resume: bool = False,
    progress: Progress = SILENT,
) -> ContextualVectors:
    """Train two language models on raw texts and keep what they know of words [peters2018].

    Texts are cut into the words of a treebank. With two ``jobs`` both models are trained at a time,
    with the same result.

    Raises:
        DataError: a text cannot be read, or has too few words.
        SettingsError: the models are not LSTMs over words in small letters; or there is nothing to
            resume, or a run with other settings or texts.
        ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
    """
    began, given = time.perf_counter(), contextual_settings()
    config, training = config or given[0], training or given[1]
    if (config.model, config.level, config.lowercase) != ("lstm", "word", True):
        raise SettingsError(
            f"model={config.model!r}, level={config.level!r}, lowercase={config.lowercase}: "
            "contextual vectors are the states of an LSTM over words in small letters; set "
            "model='lstm', level='word', lowercase=True"
        )
    files = [text for text in map(str, texts) if text != STDIN]
    for text in files:
        next(raw_blocks(text), None)  # before anything is made that cannot go on
    goal = Path(folder).resolve()
    sizes = {text: Path(text).stat().st_size for text in files}
    identity = to_dict(config) | to_dict(training) | {"texts": list(map(str, texts))} | sizes
    with workplace(
        goal, identity, force=force, resume=resume, note=progress.note, free=FREE
    ) as work:
        made = work / STATE / MADE
        made.mkdir(exist_ok=True)
        lines = work / STATE / "lines.txt"
        if not lines.exists():
            write_words(texts, lines, progress)
        listed = [
            Job(name, TrainDirection(lines, made / name, name, config, training), weight=1.0)
            for name in DIRECTIONS
        ]
        run_jobs(listed, progress, workers=min(jobs, len(listed)))
        vectors = joined(*(NeuralLanguageModel.load(made / name) for name in DIRECTIONS))
        vectors.metrics = {
            "seconds": round(time.perf_counter() - began, 1),
            "words": len(vectors.words),
            "width": vectors.width,
            "models": {name: read_json(made / name / METRICS) for name in DIRECTIONS},
        }
        vectors.write(work)
        write_json(work / METRICS, vectors.metrics)
        shutil.rmtree(work / STATE)
        publish_folder(work, goal)
    return vectors


def write_words(texts: Sequence[str | PathLike[str]], path: Path, progress: Progress) -> None:
    """Write the words of raw texts, a sentence a line.

    Raises:
        DataError: a text cannot be read.
    """
    sentences = chain.from_iterable(map(words_of_text, texts))
    progress.start("reading", total=None, unit="sentences")
    with (
        fresh_file(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as file,
    ):
        for count, words in enumerate(sentences, start=1):
            file.write(" ".join(words) + "\n")
            progress.update(count)
    progress.finish()


@dataclass(frozen=True)
class TrainDirection:
    """Train a language model on lines, from one of their ends, unless that is done."""

    lines: Path
    folder: Path
    direction: str
    config: LanguageModelConfig
    training: TrainingConfig

    def __call__(self, progress: Progress) -> None:
        """Train to the end."""

        def train(*, folder: Path, force: bool, resume: bool) -> object:
            return train_language_model(
                self._read(), config=self.config, training=self.training, folder=folder,
                force=force, resume=resume, progress=progress,
            )  # fmt: skip

        finish_run(train, self.folder)

    def _read(self) -> Iterator[str]:
        with self.lines.open(encoding="utf-8", newline="\n") as file:
            for line in file:
                words = line.split()
                yield " ".join(words if self.direction == DIRECTIONS[0] else reversed(words))


def joined(ahead: NeuralLanguageModel, back: NeuralLanguageModel) -> ContextualVectors:
    """What two language models of the same words know of a word in its sentence."""
    names = list(ahead.spelling.vocabulary.words)
    assert names == back.spelling.vocabulary.words  # the same words in another order
    names[ahead.spelling.end], names[ahead.spelling.unknown] = END, OTHER
    sizes = ContextualConfig(dim=ahead.config.dim, widths=tuple(ahead.config.widths))
    vectors = ContextualVectors(ContextualWords(sizes, names))
    for own, model in ((vectors.ahead, ahead), (vectors.back, back)):
        own.table.load_state_dict(model.network.table.state_dict())
        for layer, cell in zip(own.layers, model.network.reader.cells, strict=True):  # type: ignore[arg-type]
            layer.load_state_dict(cell.state_dict())
    return vectors.eval()
