"""The jobs of a pipeline's training: each reads files, and leaves a model or sentences behind."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gradus.core.errors import SettingsError
from gradus.core.progress import Muted, Progress
from gradus.core.storage import METRICS, read_json
from gradus.core.workplace import progress_of, workplace_of
from gradus.pipeline.parts import PARTS
from gradus.tasks.tagging.tagger import Tagger
from gradus.text.conllu import read_conllu, write_conllu
from gradus.text.document import Sentence
from gradus.training.settings import TrainingConfig

#: Consecutive sentences that fall into one fold: about a page of them.
PAGE = 50


@dataclass(frozen=True)
class TrainPart:
    """Train a part on a file, unless it is there; what was begun goes on."""

    part: str
    folder: Path
    train: Path
    dev: Path | None
    config: Any
    training: TrainingConfig
    aside: bool = False  # whether it only helps another part, so that nobody asks how it went

    def __call__(self, progress: Progress) -> None:
        """Train to the end."""
        finish_run(
            partial(
                PARTS[self.part].trainer,
                str(self.train),
                dev=None if self.dev is None else str(self.dev),
                config=self.config,
                training=self.training,
                progress=Muted(progress) if self.aside else progress,
            ),
            self.folder,
        )


def finish_run(train: Callable[..., object], folder: Path) -> None:
    """Train a model in ``folder`` to the end, unless that is done; what was begun goes on."""
    metrics = folder / METRICS
    if metrics.is_file() and read_json(metrics).get("finished"):
        return
    begun = any(progress_of(place) for place in (folder, workplace_of(folder)))
    try:
        train(folder=folder, force=not begun, resume=begun)
    except SettingsError:
        if not begun:
            raise
        train(folder=folder, force=True, resume=False)  # what was begun cannot be gone on with


@dataclass(frozen=True)
class Tag:
    """Write the sentences of a file with the tags of a tagger, unless that is done."""

    tagger: Path
    source: Path
    target: Path

    def __call__(self, progress: Progress) -> None:
        """Tag all of them."""
        if not self.target.exists():
            write_conllu(Tagger.load(self.tagger).stream(read_conllu(self.source)), self.target)


@dataclass(frozen=True)
class Join:
    """Put the folds together again, in the order of the treebank."""

    folds: tuple[Path, ...]
    target: Path

    def __call__(self, progress: Progress) -> None:
        """Join them."""
        if not self.target.exists():
            parts = [iter(list(read_conllu(path))) for path in self.folds]
            total = sum(1 for path in self.folds for _ in read_conllu(path))
            places = (fold_of(place, len(parts), total) for place in range(total))
            write_conllu((next(parts[fold]) for fold in places), self.target)


def fold_of(place: int, folds: int, total: int) -> int:
    """The fold of a sentence: pages of the treebank are dealt out in turn.

    Pages of a small treebank are shorter, so that no fold of at most ``total`` is empty.

    >>> [fold_of(place, 2, 1000) for place in (0, 49, 50, 100)]
    [0, 0, 1, 0]
    >>> [fold_of(place, 2, 5) for place in range(5)]
    [0, 0, 1, 1, 0]
    """
    return place // max(1, min(PAGE, total // folds)) % folds


def split_folds(
    sentences: list[Sentence], folds: int
) -> list[tuple[list[Sentence], list[Sentence]]]:
    """For each fold its sentences, and all others."""
    total = len(sentences)
    numbers = [fold_of(place, folds, total) for place in range(total)]
    return [
        (
            [one for one, number in zip(sentences, numbers, strict=True) if number == fold],
            [one for one, number in zip(sentences, numbers, strict=True) if number != fold],
        )
        for fold in range(folds)
    ]
