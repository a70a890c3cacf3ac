"""A training run up to the model folder: it checks, trains, writes down, stops and goes on.

The folder holds what the task writes (``config.json``, weights, vocabularies), ``metrics.json``,
``log.jsonl``, ``curves.png`` and ``settings.toml``.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w
import torch
from torch import nn

from gradus.core.config import NOTHING
from gradus.core.errors import DivergenceError
from gradus.core.interrupt import Interruption, deferred_interrupts
from gradus.core.progress import SILENT, Progress
from gradus.core.runlog import RunLog
from gradus.core.storage import METRICS, fresh_file, publish_folder, write_json
from gradus.core.workplace import CHECKPOINT, STATE, workplace
from gradus.training.callbacks import Callback, Callbacks, Meter, Recorder
from gradus.training.curves import CURVES, draw_curves
from gradus.training.doctor import diagnose
from gradus.training.doctor.watch import Watch
from gradus.training.history import History
from gradus.training.loop import Training
from gradus.training.memory_probe import MemoryProbe
from gradus.training.objective import Dataset
from gradus.training.probes import LayerProbe, UnitProbe
from gradus.training.resume import restore_training_, save_training
from gradus.training.sanity import check_sanity
from gradus.training.schedules import snapshot_steps
from gradus.training.settings import FREE
from gradus.training.snapshots import SNAPSHOTS, Snapshots
from gradus.training.threads import chosen_threads

SETTINGS = "settings.toml"

#: A checkpoint waits until the run has worked this many times as long as the last one took.
CHECKPOINT_PAUSE = 20.0


@dataclass
class Run:
    """One run: ``training`` in memory, and what goes around it on disk.

    ``settings`` are tables of plain values by name, all that the run depends on; ``write_model``
    writes the task's files into a folder.
    """

    training: Training
    settings: dict[str, dict[str, Any]]
    write_model: Callable[[Path], None]
    baseline: dict[str, float] = field(default_factory=dict)  # figures of a blind guess
    progress: Progress = SILENT
    callbacks: Sequence[Callback] = ()
    sanity: bool = False
    metrics: dict[str, Any] = field(default_factory=dict)

    def in_memory(self) -> dict[str, Any]:
        """Train without writing anything; give the metrics."""
        config = self.training.config
        meter = Meter(self.progress, self._examples(), config.metric)
        with chosen_threads(self.training.config.threads):
            began = time.perf_counter()
            with deferred_interrupts() as interruption:
                self.training.run(Callbacks([meter, *self.callbacks]), interruption.raise_if_wanted)
            self._measure(time.perf_counter() - began, finished=True)
        return self.metrics

    def to_folder(self, folder: Path | str, *, force: bool, resume: bool) -> dict[str, Any]:
        """Train and save a model folder; give the metrics.

        Raises:
            ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
            SettingsError: ``resume`` finds nothing, or a run with other settings or examples.
            DivergenceError: the numbers left the finite range.
            MemoryLimitError: a batch does not fit into memory.
            KeyboardInterrupt: the run was interrupted; it is saved and can be resumed.
        """
        goal = Path(folder).resolve()  # a link is written through, and "." has a name
        note = self.progress.note
        with (
            chosen_threads(self.training.config.threads),
            workplace(
                goal, self._identity(), force=force, resume=resume, note=note, free=FREE
            ) as work,
            deferred_interrupts() as interruption,
        ):
            self._work(work, goal, interruption)
        return self.metrics

    def _work(self, work: Path, goal: Path, interruption: Interruption) -> None:
        training, checkpoint, log = self.training, work / STATE / CHECKPOINT, RunLog(work)
        if checkpoint.exists():
            restore_training_(training, checkpoint)
            log.write("resumed", step=training.place.step)
        else:
            log.write("started", **self._facts())
            if self.sanity:
                self._check(log)
        began, due = time.perf_counter(), _Due(training.config.checkpoint_seconds)

        def between() -> None:
            if interruption.wanted or due.now():
                with due.pause():
                    save_training(training, checkpoint)
            interruption.raise_if_wanted()

        try:
            training.run(self._watchers(log), between)
        except KeyboardInterrupt:
            if checkpoint.exists():
                training.conclude()
                self._publish(work, goal, time.perf_counter() - began, finished=False)
            raise
        except DivergenceError as error:
            log.write("finished", step=training.place.step, diverged=str(error))
            finding = diagnose(History.of(log.read())).primary
            hint = f"; the doctor: {finding.title}, {finding.advice[0]}" if finding else ""
            raise DivergenceError(f"{error}{hint}") from None
        seconds = time.perf_counter() - began
        log.write("finished", seconds=round(seconds, 3), step=training.place.step)
        self._publish(work, goal, seconds, finished=True)

    def _watchers(self, log: RunLog) -> Callbacks:
        training = self.training
        every, config = training.observe_every, training.config
        probes = (LayerProbe(every), UnitProbe(every), MemoryProbe(every))
        watchers: list[Callback] = [
            *probes,
            Recorder(log, every, probes),
            Watch(log, self.progress),
            Meter(self.progress, self._examples(), config.metric),
            *self.callbacks,
        ]
        if config.snapshots:
            # beside the checkpoint, so that a resumed run finds those of its first part
            kept = log.path.parent / STATE / SNAPSHOTS
            watchers.append(Snapshots(kept, snapshot_steps(training.steps, config.snapshots)))
        if config.tensorboard:
            from gradus.training.tensorboard import TensorBoard

            watchers.append(TensorBoard(log.path.parent, every))
        return Callbacks(watchers)

    def _check(self, log: RunLog) -> None:
        training = self.training
        found = check_sanity(training.model, training.objective, training.data, training.config)
        log.write("sanity", **found.to_dict())
        self.progress.note(str(found))

    def _publish(self, work: Path, goal: Path, seconds: float, *, finished: bool) -> None:
        self._measure(seconds, finished=finished)
        history = History.of(RunLog(work).read())
        diagnosis = diagnose(history)
        self.metrics["diagnosis"] = diagnosis.to_dict()
        draw_curves(history, work / CURVES, metric=self.training.config.metric)
        with fresh_file(work / SETTINGS) as temporary:
            temporary.write_text(tomli_w.dumps(_with_words(self.settings)), encoding="utf-8")
        write_json(work / METRICS, self.metrics)
        self.write_model(work)
        if finished:
            if (work / STATE / SNAPSHOTS).exists():
                (work / STATE / SNAPSHOTS).rename(work / SNAPSHOTS)
            shutil.rmtree(work / STATE, ignore_errors=True)
        publish_folder(work, goal)
        if not finished:
            self.progress.note(
                f"stopped at step {self.training.place.step} of {self.training.steps}; the model "
                f"so far is in {goal}, and the same command with --resume goes on from here"
            )
        elif not diagnosis.healthy:
            self.progress.note(str(diagnosis))

    def _measure(self, seconds: float, *, finished: bool) -> None:
        training = self.training
        place, best = training.place, training.best
        self.metrics |= {
            "finished": finished,
            "steps": place.step,
            "steps_planned": training.steps,
            "seconds": round(seconds, 2),
            "parameters": _count(training.model),
            "best_step": best.step if best.weights is not None else None,
            "dev": best.figures or None,
        }

    def _facts(self) -> dict[str, Any]:
        training = self.training
        return {
            "settings": self.settings,
            "parameters": _count(training.model),
            "examples": len(training.data.sizes),
            "dev_examples": None if training.dev is None else len(training.dev.sizes),
            "steps": training.steps,
            "baseline": self.baseline,
            "torch": torch.__version__,
        }

    def _identity(self) -> dict[str, Any]:
        training = self.training
        dev = training.dev
        flat = {name: value for table in self.settings.values() for name, value in table.items()}
        identity = flat | {
            "examples": _identified(training.data),
            "dev": None if dev is None else _identified(dev),
        }
        # as it will be read again: JSON knows no tuples
        return dict(json.loads(json.dumps(identity)))

    def _examples(self) -> int:
        return self.training.config.epochs * len(self.training.data.sizes)


class _Due:
    """When the next checkpoint is due: not too often, and less often if it takes long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last, self._took = time.monotonic(), 0.0

    def now(self) -> bool:
        wait = max(self._seconds, CHECKPOINT_PAUSE * self._took)
        return time.monotonic() - self._last >= wait

    @contextmanager
    def pause(self) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._last = time.monotonic()
        self._took = self._last - began


def _identified(data: Dataset) -> str:
    return f"{len(data.sizes)} examples with checksum {data.fingerprint():08x}"


def _count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def _with_words(settings: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What TOML can say: it has no value for nothing, so there the word stands."""
    return {
        name: {key: NOTHING if value is None else value for key, value in table.items()}
        for name, table in settings.items()
    }
