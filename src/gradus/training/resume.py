"""A run on disk: everything that :class:`Training` needs to go on to the same bits."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from gradus.core.errors import FormatError
from gradus.training.checkpoint import load, save, to_torch
from gradus.training.loop import Place, Training
from gradus.training.objective import Remembering
from gradus.training.optimizer_state import pack_state, unpack_state_


def save_training(training: Training, path: Path) -> None:
    """Write the state of a run between two steps, whole or not at all."""
    optimizer, optimizer_values = pack_state(training.optimizer)
    groups: dict[str, Any] = {
        "model": training.model.state_dict(),
        "optimizer": optimizer,
        "best": training.best.weights or {},
        "random": training.random_numbers(),
    }
    values = {
        "place": asdict(training.place),
        "optimizer": optimizer_values,
        "schedule": training.schedule.state(),
        "best": training.best.state(),
        "precision": training.precision.state(),
    }
    if training.average:
        groups["average"], values["average"] = training.average.state()
    if isinstance(training.objective, Remembering):
        groups["memory"] = training.objective.memory()
    save(path, groups, values)


def restore_training_(training: Training, path: Path) -> None:
    """Bring a fresh run to the state that :func:`save_training` wrote.

    Raises:
        FormatError: the file is damaged, or holds another model.
    """
    groups, values = load(path)
    try:
        training.model.load_state_dict(to_torch(groups["model"]))
        unpack_state_(training.optimizer, groups.get("optimizer", {}), values["optimizer"])
        training.schedule.restore(values["schedule"])
        best = to_torch(groups["best"]) if "best" in groups else None
        training.best.take_up(values["best"], best)
        training.precision.restore(values["precision"])
        if training.average:
            training.average.restore((groups.get("average", {}), values["average"]))
        if isinstance(training.objective, Remembering):
            training.objective.recall(to_torch(groups.get("memory", {})))
        training.place = Place(**values["place"])
        training.random_state = to_torch(groups["random"])
    except (KeyError, TypeError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise FormatError(f"{path} is no checkpoint of this run: {reason}") from None
