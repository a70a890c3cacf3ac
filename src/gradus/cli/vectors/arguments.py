"""Arguments that the commands on vectors share."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

F = TypeVar("F", bound=Callable[..., Any])

Vectors = Annotated[
    Path, typer.Argument(metavar="VECTORS", help="A folder that Gradus wrote, or a file.")
]
Count = Annotated[int, typer.Option("-n", metavar="N", help="How many words to show.", min=1)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def examples(*lines: str) -> Callable[[F], F]:
    """Keep the example calls that the help page of a command closes with."""

    def keep(function: F) -> F:
        function.examples = lines  # type: ignore[attr-defined]
        return function

    return keep
