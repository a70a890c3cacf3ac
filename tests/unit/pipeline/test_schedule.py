"""Jobs in their order, alone and several at a time; what happens when one fails or all must end."""

import os
import signal
import threading
import time

import pytest
from small_jobs import Die, Fail, Linger, Write

from gradus.core.errors import DataError, MemoryLimitError
from gradus.core.progress import SILENT
from gradus.pipeline.schedule import Job, run_jobs

workers = pytest.mark.parametrize("workers", [1, 2])


class Listener:
    """Keeps what it is told."""

    def __init__(self):
        self.notes, self.updates, self.stages = [], [], []

    def start(self, stage, *, total, unit):
        self.stages.append((stage, total))

    def update(self, done, **facts):
        self.updates.append(done)

    def finish(self):
        self.stages.append("end")

    def note(self, text):
        self.notes.append(text)


@workers
def test_jobs_come_behind_those_that_they_need(workers, tmp_path):
    file = tmp_path / "words"
    jobs = [
        Job("last", Write(file, "last"), ("first", "second")),
        Job("second", Write(file, "second"), ("first",), weight=3.0),
        Job("first", Write(file, "first"), weight=1.0),
        Job("free", Write(file, "free")),
    ]
    listener = Listener()
    run_jobs(jobs, listener, workers=workers)
    words = file.read_text().split()
    assert sorted(words) == ["first", "free", "last", "second"]
    ordered = [word for word in words if word != "free"]
    assert ordered == ["first", "second", "last"]
    for word in words:
        assert any(f"wrote {word}" in note for note in listener.notes)
        assert any(note.startswith(word) for note in listener.notes)
    if workers > 1:
        assert listener.stages == [("training", 4.0), "end"]
        assert listener.updates == sorted(listener.updates)
        assert listener.updates[-1] == 4.0


@workers
def test_the_first_failure_ends_all_and_is_raised(workers, tmp_path):
    jobs = [
        Job("bad", Fail()),
        Job("after", Write(tmp_path / "words", "after"), ("bad",)),
    ]
    with pytest.raises(DataError, match="nothing to work on"):
        run_jobs(jobs, SILENT, workers=workers)
    assert not (tmp_path / "words").exists()


def test_others_are_interrupted_when_one_fails(tmp_path):
    jobs = [Job("long", Linger(tmp_path / "long")), Job("bad", Fail())]
    with pytest.raises(DataError, match="nothing to work on"):
        run_jobs(jobs, SILENT, workers=2)
    # it may have been ended before it began
    assert (tmp_path / "long").exists() == (tmp_path / "long.begun").exists()


def test_a_process_that_is_ended_from_outside_is_told_of(tmp_path):
    with pytest.raises(MemoryLimitError, match="--jobs 1"):
        run_jobs([Job("gone", Die()), Job("next", Fail(), ("gone",))], SILENT, workers=2)


def test_an_interruption_lets_every_job_save_and_begins_no_more(tmp_path):
    names = ("one", "two")
    jobs = [Job(name, Linger(tmp_path / name)) for name in names]
    jobs.append(Job("three", Write(tmp_path / "words", "three")))

    def interrupt():
        while not all((tmp_path / f"{name}.begun").exists() for name in names):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run_jobs(jobs, SILENT, workers=2)
    thread.join()
    assert [(tmp_path / name).read_text() for name in names] == ["saved", "saved"]
    assert not (tmp_path / "words").exists()


def test_an_interruption_before_any_process_is_ready_ends_all(tmp_path):
    class Hasty(Listener):
        def start(self, stage, *, total, unit):
            timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()

    jobs = [Job(name, Linger(tmp_path / name)) for name in ("one", "two", "three")]
    with pytest.raises(KeyboardInterrupt):
        run_jobs(jobs, Hasty(), workers=2)
    for name in ("one", "two", "three"):
        assert (tmp_path / name).exists() == (tmp_path / f"{name}.begun").exists()
