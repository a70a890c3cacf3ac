"""Where errors become one line on standard error and an exit code.

Exit codes: 0 success, 1 failure, 2 bad usage or settings out of range, 130 interrupted, 141 when
the reader of the output went away. Errors go to standard error, with ``--json`` too, so a script
finds only results on standard output.
"""

import errno
import os
import sys
from collections.abc import Callable
from typing import Any

import typer

from gradus.core.errors import GradusError, NotationError, SettingsError

FAILURE, USAGE, INTERRUPTED = 1, 2, 130
#: What shells report of a program whose reader went away.
PIPE_CLOSED = 141

#: Set this environment variable to 1 to see where an error came from.
DEBUG = "GRADUS_DEBUG"


def guarded(run: Callable[[], Any]) -> int:
    """Call ``run`` and give its exit code; every failure is told in one line, without a traceback.

    With ``GRADUS_DEBUG=1`` in the environment errors are raised as they are.

    >>> guarded(lambda: None)
    0
    """
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        return PIPE_CLOSED
    except SystemExit as request:
        return request.code if isinstance(request.code, int) else FAILURE
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        if os.environ.get(DEBUG, "0") not in ("", "0"):
            raise
        return tell(error)
    if code == INTERRUPTED:
        print("interrupted", file=sys.stderr)
    return code if isinstance(code, int) else 0


def tell(error: Exception) -> int:
    """Print ``error`` on standard error, in one line, and give the exit code that fits it.

    An error in a formula is followed by its line, with marks under the place.
    """
    if isinstance(error, typer.TyperException):
        return _tell_usage(error)
    first, *place = explain(error).splitlines() if isinstance(error, NotationError) else [""]
    told = first if place else _one_line(explain(error))
    print(f"{_label()} {told}", *place, sep="\n", file=sys.stderr)  # the place in a formula
    return USAGE if isinstance(error, SettingsError) else FAILURE


def explain(error: Exception) -> str:
    """What a person needs to know about ``error``.

    >>> explain(FileNotFoundError(2, "No such file or directory", "corpus.txt"))
    'corpus.txt: no such file or directory'
    """
    if isinstance(error, GradusError):
        return str(error)
    if isinstance(error, MemoryError):
        return "out of memory; use fewer dimensions, a smaller vocabulary or a smaller batch"
    if isinstance(error, OSError) and error.errno is not None:
        return _explain_refusal(error)
    return (
        f"{type(error).__name__}: {error} (this is a defect of Gradus; "
        f"{DEBUG}=1 shows where it happened)"
    )


def _explain_refusal(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename is not None else ""
    if error.errno == errno.ENOSPC:
        return f"{place}the disk is full; free some space or choose another place"
    return f"{place}{(error.strerror or 'the system refused').lower()}"


def _tell_usage(error: typer.TyperException) -> int:
    # a group called without a command has just printed its help
    if type(error).__name__ != "NoArgsIsHelpError":
        print(f"{_label()} {_one_line(error.format_message())}", file=sys.stderr)
        context = getattr(error, "ctx", None)
        if context is not None:
            print(f"{context.get_usage()}", file=sys.stderr)
            print(f"Try '{context.command_path} --help' for help.", file=sys.stderr)
    return error.exit_code


def _label() -> str:
    plain = "NO_COLOR" in os.environ or not sys.stderr.isatty()
    return "error:" if plain else "\x1b[1;31merror:\x1b[0m"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _silence_stdout() -> None:
    # the interpreter flushes standard output once more at exit, and would complain there
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
