import errno
import io
import os
import subprocess
import sys

import pytest
import typer

from gradus.cli.boundary import explain, guarded
from gradus.core.errors import DataError, SettingsError, UnknownWordError


def failing(error):
    def run():
        raise error

    return run


@pytest.fixture(autouse=True)
def no_debugging(monkeypatch):
    monkeypatch.delenv("GRADUS_DEBUG", raising=False)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DataError("empty;\n  give text"), 1, "error: empty; give text\n"),
        (UnknownWordError("'dgo' is unknown"), 1, "error: 'dgo' is unknown\n"),
        (SettingsError("dim=0 is out of range"), 2, "error: dim=0 is out of range\n"),
        (FileNotFoundError(2, "No such file or directory", "a.txt"), 1,
         "error: a.txt: no such file or directory\n"),
        (PermissionError(13, "Permission denied", "a.txt"), 1,
         "error: a.txt: permission denied\n"),
        (IsADirectoryError(21, "Is a directory", "a"), 1, "error: a: is a directory\n"),
        (OSError(errno.ENOSPC, "No space left on device", "a"), 1,
         "error: a: the disk is full; free some space or choose another place\n"),
        (MemoryError(), 1, None),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (typer.Exit(3), 1, None),
        (SystemExit(4), 4, ""),
        (BrokenPipeError(32, "Broken pipe"), 141, ""),
    ],
)  # fmt: skip
def test_each_error_has_its_code_and_its_line(capsys, error, code, line):
    assert guarded(failing(error)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") <= 1
    assert "Traceback" not in err
    if line is not None:
        assert err == line


def test_success_is_zero_and_a_code_is_passed_on():
    assert guarded(lambda: None) == 0
    assert guarded(lambda: 2) == 2


def test_a_defect_says_how_to_find_it(capsys):
    assert guarded(failing(RuntimeError("odd"))) == 1
    assert "RuntimeError: odd" in (err := capsys.readouterr().err)
    assert "GRADUS_DEBUG=1" in err


def test_debugging_shows_the_traceback(monkeypatch):
    monkeypatch.setenv("GRADUS_DEBUG", "1")
    with pytest.raises(DataError):
        guarded(failing(DataError("x")))


def test_errors_are_coloured_only_on_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    guarded(failing(DataError("x")))
    assert screen.getvalue() == "\x1b[1;31merror:\x1b[0m x\n"
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stderr", plain := Terminal())
    guarded(failing(DataError("x")))
    assert plain.getvalue() == "error: x\n"


def test_an_unnamed_refusal_is_still_explained():
    assert explain(OSError(errno.EIO, os.strerror(errno.EIO))) == "input/output error"


def test_a_reader_that_leaves_early_sees_no_complaint():
    script = "from gradus.cli.boundary import guarded; import sys\n"
    script += "sys.exit(guarded(lambda: [print('x' * 99) for _ in range(10_000)] and None))"
    command = f'"{sys.executable}" -c "{script}" | head -n 1'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout == "x" * 99 + "\n"
    assert done.stderr == ""
