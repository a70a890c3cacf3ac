"""The defaults of compiled code in one place: Numba, no interpreter lock, cached on disk."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


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
        jit = njit(nogil=True, cache=True, fastmath=fastmath, error_model="numpy", **options)
        return cast(F, jit(bare))

    return wrap if function is None else wrap(function)
