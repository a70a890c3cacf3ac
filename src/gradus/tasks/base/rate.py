"""The learning-rate range test of a task: the rate to begin with, before a run is begun."""

from typing import Any

from torch import Tensor, nn

from gradus.core.progress import SILENT, Progress
from gradus.tasks.base.task import Task
from gradus.training.loop import Training
from gradus.training.objective import Dataset, moved
from gradus.training.rate_test import RangeTest, range_test
from gradus.training.settings import TrainingConfig
from gradus.training.threads import chosen_threads

#: Batches that steps are made on and every rate is measured on.
BATCHES = 4


def find_rate(
    task: Task[Any], train: Dataset, config: TrainingConfig, *, progress: Progress = SILENT
) -> RangeTest:
    """Try learning rates on the first batches that a run with these settings would see.

    The task is afterwards as it was; the rate of ``config`` and its schedule do not matter.
    """
    training = Training(task.model, task, train, config)
    plan = training.batches.plan(1)[:BATCHES]
    batches = [moved(train.batch(indices, draw=1), training.device) for indices in plan]

    def loss(model: nn.Module, batch: Any) -> Tensor:
        return training.penalized(task.loss(model, batch))

    progress.start("trying rates", total=None, unit="steps")
    try:
        with chosen_threads(config.threads):
            return range_test(
                *(task.model, loss, batches, training.optimizer),
                few=BATCHES,
                clip_norm=config.clip_norm,
                tell=progress.update,
            )
    finally:
        progress.finish()
