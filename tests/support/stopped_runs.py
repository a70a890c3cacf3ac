"""Runs that are stopped on the way: by a callback, or by killing their process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from gradus.core.storage import map_tensors
from gradus.core.workplace import CHECKPOINT, STATE, workplace_of
from gradus.training import Callback


class Stopper(Callback):
    """Interrupts a run after a step, as Ctrl-C does."""

    def __init__(self, step: int) -> None:
        self.step = step

    def after_step(self, done) -> None:
        if done.step == self.step:
            raise KeyboardInterrupt


def start(*words: Any) -> subprocess.Popen:
    """``gradus WORDS`` in a process of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", "gradus", *map(str, words)], env=environment)


def kill_once_saved(process: subprocess.Popen, out: Path) -> None:
    """Kill a run to ``out`` as soon as it has written a checkpoint."""
    checkpoint = workplace_of(out) / STATE / CHECKPOINT
    while not checkpoint.exists() and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()


def assert_killed_goes_on_alike(words: tuple[Any, ...], folder: Path) -> dict[str, Any]:
    """A run that is killed and resumed has the bits of one that is not; give the tensors.

    ``words`` are a command that trains, without its folder to write.
    """
    whole, killed = folder / "whole", folder / "killed"
    assert start(*words, "-o", whole).wait() == 0
    kill_once_saved(start(*words, "-o", killed), killed)
    assert not killed.exists()
    assert start(*words, "-o", killed, "--resume").wait() == 0
    first, second = (map_tensors(path / "model.safetensors") for path in (whole, killed))
    assert first.keys() == second.keys()
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)
    return first
