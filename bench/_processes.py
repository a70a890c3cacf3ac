"""Processes that benchmarks start: how long they take, and how much memory all of them hold."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

#: Seconds between two looks at the memory.
LOOK = 0.1


@dataclass(frozen=True)
class Ran:
    """What a process took and wrote."""

    seconds: float
    cpu: float  # seconds that processors worked for it and its children
    peak: int  # bytes that it and its children held in memory together, shared pages in each
    output: str


def gradus(*arguments: object) -> list[str]:
    """The command line of Gradus beside this Python."""
    return [str(Path(sys.executable).with_name("gradus")), *map(str, arguments)]


def ran(command: Sequence[str]) -> Ran:
    """Run a command to its end; leave if it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        began, used, peak = time.perf_counter(), _used(), 0
        process = subprocess.Popen(command, stdout=file)
        while True:
            try:
                process.wait(LOOK)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, _held(process.pid))
        seconds = time.perf_counter() - began
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed")
        file.seek(0)
        return Ran(seconds, _used() - used, peak, file.read())


def _used() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _held(number: int) -> int:
    held = 0
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(number)
        for process in (leader, *leader.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                held += process.memory_info().rss
    return held
