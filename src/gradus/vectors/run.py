"""One training run from corpus to model folder: it reports, measures, saves, stops and goes on."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Shaped

from gradus.core.config import to_dict
from gradus.core.errors import DivergenceError, SettingsError
from gradus.core.progress import SILENT, Progress
from gradus.core.runlog import RunLog
from gradus.core.storage import fresh_file, map_tensors, publish_folder, write_tensors
from gradus.core.workplace import CHECKPOINT, STATE, workplace
from gradus.text.corpora import EncodedCorpus, encode_corpus
from gradus.vectors.contents import Contents
from gradus.vectors.folder import write_folder
from gradus.vectors.settings import CorpusConfig
from gradus.vectors.table import WordVectors

C = TypeVar("C")

CORPUS = "corpus"
#: Settings that a resumed run may change.
FREE = {"threads", "memory_mb"}

#: How often a run measures its losses, at even distances from start to end.
MEASUREMENTS = 20
#: A checkpoint is due when this many seconds have passed since the last one.
CHECKPOINT_SECONDS = 120.0
#: A number beyond this in a vector means that training has exploded.
LARGEST = 1e3
#: Seconds between two reports of a trainer.
REPORT_EVERY = 0.1
#: Called while training goes on, with units done since the start and facts to show; its answer is
#: whether the trainer should come to a halt, so that a checkpoint can be taken.
Report = Callable[..., bool]


@runtime_checkable
class Trainer(Protocol):
    """What a run drives: work in ``length`` steps, any prefix of which leaves a usable model."""

    unit: str
    length: int
    position: int

    def amount(self, position: int) -> float:
        """How many units of work the first ``position`` steps hold."""

    def advance(self, until: int, report: Report) -> None:
        """Work up to step ``until``, or to a halt; ``position`` says what is done."""

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


def named(corpus: Any) -> list[list[Any]] | None:
    """Where the files of a corpus are and how long, or None for standard input and iterables."""
    sources = [corpus] if isinstance(corpus, str | PathLike) else corpus
    if not isinstance(sources, list | tuple):
        return None
    files = [Path(source) for source in sources if isinstance(source, str | PathLike)]
    if len(files) != len(sources) or not all(file.is_file() for file in files):
        return None
    return [[str(file.resolve()), file.stat().st_size] for file in files]


def chosen(config: Any, kind: type[C]) -> C:
    """``config``, or the defaults of ``kind``; settings of another model are an error."""
    if config is None:
        return kind()
    if not isinstance(config, kind):
        raise SettingsError(f"expected {kind.__name__}, found {type(config).__name__}")
    return config


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
        # a link is written through, and "." has a name
        goal = Path(folder).resolve()
        identity = {**self._identity(), "corpus": named(corpus)}
        with workplace(
            goal, identity, force=force, resume=resume, note=self.progress.note, free=FREE
        ) as work:
            self._work(corpus, work, goal)
        return WordVectors.load(goal)

    def _identity(self) -> dict[str, Any]:
        return {"model": self.model, **to_dict(self.reading), **to_dict(self.config)}

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
        """Train from measurement to measurement, and take a checkpoint when one is due."""
        stops = np.linspace(0, trainer.length, MEASUREMENTS + 1).astype(int).tolist()
        if trainer.position == 0:
            self._measure(trainer, log)
        self.progress.start("training", total=trainer.amount(trainer.length), unit=trainer.unit)
        saved = time.monotonic()

        def report(done: float, **facts: float) -> bool:
            self._show(done, **facts)
            return checkpoint is not None and time.monotonic() - saved > CHECKPOINT_SECONDS

        for stop in (stop for stop in stops if stop > trainer.position):
            while trainer.position < stop:
                trainer.advance(stop, report)
                if checkpoint is not None and time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self._save(trainer, checkpoint)
                    saved = time.monotonic()
            self._measure(trainer, log)
            loss = self.history[-1]["training_loss"]
            self._show(trainer.amount(stop), **({} if loss is None else {"loss": loss}))
        self.progress.finish()

    def _show(self, done: float, **facts: float) -> None:
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
