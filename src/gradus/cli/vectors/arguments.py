"""Arguments that the commands on vectors share."""

from pathlib import Path
from typing import Annotated

import typer

Vectors = Annotated[
    Path, typer.Argument(metavar="VECTORS", help="A folder that Gradus wrote, or a file.")
]
Count = Annotated[int, typer.Option("-n", metavar="N", help="How many words to show.", min=1)]
