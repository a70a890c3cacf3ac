"""Training a task: from examples to a model folder, the same way for every task."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradus.core.config import to_dict
from gradus.core.errors import SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.tasks.base.task import Task
from gradus.training.batching import Order
from gradus.training.callbacks import Callback
from gradus.training.curriculum import curriculum
from gradus.training.loop import Training
from gradus.training.objective import Dataset
from gradus.training.run import Run
from gradus.training.settings import TrainingConfig


def fit(
    task: Task[Any],
    train: Dataset,
    config: TrainingConfig,
    *,
    dev: Dataset | None = None,
    baseline: dict[str, float] | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    sanity: bool = False,
    difficulty: Path | str | None = None,
    order: Order | None = None,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> dict[str, Any]:
    """Train ``task`` in place; save it to ``folder`` if one is named; give the metrics.

    ``baseline`` are figures of a guess that ignores its input: what is learnt begins beyond them.
    ``sanity`` first checks that the model can learn ten examples by heart. ``difficulty`` is a file
    of scores for a curriculum; by default short examples are easy. ``order`` takes its place where
    examples have an order of their own.

    Raises:
        ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
        SettingsError: ``resume`` finds nothing, or a run with other settings or examples; or
            patience has no dev examples to wait for.
        DivergenceError: the numbers left the finite range.
        MemoryLimitError: a batch does not fit into memory.
    """
    if config.patience is not None and dev is None:
        raise SettingsError(
            f"patience={config.patience} waits for a better figure on dev examples, and there are "
            "none; give some, or leave patience alone"
        )
    if order is None:
        order = curriculum(config.curriculum, train.sizes, difficulty, epochs=config.epochs)
    training = Training(task.model, task, train, config, dev=dev, order=order)
    run = Run(
        training,
        settings={task.kind: to_dict(task.config), "training": to_dict(config)},
        write_model=task.write,
        baseline=baseline or {},
        progress=progress,
        callbacks=callbacks,
        sanity=sanity,
    )
    if folder is None:
        return run.in_memory()
    return run.to_folder(folder, force=force, resume=resume)
