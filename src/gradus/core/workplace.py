"""Where a run works before its result is published, and how it is found again.

The workplace of the goal ``NAME`` is the hidden folder ``.NAME.run`` beside it, with the last
checkpoint, and what else a resumed run needs, in ``state/``. A finished run is published without
``state/``; an interrupted one with it: a usable model that a resumed run can take up. Until a
resumed run is published, what it resumes stays as it is. One run at a time holds the lock of a
workplace.
"""

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gradus.core.errors import DivergenceError, ExistsError, SettingsError, StorageError
from gradus.core.runlog import LOG
from gradus.core.storage import check_vacant, explained_errors, read_json, write_json

STATE, CHECKPOINT, RUN = "state", "checkpoint.safetensors", "run.json"

#: The folder, in the state of a run that makes a model of several parts, of what it has made.
MADE = "parts"


@contextmanager
def workplace(
    goal: Path,
    identity: dict[str, Any],
    *,
    force: bool,
    resume: bool,
    note: Callable[[str], None],
    free: Collection[str] = (),
) -> Iterator[Path]:
    """The folder to work in; after a failure it is gone, unless it holds a checkpoint.

    A resumed run has the ``identity`` of the one it resumes, but for what ``free`` names.

    Raises:
        ExistsError: the goal is taken, or another run works on it.
        SettingsError: there is nothing to resume, or a run of another ``identity``.
        StorageError: the place may not be written.
    """
    if not goal.name:
        raise StorageError(f"{goal} is the root of all folders; name a folder in it")
    work = workplace_of(goal)
    if not resume:
        check_vacant(goal, force=force)
    with explained_errors(goal):
        try:
            work.mkdir(parents=True, exist_ok=True)
        except (FileNotFoundError, FileExistsError) as error:
            raise StorageError(f"cannot write {goal}: {error.strerror}") from None
        with locked(work, goal):
            try:
                prepare(goal, work, identity, force=force, resume=resume, free=free)
                yield work
            except BaseException as error:
                if not worth_keeping(goal, work, error):
                    shutil.rmtree(work, ignore_errors=True)
                elif not isinstance(error, SettingsError | ExistsError):
                    note(f"the last checkpoint of {goal} is kept; --resume goes on from it")
                raise


def workplace_of(goal: Path) -> Path:
    """Where a run towards ``goal`` works.

    >>> workplace_of(Path("models/news")).as_posix()
    'models/.news.run'
    """
    return goal.with_name(f".{goal.name}.run")


@contextmanager
def locked(work: Path, goal: Path) -> Iterator[None]:
    """Hold the lock of a folder; systems without such locks go without."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(work, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ExistsError(
                f"another run is training {goal}; wait for it, or choose another folder"
            ) from None
        yield
    finally:
        os.close(descriptor)


def prepare(
    goal: Path,
    work: Path,
    identity: dict[str, Any],
    *,
    force: bool,
    resume: bool,
    free: Collection[str],
) -> None:
    """Empty the workplace for a new run, or bring in the state of the run to resume."""
    if resume:
        saved = find_state(goal, work)
        check_identity(goal, read_json(saved / STATE / RUN), identity, free)
        if saved is goal:
            clear(work)
            shutil.copytree(goal / STATE, work / STATE, copy_function=_link)
            with suppress(FileNotFoundError):
                shutil.copy2(goal / LOG, work / LOG)
    else:
        if progress_of(work) and not force:
            raise ExistsError(
                f"a run of {goal} was stopped and can go on with --resume (resume=True); "
                "to start over, add --force (force=True)"
            )
        clear(work)
        (work / STATE).mkdir()
    write_json(work / STATE / RUN, identity)


def find_state(goal: Path, work: Path) -> Path:
    """The folder with the newer checkpoint: a published interrupted run, or a killed one."""
    found = {place: made for place in (goal, work) if (made := progress_of(place))}
    if found:
        return max(found, key=lambda place: found[place].stat().st_mtime_ns)
    if (work / STATE).exists():
        raise SettingsError(
            f"the run of {goal} was stopped before its first checkpoint; start it without --resume"
        )
    state = "holds no interrupted run" if goal.exists() else "does not exist"
    raise SettingsError(f"{goal} {state}, so there is no run to resume; leave out --resume")


def check_identity(
    goal: Path, found: dict[str, Any], wanted: dict[str, Any], free: Collection[str]
) -> None:
    """Raise :class:`SettingsError` unless a saved run has the settings and corpus of this one."""
    different = [
        f"{name}={wanted.get(name)!r} but the run has {name}={found.get(name)!r}"
        for name in sorted({*found, *wanted} - set(free))
        if found.get(name) != wanted.get(name)
    ]
    if different:
        raise SettingsError(f"cannot resume {goal} with other settings: {'; '.join(different)}")


def worth_keeping(goal: Path, work: Path, error: BaseException) -> bool:
    """Whether a failed run has more in its workplace than the goal has."""
    made, published = progress_of(work), progress_of(goal)
    if made is None or (made.name == CHECKPOINT and isinstance(error, DivergenceError)):
        return False
    return not (published and made.samefile(published))


def progress_of(place: Path) -> Path | None:
    """What a run can go on from: a checkpoint, or the folder of the parts that it has made."""
    checkpoint, made = (place / STATE / name for name in (CHECKPOINT, MADE))
    if checkpoint.exists():
        return checkpoint
    return made if made.is_dir() and any(made.iterdir()) else None


def clear(folder: Path) -> None:
    """Remove everything in ``folder``."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _link(source: str, target: str) -> None:
    # nothing in a state is written in place, so two names for one file do no harm
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
