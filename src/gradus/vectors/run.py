"""One training run from corpus to model folder: it reports, measures, saves, stops and goes on.

A run works in a hidden folder beside its goal: ``.NAME.run/``, with the encoded corpus and the
last checkpoint in ``state/``. When training ends, the folder without ``state/`` becomes the goal.
An interrupt publishes it with ``state/``: usable vectors, and all that ``resume`` needs. After a
kill the hidden folder is still there, as of its last checkpoint, and ``resume`` finds it too.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Shaped

from gradus.core.config import to_dict
from gradus.core.errors import DivergenceError, ExistsError, SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.core.runlog import RunLog
from gradus.core.storage import (
    check_vacant,
    explained_errors,
    fresh_file,
    map_tensors,
    publish_folder,
    read_json,
    write_json,
    write_tensors,
)
from gradus.text.corpora import EncodedCorpus, encode_corpus
from gradus.vectors.contents import Contents
from gradus.vectors.folder import write_folder
from gradus.vectors.settings import CorpusConfig
from gradus.vectors.table import WordVectors

STATE, CHECKPOINT, RUN, CORPUS = "state", "checkpoint.safetensors", "run.json", "corpus"

#: How often a run measures its losses, at even distances from start to end.
MEASUREMENTS = 20
#: A checkpoint is due when this many seconds have passed since the last one.
CHECKPOINT_SECONDS = 120.0
#: A number beyond this in a vector means that training has exploded.
LARGEST = 1e3
#: Seconds between two reports of a trainer.
REPORT_EVERY = 0.1
#: Settings that a resumed run may change.
FREE = {"threads", "memory_mb"}

#: Called while training goes on, with units done since the start and facts to show.
Report = Callable[..., None]


@runtime_checkable
class Trainer(Protocol):
    """What a run drives: work in ``length`` steps, any prefix of which leaves a usable model."""

    unit: str
    length: int
    position: int

    def amount(self, position: int) -> float:
        """How many units of work the first ``position`` steps hold."""

    def advance(self, until: int, report: Report) -> None:
        """Work up to step ``until``; after an interrupt, ``position`` says what is done."""

    def training_loss(self) -> float | None:
        """Mean training loss since the last call, or None when nothing was trained."""

    def held_out_loss(self) -> float | None:
        """Mean loss on held-out text in float64, or None without any."""

    def largest(self) -> float:
        """The largest absolute number in the parameters, or not-a-number."""

    def state(self) -> dict[str, Shaped[np.ndarray, "..."]]:
        """Arrays from which :meth:`restore` continues to the same result."""

    def restore(self, state: dict[str, Shaped[np.ndarray, "..."]]) -> None:
        """Take up the state that another trainer with equal settings has saved."""

    def contents(self) -> Contents:
        """The vectors as they are now."""


def check(trainer: Trainer, rate: float) -> None:
    """Raise :class:`DivergenceError` when a parameter is not finite or beyond all sense."""
    largest = trainer.largest()
    if not largest < LARGEST:
        raise DivergenceError(
            f"a number in the vectors grew to {largest:g} after "
            f"{trainer.position / trainer.length:.0%} of training; lower the rate, now {rate:g}"
        )


@dataclass
class Run:
    """One run of ``model`` with its settings; ``train`` makes it happen."""

    model: str
    config: Any
    reading: CorpusConfig
    build: Callable[[EncodedCorpus, Path, Progress], Trainer]
    progress: Progress = SILENT
    history: list[dict[str, Any]] = field(default_factory=list)

    def train(
        self, corpus: Any, folder: Path | str | None, *, force: bool, resume: bool
    ) -> WordVectors:
        """Train on ``corpus``, save to ``folder`` if one is named, and give the vectors.

        Raises:
            ExistsError: ``folder`` is taken and neither ``force`` nor ``resume`` is set.
            SettingsError: ``resume`` finds nothing, or a run with other settings.
            DivergenceError: training left the finite numbers.
            KeyboardInterrupt: the run was interrupted; what it had learnt is saved in ``folder``.
        """
        if folder is None:
            if resume:
                raise SettingsError("resume=True needs the folder of the run to continue")
            with tempfile.TemporaryDirectory(prefix="gradus-") as name:
                return WordVectors.of(self._work(corpus, Path(name), None).contents())
        goal = Path(folder)
        with self._workplace(goal, force=force, resume=resume) as work:
            self._work(corpus, work, goal)
        return WordVectors.load(goal)

    @contextmanager
    def _workplace(self, goal: Path, *, force: bool, resume: bool) -> Iterator[Path]:
        work = goal.with_name(f".{goal.name}.run")
        if resume:
            self._take_up(goal, work)
        else:
            check_vacant(goal, force=force)
            shutil.rmtree(work, ignore_errors=True)
        with explained_errors(goal):
            (work / STATE).mkdir(parents=True, exist_ok=True)
            write_json(work / STATE / RUN, self._identity())
            try:
                yield work
            except KeyboardInterrupt:
                if not (work / STATE / CHECKPOINT).exists():
                    shutil.rmtree(work, ignore_errors=True)
                raise
            except OSError:
                self._keep_or_drop(work)
                raise
            except BaseException:
                shutil.rmtree(work, ignore_errors=True)
                raise

    def _take_up(self, goal: Path, work: Path) -> None:
        """Find the state of an earlier run and move it to ``work``."""
        if (goal / STATE / CHECKPOINT).exists():
            shutil.rmtree(work, ignore_errors=True)
            saved = goal
        elif (work / STATE / CHECKPOINT).exists():
            saved = work
        elif goal.exists():
            raise ExistsError(f"{goal} holds no interrupted run, so there is nothing to resume")
        else:
            raise SettingsError(f"there is no run to resume at {goal}; start it without --resume")
        found, wanted = read_json(saved / STATE / RUN), self._identity()
        different = [
            f"{name}={wanted.get(name)!r} but the run has {name}={found.get(name)!r}"
            for name in sorted({*found, *wanted} - FREE)
            if found.get(name) != wanted.get(name)
        ]
        if different:
            raise SettingsError(f"cannot resume {goal} with other settings: {'; '.join(different)}")
        if saved is goal:
            goal.rename(work)

    def _identity(self) -> dict[str, Any]:
        return {"model": self.model, **to_dict(self.reading), **to_dict(self.config)}

    def _keep_or_drop(self, work: Path) -> None:
        """After the disk failed, keep a run that can be resumed; nothing else is worth its room."""
        if (work / STATE / CHECKPOINT).exists():
            self.progress.note("the last checkpoint is kept; make room and continue with --resume")
        else:
            shutil.rmtree(work, ignore_errors=True)

    def _work(self, corpus: Any, work: Path, goal: Path | None) -> Trainer:
        state = work / STATE
        checkpoint = state / CHECKPOINT
        if checkpoint.exists():
            encoded = EncodedCorpus.load(state / CORPUS)
        else:
            encoded = encode_corpus(
                corpus,
                state / CORPUS,
                **to_dict(self.reading),
                threads=self.config.threads,
                progress=self.progress,
            )
        trainer = self.build(encoded, state, self.progress)
        log = RunLog(work)
        if checkpoint.exists():
            trainer.restore(map_tensors(checkpoint))
            self.history = [event for event in log.read() if event["event"] == "measured"]
            log.write("resumed", position=trainer.position)
        else:
            log.write(
                "started",
                settings=self._identity(),
                tokens=encoded.tokens,
                words=len(encoded.vocabulary),
            )
        began = time.perf_counter()
        start = trainer.amount(trainer.position)
        try:
            self._drive(trainer, log, checkpoint if goal else None)
        except KeyboardInterrupt:
            if goal is not None and trainer.position:
                self._save(trainer, checkpoint)
                self._publish(trainer, encoded, work, goal, finished=False)
            raise
        seconds = time.perf_counter() - began
        speed = (trainer.amount(trainer.position) - start) / max(seconds, 1e-9)
        log.write("finished", seconds=round(seconds, 3), speed=round(speed, 1), unit=trainer.unit)
        if goal is not None:
            self._publish(trainer, encoded, work, goal, finished=True, speed=speed)
        return trainer

    def _drive(self, trainer: Trainer, log: RunLog, checkpoint: Path | None) -> None:
        """Train from measurement to measurement; checkpoints are taken between two of them."""
        stops = np.linspace(0, trainer.length, MEASUREMENTS + 1).astype(int).tolist()
        if trainer.position == 0:
            self._measure(trainer, log)
        self.progress.start("training", total=trainer.amount(trainer.length), unit=trainer.unit)
        saved = time.monotonic()
        for stop in (stop for stop in stops if stop > trainer.position):
            trainer.advance(stop, self._report)
            self._measure(trainer, log)
            if checkpoint is not None and time.monotonic() - saved > CHECKPOINT_SECONDS:
                self._save(trainer, checkpoint)
                saved = time.monotonic()
        self.progress.finish()

    def _report(self, done: float, **facts: float) -> None:
        held_out = self.history[-1]["held_out_loss"] if self.history else None
        if held_out is not None:
            facts["held_out"] = held_out
        self.progress.update(done, **facts)

    def _measure(self, trainer: Trainer, log: RunLog) -> None:
        check(trainer, self.config.rate)
        measured: dict[str, Any] = {
            "position": trainer.position,
            trainer.unit: trainer.amount(trainer.position),
            "share": trainer.position / max(1, trainer.length),
            "training_loss": trainer.training_loss(),
            "held_out_loss": trainer.held_out_loss(),
        }
        for name in ("training_loss", "held_out_loss"):
            if measured[name] is not None and not np.isfinite(measured[name]):
                raise DivergenceError(
                    f"the {name.replace('_', ' ')} became {measured[name]} after "
                    f"{measured['share']:.0%} of training; lower the rate, now {self.config.rate:g}"
                )
        self.history.append(measured)
        log.write("measured", **measured)

    def _save(self, trainer: Trainer, checkpoint: Path) -> None:
        with fresh_file(checkpoint) as temporary:
            write_tensors(temporary, trainer.state())

    def _publish(
        self,
        trainer: Trainer,
        corpus: EncodedCorpus,
        work: Path,
        goal: Path,
        *,
        finished: bool,
        speed: float | None = None,
    ) -> None:
        last = self.history[-1] if self.history else {}
        metrics = {
            "model": self.model,
            "finished": finished,
            "share": trainer.position / max(1, trainer.length),
            "tokens": corpus.tokens,
            "words": len(corpus.vocabulary),
            "training_loss": last.get("training_loss"),
            "held_out_loss": last.get("held_out_loss"),
            "speed": None if speed is None else round(speed, 1),
            "unit": f"{trainer.unit}/s",
        }
        write_folder(work, trainer.contents(), settings=self._identity(), metrics=metrics)
        if finished:
            shutil.rmtree(work / STATE, ignore_errors=True)
        else:
            self.progress.note(
                f"stopped after {metrics['share']:.0%}; the vectors so far are in {goal}, "
                "and the same command with --resume goes on from here"
            )
        publish_folder(work, goal)
