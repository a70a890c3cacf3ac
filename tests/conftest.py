"""What every test may ask for: the real data, the command line, and hypothesis settings."""

import io
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

IN_CI = bool(os.environ.get("CI"))
ROOT = Path(__file__).resolve().parent.parent

# a busy machine is slow now and then, so no deadline; CI repeats the same examples every time
settings.register_profile(
    "default",
    deadline=None,
    max_examples=40,
    derandomize=IN_CI,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


# a shell that starts the tests in the background has them ignore Ctrl-C, which some are about
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data: ``GRADUS_DATA``, else ``../shared/data`` beside the repository."""
    named = os.environ.get("GRADUS_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        message = f"no real data at {folder}; set GRADUS_DATA to the folder that holds it"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def problem_folder(data_folder: Path) -> Path:
    """The folder of gradient problems with verified answers, beside that of the data."""
    folder = data_folder.parent / "problems"
    if not folder.is_dir():
        message = f"no gradient problems at {folder}"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    return folder


@dataclass(frozen=True)
class Run:
    """What one call of the command line left behind."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def run_cli(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Run ``gradus ARGS`` in this process; ``stdin`` is text or bytes for standard input."""
    from gradus.cli.app import main

    def run(*args: Any, stdin: str | bytes = b"") -> Run:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        streams = [io.TextIOWrapper(io.BytesIO(data), "utf-8") for data in (given, b"", b"")]
        with monkeypatch.context() as patch:
            for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
                patch.setattr(sys, name, stream)
            code = main([str(arg) for arg in args])
            _, stdout, stderr = (_text_of(stream) for stream in streams)
        return Run(code, stdout, stderr)

    return run


def _text_of(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()  # type: ignore[attr-defined]
