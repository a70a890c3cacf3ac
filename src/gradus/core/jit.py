"""The defaults of compiled code in one place: Numba, no interpreter lock, cached on disk."""

import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

PACKAGE = Path(__file__).parent.parent


def compiled(
    function: F | None = None, *, fastmath: bool | set[str] = False, inline: bool = False
) -> Any:
    """Compile ``function`` to machine code that runs outside the interpreter lock.

    ``fastmath`` lets sums be reordered into vector instructions: for kernels, never for judges.
    """
    from numba import njit

    def wrap(plain: F) -> F:
        # the test run wraps every function in a shape check, which Numba cannot compile
        bare = inspect.unwrap(plain)
        options: dict[str, Any] = {"inline": "always"} if inline else {}
        jit = njit(nogil=True, cache=True, fastmath=fastmath, error_model="numpy", **options)(bare)
        _date(jit)
        return cast(F, jit)

    return wrap if function is None else wrap(function)


def _date(jit: Any) -> None:
    """Let saved machine code expire when any kernel changes, not only the file it was written in.

    Numba compares the time and size of one file; a kernel also holds the code of those it calls.
    """
    saved = jit._cache._cache_file
    saved._source_stamp = (*saved._source_stamp, kernels_stamp())


@cache
def kernels_stamp() -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of every file that holds compiled code."""
    files = sorted([*PACKAGE.rglob("kernels/*.py"), Path(__file__)])
    stats = [(str(path.relative_to(PACKAGE)), path.stat()) for path in files]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)
