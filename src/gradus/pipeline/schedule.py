"""Work that is cut into jobs: each begins when those that it needs are done, several at a time.

One at a time they run in this process, several in as many others, with the same results. They are
stopped gently: a job that trains saves what it has.
"""

import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from gradus.core.errors import MemoryLimitError
from gradus.core.interrupt import Interruption, deferred_interrupts
from gradus.core.progress import Progress

#: Seconds between two looks at what the jobs tell.
PAUSE = 0.2


@runtime_checkable
class Work(Protocol):
    """What a job does; it can be sent to another process, and tells how far it is."""

    def __call__(self, progress: Progress) -> None:
        """Do it."""


@dataclass(frozen=True)
class Job:
    """A piece of work, by name, and the names of those that come before."""

    name: str
    work: Work
    needs: tuple[str, ...] = ()
    weight: float = 0.0  # how long it takes, beside others; 0: next to no time


def run_jobs(jobs: Sequence[Job], progress: Progress, *, workers: int = 1) -> None:
    """Do all jobs, up to ``workers`` at a time; the first failure ends all.

    Raises:
        KeyboardInterrupt: an end was asked for; every job has saved what it could.
        GradusError: what a job raised.
    """
    if workers == 1:
        for job in _in_order(jobs):
            progress.note(f"{job.name}:")
            job.work(progress)
        return
    _Crew(jobs, progress, workers).work()


def _in_order(jobs: Sequence[Job]) -> list[Job]:
    """The jobs, each behind those that it needs."""
    ordered: list[Job] = []
    done: set[str] = set()
    waiting = list(jobs)
    while waiting:
        ready = [job for job in waiting if done.issuperset(job.needs)]
        ordered += ready
        done.update(job.name for job in ready)
        waiting = [job for job in waiting if job not in ready]
    return ordered


@dataclass
class _Crew:
    """Processes that work on jobs, and one display for all of them."""

    jobs: Sequence[Job]
    progress: Progress
    workers: int
    shares: dict[str, float] = field(default_factory=dict)  # how far each job is, in percent
    children: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._context, self._told, self._ending = context, context.Queue(), context.Event()

    def work(self) -> None:
        total = sum(job.weight for job in self.jobs)
        self.progress.start("training", total=total, unit="steps")
        with (
            deferred_interrupts() as interruption,
            ProcessPoolExecutor(
                self.workers,
                mp_context=self._context,
                initializer=_begin,
                initargs=(self._told, self._ending),
            ) as pool,
        ):
            try:
                failure = self._work(pool, interruption)
            except BaseException:
                self._end()
                raise
        self._hear()
        if isinstance(failure, BrokenProcessPool):
            raise MemoryLimitError(
                "a process that trained was ended from outside, perhaps for lack of memory; go on "
                "with fewer at a time (--jobs 1)"
            )
        if failure is not None:
            raise failure
        self.progress.finish()

    def _work(self, pool: ProcessPoolExecutor, interruption: Interruption) -> BaseException | None:
        """Do all jobs, or end all after the first failure, which is given."""
        waiting, running = list(self.jobs), dict[Future[None], Job]()
        done: set[str] = set()
        failure: BaseException | None = None
        while waiting or running:
            for job in [job for job in waiting if done.issuperset(job.needs)]:
                if len(running) < self.workers:
                    waiting.remove(job)
                    with sheltered():
                        running[pool.submit(_do, job)] = job
            finished, _ = wait(running, timeout=PAUSE, return_when=FIRST_COMPLETED)
            self._hear()
            for future in finished:
                job = running.pop(future)
                failure = failure or future.exception()
                done.add(job.name)
                self.shares[job.name] = 100.0
            if interruption.wanted:
                failure = failure or KeyboardInterrupt()
            if failure is not None:
                waiting.clear()
                self._end()
        return failure

    def _hear(self) -> None:
        """Show what the jobs have told since the last look."""
        while True:
            try:
                name, what, value = self._told.get_nowait()
            except queue.Empty:
                break
            if what == "begun":
                self.children.add(value)
                if self._ending.is_set():
                    _interrupt(value)
            elif what == "note":
                self.progress.note(f"{name}: {value}")
            else:
                # what a job told may come behind the news of its end
                self.shares[name] = max(value, self.shares.get(name, 0.0))
        weights = {job.name: job.weight for job in self.jobs}
        done = sum(weights[name] * share / 100 for name, share in self.shares.items())
        facts = {
            f"{name} %": None if share == 100 else share
            for name, share in self.shares.items()
            if weights[name]
        }
        self.progress.update(done, **facts)

    def _end(self) -> None:
        """Ask every process, once, to save what it has and end."""
        if not self._ending.is_set():
            self._ending.set()
            for child in self.children:
                _interrupt(child)


@contextmanager
def sheltered() -> Iterator[None]:
    """Processes that begin here are not reached by Ctrl-C before :func:`ignore_interrupts`.

    One that is ended while it is imported would break the pool, whose queue is then full for good.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_interrupts() -> None:
    """Leave Ctrl-C to the leader of this process, also one that came while it began."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def end_with_leader(busy: threading.Event | None = None) -> None:
    """End this process when its leader is gone, however that ended; while ``busy``, later."""
    leader = multiprocessing.parent_process()
    assert leader is not None

    def watch() -> None:
        leader.join()
        while busy is not None and busy.is_set():
            time.sleep(PAUSE)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _interrupt(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGINT)


#: Where a process of the crew tells how far it is, and whether all are to end.
_told: Any = None
_ending: Any = None

#: Whether this process has a job.
_busy = threading.Event()


def _begin(told: Any, ending: Any) -> None:
    """Make a process ready: Ctrl-C reaches it by its leader alone, and only while it works."""
    global _told, _ending
    _told, _ending = told, ending
    os.setpgrp()
    ignore_interrupts()
    end_with_leader(_busy)
    told.put(("", "begun", os.getpid()))


def _do(job: Job) -> None:
    _busy.set()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if _ending.is_set():  # said before this process could be interrupted
            raise KeyboardInterrupt
        job.work(_Teller(job.name, _told.put))
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _busy.clear()


class _Teller:
    """Progress of a job in another process: its longest stage as a share, and its notes."""

    def __init__(self, name: str, tell: Callable[[tuple[str, str, Any]], None]) -> None:
        self._name, self._tell = name, tell
        self._total: float | None = None
        self._leader = os.getppid()
        self._share = -1

    def start(self, stage: str, *, total: float | None, unit: str) -> None:
        """Take note of the size of a stage."""
        self._total = total

    def update(self, done: float, **facts: float | None) -> None:
        """Tell the share, whenever it has grown by a percent."""
        if os.getppid() != self._leader:
            raise KeyboardInterrupt  # nobody is left to work for
        if self._total and int(100 * done / self._total) != self._share:
            self._share = int(100 * done / self._total)
            self._tell((self._name, "share", min(99.0, float(self._share))))

    def finish(self) -> None:
        """Wait for the next stage."""
        self._total = None

    def note(self, text: str) -> None:
        """Pass a line on."""
        self._tell((self._name, "note", text))
